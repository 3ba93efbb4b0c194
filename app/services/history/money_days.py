"""The money of single days: what their roll-ups say, and the charges that a day bears."""

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.charges import StandingCharges
from app.domain.day_costs import Way
from app.domain.demand import cycle_of
from app.domain.settings.demand import Demand
from app.domain.spans import Span
from app.models.summary import DayCost, DaySummary
from app.services.history.demand_shares import Share, shares
from app.services.history.money_values import Money
from app.services.history.reach import Reach


@dataclass(frozen=True)
class DayMoney:
    covered_s: float
    priced_s: float
    discharge_wh: float
    ways: Mapping[Way, Money]


def lacks_demand_rate(demand: Demand) -> bool:
    """A demand charge is set, and nobody has said what a kW costs."""
    return demand.enabled and not any(window.rate_c_per_kw for window in demand.windows)


def days_of(session: Session, site_id: int, reach: Reach, charges: StandingCharges, demand: Demand) -> dict[date, DayMoney]:
    """The measured days of the span. A day that was not measured bears no charge here."""
    span = reach.span
    summaries = session.execute(
        select(DaySummary.day, DaySummary.covered_s, DaySummary.priced_s, DaySummary.discharge_wh).where(
            DaySummary.site_id == site_id, DaySummary.day >= span.first, DaySummary.day < span.end, DaySummary.covered_s > 0
        )
    ).all()
    days = [row.day for row in summaries]
    shared = _demand_shares(session, site_id, demand, span, days) if demand.enabled else {}
    lacks_rate = lacks_demand_rate(demand)
    ways: dict[date, dict[Way, Money]] = {}
    for row in _costs(session, site_id, span.first, span.end):
        ways.setdefault(row.day, {})[Way(row.way)] = Money(
            import_c=row.import_c,
            feed_in_c=row.feed_in_c,
            credit_c=row.credit_c,
            supply_c=_supply_c(charges, row.day),
            demand_c=None if lacks_rate else shared.get((row.way, row.day), 0.0),
            import_wh=row.import_wh,
            export_wh=row.export_wh,
            gained_wh=row.gained_wh,
        )
    return {
        row.day: DayMoney(row.covered_s, row.priced_s, row.discharge_wh, ways.get(row.day, {}) if row.priced_s > 0 else {})
        for row in summaries
    }


_COLUMNS = (
    *(DayCost.day, DayCost.way, DayCost.import_c, DayCost.feed_in_c, DayCost.credit_c),
    *(DayCost.import_wh, DayCost.export_wh, DayCost.gained_wh),
)


def _costs(session: Session, site_id: int, first: date, end: date) -> Any:
    return session.execute(select(*_COLUMNS).where(DayCost.site_id == site_id, DayCost.day >= first, DayCost.day < end))


def _supply_c(charges: StandingCharges, day: date) -> float | None:
    """The day's charge, and its share of the fee of the month."""
    if charges.daily_c is None and charges.monthly_c is None:
        return None
    return (charges.daily_c or 0.0) + (charges.monthly_c or 0.0) / calendar.monthrange(day.year, day.month)[1]


def _demand_shares(session: Session, site_id: int, demand: Demand, span: Span, days: Iterable[date]) -> Share:
    """Of whole billing months, which may begin before the span and end after it."""
    first, end = cycle_of(span.first, demand.billing_day).first, cycle_of(span.last, demand.billing_day).end
    peaks = session.execute(
        select(DayCost.way, DayCost.day, DayCost.peaks).where(DayCost.site_id == site_id, DayCost.day >= first, DayCost.day < end)
    )
    return shares(demand, ((row.way, row.day, row.peaks) for row in peaks), days)
