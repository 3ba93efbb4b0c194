"""Days, weeks, months and years of a calendar: what a page of history shows, and the ones before and after it. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
_LEAP_DAY = (2, 29)


class SpanKind(StrEnum):
    """How long a span is. A week begins on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Span:
    """Local dates from `first` to before `end`."""

    kind: SpanKind
    first: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.first).days

    @property
    def last(self) -> date:
        return self.end - DAY

    def dates(self) -> tuple[date, ...]:
        """Every local date of it, in order."""
        return tuple(self.first + number * DAY for number in range(self.days))

    def before(self) -> "Span":
        """The one that ends where this begins."""
        return span_of(self.kind, self.first - DAY)

    def after(self) -> "Span":
        """The one that begins where this ends."""
        return span_of(self.kind, self.end)

    def year_before(self) -> "Span":
        """The same one of the last year: a week begins on a Monday too, 29 February is compared with the 28th."""
        if self.kind is SpanKind.WEEK:
            return span_of(self.kind, self.first - 52 * 7 * DAY)
        first = self.first
        day = 28 if (first.month, first.day) == _LEAP_DAY else first.day
        return span_of(self.kind, date(first.year - 1, first.month, day))

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Start and end in UTC. With a change of the clock inside it is an hour shorter or longer."""
        return midnight(self.first, zone), midnight(self.end, zone)

    def months(self) -> tuple["Span", ...]:
        """The months of a year."""
        return tuple(span_of(SpanKind.MONTH, date(self.first.year, month, 1)) for month in range(1, 13))


def span_of(kind: SpanKind, day: date) -> Span:
    """The span of that kind which local date `day` lies in."""
    match kind:
        case SpanKind.DAY:
            return Span(kind, day, day + DAY)
        case SpanKind.WEEK:
            monday = day - day.weekday() * DAY
            return Span(kind, monday, monday + 7 * DAY)
        case SpanKind.MONTH:
            first = day.replace(day=1)
            return Span(kind, first, (first + 31 * DAY).replace(day=1))
        case SpanKind.YEAR:
            return Span(kind, date(day.year, 1, 1), date(day.year + 1, 1, 1))


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When local date `day` begins, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
