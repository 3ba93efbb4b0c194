"""Rates from the library's table, each day of them checked before it is believed.

Source: aemo_to_tariff 0.7.28, `spot_to_tariff` with a wholesale price of 0 and factors of 1, which leaves the network's part. It is asked
for the END of a 5-minute interval as an aware datetime on the network's own clock: it takes off 5 minutes, tells the season by the month
of the datetime as it was passed, and reads a naive one on the clock of the computer."""

import importlib
import math
import sys
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from statistics import fmean
from typing import Any, Final

from app.domain.tariffs.half_hourly import SLOTS, slot_index, slot_label
from app.feeds.network_tariffs.distributors import BY_HAND, DISTRIBUTORS, TABLE_OF_2026, Distributor
from app.feeds.network_tariffs.rates import RateRefused

LEAST_C, MOST_C = -50.0, 100.0  # of a half-hour
LEAST_MEAN_C, MOST_MEAN_C = 0.0, 40.0  # of a day; the dearest tariff of the table is at 22
GST: Final = 1.1
_LABEL: Final = timedelta(minutes=5)
_APPROXIMATION_C: Final = 5.586606750833143  # what the library answers at a wholesale price of 0 where its table has a hole
_LIBRARY: Final = "aemo_to_tariff"
_SATURDAY: Final = 5


class TableRates:
    """A tariff of the table on the network's own clock. `gst_factor`: what the table's figures are multiplied with here."""

    def __init__(self, distributor: Distributor, code: str, gst_factor: float = 1.0) -> None:
        self._distributor, self._code, self._factor = distributor, code, gst_factor

    def rate_c(self, start: datetime) -> float:
        local = self._local(start)
        return self._factor * self._day(local)[slot_index(local)]

    def day_mean_c(self, start: datetime) -> float:
        return self._factor * fmean(self._day(self._local(start)))

    def _local(self, start: datetime) -> datetime:
        if start.tzinfo is None:
            raise ValueError(f"an interval starts at an aware instant, not at {start!r}")
        return start.astimezone(self._distributor.zone)

    def _day(self, local: datetime) -> tuple[float, ...]:
        return _rates_of_days(self._distributor.key, self._code, local.year, local.month, local.weekday() < _SATURDAY)


@lru_cache(maxsize=2048)
def _rates_of_days(key: str, code: str, year: int, month: int, is_weekday: bool) -> tuple[float, ...]:
    """The rates of the 48 half-hours of the clock, as the library gives them: the same on all weekdays of a month, and on all weekends.

    Raises RateRefused."""
    distributor = DISTRIBUTORS[key]
    name = f"{code} of {distributor.title}"
    if code in distributor.new_in_2026 and date(year, month, 1) < TABLE_OF_2026:
        raise RateRefused(f"the table has no prices of {name} before July 2026")
    day = _a_day(year, month, is_weekday)
    rates = tuple(_rate(distributor, code, day, slot) for slot in range(SLOTS))
    for slot, rate in enumerate(rates):
        if not math.isfinite(rate) or not LEAST_C <= rate <= MOST_C or rate == _APPROXIMATION_C:
            raise RateRefused(f"the table has no rate of {name} at {slot_label(slot)} that can be believed; {BY_HAND}")
    if not LEAST_MEAN_C <= fmean(rates) <= MOST_MEAN_C:
        raise RateRefused(f"the table's rates of {name} cannot be energy rates: a day's mean is {fmean(rates):.1f} c/kWh; {BY_HAND}")
    return rates


def _a_day(year: int, month: int, is_weekday: bool) -> date:
    """A Wednesday or a Saturday: clocks change on Sundays."""
    first = date(year, month, 1)
    return first + timedelta(days=((2 if is_weekday else _SATURDAY) - first.weekday()) % 7)


def _rate(distributor: Distributor, code: str, day: date, slot: int) -> float:
    start = datetime.combine(day, time(slot // 2, slot % 2 * 30), distributor.zone)
    try:
        return float(_library().spot_to_tariff(start + _LABEL, distributor.key, code, 0.0, dlf=1.0, mlf=1.0, market=1.0))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        raise RateRefused(f"the table gives no rate of {code} of {distributor.title} at {slot_label(slot)}; {BY_HAND}") from None


@cache
def _library() -> Any:
    """Loaded at first use: most homes need none of its tables. What it prints goes nowhere; standard output belongs to the commands."""
    library = importlib.import_module(_LIBRARY)
    for name, module in list(sys.modules.items()):
        if name == _LIBRARY or name.startswith(f"{_LIBRARY}."):
            vars(module)["print"] = lambda *_args, **_options: None
    return library
