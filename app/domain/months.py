"""Months of the year in which something applies, such as November to March: numbers 1–12, which may cross the new year."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

Months = frozenset[int]
EVERY_MONTH: Months = frozenset(range(1, 13))
_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_SHORTEST_NAME = 3
_SPAN = re.compile(r"(\w+)\s*(?:(?:-|–|to\b)\s*(\w+))?", re.ASCII | re.IGNORECASE)
_ALLOWED = "write all, or months such as 11-3 or Nov-Mar, several with commas"


def months_from(given: Any) -> Months:
    """Months from "all", "11-3", "Jun-Aug, Nov-Mar", a number, or a list of such. Raises ValueError."""
    parts: Sequence[Any]
    if isinstance(given, str):
        parts = given.split(",")
    elif isinstance(given, list | tuple | set | frozenset):
        parts = list(given)
    else:
        parts = [given]
    months = frozenset(month for part in parts for month in _months_of(part))
    if not months:
        raise ValueError(_ALLOWED)
    return months


def _months_of(part: Any) -> Iterable[int]:
    text = str(part).strip()
    if text.lower() == "all":
        return EVERY_MONTH
    match = _SPAN.fullmatch(text)
    if match is None:
        raise ValueError(_ALLOWED)
    first = _month(match[1])
    last = _month(match[2]) if match[2] else first
    return range(first, last + 1) if first <= last else (*range(first, 13), *range(1, last + 1))


def _month(word: str) -> int:
    if word.isdecimal() and int(word) in EVERY_MONTH:
        return int(word)
    found = [number for number, name in enumerate(_NAMES, start=1) if name.startswith(word.lower())]
    if len(word) < _SHORTEST_NAME or not found:
        raise ValueError(_ALLOWED)
    return found[0]


def months_label(months: Iterable[int]) -> str:
    """Months for people, which `months_from` reads again: "all", "Nov–Mar", "Jun–Aug, Nov–Mar"."""
    chosen = frozenset(months)
    if chosen == EVERY_MONTH:
        return "all"
    firsts = [month for month in sorted(chosen) if (month + 10) % 12 + 1 not in chosen]
    return ", ".join(_span(first, chosen) for first in firsts)


def _span(first: int, months: Months) -> str:
    last = first
    while last % 12 + 1 in months:
        last = last % 12 + 1
    return _short(first) if first == last else f"{_short(first)}–{_short(last)}"


def _short(month: int) -> str:
    return _NAMES[month - 1][:3].capitalize()
