"""Which part of a span is past, and how far the records of a home reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.spans import DAY, Span, SpanKind, midnight, span_of
from app.models.site import Site
from app.models.summary import DaySummary
from app.services.summaries import until_of


@dataclass(frozen=True)
class Reach:
    """A span as seen from now."""

    span: Span
    zone: ZoneInfo
    now: datetime
    until: datetime  # how far the records reach when all is well
    records_begin: date | None  # the first local day of which anything was measured

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    @property
    def is_running(self) -> bool:
        """It is not over."""
        return self.span.first <= self.today < self.span.end

    @property
    def earlier(self) -> Span | None:
        """The span before, where there are records of it or of an earlier one."""
        before = self.span.before()
        return before if self.records_begin is not None and before.end > self.records_begin else None

    @property
    def later(self) -> Span | None:
        """The span after, where it has begun."""
        after = self.span.after()
        return after if after.first <= self.today else None

    def elapsed_s(self, start: datetime, end: datetime) -> float:
        """How much of `[start, end)` is past."""
        return max((min(end, self.until) - start).total_seconds(), 0.0)

    @property
    def span_elapsed_s(self) -> float:
        return self.elapsed_s(*self.span.bounds(self.zone))

    def begun(self, span: Span) -> tuple[date, ...]:
        """The days of `span` that have begun."""
        return tuple(day for day in span.dates() if day <= self.today)

    def compared_with(self, other: Span) -> Span:
        """`other`, cut to as many days as have begun of this one."""
        if not self.is_running or self.span.kind is SpanKind.DAY:
            return other
        return Span(other.kind, other.first, min(other.end, other.first + len(self.begun(self.span)) * DAY))


def reach_of(session: Session, site: Site, now: datetime, span: Span) -> Reach:
    """Read how far the records reach."""
    first = session.scalar(select(func.min(DaySummary.day)).where(DaySummary.site_id == site.id, DaySummary.covered_s > 0))
    return Reach(span, ZoneInfo(site.timezone), now, until_of(now), first)


def coverage_pct(measured_s: float, elapsed_s: float) -> float | None:
    """How much was measured; None before anything could be."""
    return min(100.0, 100.0 * measured_s / elapsed_s) if elapsed_s > 0 else None


def parts_of(span: Span) -> Sequence[Span]:
    """The rows of a page: months of a year, else days."""
    return span.months() if span.kind is SpanKind.YEAR else [span_of(SpanKind.DAY, day) for day in span.dates()]


def length_s(part: Span, zone: ZoneInfo) -> float:
    """With a change of the clock inside it is an hour shorter or longer."""
    return (midnight(part.end, zone) - midnight(part.first, zone)).total_seconds()
