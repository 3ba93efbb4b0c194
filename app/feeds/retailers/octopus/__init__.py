"""Octopus Energy, Great Britain: half-hourly Agile prices, published a day ahead, and the other import and export products."""

from app.domain.brands import Brand
from app.feeds.retailers.octopus.client import API_URL, VENDOR
from app.feeds.retailers.octopus.feed import OctopusFeed, open_octopus
from app.feeds.retailers.octopus.fields import OctopusFields

__all__ = ["BRAND", "OctopusFeed"]

BRAND = Brand(
    role="retailer",
    key="octopus",
    title="Octopus Energy",
    vendor=VENDOR,
    fields=OctopusFields,
    open=open_octopus,
    base_urls=(API_URL,),
    capabilities=frozenset({"ahead"}),
    timezone="Europe/London",
    summary="Great Britain: Agile prices that change every half-hour and are known a day ahead, Go, Intelligent Go, Flux, Tracker, Cosy.",
    how_to_get="No key is needed: prices are public. Your product and its version stand on your bill and at octopus.energy under your "
    "account, as a code such as E-1R-AGILE-24-10-01-C; its last letter is your region.",
)
