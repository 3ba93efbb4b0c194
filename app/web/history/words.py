"""Spans, rows and coverage in words."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.domain.spans import Span, SpanKind
from app.services.history.reach import Reach
from app.web.filters import THIN, local_date, pct

FULL_PCT = 99.5  # what is rounded to 100 % needs no note
PARTLY_PCT = 95.0  # a bar of less is drawn as known in part
_KINDS = {SpanKind.DAY: "Day", SpanKind.WEEK: "Week", SpanKind.MONTH: "Month", SpanKind.YEAR: "Year"}
_PRESENT = {SpanKind.DAY: "Today", SpanKind.WEEK: "This week", SpanKind.MONTH: "This month", SpanKind.YEAR: "This year"}
_PARTS = {SpanKind.DAY: "half-hour", SpanKind.WEEK: "day", SpanKind.MONTH: "day", SpanKind.YEAR: "month"}


def kind_words(kind: SpanKind) -> str:
    return _KINDS[kind]


def present_words(kind: SpanKind) -> str:
    return _PRESENT[kind]


def part_words(kind: SpanKind) -> str:
    """What a row of such a span is."""
    return _PARTS[kind]


def span_title(span: Span, today: date) -> str:
    """ "Fri 20 Nov", "16 to 22 Nov", "November", "2026"; with its year where that is not the present one."""
    year = "" if span.last.year == today.year else f" {span.last.year}"
    match span.kind:
        case SpanKind.YEAR:
            return dates_words(span) if span.days < 365 else str(span.first.year)
        case SpanKind.MONTH:
            return (dates_words(span) if span.after().first != span.end else f"{span.first:%B}") + year
        case SpanKind.WEEK:
            return dates_words(span) + year
        case SpanKind.DAY:
            return local_date(span.first) + year


def dates_words(span: Span) -> str:
    """ "16 to 22 Nov", "28 Sep to 4 Oct"; one day is "16 Nov"."""
    first, last = span.first, span.last
    if first == last:
        return f"{first.day} {first:%b}"
    begins = f"{first.day}" if first.month == last.month else f"{first.day} {first:%b}"
    return f"{begins} to {last.day} {last:%b}"


def so_far(reach: Reach) -> str:
    """ "Today until 16:40", "This month so far", or the title of what is over."""
    span = reach.span
    if not reach.is_running:
        return span_title(span, reach.today)
    if span.kind is SpanKind.DAY:
        return f"Today until {reach.until.astimezone(reach.zone):%H:%M}"
    return f"{_PRESENT[span.kind]} so far"


def row_words(start: datetime, end: datetime, part: Span | None, zone: ZoneInfo) -> str:
    """ "15:00 – 15:30", "Fri 20 Nov", "November": one row. A mark tells the second pass of an hour that occurs twice."""
    if part is None:
        local, until = start.astimezone(zone), end.astimezone(zone)
        return f"{local:%H:%M} – {until:%H:%M}" + (" (second)" if local.fold else "")
    return f"{part.first:%B}" if part.kind is SpanKind.MONTH else local_date(part.first)


def share(value_pct: float | None) -> str:
    """A coverage; what is missing is never rounded away."""
    if value_pct is not None and 99.0 <= value_pct < FULL_PCT:
        return f"99{THIN}%"
    return pct(value_pct)


def records_begin(reach: Reach) -> str:
    """When the records began, where that lies inside the span."""
    first = reach.records_begin
    return f"Records begin on {local_date(first)}." if first is not None and reach.span.first < first < reach.span.end else ""


def coverage_words(measured_pct: float | None, reach: Reach, what: str = "measured") -> str:
    """Empty where everything that is past was measured."""
    if measured_pct is None or measured_pct >= FULL_PCT:
        return ""
    so_far_words = " so far" if reach.is_running else ""
    begin = records_begin(reach)
    return f"{share(measured_pct)} of the time{so_far_words} is {what}. The rest is unknown, not zero." + (f" {begin}" if begin else "")
