"""One backtest from beginning to end: what is asked, what it rests on, and the result of each strategy."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.domain.pace import Pace
from app.domain.spans import DAY
from app.models.site import Site
from app.optimizer.backtest import DayResult, Home, Strategy, days_of
from app.optimizer.past import Series
from app.services.backtesting.home import Size, home_of
from app.services.backtesting.meter import STEPS, Measured, NotBacktestable
from app.services.backtesting.prices import plan_of_file, prices_of_plan, prices_of_site
from app.services.backtesting.source import (
    MOST_DAYS,
    Span,
    intervals_in,
    measured_from_file,
    own_records,
    recorded_days,
    series_of,
    span_of_file,
    within,
)

USUAL = (Strategy.SELF_CONSUMPTION, Strategy.OPTIMIZER, Strategy.PERFECT)
OUTSIDE = "Supply charges, demand charges and credits of a plan are in no figure, nor is what is stored at the end."
STARTS = "The battery begins empty, at the charge that is kept."
Progress = Callable[[int, int], None]
"""Days done, of how many. It may raise to end the run."""


@dataclass(frozen=True)
class Asked:
    """What to live through. `first`, `last` None: as far as there is something. `file`, `retailer`: the texts of files."""

    first: date | None = None
    last: date | None = None
    strategies: Sequence[Strategy] = USUAL
    size: Size = field(default_factory=Size)
    minutes: int = STEPS[0]
    file: str | None = None
    retailer: str | None = None


@dataclass(frozen=True)
class Prepared:
    """Everything read: from here on no database is needed."""

    site: str
    currency: str
    span: Span
    minutes: int
    series: Series
    home: Home
    strategies: tuple[Strategy, ...]
    measured_pct: float  # of the span's intervals
    covered_pct: float  # measured, and the price is known
    source: str
    prices: str
    notes: tuple[str, ...]


def prepare(session: Session, site: Site, asked: Asked, now: datetime, pace: Pace) -> Prepared:
    """Read what the backtest rests on. Raises NotBacktestable, whose text is for people."""
    if asked.minutes not in STEPS:
        raise NotBacktestable("steps have 30 or 5 minutes")
    if not asked.strategies:
        raise NotBacktestable("choose at least one strategy")
    zone = ZoneInfo(site.timezone)
    span, measured = _measured(session, site, asked, zone, now)
    starts = list(measured.energy)
    if not starts:
        raise NotBacktestable("nothing was measured in this time")
    if asked.retailer is not None:
        plan, title = plan_of_file(asked.retailer, zone, now, pace)
        prices = prices_of_plan(plan, starts, zone, f"a plan of {title}, from the file")
    else:
        prices = prices_of_site(session, site, starts, asked.minutes)
    series = series_of(measured, prices, zone)
    all_of_it = intervals_in(span, zone, asked.minutes)
    return Prepared(
        site=site.name,
        currency=site.currency,
        span=span,
        minutes=asked.minutes,
        series=series,
        home=home_of(session, site, series, asked.size, now),
        strategies=tuple(dict.fromkeys(asked.strategies)),
        measured_pct=100.0 * len(starts) / all_of_it,
        covered_pct=100.0 * len(series) / all_of_it,
        source="file" if asked.file is not None else "records",
        prices=prices.words,
        notes=(*measured.notes, STARTS, OUTSIDE),
    )


def _measured(session: Session, site: Site, asked: Asked, zone: ZoneInfo, now: datetime) -> tuple[Span, Measured]:
    if asked.file is not None:
        from_file = measured_from_file(asked.file, zone, asked.minutes)
        span = _asked_span(span_of_file(from_file, zone), asked)
        return span, within(from_file, span, zone)
    span = _asked_span(recorded_days(session, site, asked.minutes, now), asked)
    return span, own_records(session, site, span, asked.minutes)


def _asked_span(there: Span, asked: Asked) -> Span:
    last = asked.last or there.last
    span = Span(asked.first or max(there.first, last - (MOST_DAYS - 1) * DAY), last)
    if span.last < span.first:
        raise NotBacktestable(f"the time ends before it begins; there is something from {there.first} to {there.last}")
    if span.last < there.first or span.first > there.last:
        raise NotBacktestable(f"nothing was measured in this time; there is something from {there.first} to {there.last}")
    if span.days > MOST_DAYS:
        raise NotBacktestable(f"{span.days} days are too many at once; ask for at most {MOST_DAYS}")
    return span


def run(prepared: Prepared, on_progress: Progress = lambda done, of: None) -> dict[str, Any]:
    """Live through it with each strategy: what `flask backtest --json` prints. Costs are major units, + paid."""
    many = len(dict.fromkeys(prepared.series.days))
    of, done = many * len(prepared.strategies), 0
    on_progress(done, of)
    results = []
    for strategy in prepared.strategies:
        days = []
        for day in days_of(prepared.series, prepared.home, strategy):
            days.append(day)
            done += 1
            on_progress(done, of)
        results.append(_result(strategy, days, prepared.home))
    battery = prepared.home.battery
    return {
        "name": prepared.site,
        "currency": prepared.currency,
        "from": prepared.span.first.isoformat(),
        "to": prepared.span.last.isoformat(),
        "step_minutes": prepared.minutes,
        "source": prepared.source,
        "prices": prepared.prices,
        "measured_pct": round(prepared.measured_pct, 2),
        "covered_pct": round(prepared.covered_pct, 2),
        "battery": {
            "capacity_kwh": round(battery.capacity_kwh, 3),
            "charge_kw": round(battery.max_charge_kw, 3),
            "discharge_kw": round(battery.max_discharge_kw, 3),
            "efficiency_charge": round(battery.efficiency_charge, 4),
            "efficiency_discharge": round(battery.efficiency_discharge, 4),
            "least_soc_pct": round(battery.soc_min * 100, 2),
            "most_soc_pct": round(battery.soc_max * 100, 2),
        },
        "notes": list(prepared.notes),
        "strategies": results,
    }


def _result(strategy: Strategy, days: Sequence[DayResult], home: Home) -> dict[str, Any]:
    worst = max(days, key=lambda day: day.cost)
    capacity = home.battery.capacity_kwh
    return {
        "strategy": strategy.value,
        "total_cost": round(sum(day.cost for day in days), 4),
        "mean_cost_per_day": round(sum(day.cost for day in days) / len(days), 4),
        "worst_day": {"date": worst.day.isoformat(), "cost": round(worst.cost, 4)},
        "cycles": round(sum(day.discharged_kwh for day in days) / capacity, 3),
        "end_soc_pct": round(days[-1].end_soc * 100, 2),
        "hours_without_forecast": round(sum(day.unforeseen_h for day in days), 2),
        "days": [
            {
                "date": day.day.isoformat(),
                "cost": round(day.cost, 4),
                "import_kwh": round(day.import_kwh, 3),
                "export_kwh": round(day.export_kwh, 3),
                "cycles": round(day.discharged_kwh / capacity, 3),
                "end_soc_pct": round(day.end_soc * 100, 2),
                "known_h": round(day.known_h, 2),
            }
            for day in days
        ],
    }
