"""AEMO's dashboard: JSON reports of the present price, and of recent prices with forecasts, all regions in one answer.

Source: the reports behind AEMO's public data dashboard, `ELEC_NEM_SUMMARY` and `5MIN`. They are undocumented by AEMO and without a key."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from app.domain.brands import BaseUrl
from app.domain.prices import Quality
from app.feeds.market.aemo.host import Host
from app.feeds.market.aemo.nem import (
    CLOCKS_DIFFER,
    FIVE_MINUTES,
    HALF_HOUR,
    REGIONS,
    VENDOR,
    OffTheGrid,
    Reading,
    Refusal,
    RowRefused,
    Spot,
    interval_of,
    price_of,
)
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood
from app.transports.http import JsonApi

SUMMARY_URL: Final = BaseUrl(
    "AEMO_SUMMARY_URL", "https://visualisations.aemo.com.au/aemo/apps/api/report/ELEC_NEM_SUMMARY", "the whole address of the summary"
)
_SCALES: Final[Mapping[timedelta, str]] = {FIVE_MINUTES: "5MIN", HALF_HOUR: "30MIN"}
_SAME_WITHIN: Final = 0.005  # $/MWh; prices have cents


class Dashboard:
    """The reports. Each method raises a VendorError. For one thread at a time."""

    def __init__(self, context: Context) -> None:
        self.host = Host("the dashboard", context.pace)
        base, _, self._summary = context.base_url(SUMMARY_URL).rpartition("/")
        self._api = JsonApi(VENDOR, base, context, account="public", headers=dict, explain=self.host.explain, tries_again=False)

    def present(self, now: datetime) -> Reading:
        """The price of the interval that the summary stands at: the running one, or for up to a minute the one before it."""
        return read_summary(self.host.ask(lambda: self._api.get(f"/{self._summary}")).json, now)

    def recent(self, length: timedelta, now: datetime) -> Reading:
        """About a day of the past, and what is forecast, in intervals of `length` (5 or 30 minutes)."""
        scale = _SCALES[length]
        return read_recent(self.host.ask(lambda: self._api.post("/5MIN", {"timeScale": [scale]}, "read")).json, length, now)


def read_summary(answer: Any, now: datetime) -> Reading:
    """The summary's price of each region. A region without one is named, the others count. Raises AnswerNotUnderstood where none has one.

    The price is RRP. It is settled where the status is FIRM and the PRICE beside the label is the same: the two differ for a moment when
    one of them is already that of the next interval."""
    if not isinstance(answer, Mapping):
        raise AnswerNotUnderstood(VENDOR, "the summary is not an object")
    rrp = {item.get("REGIONID"): item.get("RRP") for item in _items(answer, "ELEC_NEM_SUMMARY_PRICES")}
    prices, refused = [], []
    for item in _items(answer, "ELEC_NEM_SUMMARY"):
        region = _region_of(item)
        if region is None:
            continue
        try:
            start, end = interval_of(item.get("SETTLEMENTDATE"), FIVE_MINUTES, now)
            _not_ahead(start, now)
            price = price_of(rrp.get(region))
            quality = Quality.SETTLED if item.get("PRICE_STATUS") == "FIRM" and _same(item.get("PRICE"), price) else Quality.CURRENT
            prices.append(Spot(region, start, end, price, quality))
        except RowRefused as reason:
            refused.append(Refusal(region, f"{region} in the summary: {reason}"))
    return _told(prices, refused, "the summary")


def read_recent(answer: Any, length: timedelta, now: datetime) -> Reading:
    """The prices of the report of recent prices and forecasts. What is over is settled; the running interval, which carries no status here,
    may still change. Raises AnswerNotUnderstood where there is no price.

    The report does not say how long its intervals are: only those count whose labels follow each other at `length`."""
    title = "the report of recent prices"
    if not isinstance(answer, Mapping):
        raise AnswerNotUnderstood(VENDOR, f"{title} is not an object")
    prices: dict[tuple[str, bool], dict[datetime, Spot]] = defaultdict(dict)
    refused = []
    for item in _items(answer, next((name for name in _SCALES.values() if name in answer), "5MIN")):
        region = _region_of(item)
        if region is None:
            continue
        try:
            start, end = interval_of(item.get("SETTLEMENTDATE"), length, now)
            quality = _kind(item.get("PERIODTYPE"), start, end, now)
            prices[region, quality is Quality.FORECAST][start] = Spot(region, start, end, price_of(item.get("RRP")), quality)
        except OffTheGrid:
            raise AnswerNotUnderstood(VENDOR, f"{title} is not in steps of {length.total_seconds() / 60:.0f} minutes") from None
        except RowRefused as reason:
            refused.append(Refusal(region, f"{region} in {title}: {reason}"))
    whole = [spot for group in prices.values() if _follow_at(length, group) for spot in group.values()]
    return _told(whole, refused, title)


def _follow_at(length: timedelta, starts: Iterable[datetime]) -> bool:
    """Whether the nearest two lie `length` apart."""
    return min((b - a for a, b in pairwise(sorted(starts))), default=None) == length


def _region_of(item: Mapping[str, Any]) -> str | None:
    """Some answers name the column REGION."""
    region = item.get("REGIONID", item.get("REGION"))
    return region if isinstance(region, str) and region in REGIONS else None


def _kind(period_type: Any, start: datetime, end: datetime, now: datetime) -> Quality:
    if period_type == "FORECAST":
        return Quality.FORECAST
    if period_type != "ACTUAL":
        raise RowRefused("PERIODTYPE is not known")
    _not_ahead(start, now)
    return Quality.SETTLED if end <= now else Quality.CURRENT


def _not_ahead(start: datetime, now: datetime) -> None:
    if start > now + CLOCKS_DIFFER:
        raise RowRefused("it is not a forecast and lies ahead")


def _same(price: Any, rrp: float) -> bool:
    try:
        return abs(price_of(price, "PRICE") - rrp) <= _SAME_WITHIN
    except RowRefused:
        return False


def _items(answer: Mapping[str, Any], name: str) -> Iterable[Mapping[str, Any]]:
    items = answer.get(name)
    if not isinstance(items, list):
        raise AnswerNotUnderstood(VENDOR, f"{name} is not a list")
    return (item for item in items if isinstance(item, Mapping))


def _told(prices: Sequence[Spot], refused: Sequence[Refusal], title: str) -> Reading:
    if not prices:
        raise AnswerNotUnderstood(VENDOR, f"{title} has no price" + (f": {refused[0].words}" if refused else ""))
    return Reading(tuple(prices), tuple(refused))
