"""What befalls a device's answers, whatever it speaks, and by which name its driver must tell it."""

from enum import Enum, auto

from app.transports.errors import (
    AnswerNotUnderstood,
    CredentialsRefused,
    RateLimited,
    RequestRefused,
    Unreachable,
    VendorError,
)


class Trouble(Enum):
    """What befalls a device's answers."""

    NOBODY_LISTENS = auto()
    NO_ANSWER = auto()
    CONNECTION_LOST = auto()
    HALF_AN_ANSWER = auto()
    OFFLINE = auto()
    SERVER_ERROR = auto()
    TOKEN_REFUSED = auto()
    PERMISSION_MISSING = auto()
    PAYMENT_DUE = auto()
    ASKED_TOO_OFTEN = auto()
    UNKNOWN_DEVICE = auto()
    GARBAGE = auto()
    WEB_PAGE = auto()
    NO_DATA = auto()
    IMPLAUSIBLE = auto()  # every figure that is read is one that cannot be
    NO_SUCH_REGISTERS = auto()  # every register is declined as one that does not exist
    DECLINED = auto()  # in the form of a success
    DECLINED_WITH_CODE = auto()
    SERVER_ERROR_IN_A_SUCCESS = auto()
    ACCEPTED_AND_IGNORED = auto()
    ACCEPTED_WITHOUT_A_WORD = auto()
    LOST_AFTER_IT_TOOK = auto()


READ_ERRORS: dict[Trouble, type[VendorError]] = {
    Trouble.NOBODY_LISTENS: Unreachable,
    Trouble.NO_ANSWER: Unreachable,
    Trouble.CONNECTION_LOST: Unreachable,
    Trouble.HALF_AN_ANSWER: Unreachable,
    Trouble.OFFLINE: Unreachable,
    Trouble.SERVER_ERROR: Unreachable,
    Trouble.TOKEN_REFUSED: CredentialsRefused,
    Trouble.PERMISSION_MISSING: CredentialsRefused,
    Trouble.PAYMENT_DUE: CredentialsRefused,
    Trouble.ASKED_TOO_OFTEN: RateLimited,
    Trouble.UNKNOWN_DEVICE: RequestRefused,
    Trouble.GARBAGE: AnswerNotUnderstood,
    Trouble.WEB_PAGE: AnswerNotUnderstood,
    Trouble.NO_DATA: Unreachable,
    Trouble.IMPLAUSIBLE: AnswerNotUnderstood,
    Trouble.NO_SUCH_REGISTERS: AnswerNotUnderstood,
}
# A write whose answer says nothing was accepted for all anybody knows: reading back decides.
SAYS_NOTHING = (Trouble.ACCEPTED_WITHOUT_A_WORD, Trouble.GARBAGE, Trouble.WEB_PAGE, Trouble.NO_DATA)
WRITE_ERRORS: dict[Trouble, type[VendorError]] = {
    **{trouble: error for trouble, error in READ_ERRORS.items() if trouble not in (*SAYS_NOTHING, Trouble.IMPLAUSIBLE)},
    Trouble.NO_SUCH_REGISTERS: RequestRefused,
    Trouble.DECLINED: RequestRefused,
    Trouble.DECLINED_WITH_CODE: RequestRefused,
    Trouble.SERVER_ERROR_IN_A_SUCCESS: Unreachable,
    Trouble.LOST_AFTER_IT_TOOK: Unreachable,
}


def name_of(error: VendorError) -> type[VendorError]:
    """The named vendor error that the app reacts to; a transport may tell more in a subclass of its own."""
    return next(each for each in type(error).__mro__ if each.__module__ == VendorError.__module__)
