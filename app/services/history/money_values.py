"""Money of a span in the three ways, as a page shows it. Minor units of the currency."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter

from app.domain.day_costs import Way
from app.domain.spans import Span
from app.services.history.reach import coverage_pct


@dataclass(frozen=True, slots=True)
class Money:
    """Minor units. `supply_c`, `demand_c` None: not known, and not in the result."""

    import_c: float  # paid
    feed_in_c: float  # received
    credit_c: float  # received
    supply_c: float | None  # paid
    demand_c: float | None  # paid
    import_wh: float
    export_wh: float
    gained_wh: float | None  # what the battery holds more than at the beginning; None without one, or where it is not known

    @property
    def charges_c(self) -> float:
        """The known charges that do not go by the kWh."""
        return (self.supply_c or 0.0) + (self.demand_c or 0.0)

    @property
    def result_c(self) -> float:
        """+ what the home earned, − what it cost."""
        return self.feed_in_c + self.credit_c - self.import_c - self.charges_c


_FIGURES = attrgetter(*(each.name for each in fields(Money)))


def together(parts: Iterable[Money]) -> Money | None:
    """The sum; None of nothing."""
    known = list(parts)
    if not known:
        return None

    columns = zip(*map(_FIGURES, known), strict=True)
    return Money(*(None if None in column else sum(column) for column in columns))  # type: ignore[arg-type]  # None only where it may be


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """A day or a month, or a half-hour of a day. `ways` is empty where nothing was measured and priced."""

    start: datetime  # UTC
    end: datetime
    part: Span | None  # None for a half-hour
    ways: Mapping[Way, Money]
    priced_s: float
    elapsed_s: float

    @property
    def metered(self) -> Money | None:
        return self.ways.get(Way.METERED)

    @property
    def coverage_pct(self) -> float | None:
        return coverage_pct(self.priced_s, self.elapsed_s)

    def better_c(self, way: Way) -> float | None:
        """How much better it went than in `way`; None where that is not known."""
        mine, other = self.ways.get(Way.METERED), self.ways.get(way)
        return None if mine is None or other is None else mine.result_c - other.result_c


@dataclass(frozen=True)
class Comparison:
    """The days on which every way is known, in each way. The same days, sun, use and prices in all of them."""

    ways: Mapping[Way, Money]
    coverage_pct: float | None  # of what is past of the span

    def better_c(self, way: Way) -> float | None:
        other = self.ways.get(way)
        return None if other is None else self.ways[Way.METERED].result_c - other.result_c

    @property
    def stored_more_wh(self) -> float | None:
        """How much more the battery gained than it would have, left to itself. Counted in no result."""
        mine, alone = self.ways[Way.METERED], self.ways.get(Way.ON_ITS_OWN)
        return None if alone is None or mine.gained_wh is None or alone.gained_wh is None else mine.gained_wh - alone.gained_wh
