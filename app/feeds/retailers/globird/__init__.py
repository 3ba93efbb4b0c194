"""GloBird: fixed prices with free hours, a better feed-in in the evening up to a cap, and a credit for days without evening imports."""

from app.domain.brands import Brand
from app.feeds.retailers.globird.feed import KEY, VENDOR, GloBirdFeed, open_globird
from app.feeds.retailers.globird.fields import GloBirdFields

__all__ = ["BRAND", "GloBirdFeed"]

BRAND = Brand(
    role="retailer",
    key=KEY,
    title="GloBird",
    vendor=VENDOR,
    fields=GloBirdFields,
    open=open_globird,
    capabilities=frozenset({"ahead", "plan"}),
    summary="ZeroHero and other GloBird plans: your own rates, free hours, super export and the daily credit.",
    how_to_get="Take the rates from your bill or your plan's fact sheet, GST included.",
)
