"""TLS to a device that signs its own certificate: nobody vouches for it, so the one that it showed first is the one that it must show.

A certificate counts as known once the device behind it has shown what it is (`keep`), and before anything secret is sent to it. It is told
by its SHA-256 fingerprint over the whole certificate (DER), so name and dates do not matter."""

import hashlib
from typing import Any, Final

from urllib3.connection import HTTPSConnection

from app.transports.context import TokenStore
from app.transports.errors import CertificateChanged

KEPT_AS: Final = "certificate_sha256"


class PinnedCertificate:
    """The certificate of one device, kept in its connection's store. One call at a time until it is known."""

    def __init__(self, vendor: str, store: TokenStore) -> None:
        self._vendor, self._store = vendor, store
        self._shown = ""

    @property
    def is_known(self) -> bool:
        """Whether one is kept, so that only that one is talked to."""
        return bool(self._store.load().get(KEPT_AS))

    def check(self, certificate: bytes | None) -> None:
        """Of each new connection, before anything is sent. Raises CertificateChanged."""
        shown = hashlib.sha256(certificate or b"").hexdigest()
        known = self._store.load().get(KEPT_AS)
        if known and shown != known:
            raise CertificateChanged(
                self._vendor,
                f"it shows another certificate than before ({_short(shown)} instead of {_short(known)}), so nothing was sent to it; "
                "if it was replaced or reset, link it again under Devices, otherwise find out what answers at its address",
            )
        self._shown = shown

    def keep(self) -> None:
        """What answered is the owner's device: from now on it must show the certificate that it showed. Does nothing once one is kept."""
        if self._shown and not self.is_known:
            self._store.save({KEPT_AS: self._shown})


def _short(fingerprint: str) -> str:
    """As certificates are shown to people, the first four pairs of it."""
    return ":".join(fingerprint[at : at + 2].upper() for at in range(0, 8, 2)) + "…"


class PinnedHttps(HTTPSConnection):
    """A TLS connection that asks `pin` where others ask the authorities; its session must not verify."""

    pin: PinnedCertificate

    def connect(self) -> None:
        """Raises CertificateChanged, after which the connection is closed."""
        super().connect()
        sock: Any = self.sock
        self.pin.check(sock.getpeercert(binary_form=True))
        self.is_verified = True  # by the pin
