"""A network tariff as a site file and a form have it: a code of the table, or the owner's own rates."""

from typing import Any, Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, ValidationInfo, field_validator, model_validator

from app.feeds.network_tariffs.distributors import DISTRIBUTORS, Name, code_of, distributor_named
from app.feeds.network_tariffs.manual import ManualRates, ManualTariff
from app.feeds.network_tariffs.rates import NetworkRates
from app.feeds.network_tariffs.table import GST, TableRates
from app.feeds.plans.seasons import STRICT

_UNCONFIRMED: Final = ", ".join(each.title for each in DISTRIBUTORS.values() if not each.adds_gst)


class NetworkTariff(BaseModel):
    """Either `distributor` and `tariff`, or `manual`."""

    model_config = STRICT

    distributor: Name | None = Field(default=None, title="Distributor", description="The company whose poles and wires you are on.")
    tariff: str | None = Field(
        default=None,
        title="Network tariff",
        description="The code on your bill, such as EA025 or 6900. A leading NTC may stay.",
        max_length=20,
    )
    gst_in_table: Literal["included", "excluded"] | None = Field(
        default=None,
        title="GST in the table",
        description=f"Only for {_UNCONFIRMED}: nobody has confirmed whether the table of their prices includes GST. Left empty, it is "
        "taken as excluded, as in the regulator's price lists, and 10 % is added. Choose included if your bill shows the table's figures.",
    )
    other_c: float = Field(
        default=0.0,
        ge=-50,
        le=100,
        title="Other fees",
        description="Market and environmental fees for each kWh, GST included: the table has none. They count where the PEA is off.",
        json_schema_extra={"unit": "c/kWh"},
    )
    manual: ManualTariff | None = Field(default=None, title="Rates entered by hand")

    @field_validator("distributor", mode="before")
    @classmethod
    def _is_in_the_table(cls, value: Any) -> Any:
        return None if value in (None, "") else distributor_named(value).key

    @field_validator("tariff", mode="before")
    @classmethod
    def _is_a_code(cls, value: Any, info: ValidationInfo) -> Any:
        if value in (None, ""):
            return None
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ValueError("not a tariff code; write one such as EA025")  # noqa: TRY004
        distributor = info.data.get("distributor")
        return str(value) if distributor is None else code_of(DISTRIBUTORS[distributor], value)

    @model_validator(mode="after")
    def _said_once(self) -> Self:
        names = [name for name in ("distributor", "tariff") if getattr(self, name) is not None]
        if self.manual is not None and names:
            raise ValueError(f"{' and '.join(names)} and manual are given; write one or the other")
        if self.manual is None and len(names) < 2:
            raise ValueError("write distributor and tariff, or manual with the rates of your bill")
        if self.gst_in_table is not None and (self.distributor is None or DISTRIBUTORS[self.distributor].adds_gst):
            raise ValueError(f"gst_in_table is for {_UNCONFIRMED} alone; leave it out")
        if self.manual is not None and self.other_c:
            raise ValueError("other fees stand in manual there; leave other_c beside it out")
        return self

    def rates(self, zone: ZoneInfo) -> NetworkRates:
        """The rates; `zone` is the clock of the home, by which the owner's own windows go."""
        if self.manual is not None:
            return ManualRates(self.manual, zone)
        if self.distributor is None or self.tariff is None:
            raise ValueError("a network tariff is a code of a distributor or entered by hand")
        distributor = DISTRIBUTORS[self.distributor]
        adds_nothing = distributor.adds_gst or self.gst_in_table == "included"
        return TableRates(distributor, self.tariff, 1.0 if adds_nothing else GST)
