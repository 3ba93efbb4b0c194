"""Any plan of fixed prices that the owner writes down: seasons, hours of the week, prices from the bill."""

from app.domain.brands import Brand
from app.feeds.retailers.custom_tou.feed import KEY, VENDOR, open_custom_tou
from app.feeds.retailers.custom_tou.fields import CustomTouFields, fields_of_plan, plan_of

__all__ = ["BRAND", "CustomTouFields", "fields_of_plan", "plan_of"]

BRAND = Brand(
    role="retailer",
    key=KEY,
    title="Custom plan",
    vendor=VENDOR,
    fields=CustomTouFields,
    open=open_custom_tou,
    capabilities=frozenset({"ahead", "plan"}),
    summary="Any plan of fixed prices, written down from your bill: one price, hours of the day, weekends, seasons.",
    how_to_get="Take the prices from your bill or your plan's fact sheet, GST included.",
)
