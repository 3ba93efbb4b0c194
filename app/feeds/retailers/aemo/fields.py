"""What the owner enters to be priced at the wholesale price."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Region = Literal["NSW1", "QLD1", "VIC1", "SA1", "TAS1"]
FeedIn = Literal["wholesale", "flat"]


class AemoFields(BaseModel):
    """One home on the wholesale price of its region."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    region: Region = Field(title="Region", description="The market region of your home; the ACT belongs to NSW1.")
    add_c: float = Field(
        default=0.0,
        ge=-100,
        le=200,
        title="Other charges",
        description="What your bill adds to each kWh you buy: network, market and retailer charges, GST included.",
        json_schema_extra={"unit": "c/kWh"},
    )
    gst: bool = Field(
        default=False,
        title="GST on the wholesale price",
        description="Adds 10 % to the wholesale part of what you pay. Feed-in has no GST.",
    )
    feed_in: FeedIn = Field(
        default="wholesale",
        title="Feed-in",
        description="wholesale: each kWh you feed in is paid at the wholesale price. flat: always at the same rate.",
    )
    feed_in_factor: float = Field(
        default=1.0,
        ge=0,
        le=2,
        title="Share of the wholesale price",
        description="What you are paid of the wholesale price; 1 is all of it. Only for feed-in at the wholesale price.",
    )
    feed_in_c: float | None = Field(
        default=None,
        ge=-100,
        le=200,
        title="Flat feed-in rate",
        description="What you are paid for each kWh. Only for feed-in at a flat rate.",
        json_schema_extra={"unit": "c/kWh"},
    )

    @model_validator(mode="after")
    def _flat_has_a_rate(self) -> Self:
        if self.feed_in == "flat" and self.feed_in_c is None:
            raise ValueError("feed_in_c is needed where feed-in is flat: enter the rate, 0 if nothing is paid")
        return self
