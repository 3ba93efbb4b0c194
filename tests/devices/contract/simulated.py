"""The simulated batteries that every driver is held against: one entry per brand.

A simulator holds a device's state and answers real requests on localhost in the vendor's own form. `SIMULATED` is all that a new brand
adds."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from app.devices.capabilities import Battery
from app.devices.registry import device_brands
from app.simulators import effects
from app.simulators.pace import SimulatedPace
from app.simulators.powerwall import Behaviour
from app.simulators.service import Request, Response, Taken
from app.simulators.world import World
from app.transports.context import Context
from app.transports.errors import (
    AnswerNotUnderstood,
    CredentialsRefused,
    RateLimited,
    RequestRefused,
    Unreachable,
    VendorError,
)

START = datetime(2026, 3, 14, 6, 18, tzinfo=UTC)  # 17:18 in Sydney
ZONE = ZoneInfo("Australia/Sydney")


class Trouble(Enum):
    """What befalls a device's answers, whatever it speaks."""

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
}
# A write whose answer says nothing was accepted for all anybody knows: reading back decides.
SAYS_NOTHING = (Trouble.ACCEPTED_WITHOUT_A_WORD, Trouble.GARBAGE, Trouble.WEB_PAGE, Trouble.NO_DATA)
WRITE_ERRORS: dict[Trouble, type[VendorError]] = {
    **{trouble: error for trouble, error in READ_ERRORS.items() if trouble not in SAYS_NOTHING},
    Trouble.DECLINED: RequestRefused,
    Trouble.DECLINED_WITH_CODE: RequestRefused,
    Trouble.SERVER_ERROR_IN_A_SUCCESS: Unreachable,
    Trouble.LOST_AFTER_IT_TOOK: Unreachable,
}


class Rig(Protocol):
    """One running simulated device with its driver."""

    battery: Battery
    clock: SimulatedPace

    def settings(self) -> Any:
        """What the device itself holds, in its own words: compared before and after, never read otherwise."""
        ...

    def writes(self) -> int:
        """How many writes have arrived."""
        ...

    def befall(self, trouble: Trouble, *, count: int | None = None) -> bool:
        """Put `trouble` in force, for the next `count` answers; False where it cannot happen to this device."""
        ...

    def break_off_after(self, writes: int) -> bool:
        """Let `writes` more writes through and none after them; False where a command is a single write."""
        ...

    def recover(self) -> None:
        """End all trouble."""
        ...


@dataclass(frozen=True)
class Simulated:
    """A brand's simulator. `start(is_prompt)`: settings show at once, or with the delays that owners measured."""

    brand: str
    start: Callable[[bool], AbstractContextManager[Rig]]


_TESLA_EFFECTS: dict[Trouble, effects.Effect] = {
    Trouble.NOBODY_LISTENS: effects.Refused(),
    Trouble.NO_ANSWER: effects.Silence(),
    Trouble.CONNECTION_LOST: effects.Reset(),
    Trouble.HALF_AN_ANSWER: effects.HalfAnswer(),
    Trouble.OFFLINE: effects.Status(408),
    Trouble.SERVER_ERROR: effects.Status(502),
    Trouble.TOKEN_REFUSED: effects.Status(401),
    Trouble.PERMISSION_MISSING: effects.Status(403),
    Trouble.PAYMENT_DUE: effects.Status(402),
    Trouble.ASKED_TOO_OFTEN: effects.Status(429, retry_after_s=37),
    Trouble.UNKNOWN_DEVICE: effects.Status(404),
    Trouble.GARBAGE: effects.GarbageJson(),
    Trouble.WEB_PAGE: effects.Html(),
    Trouble.NO_DATA: effects.EmptyResponse(),
    Trouble.DECLINED: effects.Rejection("result"),
    Trouble.DECLINED_WITH_CODE: effects.Rejection("code"),
    Trouble.SERVER_ERROR_IN_A_SUCCESS: effects.Rejection("error"),
    Trouble.ACCEPTED_AND_IGNORED: effects.IgnoreWrites(),
    Trouble.ACCEPTED_WITHOUT_A_WORD: effects.AnswerForm("empty"),
    Trouble.LOST_AFTER_IT_TOOK: effects.Reset(after=True),
}


class _TeslaRig:
    def __init__(self, world: World, clock: SimulatedPace) -> None:
        self.world, self.clock = world, clock
        brand = device_brands("battery")["tesla"]
        fields = brand.fields(**{key: value for key, value in world.site_file()["battery"].items() if key != "brand"})
        self._answer = world.teslemetry.answer
        self.battery: Battery = brand.open(fields, Context(clock, world.environment()))

    def settings(self) -> Any:
        self.world.step()
        return self.world.powerwall.site_settings()

    def writes(self) -> int:
        return len(self.world.teslemetry.writes())

    def befall(self, trouble: Trouble, *, count: int | None = None) -> bool:
        self.world.faults.add(_TESLA_EFFECTS[trouble], server="teslemetry", count=count)
        return True

    def break_off_after(self, writes: int) -> bool:
        service, sent = self.world.teslemetry, self.writes()
        self._answer = service.answer

        def answer(request: Request, taken: Taken) -> Response:
            if request.method == "POST" and self.writes() - sent > writes:
                return service.error(503)
            return self._answer(request, taken)

        service.answer = answer  # type: ignore[method-assign]
        return True

    def recover(self) -> None:
        self.world.teslemetry.answer = self._answer  # type: ignore[method-assign]
        self.world.faults.clear()


@contextmanager
def _tesla(is_prompt: bool) -> Iterator[Rig]:
    clock = SimulatedPace(START)
    with World(clock, behaviour=Behaviour.prompt() if is_prompt else None, teslemetry_quota=None) as world:
        yield _TeslaRig(world, clock)


SIMULATED = (Simulated("tesla", _tesla),)
