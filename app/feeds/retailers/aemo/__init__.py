"""The wholesale price itself, for homes that pay it: as it is, or with charges per kWh on top."""

from app.domain.brands import Brand
from app.feeds.retailers.aemo.feed import WholesalePrice, open_wholesale
from app.feeds.retailers.aemo.fields import AemoFields

__all__ = ["BRAND", "AemoFields", "WholesalePrice"]

BRAND = Brand(
    role="retailer",
    key="aemo",
    title="Wholesale price (AEMO)",
    vendor="AEMO",
    fields=AemoFields,
    open=open_wholesale,
    capabilities=frozenset({"ahead"}),
    summary="The market operator's own prices of your region every 5 minutes, with a forecast of 16 to 40 hours. No account is needed.",
    how_to_get="Choose the region that your home lies in. If your retailer adds charges per kWh or GST, enter them too.",
)
