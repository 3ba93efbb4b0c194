"""Times of the clock and days of the year as plans have them: "15:30" on the half-hour, "24:00" as an end, "11-01" for 1 November."""

import re
from datetime import date, time
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, PlainSerializer

from app.domain.tariffs.time_of_use import is_day_of_the_year

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_MONTH_DAY = re.compile(r"(\d\d)-(\d\d)")
_LEAP_YEAR = 2028


def _on_the_half_hour(value: object) -> time:
    if isinstance(value, int | float):
        # YAML reads an unquoted 15:00 as the number 900
        raise ValueError('a number is no time; write it in quotes, such as "15:00"')  # noqa: TRY004
    if isinstance(value, str):
        match = _CLOCK.fullmatch(value.strip())
        value = time(int(match[1]), int(match[2])) if match else None
    if not isinstance(value, time):
        raise ValueError('not a time; write one such as "15:00"')  # noqa: TRY004
    if value.minute % 30 or value.second or value.microsecond:
        raise ValueError("a plan's prices change on the hour or half-hour, such as 15:00 or 15:30")
    return value.replace(tzinfo=None)


def _end_of_a_day(value: object) -> object:
    return "00:00" if isinstance(value, str) and value.strip() == "24:00" else value


def _clock_text(value: time) -> str:
    return value.strftime("%H:%M")


def _is_a_day(text: str) -> str:
    match = _MONTH_DAY.fullmatch(text.strip())
    if match is None or not is_day_of_the_year(int(match[1]), int(match[2])):
        raise ValueError('not a day of the year; write month and day such as "11-01" for 1 November')
    return text.strip()


HalfHour = Annotated[time, BeforeValidator(_on_the_half_hour), PlainSerializer(_clock_text, return_type=str)]
"""A time on the hour or half-hour; in files and tables "HH:MM"."""

HalfHourEnd = Annotated[
    time, BeforeValidator(_on_the_half_hour), BeforeValidator(_end_of_a_day), PlainSerializer(_clock_text, return_type=str)
]
"""Like HalfHour, and "24:00" may be written for midnight."""

YearDay = Annotated[str, AfterValidator(_is_a_day)]
"""A day of every year, "MM-DD"."""


def month_and_day(day: str) -> tuple[int, int]:
    """ "11-01" → (11, 1)."""
    return int(day[:2]), int(day[3:])


def year_day_text(month_day: tuple[int, int]) -> str:
    """(11, 1) → "11-01"."""
    return f"{month_day[0]:02d}-{month_day[1]:02d}"


def year_day_in_words(day: str) -> str:
    """ "11-01" → "1 Nov"."""
    named = date(_LEAP_YEAR, *month_and_day(day))
    return f"{named.day} {named:%b}"
