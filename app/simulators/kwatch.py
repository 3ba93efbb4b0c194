"""The web data API of Flow Power (`…/api/v1`): prices of the market in $/MWh and the account's monthly averages. POST alone, with a key.

Much of it is unconfirmed, so the shapes are switches: see AnswerShape.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from app.simulators import effects as e
from app.simulators.faults import Faults
from app.simulators.market import SLOT_S
from app.simulators.nem import HALF_HOUR, Nem, SpotPrice
from app.simulators.noise import Noise
from app.simulators.pace import Clock
from app.simulators.service import Request, Response, Service, Taken, json_response
from app.simulators.spot_faults import ABSENT, seen_at, spoilt

Json = dict[str, Any]
_REGIONS = {"nsw": "NSW1", "qld": "QLD1", "sa": "SA1", "tas": "TAS1", "vic": "VIC1"}
_MONTH = timedelta(days=30)
_REFRESHED_S = 1800
_BENCHMARK_C = 1.7
_NETWORK_C = 9.1  # what the network adds to the account's averages


@dataclass
class AnswerShape:
    """How answers are written. The defaults are what the known client expects."""

    is_encoded_twice: bool = False  # the body is a JSON string that holds JSON
    wrapped_in: str | None = None  # "data", "result" or "items" around a list; None: the bare list
    is_object: bool = False  # {timestamp: price} instead of a list
    time_key: str = "timestamp"
    price_key: str = "price"
    labels_end: bool = False  # timestamps name the end of an interval instead of its start
    zone: tzinfo = UTC
    has_offset: bool = False
    gst: float = 1.1  # a multiplier; 10.0 as percent
    period_minutes: dict[str, int] = field(
        default_factory=lambda: {"dispatch5mins": 1, "predispatch5mins": 1, "predispatch30mins": 1440}
    )  # what one unit of `period` is


@dataclass(frozen=True, slots=True)
class KwatchAccount:
    """A customer with one home."""

    key: str
    nmi: str = "3120012345"
    network_tariff: str = "EA025"

    def to_json(self) -> Json:
        return {"nmi": self.nmi, "networkTariff": self.network_tariff}


class _Refused(Exception):
    """A request that is answered with an error status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class KwatchService(Service):
    """`refusal` is the status for a wrong key: 401 or 403. `prices_after_s`, `forecast_after_s`: how long after the start of an interval
    (of a half hour) its price (the forecast) is told."""

    name = "kwatch"

    def __init__(self, clock: Clock, faults: Faults, nem: Nem, account: KwatchAccount) -> None:
        super().__init__(clock, faults)
        self.nem, self.account = nem, account
        self.shape = AnswerShape()
        self.refusal = 401
        self.prices_after_s, self.forecast_after_s = 35.0, 150.0
        self._kept: dict[tuple[str, str, int], list[SpotPrice]] = {}
        self._summary: tuple[int, Json] = (-1, {})

    def error(self, status: int, fault: e.Status | None = None) -> Response:
        message = {401: "Unauthorized", 403: "Forbidden", 404: "Not found", 405: "Method not allowed", 429: "Too many requests"}.get(status)
        return json_response({"message": message or ("Internal server error" if status >= 500 else "Bad request")}, status)

    def answer(self, request: Request, taken: Taken) -> Response:
        if request.method != "POST":
            return self.error(405)
        if request.headers.get("x-api-key") != self.account.key:
            return self.error(self.refusal)
        endpoint = request.path.removeprefix("/api/v1/")
        try:
            return self._written(self._answer(endpoint, _object(request.body), taken))
        except _Refused as refused:
            return self.error(refused.status)

    def _answer(self, endpoint: str, body: Json, taken: Taken) -> Any:
        if endpoint in self.shape.period_minutes:
            return self._prices(endpoint, body, taken)
        if endpoint == "GetResidentialSites":
            return self._wrapped([self.account.to_json()])
        if endpoint not in ("GetResidentialSite", "GetResidentialSiteSummary"):
            raise _Refused(404)
        if body.get("nmi") != self.account.nmi:
            raise _Refused(404)
        return self.account.to_json() if endpoint == "GetResidentialSite" else self._averages()

    # -- prices ---------------------------------------------------------------------------------------------------

    def _prices(self, endpoint: str, body: Json, taken: Taken) -> Any:
        region, period = _REGIONS.get(str(body.get("regName"))), body.get("period")
        if region is None or isinstance(period, bool) or not isinstance(period, int) or period < 1:
            raise _Refused(400)
        now = self.clock.now()
        seen = seen_at(now, taken)
        count = period * self.shape.period_minutes[endpoint] // (30 if endpoint == "predispatch30mins" else 5)
        prices = spoilt(self._told(endpoint, region, count, seen), taken, seen, now)
        names = {effect.field: effect.to for effect, _ in taken if isinstance(effect, e.RenamedField)}
        return self._listed(prices, names)

    def _told(self, endpoint: str, region: str, count: int, seen: datetime) -> list[SpotPrice]:
        """The last `count` settled intervals, or the first `count` of a forecast."""
        if endpoint == "dispatch5mins":
            last = int((seen.timestamp() - self.prices_after_s) // SLOT_S)
            return self.nem.settled_between(region, last + 1 - min(count, 2016), last + 1)
        if endpoint == "predispatch5mins":
            run = int((seen.timestamp() - self.prices_after_s) // SLOT_S)
        else:
            run = int((seen.timestamp() - self.forecast_after_s) // (SLOT_S * HALF_HOUR)) * HALF_HOUR
        key = endpoint, region, run
        if key not in self._kept:
            if len(self._kept) > 40:
                self._kept.clear()
            forecast = self.nem.p5min if endpoint == "predispatch5mins" else self.nem.predispatch
            self._kept[key] = forecast(region, run)
        return self._kept[key][:count]

    def _listed(self, prices: list[SpotPrice], names: dict[str, str]) -> Any:
        shape = self.shape
        if shape.is_object:
            return {self._timestamp(price): price.rrp for price in prices if price.rrp is not ABSENT}
        time_key, price_key = (names.get(key, key) for key in (shape.time_key, shape.price_key))
        rows: list[Json] = []
        for price in prices:
            rows.append({time_key: self._timestamp(price)} | ({} if price.rrp is ABSENT else {price_key: price.rrp}))
        return self._wrapped(rows)

    def _timestamp(self, price: SpotPrice) -> str:
        seconds = (price.index + (price.slots if self.shape.labels_end else 0)) * SLOT_S
        at = datetime.fromtimestamp(seconds, self.shape.zone)
        return at.isoformat() if self.shape.has_offset else at.replace(tzinfo=None).isoformat()

    # -- the account ----------------------------------------------------------------------------------------------

    def _averages(self) -> Json:
        """The last thirty days in c/kWh, renewed every half hour; what counts as actual runs from the first of the month."""
        state = int(self.clock.now().timestamp()) // _REFRESHED_S
        if self._summary[0] != state:
            self._summary = state, self._averages_until(state * _REFRESHED_S // SLOT_S)
        return self._summary[1] | {"GST": self.shape.gst}

    def _averages_until(self, end: int) -> Json:
        intervals = int(_MONTH.total_seconds()) // SLOT_S
        region = self.nem.region
        spot = sum([self.nem.settled(region, index).rrp for index in range(end - intervals, end, HALF_HOUR)]) / (intervals / HALF_HOUR)
        dice, day = Noise(self.nem.seed, "kwatch"), end // 288
        time_weighted = spot / 10 * 1.1 + _NETWORK_C
        load_weighted, imported = time_weighted + dice.between(day, -2.5, 1.5), time_weighted + dice.between(day + 1, -2.0, 2.0)
        actual, actual_import = load_weighted + dice.between(day + 2, -0.4, 0.4), imported + dice.between(day + 3, -0.4, 0.4)
        figures = {
            "LWAP": load_weighted,
            "LWAPImp": imported,
            "LWAPActual": actual,
            "LWAPImpActual": actual_import,
            "TWAP": time_weighted,
            "TWAPImp": time_weighted,
            "AvgRRP": spot,
            "AvgUsage": dice.between(day + 4, 0.05, 0.09),
            "AvgImpUsage": dice.between(day + 5, 0.04, 0.08),
            "MaxUsage": dice.between(day + 6, 0.4, 0.8),
            "TotalInterval": intervals,
            "PEA30Days": load_weighted - time_weighted - _BENCHMARK_C,
            "PEA30ImportDays": imported - time_weighted - _BENCHMARK_C,
            "PEAActual": actual - time_weighted - _BENCHMARK_C,
            "PEATarget": _BENCHMARK_C,
            "PEAActualImport": actual_import - time_weighted - _BENCHMARK_C,
            "PEATargetImport": _BENCHMARK_C,
            "SiteLosses": 1.0483,
        }
        return {name: round(figure, 4) for name, figure in figures.items()}

    # -- writing --------------------------------------------------------------------------------------------------

    def _wrapped(self, rows: list[Json]) -> Any:
        return rows if self.shape.wrapped_in is None else {self.shape.wrapped_in: rows}

    def _written(self, data: Any) -> Response:
        return json_response(json.dumps(data, separators=(",", ":")) if self.shape.is_encoded_twice else data)


def _object(body: bytes) -> Json:
    try:
        data = json.loads(body)
    except ValueError:
        raise _Refused(400) from None
    if not isinstance(data, dict):
        raise _Refused(400)
    return data
