"""The battery's charge, how much went through it, what came back, and what its wear cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.control.observe import settings_of
from app.domain.spans import Span, SpanKind
from app.models.energy import EnergyInterval
from app.models.site import Site
from app.models.summary import DaySummary
from app.services.battery_model import KnownBattery, known_battery
from app.services.history.reach import Reach, coverage_pct, parts_of, reach_of

LEAST_TURNOVERS = 2.0  # so often the battery was charged whole before its losses are told from less
MOST_DRIFT = 0.1  # of what was charged: how far the charge may have moved from beginning to end
LEAST_COVERAGE_PCT = 95.0  # a gap hides energy


@dataclass(frozen=True, slots=True)
class Use:
    """What went through the battery, AC, as far as it was measured."""

    charge_wh: float
    discharge_wh: float
    covered_s: float
    first_pct: float | None  # charge at the beginning
    last_pct: float | None
    low_pct: float | None
    high_pct: float | None

    def cycles(self, usable_wh: float | None) -> float | None:
        """How often the usable capacity was discharged."""
        return self.discharge_wh / usable_wh if usable_wh else None

    def wear_c(self, battery: KnownBattery) -> float | None:
        return None if battery.wear_c_per_kwh is None else self.discharge_wh / 1000.0 * battery.wear_c_per_kwh

    def round_trip_pct(self, usable_wh: float | None, elapsed_s: float) -> float | None:
        """Of what was charged, what came back; what the battery still holds is taken out. None where too little can be told from it."""
        if not usable_wh or self.first_pct is None or self.last_pct is None or self.charge_wh < LEAST_TURNOVERS * usable_wh:
            return None
        gained_wh = (self.last_pct - self.first_pct) / 100.0 * usable_wh
        if abs(gained_wh) > MOST_DRIFT * self.charge_wh or (coverage_pct(self.covered_s, elapsed_s) or 0.0) < LEAST_COVERAGE_PCT:
            return None
        found = 100.0 * self.discharge_wh / (self.charge_wh - gained_wh)
        return found if found <= 100.0 else None


def together(parts: Sequence[Use]) -> Use | None:
    """In order of time; None of nothing."""
    if not parts:
        return None
    lows = [each.low_pct for each in parts if each.low_pct is not None]
    highs = [each.high_pct for each in parts if each.high_pct is not None]
    return Use(
        charge_wh=sum(each.charge_wh for each in parts),
        discharge_wh=sum(each.discharge_wh for each in parts),
        covered_s=sum(each.covered_s for each in parts),
        first_pct=next((each.first_pct for each in parts if each.first_pct is not None), None),
        last_pct=next((each.last_pct for each in reversed(parts) if each.last_pct is not None), None),
        low_pct=min(lows, default=None),
        high_pct=max(highs, default=None),
    )


@dataclass(frozen=True, slots=True)
class BatteryRow:
    """A half-hour, a day or a month. `use` None: nothing of it was measured."""

    start: datetime  # UTC
    end: datetime
    part: Span | None  # None for a half-hour
    use: Use | None
    elapsed_s: float

    @property
    def coverage_pct(self) -> float | None:
        return coverage_pct(self.use.covered_s if self.use else 0.0, self.elapsed_s)


@dataclass(frozen=True, slots=True)
class Point:
    """The charge at an instant."""

    at: datetime
    soc_pct: float


@dataclass(frozen=True)
class BatteryHistory:
    """The rows up to now, oldest first. `points` are those of a line; months and years have a band of lows and highs instead."""

    reach: Reach
    currency: str
    battery: KnownBattery
    rows: tuple[BatteryRow, ...]
    points: tuple[Point, ...]
    point_every: timedelta | None
    total: Use | None
    coverage_pct: float | None

    @property
    def span(self) -> Span:
        return self.reach.span

    @property
    def round_trip_pct(self) -> float | None:
        return self.total.round_trip_pct(self.battery.usable_wh, self.reach.span_elapsed_s) if self.total else None


_POINT_MINUTES = {SpanKind.DAY: 5, SpanKind.WEEK: 30}


def battery_history(session: Session, site: Site, now: datetime, span: Span) -> BatteryHistory:
    """Read and put together."""
    reach = reach_of(session, site, now, span)
    minutes = _POINT_MINUTES.get(span.kind)
    days = _days(session, site.id, span)
    total = together([days[day] for day in sorted(days)])
    return BatteryHistory(
        reach=reach,
        currency=site.currency,
        battery=known_battery(session, site.id, settings_of(session, site.id)),
        rows=_half_hours(session, site.id, reach) if span.kind is SpanKind.DAY else _rows(days, reach),
        points=_points(session, site.id, reach, minutes) if minutes else (),
        point_every=timedelta(minutes=minutes) if minutes else None,
        total=total,
        coverage_pct=coverage_pct(total.covered_s if total else 0.0, reach.span_elapsed_s),
    )


def _days(session: Session, site_id: int, span: Span) -> dict[date, Use]:
    rows = session.execute(
        select(
            *(DaySummary.day, DaySummary.charge_wh, DaySummary.discharge_wh, DaySummary.covered_s),
            *(DaySummary.soc_first_pct, DaySummary.soc_last_pct, DaySummary.soc_low_pct, DaySummary.soc_high_pct),
        ).where(DaySummary.site_id == site_id, DaySummary.day >= span.first, DaySummary.day < span.end, DaySummary.covered_s > 0)
    )
    return {row[0]: Use(*row[1:]) for row in rows}


def _rows(days: dict[date, Use], reach: Reach) -> tuple[BatteryRow, ...]:
    rows = []
    for part in parts_of(reach.span):
        if part.first > reach.today:
            break
        start, end = part.bounds(reach.zone)
        use = together([days[day] for day in part.dates() if day in days])
        rows.append(BatteryRow(start, end, part, use, reach.elapsed_s(start, end)))
    return tuple(rows)


def _half_hours(session: Session, site_id: int, reach: Reach) -> tuple[BatteryRow, ...]:
    start, end = reach.span.bounds(reach.zone)
    half_hour = timedelta(minutes=30)
    found = session.execute(
        select(
            *(EnergyInterval.start, EnergyInterval.charge_wh, EnergyInterval.discharge_wh, EnergyInterval.covered_s),
            EnergyInterval.soc_pct,
        ).where(
            EnergyInterval.site_id == site_id,
            EnergyInterval.minutes == 30,
            EnergyInterval.start >= start,
            EnergyInterval.start < end,
            EnergyInterval.covered_s > 0,
        )
    )
    known = {row[0]: Use(row[1], row[2], row[3], row[4], row[4], row[4], row[4]) for row in found}
    rows = []
    while start < min(end, reach.until):
        rows.append(BatteryRow(start, start + half_hour, None, known.get(start), reach.elapsed_s(start, start + half_hour)))
        start += half_hour
    return tuple(rows)


def _points(session: Session, site_id: int, reach: Reach, minutes: int) -> tuple[Point, ...]:
    start, end = reach.span.bounds(reach.zone)
    rows = session.execute(
        select(EnergyInterval.start, EnergyInterval.soc_pct)
        .where(
            EnergyInterval.site_id == site_id,
            EnergyInterval.minutes == minutes,
            EnergyInterval.start >= start,
            EnergyInterval.start < end,
            EnergyInterval.soc_pct.is_not(None),
        )
        .order_by(EnergyInterval.start)
    )
    return tuple(Point(row.start + timedelta(minutes=minutes), row.soc_pct) for row in rows if row.soc_pct is not None)
