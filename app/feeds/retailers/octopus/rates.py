"""The rows of Octopus' lists, checked: what is not in the documented form is refused, alone.

Source: `…/standard-unit-rates/` and its siblings. Prices are in pence, the app's minor unit; `valid_from` is included, `valid_to` excluded,
null while no end is known. Two rows for the same time that differ by `payment_method` belong to different customers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

LEAST_P = -200.0  # p/kWh: prices below −20 have not been seen
MOST_P = 500.0  # p/kWh or p a day: Agile's own cap is 100 p/kWh
_NAMED_REFUSALS = 20


class RowRefused(Exception):
    """A row is not in the documented form; the text names the field, never its value."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A price from `start` (included) to `end` (excluded); `end` None: until further notice."""

    start: datetime  # UTC
    end: datetime | None  # UTC
    price_p: float  # per kWh, or per day for a standing charge
    is_for_all: bool  # whatever the way of paying


@dataclass(frozen=True, slots=True)
class ReadRates:
    """The rates of one list that could be read, the others in words, and how many belong to customers who pay in another way."""

    rates: tuple[Rate, ...]
    refused: tuple[str, ...]
    of_others: int


def read_rates(items: Sequence[Any], payment_method: str, *, with_vat: bool) -> ReadRates:
    """Each element for itself: a bad one is left out and named, the others count. `payment_method` as in the rows ("DIRECT_DEBIT").

    Where two rows say different prices from the same instant on, neither is taken."""
    rates: dict[tuple[datetime, bool], Rate] = {}
    contradicted: set[tuple[datetime, bool]] = set()
    refused: list[str] = []
    of_others = 0
    for number, item in enumerate(items):
        try:
            rate = _rate_from(item, payment_method, with_vat)
        except RowRefused as reason:
            refused.append(f"price {number + 1}: {reason}")
            continue
        if rate is None:
            of_others += 1
            continue
        key = (rate.start, rate.is_for_all)
        if rates.setdefault(key, rate).price_p != rate.price_p and key not in contradicted:
            contradicted.add(key)
            refused.append(f"two prices from {rate.start:%Y-%m-%d %H:%MZ} on contradict each other")
    if len(refused) > _NAMED_REFUSALS:
        refused[_NAMED_REFUSALS:] = [f"and {len(refused) - _NAMED_REFUSALS} more"]
    return ReadRates(tuple(rate for key, rate in rates.items() if key not in contradicted), tuple(refused), of_others)


def _rate_from(item: Any, payment_method: str, with_vat: bool) -> Rate | None:
    """None for a row of customers who pay in another way. Raises RowRefused."""
    if not isinstance(item, Mapping):
        raise RowRefused("not an object")
    paid_by = item.get("payment_method")
    if paid_by is not None and paid_by != payment_method:
        return None
    start = _instant(item.get("valid_from"), "valid_from")
    if "valid_to" not in item:
        raise RowRefused("valid_to is missing")
    end = None if item["valid_to"] is None else _instant(item["valid_to"], "valid_to")
    if end is not None and end <= start:
        raise RowRefused("it ends before it starts")
    name = "value_inc_vat" if with_vat else "value_exc_vat"
    return Rate(start, end, _price(item.get(name), name, start), paid_by is None)


def ends_at(item: Any) -> datetime | None:
    """When a row ends (UTC); None for one without an end, or that cannot be read."""
    try:
        return _instant(item.get("valid_to"), "valid_to") if isinstance(item, Mapping) else None
    except RowRefused:
        return None


def _price(value: Any, name: str, start: datetime) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RowRefused(f"{name} is missing" if value is None else f"{name} is not a number")
    if not LEAST_P <= value <= MOST_P:  # false for NaN too
        raise RowRefused(f"{name} at {start:%Y-%m-%d %H:%MZ} is no believable price")
    return float(value)


def _instant(value: Any, name: str) -> datetime:
    if not isinstance(value, str):
        raise RowRefused(f"{name} is missing" if value is None else f"{name} is not an instant")
    try:
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is None:
            raise RowRefused(f"{name} has no time zone")
        return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise RowRefused(f"{name} is not an instant") from None
