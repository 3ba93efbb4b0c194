"""Demand windows: hours in which a peak of import is billed, and at which rate."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum

from app.domain.months import EVERY_MONTH, Months
from app.domain.settings import PolicySettingsType
from app.domain.slips import Doubt, dollars_for_cents
from app.domain.windows import Days, Window

LEAST_DAILY_RATE_C = 1.0  # c/kW/day; a smaller figure was typed in whole dollars
LEAST_MONTHLY_RATE_C = 30.0  # the same for 30 days


class DemandPeriod(StrEnum):
    """What a network calls a demand window. Where windows overlap, the first of these counts."""

    PEAK = "peak"
    SHOULDER = "shoulder"
    OFF_PEAK = "off_peak"


@dataclass(frozen=True, slots=True)
class DemandWindow(Window):
    """Hours of certain days and months, and what a kW of their highest half-hour costs."""

    name: DemandPeriod = field(default=DemandPeriod.PEAK, metadata={"title": "Name"})
    rate_c_per_kw: float = field(default=0.0, metadata={"title": "Rate", "unit": "c/kW", "least": 0.0, "most": 10_000.0})
    months: Months = field(default=EVERY_MONTH, metadata={"title": "Months"})

    def covers(self, day: date, clock: time) -> bool:
        """Whether local `clock` on local date `day` lies inside. Weekday and month are those of `day` itself, after midnight too."""
        return day.month in self.months and Window.covers(self, day, clock)


@dataclass(frozen=True, slots=True)
class Demand:
    """The demand charge of the owner's plan, and what PowerSync does about it."""

    enabled: bool = field(default=False, metadata={"title": "My plan has a demand charge"})
    unit: str = field(
        default="day",
        metadata={"title": "The rate is per kW and", "choices": ("day", "month"), "help": "As your bill has it: $/kW/day or $/kW/month."},
    )
    billing_day: int = field(
        default=1,
        metadata={"title": "The billing month begins on day", "least": 1, "most": 28, "help": "The peak starts anew on it."},
    )
    windows: tuple[DemandWindow, ...] = field(
        default=(DemandWindow(time(14), time(20), Days.WEEKDAYS),),
        metadata={
            "title": "Hours in which the peak is billed",
            "help": "The rate is in cents: 0.39 $/kW is 39 c/kW. Months are all, or such as Nov–Mar or 11-3. "
            "Where windows overlap, peak counts before shoulder, and shoulder before off-peak.",
        },
    )
    apply_to: str = field(
        default="buy",
        metadata={
            "title": "Tell the battery these rates for",
            "choices": ("buy", "sell", "both"),
            "help": "For batteries that plan with a demand charge.",
        },
    )
    surcharge_c: float = field(
        default=0.0,
        metadata={
            "title": "Add to the import price that the battery sees",
            "unit": "c/kWh",
            "least": 0.0,
            "most": 1000.0,
            "help": "200 keeps a battery from importing in the peak window. Your bill is not changed by it.",
        },
    )
    block_grid_charging: bool = field(default=False, metadata={"title": "Forbid charging from the grid in the peak window"})

    @property
    def peak_windows(self) -> tuple[DemandWindow, ...]:
        """The windows in which the battery is kept from importing."""
        return tuple(window for window in self.windows if window.name is DemandPeriod.PEAK)

    def doubts(self) -> Iterator[Doubt]:
        """Rates that were hardly meant so."""
        least_c = LEAST_DAILY_RATE_C if self.unit == "day" else LEAST_MONTHLY_RATE_C
        for number, window in enumerate(self.windows):
            question = dollars_for_cents(window.rate_c_per_kw, least_c)
            if question:
                yield ("windows", number, "rate_c_per_kw"), question


SETTINGS = PolicySettingsType(
    name="demand",
    type=Demand,
    title="Demand charge",
    summary="Keeps the battery from adding to the peak that your network bills.",
)
