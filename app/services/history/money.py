"""What a day, week, month or year cost and earned, and what it would have in the two ways that it is compared with."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.control.observe import charges_of, settings_of
from app.domain.charges import StandingCharges
from app.domain.day_costs import Way
from app.domain.settings.demand import Demand
from app.domain.spans import Span, SpanKind
from app.domain.tariffs.half_hourly import HALF_HOUR
from app.models.connection import Connection
from app.models.energy import EnergyInterval
from app.models.price import PriceFeed
from app.models.site import CONTROL_ON, Site
from app.services.battery_model import KnownBattery, known_battery
from app.services.history.money_days import DayMoney, days_of, lacks_demand_rate
from app.services.history.money_values import Comparison, Money, MoneyRow, together
from app.services.history.reach import Reach, coverage_pct, parts_of, reach_of


@dataclass(frozen=True)
class MoneyHistory:
    """The rows up to now, oldest first."""

    reach: Reach
    currency: str
    rows: tuple[MoneyRow, ...]
    total: Money | None  # as metered; None where nothing was measured and priced
    measured_pct: float | None  # of what is past of the span
    coverage_pct: float | None  # measured, and the price is known
    comparison: Comparison | None
    charges: StandingCharges
    demand: Demand
    battery: KnownBattery
    discharged_wh: float
    is_control_on: bool
    has_retailer: bool
    retailer_brand: str

    @property
    def span(self) -> Span:
        return self.reach.span

    @property
    def lacks_demand_rate(self) -> bool:
        """A demand charge is set, and nobody has said what a kW costs."""
        return lacks_demand_rate(self.demand)


def money_history(session: Session, site: Site, now: datetime, span: Span) -> MoneyHistory:
    """Read and put together. Charges, demand rates and the size of the battery are those set now."""
    reach, settings = reach_of(session, site, now, span), settings_of(session, site.id)
    retailer, feed = _retailer(session, site.id)
    charges, demand = charges_of(settings, feed), settings.of(Demand)
    days = days_of(session, site.id, reach, charges, demand)
    rows = _rows(days, reach)
    priced_s, covered_s = sum(day.priced_s for day in days.values()), sum(day.covered_s for day in days.values())
    return MoneyHistory(
        reach=reach,
        currency=site.currency,
        rows=_half_hours(session, site.id, reach) if span.kind is SpanKind.DAY else rows,
        total=together(day.ways[Way.METERED] for day in days.values() if Way.METERED in day.ways),
        measured_pct=coverage_pct(covered_s, reach.span_elapsed_s),
        coverage_pct=coverage_pct(priced_s, reach.span_elapsed_s),
        comparison=_comparison(list(days.values()), reach),
        charges=charges,
        demand=demand,
        battery=known_battery(session, site.id, settings),
        discharged_wh=sum(day.discharge_wh for day in days.values()),
        is_control_on=site.control == CONTROL_ON,
        has_retailer=retailer is not None,
        retailer_brand=retailer or "",
    )


def _retailer(session: Session, site_id: int) -> tuple[str | None, PriceFeed | None]:
    row = session.execute(
        select(Connection.id, Connection.brand)
        .where(Connection.site_id == site_id, Connection.role == "retailer")
        .order_by(Connection.id)
        .limit(1)
    ).first()
    if row is None:
        return None, None
    return row.brand, session.scalars(select(PriceFeed).where(PriceFeed.connection_id == row.id)).one_or_none()


def _rows(days: Mapping[date, DayMoney], reach: Reach) -> tuple[MoneyRow, ...]:
    rows = []
    for part in parts_of(reach.span):
        if part.first > reach.today:
            break
        inside = [days[day] for day in part.dates() if day in days]
        start, end = part.bounds(reach.zone)
        priced_s = sum(day.priced_s for day in inside)
        rows.append(MoneyRow(start, end, part, _in_all_ways(inside), priced_s, reach.elapsed_s(start, end)))
    return tuple(rows)


def _in_all_ways(days: Sequence[DayMoney]) -> dict[Way, Money]:
    """The sums; a way that is not known on each day is left out, since it could not be compared."""
    priced = [day for day in days if Way.METERED in day.ways]
    found = {way: together(day.ways[way] for day in priced) for way in Way if all(way in day.ways for day in priced)}
    return {way: money for way, money in found.items() if money is not None}


def _comparison(days: Sequence[DayMoney], reach: Reach) -> Comparison | None:
    """On the days that know every way, or without the battery on its own where no day knows that."""
    priced = [day for day in days if Way.METERED in day.ways]
    knows_alone = [day for day in priced if Way.ON_ITS_OWN in day.ways]
    compared = knows_alone or priced
    ways = _in_all_ways(compared)
    if Way.NO_BATTERY not in ways:
        return None
    return Comparison(ways, coverage_pct(sum(day.priced_s for day in compared), reach.span_elapsed_s))


def _half_hours(session: Session, site_id: int, reach: Reach) -> tuple[MoneyRow, ...]:
    """As they were priced when they were metered; charges have no half-hour."""
    start, end = reach.span.bounds(reach.zone)
    found = session.execute(
        select(
            *(EnergyInterval.start, EnergyInterval.covered_s, EnergyInterval.import_wh, EnergyInterval.export_wh),
            *(EnergyInterval.import_cost_c, EnergyInterval.feed_in_earned_c),
        ).where(EnergyInterval.site_id == site_id, EnergyInterval.minutes == 30, EnergyInterval.start >= start, EnergyInterval.start < end)
    )
    known = {row.start: row for row in found}
    rows = []
    for start_of_row in _steps(start, min(end, reach.until)):
        row = known.get(start_of_row)
        ways = {}
        if row is not None and row.covered_s > 0 and row.import_cost_c is not None and row.feed_in_earned_c is not None:
            ways[Way.METERED] = Money(row.import_cost_c, row.feed_in_earned_c, 0.0, None, None, row.import_wh, row.export_wh, None)
        end_of_row = start_of_row + HALF_HOUR
        rows.append(
            MoneyRow(
                start_of_row, end_of_row, None, ways, row.covered_s if row and ways else 0.0, reach.elapsed_s(start_of_row, end_of_row)
            )
        )
    return tuple(rows)


def _steps(start: datetime, end: datetime) -> Iterable[datetime]:
    while start < end:
        yield start
        start += HALF_HOUR
