"""Flow Power: a base rate that moves with Australia's wholesale price, and a high feed-in in the early evening."""

from app.domain.brands import Brand
from app.feeds.retailers.flow_power.feed import open_flow_power
from app.feeds.retailers.flow_power.fields import FlowPowerFields
from app.feeds.retailers.flow_power.kwatch_client import API_URL, VENDOR

__all__ = ["BRAND"]

BRAND = Brand(
    role="retailer",
    key="flow_power",
    title="Flow Power",
    vendor=VENDOR,
    fields=FlowPowerFields,
    open=open_flow_power,
    base_urls=(API_URL,),
    capabilities=frozenset({"ahead"}),
    summary="A base rate that moves with the wholesale price every 5 minutes, and the Happy Hour feed-in. NSW, ACT, QLD, VIC, SA and TAS.",
    how_to_get="Take the base rate from your plan. No key is needed; with one from Flow Power's app (More › Web Data Access) "
    "its own data can be used in place of the market's.",
)
