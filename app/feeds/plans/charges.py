"""Supply charges as an owner writes them down."""

from pydantic import BaseModel, Field

from app.domain.charges import StandingCharges
from app.feeds.plans.amounts import DailyC, MonthlyC
from app.feeds.plans.seasons import STRICT


class Charges(BaseModel):
    """Supply charges, tax included; left out where nobody has said what they are."""

    model_config = STRICT

    daily_charge_c: DailyC | None = Field(
        default=None,
        title="Daily charge",
        description="The supply charge of a day. It counts in your costs and changes nothing that the battery does.",
        json_schema_extra={"unit": "c/day"},
    )
    monthly_charge_c: MonthlyC | None = Field(
        default=None,
        title="Monthly charge",
        description="On top of the daily one, if there is any.",
        json_schema_extra={"unit": "c/month"},
    )

    def charges(self) -> StandingCharges:
        """As the domain has them."""
        return StandingCharges(self.daily_charge_c, self.monthly_charge_c)
