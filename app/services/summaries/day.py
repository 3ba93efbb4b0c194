"""One local day of one site: its energy summed up, and its money in three ways."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.control.observe import overrides_since
from app.control.price_rows import stored_intervals
from app.domain.baselines import AtTheMeter, Metered, simulate
from app.domain.codec import to_json
from app.domain.day_costs import PriceOf, Way, cost_of_day, plan_prices
from app.domain.overrides import overridden
from app.domain.prices import PriceBook, Quality, without_overlap
from app.domain.spans import SpanKind, span_of
from app.domain.tariffs.half_hourly import HALF_HOUR, mean_price
from app.models.connection import Connection
from app.models.energy import EnergyInterval
from app.models.price import PriceFeed
from app.models.site import Site
from app.models.summary import DayCost, DaySummary
from app.services.summaries.basis import Basis

PERIOD = timedelta(minutes=5)
BILLED = (Quality.SETTLED, Quality.CURRENT)  # what was only ever forecast is no bill


@dataclass(frozen=True, slots=True)
class Before:
    """What the days before hand on; None where they do not know."""

    soc_pct: float | None = None  # at the end of yesterday
    stored_wh: float | None = None  # in the simulated battery
    free_used_wh: Mapping[str, float] | None = None  # way → of the month's pool


@dataclass(frozen=True)
class Made:
    """Rows that are not stored yet."""

    summary: DaySummary
    costs: tuple[DayCost, ...]


def make_day(
    session: Session,
    site: Site,
    day: date,
    basis: Basis,
    retailer: Connection | None,
    feed: PriceFeed | None,
    before: Before,
    now: datetime,
) -> Made:
    """From the day's 5-minute records and settled prices, as far as they are there at `now`."""
    zone = ZoneInfo(site.timezone)
    start, end = span_of(SpanKind.DAY, day).bounds(zone)
    rows = _records(session, site.id, start, end)
    metered = [Metered(each.start, each.covered_s, each.import_wh, each.export_wh, each.charge_wh, each.discharge_wh) for each in rows]
    prices: Mapping[datetime, PriceOf] = {}
    if basis.is_plan_known and rows and retailer is not None:
        starts = [each.start for each in rows]
        prices = plan_prices(basis.rules, starts, zone) if basis.rules else _settled(session, site, retailer, feed, starts, start, end)
    summary = _summary(site.id, day, rows, prices, basis, now)
    ways = _ways(metered, basis, before, _first(summary, before)) if rows and basis.is_plan_known else {}
    usable_wh = basis.model.usable_wh if basis.model else None
    costs = []
    for way, flows in ways.items():
        used_wh = (before.free_used_wh or {}).get(way.value, 0.0)
        cost = cost_of_day(flows, prices, zone, basis.demand, basis.rules, until=min(now, end), free_used_wh=used_wh)
        stored_wh = flows[-1].stored_wh
        costs.append(
            DayCost(
                site_id=site.id,
                day=day,
                way=way.value,
                import_wh=round(cost.import_wh, 1),
                export_wh=round(cost.export_wh, 1),
                import_c=round(cost.import_c, 4),
                feed_in_c=round(cost.feed_in_c, 4),
                credit_c=round(cost.credit_c, 4),
                free_wh=round(cost.free_wh, 1),
                stored_wh=None if stored_wh is None else round(stored_wh, 1),
                gained_wh=_gained(way, summary, before, stored_wh, usable_wh),
                peaks=to_json(cost.peaks),
            )
        )
    return Made(summary, tuple(costs))


_COLUMNS = (
    *(EnergyInterval.start, EnergyInterval.covered_s, EnergyInterval.solar_wh, EnergyInterval.import_wh, EnergyInterval.export_wh),
    *(EnergyInterval.charge_wh, EnergyInterval.discharge_wh, EnergyInterval.load_wh, EnergyInterval.soc_pct),
)


def _records(session: Session, site_id: int, start: datetime, end: datetime) -> Sequence[Any]:
    return session.execute(
        select(*_COLUMNS)
        .where(EnergyInterval.site_id == site_id, EnergyInterval.minutes == 5, EnergyInterval.start >= start, EnergyInterval.start < end)
        .order_by(EnergyInterval.start)
    ).all()


def _settled(
    session: Session, site: Site, retailer: Connection, feed: PriceFeed | None, starts: Sequence[datetime], start: datetime, end: datetime
) -> dict[datetime, PriceOf]:
    """The price of each 5 minutes of which every minute is settled, or the running one."""
    if feed is None:
        return {}
    stored = stored_intervals(session, feed, retailer.brand, start - HALF_HOUR, end)
    known = without_overlap(each for each in stored if each.quality in BILLED)
    book = PriceBook(overridden(known, overrides_since(session, site.id, start)), as_of=end, known_until=None)
    found = {}
    for each in starts:
        price = mean_price(book.between(each, each + PERIOD), each, each + PERIOD)
        if price is not None:
            found[each] = PriceOf(price.import_c, price.feed_in_c)
    return found


def _summary(site_id: int, day: date, rows: Sequence[Any], prices: Mapping[datetime, PriceOf], basis: Basis, now: datetime) -> DaySummary:
    soc = [each.soc_pct for each in rows if each.soc_pct is not None]
    flows = ("solar_wh", "import_wh", "export_wh", "charge_wh", "discharge_wh", "load_wh")
    return DaySummary(
        site_id=site_id,
        day=day,
        covered_s=sum(each.covered_s for each in rows),
        priced_s=sum(each.covered_s for each in rows if each.start in prices),
        **{name: round(sum(getattr(each, name) for each in rows), 1) for name in flows},
        soc_first_pct=soc[0] if soc else None,
        soc_last_pct=soc[-1] if soc else None,
        soc_low_pct=min(soc, default=None),
        soc_high_pct=max(soc, default=None),
        basis=basis.fingerprint,
        made_at=now,
    )


def _first(summary: DaySummary, before: Before) -> float | None:
    """The charge at the beginning of the day, percent."""
    return before.soc_pct if before.soc_pct is not None else summary.soc_first_pct


def _ways(metered: Sequence[Metered], basis: Basis, before: Before, first_pct: float | None) -> dict[Way, list[AtTheMeter]]:
    """The grid meter of the day in each way that can be told. The simulated battery begins once with the charge of the real one."""
    ways = {
        Way.METERED: [AtTheMeter(each.start, each.covered_s, each.import_wh, each.export_wh) for each in metered],
        Way.NO_BATTERY: simulate(metered, None),
    }
    model, stored_wh = basis.model, before.stored_wh
    if model is not None and stored_wh is None and first_pct is not None:
        stored_wh = first_pct / 100.0 * model.usable_wh
    if model is not None and stored_wh is not None:
        ways[Way.ON_ITS_OWN] = simulate(metered, model, stored_wh)
    return ways


def _gained(way: Way, summary: DaySummary, before: Before, stored_wh: float | None, usable_wh: float | None) -> float | None:
    first_pct = _first(summary, before)
    if way is Way.NO_BATTERY or usable_wh is None or first_pct is None or summary.soc_last_pct is None:
        return None
    if way is Way.METERED:
        return round((summary.soc_last_pct - first_pct) / 100.0 * usable_wh, 1)
    began_wh = before.stored_wh if before.stored_wh is not None else first_pct / 100.0 * usable_wh
    return None if stored_wh is None else round(stored_wh - began_wh, 1)
