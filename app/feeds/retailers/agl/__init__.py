"""AGL: a plan of fixed prices from the owner's bill, with the evening feed-in of Battery Rewards."""

from typing import Final

from app.domain.brands import Brand
from app.feeds.plans.feed import PlanFeed
from app.feeds.retailers.agl.fields import AglFields, plan_of
from app.transports.context import Context

KEY: Final = "agl"
VENDOR: Final = "AGL"


def open_agl(fields: AglFields, context: Context) -> PlanFeed:
    """The feed of one site, on its clock. It asks nobody."""
    return PlanFeed(plan_of(fields), fields.charges(), KEY, context)


BRAND = Brand(
    role="retailer",
    key=KEY,
    title="AGL Battery Rewards",
    vendor=VENDOR,
    fields=AglFields,
    open=open_agl,
    capabilities=frozenset({"ahead", "plan"}),
    summary="Fixed prices from your bill, with a higher feed-in in the evening.",
    how_to_get="Take the rates from your bill or your plan's fact sheet, GST included; they depend on your address. "
    "In AGL's virtual power plant AGL controls the battery itself: leave PowerSync's control on watch then.",
)
