"""ENGIE (formerly Simply Energy): a plan of fixed prices from the owner's bill. No price of an event is assumed."""

from typing import Final

from app.domain.brands import Brand
from app.feeds.plans.charges import Charges
from app.feeds.plans.feed import PlanFeed
from app.feeds.plans.own_rates import OwnRates
from app.transports.context import Context

KEY: Final = "engie"
TITLE: Final = "ENGIE"


class EngieFields(Charges, OwnRates):
    """The rates of an ENGIE bill."""


def open_engie(fields: EngieFields, context: Context) -> PlanFeed:
    """The feed of one site, on its clock. It asks nobody."""
    return PlanFeed(fields.own_plan(TITLE, TITLE), fields.charges(), KEY, context)


BRAND = Brand(
    role="retailer",
    key=KEY,
    title=TITLE,
    vendor=TITLE,
    fields=EngieFields,
    open=open_engie,
    capabilities=frozenset({"ahead", "plan"}),
    summary="Fixed prices from your bill. No event payments are assumed.",
    how_to_get="Take the rates from your bill or your plan's fact sheet, GST included. "
    "If you have joined ENGIE's virtual power plant, ENGIE controls the battery itself: leave PowerSync's control on watch then.",
)
