"""What a question asks for and the form of the answers: spans of time, pages, rows of rates."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from app.simulators.octopus_market import LONDON, london_s
from app.simulators.octopus_products import Product, with_payment
from app.simulators.octopus_rates import Pricing
from app.simulators.service import Request

Row = dict[str, Any]


class BadQuestion(ValueError):
    """A parameter that cannot be; `form` is the body of the answer."""

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(f"{parameter}: {message}")
        self.form = {parameter: [message]}


class NoSuchPage(LookupError):
    """A page beyond the last one, or none at all."""


def instant(request: Request, parameter: str) -> datetime | None:
    """An ISO 8601 parameter; without a zone it is London's clock. Raises BadQuestion."""
    text = request.query.get(parameter)
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadQuestion(parameter, "Enter a valid date/time.") from None
    return (at if at.tzinfo else at.replace(tzinfo=LONDON)).astimezone(UTC)


def period(request: Request) -> tuple[datetime | None, datetime | None]:
    """`period_from` (included) and `period_to` (excluded)."""
    since, until = instant(request, "period_from"), instant(request, "period_to")
    if since is not None and until is not None and since > until:
        raise BadQuestion("period_from", "Must not be greater than `period_to`.")
    return since, until


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a long answer."""

    number: int
    size: int
    count: int

    @classmethod
    def of(cls, request: Request, count: int, size: int) -> "Page":
        """The page that is asked for. Raises NoSuchPage."""
        text = request.query.get("page", "1")
        last = max(1, -(-count // size))
        if not text.isdecimal() or not 1 <= int(text) <= last:
            raise NoSuchPage(text)
        return cls(int(text), size, count)

    @property
    def span(self) -> slice:
        return slice((self.number - 1) * self.size, self.number * self.size)

    def answer(self, request: Request, origin: str, results: list[Row]) -> Row:
        """The envelope, with absolute links to the neighbours."""

        def link(number: int) -> str:
            query = {**request.query, "page": str(number)} if number > 1 else {k: v for k, v in request.query.items() if k != "page"}
            return f"{origin}{request.path}" + (f"?{urlencode(sorted(query.items()))}" if query else "")

        following = link(self.number + 1) if self.number * self.size < self.count else None
        return {"count": self.count, "next": following, "previous": link(self.number - 1) if self.number > 1 else None, "results": results}


def page_size(request: Request, default: int, largest: int) -> int:
    """What is asked for, at most `largest`; what is no positive number counts as not asked for."""
    text = request.query.get("page_size", "")
    return min(int(text), largest) if text.isdecimal() and int(text) > 0 else default


@dataclass(frozen=True, slots=True)
class Rate:
    """A price of [start, end); `end_s` None until further notice."""

    start_s: int
    end_s: int | None
    exc_vat_p: float
    inc_vat_p: float
    payment_method: str | None

    def to_json(self) -> Row:
        return {
            "value_exc_vat": self.exc_vat_p,
            "value_inc_vat": self.inc_vat_p,
            "valid_from": utc_text(self.start_s),
            "valid_to": None if self.end_s is None else utc_text(self.end_s),
            "payment_method": self.payment_method,
        }

    def meets(self, first_s: float, last_s: float) -> bool:
        """True when it holds at some time in [first, last)."""
        return self.start_s < last_s and (self.end_s is None or self.end_s > first_s)


class Rates:
    """The rates of one tariff that hold at some time in [since, until), newest first; only those that are taken out are worked out."""

    def __init__(
        self, product: Product, pricing: Pricing, region: str, known_s: int, vat_pct: float, since: datetime | None, until: datetime | None
    ) -> None:
        self._product, self._pricing, self._region, self._known_s, self._vat_pct = product, pricing, region, known_s, vat_pct
        self._first_s = london_s(product.available_from)
        self._last_s = None if product.rates_until is None else london_s(product.rates_until)
        since_s = max(self._first_s, int(since.timestamp()) if since else 0)
        ends = (known_s, self._last_s, None if until is None else math.ceil(until.timestamp()))
        self._starts = pricing.starts(since_s, min(end for end in ends if end is not None))

    def __len__(self) -> int:
        return len(self._starts) * len(self._product.payment_methods)

    def __getitem__(self, span: slice) -> list[Rate]:
        methods = self._product.payment_methods
        places = range(*span.indices(len(self)))
        return [self._rate(self._starts[-1 - place // len(methods)], methods[place % len(methods)]) for place in places]

    def _rate(self, start_s: int, method: str | None) -> Rate:
        end_s = self._pricing.end(start_s, self._known_s)
        if self._last_s is not None:
            end_s = self._last_s if end_s is None else min(end_s, self._last_s)
        exc_vat_p = with_payment(self._pricing.p_exc_vat(start_s, self._region), method)
        return Rate(max(start_s, self._first_s), end_s, exc_vat_p, with_vat(exc_vat_p, self._vat_pct), method)


def with_vat(p_exc_vat: float, vat_pct: float) -> float:
    return round(p_exc_vat * (1 + vat_pct / 100), 4)


def utc_text(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
