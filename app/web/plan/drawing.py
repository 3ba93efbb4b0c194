"""The plan as three aligned tracks over today and the hours ahead: prices, what the battery does, its charge.

x in paths run from 0 to 1000, elsewhere in percent; y are px."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.battery_plan import BatteryPlan
from app.services.plan_page import PlanPage
from app.services.plan_page_past import STEP
from app.web.filters import cents
from app.web.plan_tracks import ActionBlock, Axis, area_path, charge_course, done_blocks, line_path, planned_blocks, step_path

PRICE_HEIGHT, SOC_HEIGHT, TOP = 190.0, 150.0, 8.0
HIGHEST_DRAWN_C = 80.0  # a spike does not flatten the day
LEAST_TOP_C = 10.0
_MOST_LINES = 5
_STEPS_C = (2.0, 5.0, 10.0, 20.0, 50.0)
_MOST_GAP = 3 * STEP


@dataclass(frozen=True, slots=True)
class Mark:
    """A label at a place of an axis."""

    at: float
    label: str
    css: str = ""
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class PriceTrack:
    """Paths in a view box of 1000 × PRICE_HEIGHT."""

    lines: tuple[Mark, ...]
    zero: float
    has_negative: bool
    import_past: str
    import_ahead: str
    import_estimate: str
    import_expected: str
    feed_in_past: str
    feed_in_ahead: str
    feed_in_estimate: str
    spike: Mark | None


@dataclass(frozen=True, slots=True)
class SocTrack:
    """Paths in a view box of 1000 × SOC_HEIGHT."""

    lines: tuple[Mark, ...]
    area: str
    measured: str
    planned: str
    expected: str
    reserve: Mark | None  # y and words
    present: Mark | None  # y and words, beside the now-line
    height: float = SOC_HEIGHT


@dataclass(frozen=True, slots=True)
class PlanDrawing:
    """What the template draws. `now`: percent of the width."""

    now: float
    price: PriceTrack
    done: tuple[ActionBlock, ...]
    planned: tuple[ActionBlock, ...]
    soc: SocTrack
    estimate: tuple[float, float] | None  # x and width of the prices that nobody published
    midnights: tuple[float, ...]
    hours: tuple[Mark, ...]
    has_expected: bool
    price_height: float = PRICE_HEIGHT


def draw(page: PlanPage) -> PlanDrawing | None:
    """None without a plan."""
    plan = page.plan
    if plan is None:
        return None
    axis = Axis(page.today.begin, plan.until)
    zone = page.zone
    estimated_from = prices_estimated_from(plan)
    estimate_x = axis.pct(estimated_from) if estimated_from is not None else None
    parts = [(each.start, each.end, each.did) for each in page.today.half_hours]
    return PlanDrawing(
        now=axis.pct(page.now),
        price=_prices(page, plan, axis, estimated_from),
        done=done_blocks(parts, axis, zone.key),
        planned=planned_blocks([row.stretch for row in page.rows], axis, zone.key, page.now),
        soc=_charge(page, plan, axis),
        estimate=(estimate_x, round(100 - estimate_x, 3)) if estimate_x is not None else None,
        midnights=tuple(axis.pct(each) for each in _hours(page, axis) if each.astimezone(zone).hour == 0),
        hours=tuple(_labels(page, axis)),
        has_expected=page.today.first_plan is not None and page.today.first_plan is not plan,
    )


def prices_estimated_from(plan: BatteryPlan) -> datetime | None:
    """From where on the plan rests on prices that nobody published."""
    for note in plan.notes:
        if note.code == "plan_prices_estimated":
            known = note.params.get("known_until")
            return datetime.fromisoformat(known) if isinstance(known, str) else known
    return None


# Prices


def _prices(page: PlanPage, plan: BatteryPlan, axis: Axis, estimated_from: datetime | None) -> PriceTrack:
    past, first = page.today.prices, page.today.first_plan
    ahead = [step for step in plan.steps if step.end > page.now]
    published = [step for step in ahead if estimated_from is None or step.start < estimated_from]
    estimated = [step for step in ahead if estimated_from is not None and step.end > estimated_from]
    shown = [each for price in past for each in (price.import_c_per_kwh, price.feed_in_c_per_kwh) if each is not None]
    shown += [each for step in ahead for each in (step.import_c_per_kwh, step.feed_in_c_per_kwh)]
    top, bottom, step_c = _scale(shown)

    def y_of(price_c: float) -> float:
        return round(PRICE_HEIGHT * (top - min(max(price_c, bottom), top)) / (top - bottom), 1)

    expected = [step for step in first.steps if step.start < page.now] if first is not None else []
    return PriceTrack(
        lines=tuple(Mark(y_of(value), f"{value:g}".replace("-", "−")) for value in _every(bottom, top, step_c)),
        zero=y_of(0.0),
        has_negative=bottom < 0,
        import_past=step_path(((each.start, min(each.end, page.now), each.import_c_per_kwh) for each in past), axis, y_of),
        import_ahead=step_path(((max(each.start, page.now), each.end, each.import_c_per_kwh) for each in published), axis, y_of),
        import_estimate=step_path(((each.start, each.end, each.import_c_per_kwh) for each in estimated), axis, y_of),
        import_expected=step_path(((each.start, min(each.end, page.now), each.import_c_per_kwh) for each in expected), axis, y_of),
        feed_in_past=step_path(((each.start, min(each.end, page.now), each.feed_in_c_per_kwh) for each in past), axis, y_of),
        feed_in_ahead=step_path(((max(each.start, page.now), each.end, each.feed_in_c_per_kwh) for each in published), axis, y_of),
        feed_in_estimate=step_path(((each.start, each.end, each.feed_in_c_per_kwh) for each in estimated), axis, y_of),
        spike=_spike(page, plan, axis, top),
    )


def _spike(page: PlanPage, plan: BatteryPlan, axis: Axis, top: float) -> Mark | None:
    """The highest price, where it is cut off."""
    known = [(each.import_c_per_kwh, each.start) for each in page.today.prices if each.import_c_per_kwh is not None]
    known += [(step.import_c_per_kwh, step.start) for step in plan.steps if step.end > page.now]
    highest_c, at = max(known)
    if highest_c <= top:
        return None
    x = axis.pct(at)
    return Mark(x, f"Spike to {cents(highest_c, 0, page.site.currency)}", anchor="end" if x > 30 else "start")


def _scale(shown: list[float]) -> tuple[float, float, float]:
    """Top, bottom and distance of the lines, c/kWh."""
    top = min(max([*shown, LEAST_TOP_C]), HIGHEST_DRAWN_C)
    bottom = max(min([*shown, 0.0]), -HIGHEST_DRAWN_C)
    step = next((each for each in _STEPS_C if (top - bottom) / each <= _MOST_LINES), _STEPS_C[-1])
    return step * math.ceil(top / step), step * math.floor(bottom / step), step


def _every(bottom: float, top: float, step: float) -> Iterator[float]:
    for number in range(round((top - bottom) / step) + 1):
        yield bottom + number * step


# Charge


def _soc_y(soc_pct: float) -> float:
    return round(SOC_HEIGHT - min(max(soc_pct, 0.0), 100.0) / 100 * (SOC_HEIGHT - TOP), 1)


def _charge(page: PlanPage, plan: BatteryPlan, axis: Axis) -> SocTrack:
    measured = [(each.at, each.soc_pct) for each in page.today.charges]
    planned = charge_course(plan, page.now)
    if measured and page.now - measured[-1][0] <= _MOST_GAP:
        planned = [measured[-1], *planned[1:]]
    first = page.today.first_plan
    expected = [point for point in charge_course(first, page.today.begin) if point[0] <= page.now] if first is not None else []
    reserve_pct = plan.battery.least_soc_pct if plan.battery is not None else None
    return SocTrack(
        lines=tuple(Mark(_soc_y(pct), str(pct)) for pct in (0, 50, 100)),
        area="".join(area_path(run, axis, _soc_y, SOC_HEIGHT) for run in _runs(measured)),
        measured=line_path(measured, axis, _soc_y, _MOST_GAP),
        planned=line_path(planned, axis, _soc_y),
        expected=line_path(expected, axis, _soc_y),
        reserve=Mark(_soc_y(reserve_pct), f"{reserve_pct:.0f}\u202f% stay in it") if reserve_pct else None,
        present=Mark(_soc_y(planned[0][1]), f"{planned[0][1]:.0f}\u202f%") if planned else None,
    )


def _runs(points: list[tuple[datetime, float]]) -> list[list[tuple[datetime, float]]]:
    runs: list[list[tuple[datetime, float]]] = []
    for point in points:
        if runs and point[0] - runs[-1][-1][0] <= _MOST_GAP:
            runs[-1].append(point)
        else:
            runs.append([point])
    return runs


# Time


def _hours(page: PlanPage, axis: Axis) -> Iterator[datetime]:
    """Every third hour of the local clock."""
    at = axis.begin
    while at <= axis.end:
        local = at.astimezone(page.zone)
        if local.minute == 0 and local.hour % 3 == 0 and not local.fold:
            yield at
        at += timedelta(minutes=30)


def _labels(page: PlanPage, axis: Axis) -> Iterator[Mark]:
    """Midnight is the name of the day, noon always told, the hours between where there is room."""
    for at in _hours(page, axis):
        local, x = at.astimezone(page.zone), axis.pct(at)
        if not 2 <= x <= 98:
            continue
        if local.hour == 0:
            yield Mark(x, f"{local:%a}", "t-strong")
        else:
            yield Mark(x, f"{local:%H}", "" if local.hour == 12 else "need-m" if local.hour % 6 == 0 else "need-l")
