"""Amber's REST service (`…/v1`): sites, prices, usage, renewables, with its quota and quirks."""

import copy
import re
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.simulators import effects as e
from app.simulators.amber_rows import CONTROLLED_LOAD, FEED_IN, GENERAL, Labels, PriceRows, Row
from app.simulators.faults import Faults
from app.simulators.household import BUCKET_S, Household
from app.simulators.market import NEM, SLOT_S
from app.simulators.pace import Clock
from app.simulators.service import Request, Response, Service, Taken, json_response

_CHANNEL_NAMES = {GENERAL: "E1", CONTROLLED_LOAD: "E2", FEED_IN: "B1"}
_STATES = ("nsw", "sa", "qld", "vic")
_GREEN = ((20, "worst"), (35, "notGreat"), (50, "ok"), (70, "great"), (101, "best"))


@dataclass(frozen=True, slots=True)
class AmberSite:
    """One site of the account."""

    id: str
    nmi: str
    network: str
    status: str = "active"
    interval_minutes: int = 5
    channels: tuple[str, ...] = (GENERAL, FEED_IN)
    active_from: str | None = "2024-03-14"
    closed_on: str | None = None

    def to_json(self) -> Row:
        site: Row = {
            "id": self.id,
            "nmi": self.nmi,
            "channels": [{"identifier": _CHANNEL_NAMES[name], "type": name, "tariff": "EA025"} for name in self.channels],
            "network": self.network,
            "status": self.status,
            "intervalLength": self.interval_minutes,
        }
        return site | {key: value for key, value in (("activeFrom", self.active_from), ("closedOn", self.closed_on)) if value}


@dataclass(slots=True)
class Quota:
    """`limit` requests in each window of `window_s`, for the account; `limit` None never ends."""

    limit: int | None = 50
    window_s: int = 300
    _ends_at: datetime | None = None
    _used: int = 0

    def use(self, now: datetime) -> bool:
        """Count one request; False when the quota is used up."""
        if self._ends_at is None or now >= self._ends_at:
            self._ends_at = now + timedelta(seconds=self.window_s)
            self._used = 0
        if self.limit is not None and self._used >= self.limit:
            return False
        self._used += 1
        return True

    def headers(self, now: datetime, *, used_up: bool = False) -> dict[str, str]:
        """The four headers of every answer."""
        limit = self.limit if self.limit is not None else 1_000_000
        reset_s = self.window_s if self._ends_at is None else max(0, round((self._ends_at - now).total_seconds()))
        return {
            "RateLimit-Limit": str(limit),
            "RateLimit-Remaining": "0" if used_up else str(max(0, limit - self._used)),
            "RateLimit-Reset": str(reset_s),
            "RateLimit-Policy": f"{limit};w={self.window_s}",
        }


@dataclass
class AmberAccount:
    """A customer: token, sites (the first is never the right one), quota."""

    token: str
    site_id: str
    sites: list[AmberSite]
    quota: Quota = field(default_factory=Quota)

    def site(self, site_id: str) -> AmberSite | None:
        return next((site for site in self.sites if site.id == site_id), None)


class AmberService(Service):
    """`refusal` is the status for a wrong token: 401, or 403 as the gateway sometimes answers."""

    name = "amber"

    def __init__(self, clock: Clock, faults: Faults, account: AmberAccount, rows: PriceRows, household: Household) -> None:
        super().__init__(clock, faults)
        self.account, self.rows, self.household = account, rows, household
        self.refusal = 401
        self._cached: deque[tuple[Any, list[Row]]] = deque(maxlen=4)

    def error(self, status: int, fault: e.Status | None = None) -> Response:
        headers: dict[str, str] = {}
        if status == 429 and fault is not None and not fault.rate_limit_headers:
            headers = {"x-amzn-ErrorType": "TooManyRequestsException"}
        elif status == 429:
            headers = self.account.quota.headers(self.clock.now(), used_up=True)
        message = {401: "Unauthorized", 403: "Forbidden", 404: "Not found", 429: "Too Many Requests"}.get(status)
        return json_response({"message": message or ("Internal server error" if status >= 500 else "Bad request")}, status, headers)

    def answer(self, request: Request, taken: Taken) -> Response:
        path = request.path.removeprefix("/v1")
        if request.method != "GET":
            return self.error(404)
        if match := re.fullmatch(r"/state/(\w+)/renewables/current", path):
            return self._renewables(match[1], request)
        if request.bearer() != self.account.token:
            return self.error(self.refusal)
        now = self.clock.now()
        if not self.account.quota.use(now):
            return self.error(429)
        headers = self.account.quota.headers(now)
        if path == "/sites":
            return json_response([site.to_json() for site in self.account.sites], headers=headers)
        match = re.fullmatch(r"/sites/(\w+)/(prices/current|prices|usage)", path)
        site = self.account.site(match[1]) if match else None
        if match is None or site is None:
            return self.error(404)
        try:
            data = {"prices/current": self._current, "prices": self._days, "usage": self._usage}[match[2]](site, request, now, taken)
        except _ServerFault:
            return self.error(502)
        except ValueError:
            return self.error(400)
        return json_response(data, headers=headers)

    # -- prices ---------------------------------------------------------------------------------------------------

    def current_rows(self, site: AmberSite, now: datetime, minutes: int = 5) -> list[Row]:
        """The present interval, one row per channel: what the stream sends."""
        present = int(now.timestamp()) // SLOT_S
        return [row for name in site.channels for row in self.rows.channel(name, present, present + 1, minutes, now)]

    def _current(self, site: AmberSite, request: Request, now: datetime, taken: Taken) -> list[Row]:
        minutes = _resolution(request, site.interval_minutes)
        following, previous = (_count(request, key) for key in ("next", "previous"))
        now = _seen_at(now, taken)
        step = minutes * 60 // SLOT_S
        present = int(now.timestamp()) // SLOT_S // step * step
        last = min(present + (following + 1) * step, max(self.rows.market.horizon(now), present + step))
        return self._rows_of(site, present - previous * step, last, minutes, now, taken)

    def _days(self, site: AmberSite, request: Request, now: datetime, taken: Taken) -> list[Row]:
        minutes = _resolution(request, site.interval_minutes)
        nem = now.astimezone(NEM)
        if "startDate" not in request.query and (nem.hour, nem.minute) >= (23, 49):
            raise _ServerFault
        first = _day(request, "startDate", nem.date())
        last = _day(request, "endDate", max(nem.date(), first))
        if last < first or (last - first).days > 92:
            raise ValueError("bad range")
        now = _seen_at(now, taken)
        end = min(_start_of(last + timedelta(days=1)), self.rows.market.horizon(now))
        return self._rows_of(site, _start_of(first), end, minutes, now, taken)

    def _rows_of(self, site: AmberSite, first: int, last: int, minutes: int, now: datetime, taken: Taken) -> list[Row]:
        if site.status != "active":
            return []
        present = int(now.timestamp()) // SLOT_S
        key = (site.id, first, last, minutes, present, now >= self.rows.market.confirmed_at(present))
        rows = next((rows for cached, rows in self._cached if cached == key), None)
        if rows is None:
            rows = [row for name in site.channels for row in self.rows.channel(name, first, last, minutes, now)]
            self._cached.append((key, rows))
        return _spoilt(rows, taken, now, self.clock.now()) if taken else rows

    # -- the rest -------------------------------------------------------------------------------------------------

    def _usage(self, site: AmberSite, request: Request, now: datetime, taken: Taken) -> list[Row]:
        first, last = (_day(request, key, None) for key in ("startDate", "endDate"))
        if last < first or (last - first).days > 90:
            raise ValueError("bad range")
        self.household.step_to(now)
        end = min(_start_of(last + timedelta(days=1)), int(now.timestamp()) // SLOT_S)
        quality_from = now - timedelta(days=2)
        usage: list[Row] = []
        for channel in site.channels:
            for index in range(_start_of(first), end):
                bucket = self.household.buckets.get(index * BUCKET_S)
                if bucket is None or channel == CONTROLLED_LOAD:
                    continue
                kwh = round((-bucket.export_wh if channel == FEED_IN else bucket.import_wh) / 1000, 5)
                row = copy.copy(self.rows.row(channel, index, 5, now))
                is_old = datetime.fromtimestamp(index * SLOT_S, UTC) < quality_from
                row |= {"type": "Usage", "channelIdentifier": _CHANNEL_NAMES[channel], "kwh": kwh}
                row |= {"quality": "billable" if is_old else "estimated", "cost": round(abs(kwh) * row["perKwh"], 5)}
                usage.append(row)
        return usage

    def _renewables(self, state: str, request: Request) -> Response:
        if state.lower() not in _STATES:
            return self.error(404)
        now, market = self.clock.now(), self.rows.market
        try:
            minutes, following, previous = _resolution(request, 30), _count(request, "next"), _count(request, "previous")
        except ValueError:
            return self.error(400)
        step = minutes * 60 // SLOT_S
        present = int(now.timestamp()) // SLOT_S // step * step
        items = []
        for index in range(present - previous * step, min(present + (following + 1) * step, market.horizon(now)), step):
            kind = "ActualRenewable" if index < present else "CurrentRenewable" if index == present else "ForecastRenewable"
            labels, share = Labels.of(index * SLOT_S, minutes), market.renewables_pct(index)
            items.append(
                {
                    "type": kind,
                    "duration": minutes,
                    "date": labels.date,
                    "nemTime": labels.nem_time,
                    "startTime": labels.start_time,
                    "endTime": labels.end_time,
                    "renewables": round(share, 4),
                    "descriptor": next(name for limit, name in _GREEN if share < limit),
                }
            )
        return json_response(items)


class _ServerFault(Exception):
    """The known fault of `/prices` just before midnight."""


def _resolution(request: Request, default: int) -> int:
    minutes = int(request.query.get("resolution", default))
    if minutes not in (5, 30):
        raise ValueError("resolution is 5 or 30")
    return minutes


def _count(request: Request, key: str) -> int:
    count = int(request.query.get(key, 0))
    if not 0 <= count <= 2048:
        raise ValueError(f"{key} is 0 to 2048")
    return count


def _day(request: Request, key: str, default: date | None) -> date:
    text = request.query.get(key)
    if text is None:
        if default is None:
            raise ValueError(f"{key} is required")
        return default
    return date.fromisoformat(text)


def _start_of(day: date) -> int:
    """Index of the first interval of a NEM day."""
    return int(datetime(day.year, day.month, day.day, tzinfo=NEM).timestamp()) // SLOT_S


def _seen_at(now: datetime, taken: Taken) -> datetime:
    """The instant whose knowledge is served: an earlier one while the data is frozen."""
    for effect, fault in taken:
        if isinstance(effect, e.Frozen):
            return now - timedelta(seconds=effect.age_s) if effect.age_s is not None else min(now, fault.start or now)
    return now


_BAD_VALUES: dict[str, Any] = {"null": None, "nan": float("nan"), "infinity": float("inf"), "text": "n/a", "absurd": 987_654.0}


def _spoilt(rows: list[Row], taken: Taken, seen_at: datetime, now: datetime) -> list[Row]:
    """The rows with the faults of this request in them."""
    for effect, _ in taken:
        match effect:
            case e.PriceGap():
                rows = [row for row in rows if not _within(row, now, effect.ahead_half_hours, effect.half_hours)]
            case e.ShortHorizon():
                limit = (seen_at + timedelta(hours=effect.hours)).timestamp()
                rows = [row for row in rows if row["type"] != "ForecastInterval" or _start_s(row) < limit]
            case e.BadPrice():
                hit = effect.ahead_half_hours, effect.half_hours
                rows = [_with_bad_price(row, effect.value) if _within(row, now, *hit) else row for row in rows]
            case e.NoFeedIn():
                rows = [row for row in rows if row["channelType"] != FEED_IN]
            case e.RenamedField():
                rows = [{effect.to if key == effect.field else key: value for key, value in row.items()} for row in rows]
            case e.MixedDurations():
                rows = _mixed(rows, (seen_at + timedelta(hours=effect.after_hours)).timestamp())
            case e.NoAdvancedPrice():
                rows = [{key: value for key, value in row.items() if key != "advancedPrice"} for row in rows]
    return rows


def _start_s(row: Row) -> float:
    return datetime.fromisoformat(row["startTime"]).timestamp() - 1


def _within(row: Row, now: datetime, ahead: int, half_hours: int) -> bool:
    first = now.timestamp() // 1800 * 1800 + ahead * 1800
    return first <= _start_s(row) < first + half_hours * 1800


def _with_bad_price(row: Row, value: str) -> Row:
    row = {key: kept for key, kept in row.items() if key != "advancedPrice"}
    if value == "absent":
        del row["perKwh"]
    else:
        row["perKwh"] = _BAD_VALUES.get(value, value)
        row["advancedPrice"] = dict.fromkeys(("low", "predicted", "high"), row["perKwh"])
    return row


def _mixed(rows: list[Row], from_s: float) -> list[Row]:
    """Six rows of five minutes become one of thirty, from `from_s` on."""
    kept: list[Row] = []
    together: list[Row] = []
    from_s = (from_s + 1799) // 1800 * 1800
    for row in rows:
        if row["duration"] != 5 or _start_s(row) < from_s:
            kept.append(row)
            continue
        together.append(row)
        if _start_s(row) % 1800 == 1500:
            if len(together) == 6:
                last = together[-1]
                kept.append(last | {"duration": 30, "startTime": together[0]["startTime"]} | _mean_prices(together))
            together = []
    return kept


def _mean_prices(rows: list[Row]) -> Row:
    return {key: round(sum(row[key] for row in rows) / len(rows), 5) for key in ("perKwh", "spotPerKwh")}
