"""Energy of a day, week, month or year, in rows, with totals and what they are compared with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.spans import Span, SpanKind, midnight
from app.models.energy import EnergyInterval
from app.models.site import Site
from app.models.summary import DaySummary
from app.services.history.reach import Reach, coverage_pct, parts_of, reach_of

STEPS = (30, 5)  # minutes, of a day


@dataclass(frozen=True, slots=True)
class Flows:
    """Energy that was measured, Wh, in `covered_s` seconds."""

    covered_s: float = 0.0
    solar_wh: float = 0.0
    import_wh: float = 0.0
    export_wh: float = 0.0
    charge_wh: float = 0.0
    discharge_wh: float = 0.0
    load_wh: float = 0.0

    @property
    def self_sufficiency_pct(self) -> float | None:
        """Of what the home used, the share that did not come from the grid. None where no use was measured."""
        return max(0.0, 100.0 * (1.0 - self.import_wh / self.load_wh)) if self.load_wh > 0 else None

    @property
    def own_use_pct(self) -> float | None:
        """Of what the sun gave, the share that was not fed in. None where the sun gave nothing."""
        return max(0.0, 100.0 * (1.0 - self.export_wh / self.solar_wh)) if self.solar_wh > 0 else None


def total(parts: Iterable[Flows]) -> Flows:
    """All of them together."""
    known = list(parts)
    return Flows(*(sum(getattr(each, field.name) for each in known) for field in fields(Flows)))


@dataclass(frozen=True, slots=True)
class EnergyRow:
    """One step: 5 or 30 minutes, a day, or a month. `flows` None: nothing of it was measured."""

    start: datetime  # UTC
    end: datetime
    part: Span | None  # the days that it stands for; None for minutes
    flows: Flows | None
    elapsed_s: float

    @property
    def coverage_pct(self) -> float | None:
        return coverage_pct(self.flows.covered_s if self.flows else 0.0, self.elapsed_s)


@dataclass(frozen=True)
class Compared:
    """The span beside it: `flows` None where nothing of it was measured."""

    span: Span
    flows: Flows | None
    coverage_pct: float | None


@dataclass(frozen=True)
class EnergyHistory:
    """The rows up to now, oldest first."""

    reach: Reach
    step_min: int
    rows: tuple[EnergyRow, ...]
    flows: Flows
    coverage_pct: float | None  # of what is past of the span
    before: Compared
    year_before: Compared

    @property
    def span(self) -> Span:
        return self.reach.span

    @property
    def is_empty(self) -> bool:
        return self.flows.covered_s <= 0


def energy_history(session: Session, site: Site, now: datetime, span: Span, step_min: int = 30) -> EnergyHistory:
    """Read and put together. `step_min` counts for a day."""
    reach = reach_of(session, site, now, span)
    rows = _of_a_day(session, site.id, reach, step_min) if span.kind is SpanKind.DAY else _of_days(session, site.id, reach)
    flows = total(row.flows for row in rows if row.flows)
    return EnergyHistory(
        reach=reach,
        step_min=step_min,
        rows=rows,
        flows=flows,
        coverage_pct=coverage_pct(flows.covered_s, reach.span_elapsed_s),
        before=_compared(session, site.id, reach, span.before()),
        year_before=_compared(session, site.id, reach, span.year_before()),
    )


_FLOWS = ("covered_s", "solar_wh", "import_wh", "export_wh", "charge_wh", "discharge_wh", "load_wh")


def _of_a_day(session: Session, site_id: int, reach: Reach, step_min: int) -> tuple[EnergyRow, ...]:
    start, end = reach.span.bounds(reach.zone)
    found = _intervals(session, site_id, start, end, step_min)
    step, rows = timedelta(minutes=step_min), []
    while start < min(end, reach.until):
        rows.append(EnergyRow(start, start + step, None, found.get(start), reach.elapsed_s(start, start + step)))
        start += step
    return tuple(rows)


def _intervals(session: Session, site_id: int, start: datetime, end: datetime, step_min: int) -> dict[datetime, Flows]:
    columns = [getattr(EnergyInterval, name) for name in _FLOWS]
    rows = session.execute(
        select(EnergyInterval.start, *columns).where(
            EnergyInterval.site_id == site_id,
            EnergyInterval.minutes == step_min,
            EnergyInterval.start >= start,
            EnergyInterval.start < end,
            EnergyInterval.covered_s > 0,
        )
    )
    return {row[0]: Flows(*row[1:]) for row in rows}


def _of_days(session: Session, site_id: int, reach: Reach) -> tuple[EnergyRow, ...]:
    days = _days(session, site_id, reach.span.first, reach.span.end)
    rows = []
    for part in parts_of(reach.span):
        if part.first > reach.today:
            break
        flows = [days[day] for day in part.dates() if day in days]
        start, end = part.bounds(reach.zone)
        rows.append(EnergyRow(start, end, part, total(flows) if flows else None, reach.elapsed_s(start, end)))
    return tuple(rows)


def _days(session: Session, site_id: int, first: date, end: date) -> dict[date, Flows]:
    columns = [getattr(DaySummary, name) for name in _FLOWS]
    rows = session.execute(
        select(DaySummary.day, *columns).where(
            DaySummary.site_id == site_id, DaySummary.day >= first, DaySummary.day < end, DaySummary.covered_s > 0
        )
    )
    return {row[0]: Flows(*row[1:]) for row in rows}


def _compared(session: Session, site_id: int, reach: Reach, other: Span) -> Compared:
    """As much of the other span as is past of this one."""
    cut = reach.compared_with(other)
    start, end = midnight(cut.first, reach.zone), midnight(cut.end, reach.zone)
    if cut.kind is SpanKind.DAY and reach.is_running:
        end = min(end, start + (reach.until - midnight(reach.span.first, reach.zone)))
        parts: Sequence[Flows] = list(_intervals(session, site_id, start, end, 5).values())
    else:
        parts = list(_days(session, site_id, cut.first, cut.end).values())
    flows = total(parts) if parts else None
    return Compared(cut, flows, coverage_pct(flows.covered_s if flows else 0.0, (end - start).total_seconds()))
