"""The week of a season as it is drawn: each day from 00:00 to 24:00 in stretches of one price, of none, or of more than one."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from app.domain.tariffs.half_hourly import SLOTS
from app.domain.tariffs.time_of_use import WEEK_DAYS, Period, clock_label
from app.services.price_history import LEVEL_LIMITS_C

DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
PRICE, UNPRICED, HOLE, OVERLAP = "price", "unpriced", "hole", "overlap"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Half-hours `[first, end)` of one day that are alike. `kind`: "price", "unpriced" (a period whose price is not entered yet), "hole"
    or "overlap"."""

    first: int
    end: int  # up to 48
    kind: str
    names: tuple[str, ...]  # of the periods that cover it
    import_c: float | None  # of the period that is listed first; None where no price is known
    feed_in_c: float | None
    level: int | None  # of the price levels 0 to 6

    @property
    def start_pct(self) -> float:
        """Where it begins, in percent of the day."""
        return 100 * self.first / SLOTS

    @property
    def width_pct(self) -> float:
        """How long it is, in percent of the day."""
        return 100 * (self.end - self.first) / SLOTS

    @property
    def hours(self) -> str:
        """ "15:00–21:00"."""
        return f"{clock_label(self.first)}–{clock_label(self.end)}"


@dataclass(frozen=True, slots=True)
class WeekDay:
    """One row of the drawing."""

    name: str
    stretches: tuple[Stretch, ...]


def week(periods: Sequence[Period], unpriced: frozenset[int] = frozenset()) -> tuple[WeekDay, ...]:
    """The seven days, Monday first. `unpriced` are the places of periods whose hours are known and whose price is not yet."""
    return tuple(WeekDay(DAY_NAMES[day], tuple(_stretches(day, periods, unpriced))) for day in WEEK_DAYS)


def level_of(import_c: float) -> int:
    """The price level, 0 (cheapest) to 6."""
    return bisect_right(LEVEL_LIMITS_C, import_c)


def _stretches(day: int, periods: Sequence[Period], unpriced: frozenset[int]) -> Iterator[Stretch]:
    covering: list[tuple[int, ...]] = [()] * SLOTS
    for place, period in enumerate(periods):
        if day in period.days:
            for slot in period.slots():
                covering[slot] = (*covering[slot], place)
    for places, run in groupby(range(SLOTS), key=lambda slot: covering[slot]):
        slots = list(run)
        yield _stretch(
            slots[0], slots[-1] + 1, [periods[place] for place in places], is_priced=places[0] not in unpriced if places else False
        )


def _stretch(first: int, end: int, covering: Sequence[Period], *, is_priced: bool) -> Stretch:
    names = tuple(period.name for period in covering)
    kind = HOLE if not covering else OVERLAP if len(covering) > 1 else PRICE if is_priced else UNPRICED
    if not is_priced:
        return Stretch(first, end, kind, names, None, None, None)
    shown = covering[0]
    return Stretch(first, end, kind, names, shown.import_c_per_kwh, shown.feed_in_c_per_kwh, level_of(shown.import_c_per_kwh))
