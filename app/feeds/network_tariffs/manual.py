"""A network tariff that the owner enters: one rate, or three of them by the clock of the home."""

from datetime import date, datetime, time
from functools import lru_cache
from statistics import fmean
from typing import Annotated, Final, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, model_validator
from pydantic.config import JsonDict

from app.domain.slips import dollars_for_cents
from app.domain.tariffs.half_hourly import SLOTS, slot_index
from app.domain.windows import Days, Window
from app.feeds.plans.clock import HalfHour, HalfHourEnd
from app.feeds.plans.seasons import STRICT

GST: Final = 1.1
LEAST_C_OF_A_RATE: Final = 1.0  # where every energy rate is below it, dollars were meant
_RATES: Final = ("flat_c", "peak_c", "shoulder_c", "off_peak_c")
_UNIT: Final[JsonDict] = {"unit": "c/kWh"}
_HALF_HOURS: Final = tuple(time(slot // 2, slot % 2 * 30) for slot in range(SLOTS))
_A_MONDAY, _A_SUNDAY = date(2024, 1, 1), date(2024, 1, 7)
_RateC = Annotated[float, Field(ge=-50, le=100)]


class ManualTariff(BaseModel):
    """The rates of a bill. With `flat_c` it holds at all hours; without it the three rates hold by the clock."""

    model_config = STRICT

    flat_c: _RateC | None = Field(
        default=None,
        title="Network rate",
        description="Where one rate holds at all hours. Leave it empty where the rate depends on the hour.",
        json_schema_extra=_UNIT,
    )
    peak_c: _RateC = Field(default=15.0, title="Peak", json_schema_extra=_UNIT)
    shoulder_c: _RateC = Field(default=5.0, title="Shoulder", description="At all other hours.", json_schema_extra=_UNIT)
    off_peak_c: _RateC = Field(default=2.0, title="Off-peak", json_schema_extra=_UNIT)
    peak_start: HalfHour = Field(default=time(16), title="Peak from")
    peak_end: HalfHourEnd = Field(default=time(21), title="Peak until")
    peak_days: Days = Field(default=Days.ALL, title="Days of the peak")
    off_peak_start: HalfHour = Field(default=time(10), title="Off-peak from")
    off_peak_end: HalfHourEnd = Field(default=time(15), title="Off-peak until")
    other_c: _RateC = Field(
        default=1.5,
        title="Other fees",
        description="Market and environmental fees for each kWh; often 3 to 4 c.",
        json_schema_extra=_UNIT,
    )
    gst: bool = Field(
        default=True,
        title="Add GST",
        description="Adds 10 % to the network rate and the other fees, not to the wholesale price. "
        "Switch it off if your figures include GST.",
    )

    @model_validator(mode="after")
    def _in_cents(self) -> Self:
        given = [getattr(self, name) for name in _RATES if name in self.model_fields_set and getattr(self, name) is not None]
        slips = [slip for rate in given if (slip := dollars_for_cents(rate, LEAST_C_OF_A_RATE))]
        if slips and all(rate < LEAST_C_OF_A_RATE for rate in given):
            raise ValueError(slips[0])
        return self

    @model_validator(mode="after")
    def _windows_apart(self) -> Self:
        for name, window in (("peak", self._peak), ("off-peak", self._off_peak)):
            if window.start == window.end:
                raise ValueError(f"the {name} begins and ends at {window.start:%H:%M}; enter a flat rate if it holds all day")
        for day in (_A_MONDAY, _A_SUNDAY):
            both = [clock for clock in _HALF_HOURS if self._peak.covers(day, clock) and self._off_peak.covers(day, clock)]
            if both:
                raise ValueError(f"peak and off-peak both cover {both[0]:%H:%M}")
        return self

    @property
    def _peak(self) -> Window:
        return Window(self.peak_start, self.peak_end, self.peak_days)

    @property
    def _off_peak(self) -> Window:
        return Window(self.off_peak_start, self.off_peak_end)

    def at(self, day: date, clock: time) -> float:
        """c/kWh at local `clock` on local date `day`, with the other fees, and with GST where that is to be added."""
        network_c = self.flat_c
        if network_c is None:
            is_peak, is_off_peak = self._peak.covers(day, clock), self._off_peak.covers(day, clock)
            network_c = self.peak_c if is_peak else self.off_peak_c if is_off_peak else self.shoulder_c
        return (network_c + self.other_c) * (GST if self.gst else 1.0)


class ManualRates:
    """The owner's rates on the clock of the home."""

    def __init__(self, tariff: ManualTariff, zone: ZoneInfo) -> None:
        self._tariff, self._zone = tariff, zone

    def rate_c(self, start: datetime) -> float:
        local = start.astimezone(self._zone)
        return _rates_of_day(self._tariff, local.date())[slot_index(local)]

    def day_mean_c(self, start: datetime) -> float:
        return fmean(_rates_of_day(self._tariff, start.astimezone(self._zone).date()))


@lru_cache(maxsize=512)
def _rates_of_day(tariff: ManualTariff, day: date) -> tuple[float, ...]:
    return tuple(tariff.at(day, clock) for clock in _HALF_HOURS)
