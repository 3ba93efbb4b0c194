"""The next 24 hours as SVG geometry: a ribbon of import prices, the feed-in price below it, hours at the bottom.

All x are shares of the plot in percent, so that the strip has every width; all y are px."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from app.domain.battery_plan import BatteryPlan
from app.domain.plan_words import stretches
from app.domain.prices import Spike
from app.services.overview.half_hours import HalfHour, cheapest, dearest
from app.web.filters import THIN, cents, local_time, number, pct
from app.web.plan_tracks import ACTION_WORDS, ActionBlock, Axis, area_path, charge_course, line_path, planned_blocks

LEVELS_C = (5.0, 15.0, 22.0, 32.0, 45.0, 100.0)  # from each on the next level of --price-0 to --price-6
HIGHEST_DRAWN_C = 80.0  # a spike does not flatten the day
LEAST_TOP_C = 10.0
TRACK_HEIGHT = 44.0
ROOM_CLASSES = (
    (14.5, ""),
    (8.8, "need-m"),
    (5.8, "need-l"),
    (4.1, "need-xl"),
)  # width of a block in percent → from which card on its words fit
PERIOD = timedelta(minutes=5)
TOLD = 6  # steps of the plan that a screen reader hears
LEAST_APART_PCT, LEAST_DIFFERENCE_PCT = 8.0, 10.0  # of the width, of charge: what two labels need


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of the ribbon at one level. `label_class` is None where no words fit at any width."""

    x: float
    width: float
    level: int | None  # None: no price known
    is_estimate: bool
    title: str
    label: str
    label_class: str | None

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class Pointer:
    """A word that points at one place."""

    x: float
    anchor: str  # start, middle, end
    label: str


@dataclass(frozen=True, slots=True)
class Hour:
    """A mark of the clock below the strip."""

    x: float
    label: str
    css: str


@dataclass(frozen=True, slots=True)
class PlanRows:
    """What the battery is to do, and its charge. The paths are in a view box of 1000 × TRACK_HEIGHT."""

    blocks: tuple[ActionBlock, ...]
    line: str
    area: str
    charges: tuple[tuple[float, float, str, str], ...]  # x, y, anchor, words: now, the lowest, the highest
    in_words: str


@dataclass(frozen=True, slots=True)
class StripDrawing:
    """The whole strip. The paths are in a view box of 1000 × TRACK_HEIGHT."""

    blocks: tuple[Block, ...]
    dearest: Pointer | None
    cheapest: Pointer | None
    feed_in_line: str
    feed_in_area: str
    zero_y: float
    has_negative: bool
    best_feed_in: Pointer | None
    best_feed_in_y: float
    estimates: tuple[tuple[float, float], ...]  # x and width of what is not published yet
    midnights: tuple[float, ...]
    hours: tuple[Hour, ...]
    in_words: str
    plan: PlanRows | None  # None: there is none to be followed


def draw(
    half_hours: tuple[HalfHour, ...], zone: ZoneInfo, now: datetime, currency: str, plan: BatteryPlan | None = None
) -> StripDrawing | None:
    """None where no price is known at all."""
    if all(each.import_c_per_kwh is None for each in half_hours):
        return None
    origin = now - timedelta(seconds=now.timestamp() % PERIOD.total_seconds())
    span_s = (half_hours[-1].end - origin).total_seconds()

    def x_of(instant: datetime) -> float:
        return round(min(max((instant - origin).total_seconds() / span_s, 0.0), 1.0) * 100, 3)

    high, low = dearest(half_hours), cheapest(half_hours)
    top, bottom = _scale(half_hours)
    best = max(
        (each for each in half_hours if each.feed_in_c_per_kwh is not None and not each.is_estimate),
        key=lambda each: each.feed_in_c_per_kwh or 0.0,
        default=None,
    )

    def y_of(price_c: float) -> float:
        return round(TRACK_HEIGHT * (top - min(price_c, top)) / (top - bottom), 1)

    return StripDrawing(
        blocks=tuple(_blocks(half_hours, x_of, zone, currency)),
        dearest=_pointer("Dearest", high, high.import_c_per_kwh, x_of, zone, currency) if high else None,
        cheapest=_pointer("Cheapest", low, low.import_c_per_kwh, x_of, zone, currency) if low and low is not high else None,
        feed_in_line=_steps(half_hours, x_of, y_of),
        feed_in_area=_area(half_hours, x_of, y_of),
        zero_y=y_of(0.0),
        has_negative=bottom < 0,
        best_feed_in=_pointer("", best, best.feed_in_c_per_kwh, x_of, zone, currency) if best else None,
        best_feed_in_y=y_of(best.feed_in_c_per_kwh or 0.0) if best else 0.0,
        estimates=tuple(_stretches(half_hours, x_of)),
        midnights=tuple(x_of(each.start) for each in half_hours[1:] if each.start.astimezone(zone).strftime("%H:%M") == "00:00"),
        hours=tuple(_hours(half_hours, x_of, zone)),
        in_words=_in_words(high, low, best, zone, currency),
        plan=_plan_rows(plan, Axis(origin, half_hours[-1].end), now, zone) if plan is not None else None,
    )


def level_of(import_c_per_kwh: float) -> int:
    """0 for below 5 c to 6 for 100 c and more."""
    return bisect_right(LEVELS_C, import_c_per_kwh)


def _kind(half_hour: HalfHour) -> tuple[int | None, bool]:
    price_c = half_hour.import_c_per_kwh
    return (None if price_c is None else level_of(price_c), half_hour.is_estimate)


def _blocks(half_hours: tuple[HalfHour, ...], x_of: Callable[[datetime], float], zone: ZoneInfo, currency: str) -> list[Block]:
    blocks = []
    for (level, is_estimate), group in groupby(half_hours, key=_kind):
        part = list(group)
        x, end = x_of(part[0].start), x_of(part[-1].end)
        prices = [each.import_c_per_kwh for each in part if each.import_c_per_kwh is not None]
        room = next((css for least, css in ROOM_CLASSES if end - x >= least), None)
        blocks.append(
            Block(
                x=x,
                width=round(end - x, 3),
                level=level,
                is_estimate=is_estimate,
                title=_title(part, prices, zone, currency),
                label=_label(level, prices, currency),
                label_class=room if prices else None,
            )
        )
    return blocks


def _label(level: int | None, prices: list[float], currency: str) -> str:
    """The figure that matters: the highest of a dear stretch, the lowest of a cheap one, else the mean."""
    if level is None:
        return ""
    shown = max(prices) if level >= 4 else min(prices) if level <= 1 else sum(prices) / len(prices)
    return cents(shown, 0, currency)


def _title(part: list[HalfHour], prices: list[float], zone: ZoneInfo, currency: str) -> str:
    span = f"{local_time(part[0].start, zone.key)} to {local_time(part[-1].end, zone.key)}"
    if not prices:
        return f"{span}: no price known"
    low, high = min(prices), max(prices)
    figures = cents(high, 1, currency) if high - low < 0.05 else f"{number(low, 1)} to {cents(high, 1, currency)}"
    spike = ", spike" if any(each.spike is Spike.SPIKE for each in part) else ""
    return f"{span}: {figures}{spike}{', estimate' if part[0].is_estimate else ''}"


def _pointer(
    word: str, half_hour: HalfHour, price_c: float | None, x_of: Callable[[datetime], float], zone: ZoneInfo, currency: str
) -> Pointer:
    x = (x_of(half_hour.start) + x_of(half_hour.end)) / 2
    anchor = "start" if x < 20 else "end" if x > 80 else "middle"
    label = f"{word} {cents(price_c, 1, currency)}, {local_time(half_hour.start, zone.key)}".strip()
    return Pointer(round(x, 3), anchor, label)


def _scale(half_hours: tuple[HalfHour, ...]) -> tuple[float, float]:
    """The top and the bottom of the feed-in track, c/kWh."""
    known = [each.feed_in_c_per_kwh for each in half_hours if each.feed_in_c_per_kwh is not None]
    top = min(max([*known, LEAST_TOP_C]), HIGHEST_DRAWN_C)
    return top, max(min([*known, 0.0]), -HIGHEST_DRAWN_C)


def _runs(half_hours: tuple[HalfHour, ...]) -> list[list[HalfHour]]:
    """The stretches in which the feed-in price is known."""
    return [list(group) for known, group in groupby(half_hours, key=lambda each: each.feed_in_c_per_kwh is not None) if known]


def _steps(half_hours: tuple[HalfHour, ...], x_of: Callable[[datetime], float], y_of: Callable[[float], float]) -> str:
    parts = []
    for run in _runs(half_hours):
        parts.append(f"M{x_of(run[0].start) * 10:g} {y_of(run[0].feed_in_c_per_kwh or 0.0):g}")
        parts += [f"V{y_of(each.feed_in_c_per_kwh or 0.0):g}H{x_of(each.end) * 10:g}" for each in run]
    return "".join(parts)


def _area(half_hours: tuple[HalfHour, ...], x_of: Callable[[datetime], float], y_of: Callable[[float], float]) -> str:
    zero = y_of(0.0)
    parts = []
    for run in _runs(half_hours):
        parts.append(f"M{x_of(run[0].start) * 10:g} {zero:g}")
        parts += [f"V{y_of(each.feed_in_c_per_kwh or 0.0):g}H{x_of(each.end) * 10:g}" for each in run]
        parts.append(f"V{zero:g}z")
    return "".join(parts)


def _stretches(half_hours: tuple[HalfHour, ...], x_of: Callable[[datetime], float]) -> list[tuple[float, float]]:
    found = []
    for is_estimate, group in groupby(half_hours, key=lambda each: each.is_estimate):
        part = list(group)
        if is_estimate:
            x = x_of(part[0].start)
            found.append((x, round(x_of(part[-1].end) - x, 3)))
    return found


def _hours(half_hours: tuple[HalfHour, ...], x_of: Callable[[datetime], float], zone: ZoneInfo) -> list[Hour]:
    """Every three hours, every six on phones; midnight is the name of the day."""
    marks = [Hour(0.0, "Now", "t-strong")]
    for each in half_hours[1:]:
        local, x = each.start.astimezone(zone), x_of(each.start)
        if local.minute or local.hour % 3 or not 6 <= x <= 97:
            continue
        if local.hour == 0:
            marks.append(Hour(x, f"{local:%a}", "t-strong" if x >= 12 else "t-strong need-m"))
        else:
            css = "" if local.hour % 6 == 0 and x >= 16 and x <= 93 else "need-m" if x >= 9 else "need-l"
            marks.append(Hour(x, f"{local:%H:%M}", css))
    return marks


def _in_words(high: HalfHour | None, low: HalfHour | None, best: HalfHour | None, zone: ZoneInfo, currency: str) -> str:
    def said(word: str, half_hour: HalfHour | None, price_c: float | None) -> str:
        return f"{word} {cents(price_c, 1, currency)} at {local_time(half_hour.start, zone.key)}" if half_hour else ""

    parts = [
        said("dearest to buy", high, high.import_c_per_kwh if high else None),
        said("cheapest to buy", low, low.import_c_per_kwh if low else None),
        said("best to sell", best, best.feed_in_c_per_kwh if best else None),
    ]
    return f"Prices of the next 24 hours: {', '.join(part for part in parts if part)}.".replace(THIN, " ")


def _plan_rows(plan: BatteryPlan, axis: Axis, now: datetime, zone: ZoneInfo) -> PlanRows:
    rows = stretches(plan, now)
    blocks = planned_blocks(rows, axis, zone.key, axis.begin)
    points = charge_course(plan, axis.begin, axis.end)
    told = [(row, min(row.end, axis.end)) for row in rows if row.start < axis.end][:TOLD]
    said = ", ".join(f"{ACTION_WORDS[row.action].lower()} until {local_time(end, zone.key)}" for row, end in told)
    return PlanRows(
        blocks=blocks,
        line=line_path(points, axis, _soc_y),
        area=area_path(points, axis, _soc_y, TRACK_HEIGHT),
        charges=tuple(_charges(points, axis)),
        in_words=f"The plan: {said}.",
    )


def _charges(points: list[tuple[datetime, float]], axis: Axis) -> Iterator[tuple[float, float, str, str]]:
    """The charge now, and the lowest and the highest to come where they differ enough to be told apart."""
    if not points:
        return
    told = [points[0]]
    for at, soc_pct in (min(points, key=lambda point: point[1]), max(points, key=lambda point: point[1])):
        is_apart = all(abs(axis.pct(at) - axis.pct(other)) >= LEAST_APART_PCT for other, _ in told)
        if is_apart and abs(soc_pct - points[0][1]) >= LEAST_DIFFERENCE_PCT:
            told.append((at, soc_pct))
    for at, soc_pct in told:
        x = axis.pct(at)
        anchor = "start" if x < 5 else "end" if x > 95 else "middle"
        yield x, max(_soc_y(soc_pct) - 5, 8.0), anchor, pct(soc_pct)


def _soc_y(soc_pct: float) -> float:
    return round(TRACK_HEIGHT - min(max(soc_pct, 0.0), 100.0) / 100 * (TRACK_HEIGHT - 12), 1)
