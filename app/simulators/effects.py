"""What can go wrong, one small class per kind. A plain instance is the usual form of the trouble."""

import re
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Effect:
    """Base. The class variables say where an effect can show at all; a request elsewhere does not use it up."""

    servers: ClassVar[tuple[str, ...]] = ("amber", "teslemetry")
    methods: ClassVar[tuple[str, ...]] = ("GET", "POST")
    paths: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def kind(cls) -> str:
        """The name in a fault's JSON form: `HalfAnswer` is `half_answer`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


# -- the line ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Silence(Effect):
    """The connection is taken and nothing comes for `seconds`, then it is closed. `after`: the request was carried out first."""

    seconds: float = 60.0
    after: bool = False


@dataclass(frozen=True, slots=True)
class Refused(Effect):
    """Nothing listens on the port. Needs a time window or removal: nobody is there to count."""

    servers = ("amber", "amber_stream", "teslemetry")


@dataclass(frozen=True, slots=True)
class Reset(Effect):
    """The connection is reset. `after`: the request was carried out first."""

    after: bool = False


@dataclass(frozen=True, slots=True)
class Drip(Effect):
    """The answer comes a few bytes a second; after `seconds` the connection is closed."""

    bytes_per_s: float = 1.0
    seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class HalfAnswer(Effect):
    """The connection ends in the middle of the body."""


@dataclass(frozen=True, slots=True)
class WrongLength(Effect):
    """`Content-Length` is off by `by` bytes."""

    by: int = -20


@dataclass(frozen=True, slots=True)
class Latency(Effect):
    """The answer takes `seconds` longer."""

    seconds: float = 3.0


# -- the answer -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Status(Effect):
    """An error status in the vendor's form.

    `after`: the request was carried out first; `rate_limit_headers`: with those of a used-up quota.
    """

    code: int = 503
    retry_after_s: float | None = None
    rate_limit_headers: bool = False
    after: bool = False


@dataclass(frozen=True, slots=True)
class GarbageJson(Effect):
    """A body that begins like JSON and is none."""


@dataclass(frozen=True, slots=True)
class Html(Effect):
    """A sign-in page with status 200."""


@dataclass(frozen=True, slots=True)
class EmptyBody(Effect):
    """Status 200 and nothing else."""


@dataclass(frozen=True, slots=True)
class HugeBody(Effect):
    """A body of `size` bytes."""

    size: int = 100_000_000


@dataclass(frozen=True, slots=True)
class SkewedDate(Effect):
    """The `Date` header is `seconds` ahead."""

    seconds: float = 7200.0


# -- Teslemetry -------------------------------------------------------------------------------------------------------

_TESLEMETRY = ("teslemetry",)


@dataclass(frozen=True, slots=True)
class EmptyResponse(Effect):
    """`{"response": null}`, or `{"response": {}}` when `form` is `object`."""

    servers = _TESLEMETRY
    form: str = "null"


@dataclass(frozen=True, slots=True)
class StaleTimestamp(Effect):
    """live_status carries a time `age_s` ago."""

    servers = _TESLEMETRY
    paths = ("live_status",)
    age_s: float = 1800.0


@dataclass(frozen=True, slots=True)
class MissingCharge(Effect):
    """live_status lacks percentage_charged and the energies."""

    servers = _TESLEMETRY
    paths = ("live_status",)


@dataclass(frozen=True, slots=True)
class IgnoreWrites(Effect):
    """The write is answered as accepted and nothing changes."""

    servers = _TESLEMETRY
    methods = ("POST",)


@dataclass(frozen=True, slots=True)
class DelayedEffect(Effect):
    """What is written shows and acts `seconds` later than usual."""

    servers = _TESLEMETRY
    methods = ("POST",)
    seconds: float = 240.0


@dataclass(frozen=True, slots=True)
class Revert(Effect):
    """What is written falls back to what was there before after `seconds`."""

    servers = _TESLEMETRY
    methods = ("POST",)
    seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class Rejection(Effect):
    """The write is turned down inside HTTP 200; `form` is `result`, `code` or `error`."""

    servers = _TESLEMETRY
    methods = ("POST",)
    form: str = "result"


@dataclass(frozen=True, slots=True)
class AnswerForm(Effect):
    """An accepted write is answered in another form: `capitals`, `result`, `empty`, `null` or `created` (HTTP 201)."""

    servers = _TESLEMETRY
    methods = ("POST",)
    form: str = "capitals"


# -- prices -----------------------------------------------------------------------------------------------------------

_AMBER = ("amber",)
_PRICES = ("/prices",)


@dataclass(frozen=True, slots=True)
class PriceGap(Effect):
    """The intervals that start within `half_hours` half-hours, `ahead_half_hours` from the present one, are not there."""

    servers = _AMBER
    paths = _PRICES
    half_hours: int = 1
    ahead_half_hours: int = 2


@dataclass(frozen=True, slots=True)
class ShortHorizon(Effect):
    """The forecast ends after `hours`."""

    servers = _AMBER
    paths = _PRICES
    hours: float = 3.0


@dataclass(frozen=True, slots=True)
class BadPrice(Effect):
    """`perKwh` and `advancedPrice` of a few intervals are `null`, `nan`, `infinity`, `text`, `absent` or `absurd`."""

    servers = _AMBER
    paths = _PRICES
    value: str = "null"
    half_hours: int = 1
    ahead_half_hours: int = 0


@dataclass(frozen=True, slots=True)
class NoFeedIn(Effect):
    """Only the general channel answers."""

    servers = _AMBER
    paths = _PRICES


@dataclass(frozen=True, slots=True)
class Frozen(Effect):
    """Prices as they were `age_s` ago, with the labels of then; None: as they were when the fault began."""

    servers = _AMBER
    paths = _PRICES
    age_s: float | None = None


@dataclass(frozen=True, slots=True)
class RenamedField(Effect):
    """A field has another name."""

    servers = _AMBER
    paths = _PRICES
    field: str = "perKwh"
    to: str = "pricePerKwh"


@dataclass(frozen=True, slots=True)
class MixedDurations(Effect):
    """Intervals beyond `after_hours` are 30 minutes long in a list of 5 minutes."""

    servers = _AMBER
    paths = _PRICES
    after_hours: float = 2.0


@dataclass(frozen=True, slots=True)
class NoAdvancedPrice(Effect):
    """No interval carries `advancedPrice`."""

    servers = _AMBER
    paths = _PRICES


# -- the price stream -------------------------------------------------------------------------------------------------

_STREAM = ("amber_stream",)


@dataclass(frozen=True, slots=True)
class StreamDropped(Effect):
    """The connection is closed, and new ones as soon as they subscribe."""

    servers = _STREAM


@dataclass(frozen=True, slots=True)
class StreamForbidden(Effect):
    """The handshake is answered with 403."""

    servers = _STREAM


@dataclass(frozen=True, slots=True)
class StreamSilent(Effect):
    """Connected and subscribed, and no price comes."""

    servers = _STREAM


@dataclass(frozen=True, slots=True)
class StreamGarbage(Effect):
    """Messages that are not in the documented form."""

    servers = _STREAM


@dataclass(frozen=True, slots=True)
class StreamOtherSite(Effect):
    """Prices of a site that was not asked for."""

    servers = _STREAM


EFFECTS: dict[str, type[Effect]] = {effect.kind(): effect for effect in Effect.__subclasses__()}
