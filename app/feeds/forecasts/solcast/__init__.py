"""Solcast: half-hourly power of rooftop sites with a low and a high case, by a key with few calls a day."""

from app.domain.brands import Brand
from app.feeds.forecasts.solcast.client import API_URL, VENDOR
from app.feeds.forecasts.solcast.feed import LONGEST_PAUSE, Solcast, open_solcast
from app.feeds.forecasts.solcast.fields import SolcastFields
from app.feeds.forecasts.solcast.sites import site_choices

__all__ = ["BRAND", "Solcast"]

BRAND = Brand(
    role="solar_forecast",
    key="solcast",
    title="Solcast",
    vendor=VENDOR,
    fields=SolcastFields,
    open=open_solcast,
    base_urls=(API_URL,),
    capabilities=frozenset({"solar", "solar_band"}),
    choices={"resource_id": site_choices},
    poll_s=round(LONGEST_PAUSE.total_seconds()),
    summary="Forecasts of your own rooftop sites with a low and a high case, some times a day. It tells no temperature.",
    how_to_get="Make a free home account at solcast.com, add your roof as a rooftop site there, and copy the key from Your API Key.",
)
