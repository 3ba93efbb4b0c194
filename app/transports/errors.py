"""The named vendor errors. Every failure of a retailer's service or a device is one of these, and each has one reaction.

VendorError
├── Unreachable           no answer: network, time-out, 5xx          → try again later; the last values stay, with their age
├── RateLimited           asked too often                            → stay away for `retry_after_s`
├── CredentialsRefused    the key or token is not accepted           → shown to the owner, not retried until it changes
│   └── CertificateChanged    something else answers at the address  → as above; nothing is sent until the owner links it again
├── RequestRefused        understood and declined                    → told once; repeating it changes nothing
├── AnswerNotUnderstood   not in the form that the vendor documents  → treated as no answer, reported
└── NotConfirmed          accepted, but reading back does not show it → retried with back-off, shown
"""

import re


class VendorError(Exception):
    """A retailer's service or a device did not do what was asked. `vendor` is its name in words ("Amber", "Teslemetry")."""

    def __init__(self, vendor: str, message: str) -> None:
        super().__init__(f"{vendor}: {message}")
        self.vendor = vendor
        self.message = message

    @property
    def kind(self) -> str:
        """The name by which the app reacts to it, one of those above; a transport may tell more in a subclass of its own."""
        return next(each.__name__ for each in type(self).__mro__ if each.__module__ == __name__)

    def for_people(self) -> str:
        """What happened in a sentence without methods and paths; those stand in the log."""
        return f"{self.vendor}: {self._cause()}"

    def _cause(self) -> str:
        return re.sub(r"^(GET|POST|PUT) [^\s:]+:? ", "", self.message).rstrip(".")


class Unreachable(VendorError):
    """No answer: network, time-out, 5xx. Later may work."""

    def for_people(self) -> str:
        return f"{self.vendor} does not answer: {self._cause()}"


class RateLimited(VendorError):
    """Asked too often; `retry_after_s` says when to come back."""

    def __init__(self, vendor: str, message: str, retry_after_s: float) -> None:
        super().__init__(vendor, message)
        self.retry_after_s = retry_after_s


class CredentialsRefused(VendorError):
    """The owner must sign in again or enter a new token: shown, not retried."""


class CertificateChanged(CredentialsRefused):
    """A device shows another certificate than the one that is kept: nothing was sent to it, and only linking it again makes it known."""


class RequestRefused(VendorError):
    """Understood and declined: repeating it changes nothing."""

    may_pass = False  # True: it is no value that was declined, but the device that cannot now; the same may be taken later


class AnswerNotUnderstood(VendorError):
    """The answer is not in the form that the vendor documents."""

    def for_people(self) -> str:
        return f"{self.vendor} gave an answer that PowerSync does not understand: {self._cause()}"


class NotConfirmed(VendorError):
    """Accepted, but reading back does not show it."""
