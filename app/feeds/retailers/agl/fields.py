"""What an owner with AGL enters. The feed-in rates are those of Battery Rewards as last published; the bill decides."""

from dataclasses import replace
from datetime import time

from pydantic import BaseModel, Field

from app.domain.tariffs.time_of_use import TimeOfUse
from app.domain.windows import Window
from app.feeds.plans.amounts import PriceC
from app.feeds.plans.charges import Charges
from app.feeds.plans.clock import HalfHour, HalfHourEnd
from app.feeds.plans.own_rates import OwnRates
from app.feeds.plans.seasons import STRICT
from app.feeds.plans.windows import inside


class EveningFeedIn(BaseModel):
    """A feed-in price of its own in the evening."""

    model_config = STRICT

    evening_feed_in_c: PriceC = Field(
        default=28.0,
        title="Evening feed-in",
        description="All that you are paid for a kWh in the evening, not a bonus on top of the base rate.",
        json_schema_extra={"unit": "c/kWh"},
    )
    evening_start: HalfHour = Field(default=time(17), title="Evening from")
    evening_end: HalfHourEnd = Field(default=time(21), title="Evening until")


class AglFields(Charges, EveningFeedIn, OwnRates):
    """The rates of an AGL bill."""

    feed_in_c: PriceC = Field(
        default=3.0, title="Feed-in", description="The rate outside the evening, GST included.", json_schema_extra={"unit": "c/kWh"}
    )


def plan_of(fields: AglFields) -> TimeOfUse:
    """The owner's rates with the evening's feed-in price."""
    evening = Window(fields.evening_start, fields.evening_end)
    plan = fields.own_plan("AGL Battery Rewards", "AGL")
    return inside(plan, evening, lambda period: replace(period, feed_in_c_per_kwh=fields.evening_feed_in_c))
