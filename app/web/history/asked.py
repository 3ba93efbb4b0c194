"""The span that an address names, and the addresses of the spans beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, request, url_for

from app.domain.spans import Span, SpanKind, span_of
from app.models.site import Site
from app.services.history.reach import Reach
from app.web.history.words import kind_words, present_words, span_title

YEARS_BACK = 30


def asked_span(site: Site, now: datetime, usual: SpanKind) -> Span:
    """From `span` and `at` of the address; without them the present one of the usual kind. What is to come is not found."""
    today = now.astimezone(ZoneInfo(site.timezone)).date()
    kind, day = request.args.get("span", usual.value), today
    if kind not in {each.value for each in SpanKind}:
        abort(404)
    if text := request.args.get("at"):
        try:
            day = date.fromisoformat(text)
        except ValueError:
            abort(404)
    if not today.year - YEARS_BACK <= day.year or day > today:
        abort(404)
    return span_of(SpanKind(kind), day)


def asked_choice(name: str, choices: Sequence[str]) -> str:
    """One of `choices`, the first where the address names none; another is not found."""
    chosen = request.args.get(name, choices[0])
    return chosen if chosen in choices else abort(404)


@dataclass(frozen=True)
class Links:
    """Addresses of one area. What is usual is left out of them; `kept` is what the reader chose besides the span."""

    show: str  # endpoint
    usual: SpanKind
    reach: Reach
    kept: dict[str, str]

    def to(self, span: Span, endpoint: str | None = None, **changes: str | None) -> str:
        """The address of `span`."""
        is_present = span.first <= self.reach.today < span.end
        arguments: dict[str, Any] = {
            "span": span.kind.value if span.kind is not self.usual else None,
            "at": None if is_present else span.first.isoformat(),
            **self.kept,
            **changes,
        }
        return url_for(endpoint or self.show, **{name: value for name, value in arguments.items() if value is not None})

    @property
    def kinds(self) -> list[tuple[str, str, bool]]:
        """Day, week, month, year around the shown one: words, address, is shown. A span that holds today leads to the present."""
        reach = self.reach
        around = reach.today if reach.is_running else reach.span.first
        return [(kind_words(kind), self.to(span_of(kind, around)), kind is reach.span.kind) for kind in SpanKind]

    @property
    def beside(self) -> dict[str, tuple[str, str] | None]:
        """Words and addresses of the span before, the one after, and the present one; None where there is none to go to."""
        earlier, later, today = self.reach.earlier, self.reach.later, self.reach.today
        present = span_of(self.reach.span.kind, today)
        return {
            "earlier": (span_title(earlier, today), self.to(earlier)) if earlier else None,
            "later": (span_title(later, today), self.to(later)) if later else None,
            "present": None if self.reach.is_running else (present_words(present.kind), self.to(present)),
        }
