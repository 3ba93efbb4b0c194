"""Amber Electric: 5-minute wholesale prices of Australia's National Electricity Market, with forecasts and a live stream."""

from app.domain.brands import Brand
from app.feeds.retailers.amber.client import API_URL, VENDOR
from app.feeds.retailers.amber.feed import AmberFeed, open_amber
from app.feeds.retailers.amber.fields import AmberFields
from app.feeds.retailers.amber.sites import site_choices
from app.feeds.retailers.amber.stream import WS_URL

__all__ = ["BRAND", "AmberFeed"]

BRAND = Brand(
    role="retailer",
    key="amber",
    title="Amber Electric",
    vendor=VENDOR,
    fields=AmberFields,
    open=open_amber,
    base_urls=(API_URL, WS_URL),
    capabilities=frozenset({"ahead", "present", "stream", "spot"}),
    choices={"site_id": site_choices},
    summary="Wholesale prices that change every 5 minutes, with a forecast of about a day. NSW, ACT, QLD, VIC and SA.",
    how_to_get="Sign in at app.amber.com.au, open Settings › Developers and make a token. It begins with psk_ and is shown once.",
)
