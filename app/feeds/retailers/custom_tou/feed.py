"""The custom plan as a retailer."""

from typing import Final

from app.feeds.plans.feed import PlanFeed
from app.feeds.retailers.custom_tou.fields import CustomTouFields, plan_of
from app.transports.context import Context

KEY: Final = "custom_tou"
VENDOR: Final = "Custom plan"


def open_custom_tou(fields: CustomTouFields, context: Context) -> PlanFeed:
    """The feed of one site, on its clock. It asks nobody."""
    return PlanFeed(plan_of(fields), fields.charges(), KEY, context)
