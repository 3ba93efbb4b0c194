"""What can go wrong, one small class per kind. A plain instance is the usual form of the trouble."""

import re
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Effect:
    """Base. The class variables say where an effect can show at all; a request elsewhere does not use it up."""

    servers: ClassVar[tuple[str, ...]] = (
        "amber",
        "teslemetry",
        "tesla_fleet",
        "tesla_auth",
        "tesla_gateway",
        "aemo",
        "kwatch",
        "octopus",
        "open_meteo",
        "forecast_solar",
        "solcast",
    )
    methods: ClassVar[tuple[str, ...]] = ("GET", "POST", "PUT")
    paths: ClassVar[tuple[str, ...]] = ()
    on_modbus: ClassVar[bool] = False  # whether it shows on devices that speak Modbus, too
    on_http: ClassVar[bool] = False  # and on those that answer for themselves over HTTP

    @classmethod
    def shows_on(cls, server: str) -> bool:
        """Whether a server of that name can be befallen by it."""
        if server.startswith("modbus."):
            return cls.on_modbus
        return cls.on_http if server.startswith("http.") else server in cls.servers

    @classmethod
    def kind(cls) -> str:
        """The name in a fault's JSON form: `HalfAnswer` is `half_answer`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


# -- the line ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Silence(Effect):
    """The connection is taken and nothing comes for `seconds`, then it is closed. `after`: the request was carried out first."""

    on_modbus = True
    on_http = True

    seconds: float = 60.0
    after: bool = False


@dataclass(frozen=True, slots=True)
class Refused(Effect):
    """Nothing listens on the port. Needs a time window or removal: nobody is there to count."""

    on_modbus = True
    on_http = True

    servers = (*Effect.servers, "amber_stream")


@dataclass(frozen=True, slots=True)
class Reset(Effect):
    """The connection is reset. `after`: the request was carried out first."""

    on_modbus = True
    on_http = True

    after: bool = False


@dataclass(frozen=True, slots=True)
class Drip(Effect):
    """The answer comes a few bytes a second; after `seconds` the connection is closed."""

    on_http = True

    bytes_per_s: float = 1.0
    seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class HalfAnswer(Effect):
    """The connection ends in the middle of the body."""

    on_modbus = True
    on_http = True


@dataclass(frozen=True, slots=True)
class WrongLength(Effect):
    """`Content-Length` is off by `by` bytes."""

    on_http = True

    by: int = -20


@dataclass(frozen=True, slots=True)
class Latency(Effect):
    """The answer takes `seconds` longer."""

    on_modbus = True
    on_http = True

    seconds: float = 3.0


# -- the answer -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Status(Effect):
    """An error status in the vendor's form.

    `after`: the request was carried out first; `rate_limit_headers`: with those of a used-up quota.
    """

    on_http = True

    code: int = 503
    retry_after_s: float | None = None
    rate_limit_headers: bool = False
    after: bool = False


@dataclass(frozen=True, slots=True)
class GarbageJson(Effect):
    """A body that begins like JSON and is none."""

    on_http = True


@dataclass(frozen=True, slots=True)
class Html(Effect):
    """A sign-in page with status 200."""

    on_http = True


@dataclass(frozen=True, slots=True)
class EmptyBody(Effect):
    """Status 200 and nothing else."""

    on_http = True


@dataclass(frozen=True, slots=True)
class HugeBody(Effect):
    """A body of `size` bytes."""

    on_http = True

    size: int = 100_000_000


@dataclass(frozen=True, slots=True)
class SkewedDate(Effect):
    """The `Date` header is `seconds` ahead."""

    on_http = True

    seconds: float = 7200.0


# -- Tesla's energy endpoints, at Teslemetry and at Tesla ----------------------------------------------------------------

_TESLEMETRY = ("teslemetry", "tesla_fleet")


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

    on_modbus = True
    on_http = True

    servers = _TESLEMETRY
    methods = ("POST", "PUT")


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
_PRICED = ("amber", "aemo", "kwatch", "octopus")
_PRICES = ("/prices", "/report/", ".zip", "/dispatch5mins", "/predispatch", "-unit-rates/")


@dataclass(frozen=True, slots=True)
class PriceGap(Effect):
    """The intervals that start within `half_hours` half-hours, `ahead_half_hours` from the present one, are not there."""

    servers = _PRICED
    paths = _PRICES
    half_hours: int = 1
    ahead_half_hours: int = 2


@dataclass(frozen=True, slots=True)
class ShortHorizon(Effect):
    """The forecast ends after `hours`."""

    servers = _PRICED
    paths = _PRICES
    hours: float = 3.0


@dataclass(frozen=True, slots=True)
class BadPrice(Effect):
    """The prices of a few intervals are `null`, `nan`, `infinity`, `text`, `absent` or `absurd`.

    Amber: `perKwh` and `advancedPrice`; the market and its relays: every price of energy. In a CSV file null is an empty cell, and a row
    whose price is absent ends before it.
    """

    servers = _PRICED
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

    servers = _PRICED
    paths = (*_PRICES, "_Reports")
    age_s: float | None = None


@dataclass(frozen=True, slots=True)
class RenamedField(Effect):
    """A field, or a column of a CSV table, has another name."""

    servers = _PRICED
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


# -- prices that are published a day ahead ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LatePublication(Effect):
    """What Octopus publishes daily (half-hours, the price of a day) comes out `minutes` later than usual; 1440: a day is left out."""

    servers = ("octopus",)
    paths = ("-unit-rates/",)
    minutes: float = 240.0


# -- the wholesale market ---------------------------------------------------------------------------------------------

_AEMO = ("aemo",)
_ZIPS = (".zip",)
_SUMMARY = ("ELEC_NEM_SUMMARY",)


@dataclass(frozen=True, slots=True)
class CorruptZip(Effect):
    """A file that cannot be unpacked: `truncated`, `checksum` (it unpacks to other bytes than it says) or `page` (no zip at all)."""

    servers = _AEMO
    paths = _ZIPS
    form: str = "truncated"


@dataclass(frozen=True, slots=True)
class MissingEndOfReport(Effect):
    """A CSV file without its end (`absent`: the last table breaks off), or whose row count is another (`count`)."""

    servers = _AEMO
    paths = _ZIPS
    form: str = "absent"


@dataclass(frozen=True, slots=True)
class TruncatedListing(Effect):
    """A directory listing ends after `part` of its length, in the middle of whatever stands there; the newest files stand last."""

    servers = _AEMO
    paths = ("_Reports/",)
    part: float = 0.5


@dataclass(frozen=True, slots=True)
class StaleSummary(Effect):
    """The summary is the one of `age_s` ago, while the files go on."""

    servers = _AEMO
    paths = _SUMMARY
    age_s: float = 1200.0


@dataclass(frozen=True, slots=True)
class UnfirmPrice(Effect):
    """The summary's PRICE_STATUS is `status`, and PRICE is `by_per_mwh` away from RRP."""

    servers = _AEMO
    paths = _SUMMARY
    status: str = "PRELIMINARY"
    by_per_mwh: float = 7.5


@dataclass(frozen=True, slots=True)
class BusyAtPublication(Effect):
    """The file server answers with `code` during the first `seconds` of every five minutes."""

    servers = _AEMO
    paths = ("/Reports/",)
    code: int = 403
    seconds: float = 45.0


@dataclass(frozen=True, slots=True)
class Intervention(Effect):
    """The operator intervenes: each row of a region comes again with INTERVENTION 1 and `by_per_mwh` more, before it when `first`."""

    servers = _AEMO
    paths = _ZIPS
    by_per_mwh: float = 250.0
    first: bool = False


@dataclass(frozen=True, slots=True)
class AdministeredPricing(Effect):
    """APCFLAG is 1 and no price is beyond ±`cap_per_mwh`."""

    servers = _AEMO
    paths = (*_ZIPS, "/report/")
    cap_per_mwh: float = 600.0


@dataclass(frozen=True, slots=True)
class MovedColumns(Effect):
    """The CSV tables have the next version number and their columns in another order."""

    servers = _AEMO
    paths = _ZIPS


@dataclass(frozen=True, slots=True)
class UnknownRegion(Effect):
    """A region that no longer exists has a row in every table of regions."""

    servers = _AEMO
    paths = _ZIPS
    region: str = "SNOWY1"


@dataclass(frozen=True, slots=True)
class MissingRegion(Effect):
    """One region is not in the answer."""

    servers = _AEMO
    paths = (*_ZIPS, "/report/")
    region: str = "NSW1"


# -- forecasts of the sun ----------------------------------------------------------------------------------------------

_SUN = ("open_meteo", "forecast_solar", "solcast")
_FORECASTS = ("/v1/forecast", "/estimate/", "/forecasts")


@dataclass(frozen=True, slots=True)
class BadSun(Effect):
    """The sun of `hours` hours, `ahead_h` from now, is `null`, `nan`, `infinity`, `text`, `true`, `absurd` or `negative`."""

    servers = _SUN
    paths = _FORECASTS
    value: str = "null"
    ahead_h: float = 1.0
    hours: float = 2.0


@dataclass(frozen=True, slots=True)
class NoSun(Effect):
    """The forecast is an empty list."""

    servers = _SUN
    paths = _FORECASTS


@dataclass(frozen=True, slots=True)
class ShortSun(Effect):
    """The forecast ends after `hours`."""

    servers = _SUN
    paths = _FORECASTS
    hours: float = 3.0


@dataclass(frozen=True, slots=True)
class FrozenSun(Effect):
    """The forecast as it was made when the fault began."""

    servers = _SUN
    paths = _FORECASTS


@dataclass(frozen=True, slots=True)
class RenamedValues(Effect):
    """A list or field of a forecast has another name."""

    servers = _SUN
    paths = _FORECASTS
    field: str = "pv_estimate"
    to: str = "pv_power"


@dataclass(frozen=True, slots=True)
class DailyLimit(Effect):
    """The account's calls of the day are used up by somebody else."""

    servers = ("solcast",)
    paths = ("/forecasts",)


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
