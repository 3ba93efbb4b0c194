"""Plans against what came: what the first plan of each day expected of the meter, and what the meter said."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.battery_plan import BatteryPlan
from app.domain.day_costs import Way
from app.domain.plan_compare import expected
from app.domain.spans import DAY, midnight
from app.models.site import Site
from app.models.summary import DayCost, DaySummary
from app.services.plan_page_kept import first_plans, local_day

DAYS = 7
COMPARED_FROM_PCT = 95.0  # of a day planned, and measured with a settled price; with less of either the two are not the same day


@dataclass(frozen=True, slots=True)
class DayTruth:
    """One local day. Costs are of the energy at the meter, minor units: no supply or demand charge, no credit, no wear."""

    day: date
    made_at: datetime | None  # of its first plan; None: no plan was made
    planned_pct: float  # how much of the day that plan covers
    expected_c: float | None
    metered_c: float | None
    measured_pct: float  # of the day, with a settled price
    soc_expected_pct: float | None  # at its end
    soc_measured_pct: float | None

    @property
    def is_comparable(self) -> bool:
        """Both cover nearly the whole day."""
        is_whole = self.planned_pct >= COMPARED_FROM_PCT and self.measured_pct >= COMPARED_FROM_PCT
        return is_whole and self.expected_c is not None and self.metered_c is not None

    @property
    def off_c(self) -> float | None:
        """How much more (+) it cost than expected; None where that cannot be said."""
        if not self.is_comparable or self.metered_c is None or self.expected_c is None:
            return None
        return self.metered_c - self.expected_c


@dataclass(frozen=True, slots=True)
class Truth:
    """The last seven whole days, yesterday first."""

    days: tuple[DayTruth, ...]

    @property
    def compared(self) -> tuple[DayTruth, ...]:
        return tuple(each for each in self.days if each.is_comparable)

    @property
    def has_any(self) -> bool:
        """A plan was made on one of them."""
        return any(each.made_at is not None for each in self.days)

    @property
    def expected_c(self) -> float | None:
        return _sum(each.expected_c for each in self.compared)

    @property
    def metered_c(self) -> float | None:
        return _sum(each.metered_c for each in self.compared)

    @property
    def off_c(self) -> float | None:
        return _sum(each.off_c for each in self.compared)


def truth(session: Session, site: Site, now: datetime) -> Truth:
    """Read and put together."""
    zone = ZoneInfo(site.timezone)
    today = local_day(now, zone)
    days = [today - number * DAY for number in range(DAYS, 0, -1)]
    plans = first_plans(session, site.id, days, zone)
    summaries = {
        row.day: row
        for row in session.scalars(
            select(DaySummary).where(DaySummary.site_id == site.id, DaySummary.day >= days[0], DaySummary.day < today)
        )
    }
    costs = {
        row.day: row.import_c - row.feed_in_c
        for row in session.execute(
            select(DayCost.day, DayCost.import_c, DayCost.feed_in_c).where(
                DayCost.site_id == site.id, DayCost.way == Way.METERED.value, DayCost.day >= days[0], DayCost.day < today
            )
        )
    }
    return Truth(tuple(_day(day, zone, plans.get(day), summaries.get(day), costs.get(day)) for day in reversed(days)))


def _day(day: date, zone: ZoneInfo, plan: BatteryPlan | None, summary: DaySummary | None, metered_c: float | None) -> DayTruth:
    start, end = midnight(day, zone), midnight(day + DAY, zone)
    length_s = (end - start).total_seconds()
    hoped = expected(plan, start, end) if plan is not None else None
    return DayTruth(
        day=day,
        made_at=plan.made_at if plan is not None else None,
        planned_pct=100 * hoped.covered_s / length_s if hoped is not None else 0.0,
        expected_c=hoped.cost_c if hoped is not None and hoped.covered_s > 0 else None,
        metered_c=metered_c if summary is not None and summary.priced_s > 0 else None,
        measured_pct=min(100 * summary.priced_s / length_s, 100.0) if summary is not None else 0.0,
        soc_expected_pct=hoped.soc_end_pct if hoped is not None else None,
        soc_measured_pct=summary.soc_last_pct if summary is not None else None,
    )


def _sum(figures: Iterable[float | None]) -> float | None:
    known = [each for each in figures if each is not None]
    return sum(known) if known else None
