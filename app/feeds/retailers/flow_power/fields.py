"""What the owner enters to connect Flow Power."""

from typing import Self

from pydantic import BaseModel, Field, field_validator, model_validator

from app.feeds.network_tariffs.fields import NetworkTariff
from app.feeds.plans.charges import Charges
from app.feeds.plans.seasons import STRICT
from app.feeds.retailers.flow_power.plan import DatedChange, HappyHour, Pea, WholesaleFactors
from app.feeds.retailers.flow_power.source_fields import SourceFields
from app.feeds.retailers.flow_power.sources import MARKET

MOST_CHANGES = 50


class PlanFields(BaseModel):
    """The plan and its changes."""

    model_config = STRICT

    pea: Pea = Field(default=Pea(), title="Price Efficiency Adjustment")
    network: NetworkTariff | None = Field(
        default=None,
        title="Network tariff",
        description="With it your price follows the hours of the network too. It is needed where the PEA is off.",
    )
    wholesale: WholesaleFactors | None = Field(
        default=None,
        title="Wholesale factors",
        description="Only where the PEA is off. Left out, they are those of the table of network tariffs, or none with rates by hand.",
    )
    happy_hour: HappyHour = Field(default=HappyHour(), title="Happy Hour")
    export_c: float = Field(
        default=0.0,
        ge=-100,
        le=200,
        title="Feed-in outside the Happy Hour",
        description="On older plans: 3.3 c, for example.",
        json_schema_extra={"unit": "c/kWh"},
    )
    changes: list[DatedChange] = Field(
        default=[],
        title="Changes",
        description="New terms from a date on: a new base rate on 1 July, another network tariff. Times before that date keep theirs.",
        max_length=MOST_CHANGES,
    )

    @field_validator("changes")
    @classmethod
    def _one_for_a_day(cls, value: list[DatedChange]) -> list[DatedChange]:
        days = [change.first_day for change in value]
        twice = sorted({day for day in days if days.count(day) > 1})
        if twice:
            raise ValueError(f"two changes begin on {twice[0]}; write them as one")
        return sorted(value, key=lambda change: change.first_day)


class FlowPowerFields(Charges, PlanFields, SourceFields):
    """One home with Flow Power: its region, where wholesale prices come from, its plan and its supply charges."""

    @model_validator(mode="after")
    def _price_is_whole(self) -> Self:
        pea, network = self.pea, self.network
        for change in (None, *self.changes):
            if change is not None:
                pea, network = change.pea or pea, change.network or network
            since = f" from {change.first_day} on" if change is not None else ""
            if not pea.enabled and network is None:
                raise ValueError(f"with the PEA off{since} a network tariff is needed: a wholesale price alone is not what you pay")
            if pea.twap != "fixed" and self.source != MARKET:
                raise ValueError(f"rolling_30_days{since} needs stored wholesale prices, which the source {MARKET} alone has")
        return self
