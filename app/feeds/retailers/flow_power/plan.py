"""The parts of a Flow Power plan as the owner enters them: what each kWh costs, and what one sent out earns."""

from collections.abc import Mapping
from datetime import date, time
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic.config import JsonDict

from app.domain.slips import dollars_for_cents
from app.domain.windows import Window
from app.feeds.network_tariffs.fields import NetworkTariff
from app.feeds.plans.charges import Charges
from app.feeds.plans.clock import HalfHour, HalfHourEnd
from app.feeds.plans.seasons import STRICT

HAPPY_HOUR_C: Final[Mapping[str, float]] = {"NSW1": 45.0, "QLD1": 45.0, "SA1": 45.0, "VIC1": 35.0, "TAS1": 0.0}
_LEAST_IN_CENTS: Final = 1.0
_UNIT: Final[JsonDict] = {"unit": "c/kWh"}


def _in_cents(rate_c: float | None) -> float | None:
    slip = None if rate_c is None else dollars_for_cents(rate_c, _LEAST_IN_CENTS)
    if slip:
        raise ValueError(slip)
    return rate_c


class Pea(BaseModel):
    """The Price Efficiency Adjustment: how the base rate follows the wholesale price."""

    model_config = STRICT

    enabled: bool = Field(
        default=True,
        title="Base rate with PEA",
        description="Your price is the base rate plus the Price Efficiency Adjustment. Off: it is the wholesale price plus the network's.",
    )
    base_c: float = Field(default=34.0, ge=0, le=200, title="Base rate", description="On your plan, GST included.", json_schema_extra=_UNIT)
    fixed_c: float | None = Field(
        default=None,
        ge=-100,
        le=100,
        title="Fixed PEA",
        description="From your bill. With it the price is the same at all hours; left empty, it follows the wholesale price.",
        json_schema_extra=_UNIT,
    )
    twap: Literal["fixed", "rolling_30_days"] = Field(
        default="fixed",
        title="Average wholesale price",
        description="What the wholesale price is compared with: the figure below, or the mean of the last 30 days as far as it is stored.",
    )
    twap_c: float = Field(
        default=8.0,
        ge=-100,
        le=200,
        title="Average wholesale price (TWAP)",
        description="Without GST. Also used until enough prices for a mean are stored.",
        json_schema_extra=_UNIT,
    )
    bpea_c: float = Field(
        default=1.7,
        ge=-20,
        le=20,
        title="Benchmark (BPEA)",
        description="What the average customer does better than the average price.",
        json_schema_extra=_UNIT,
    )

    @field_validator("base_c", "twap_c")
    @classmethod
    def _is_in_cents(cls, value: float | None) -> float | None:
        return _in_cents(value)


class HappyHour(BaseModel):
    """The hours of the evening, on the clock of the home, in which feeding in is paid."""

    model_config = STRICT

    enabled: bool = Field(default=True, title="Happy Hour")
    rate_c: float | None = Field(
        default=None,
        ge=0,
        le=200,
        title="Happy Hour rate",
        description="Left empty, it is 45 c in NSW, QLD and SA, 35 c in VIC and 0 c in TAS.",
        json_schema_extra=_UNIT,
    )
    start: HalfHour = Field(default=time(17, 30))
    end: HalfHourEnd = Field(default=time(19, 30), description="21:30 on some plans.")

    @field_validator("rate_c")
    @classmethod
    def _is_in_cents(cls, value: float | None) -> float | None:
        return _in_cents(value)

    @model_validator(mode="after")
    def _has_hours(self) -> Self:
        if self.start == self.end:
            raise ValueError(f"the Happy Hour begins and ends at {self.start:%H:%M}; switch it off if there is none")
        return self

    def window(self) -> Window:
        """Every day, on the local clock."""
        return Window(self.start, self.end)


class WholesaleFactors(BaseModel):
    """What the wholesale price is multiplied with where the PEA is off. The library of network tariffs has these as its own."""

    model_config = STRICT

    dlf: float = Field(default=1.05905, ge=0.8, le=1.5, title="Distribution losses (DLF)")
    mlf: float = Field(default=1.0154, ge=0.5, le=1.5, title="Transmission losses (MLF)")
    market: float = Field(
        default=1.0154,
        ge=0.5,
        le=1.5,
        title="Market factor",
        description="GST on the wholesale price is not in the usual figure: write 1.1 to add it.",
    )

    def product(self) -> float:
        """All of them together."""
        return self.dlf * self.mlf * self.market


class DatedChange(Charges):
    """What is different from a local date on. What is left out stays as it was; a part that is given replaces that part whole."""

    model_config = ConfigDict(**{**STRICT, "populate_by_name": True, "serialize_by_alias": True})

    first_day: date = Field(alias="from", title="From", description="The first day of the new terms, such as 2026-07-01.")
    pea: Pea | None = Field(default=None, title="Price Efficiency Adjustment")
    network: NetworkTariff | None = Field(default=None, title="Network tariff")
    wholesale: WholesaleFactors | None = Field(default=None, title="Wholesale factors")
    happy_hour: HappyHour | None = Field(default=None, title="Happy Hour")
    export_c: float | None = Field(default=None, ge=-100, le=200, title="Feed-in outside the Happy Hour", json_schema_extra=_UNIT)
