"""Open-Meteo: the sun on tilted panels and the temperature, without a key, for use that earns no money."""

from app.domain.brands import Brand
from app.feeds.forecasts.open_meteo.client import API_URL, VENDOR
from app.feeds.forecasts.open_meteo.feed import OpenMeteo, open_open_meteo
from app.feeds.forecasts.open_meteo.fields import OpenMeteoFields

__all__ = ["BRAND", "OpenMeteo"]

BRAND = Brand(
    role="solar_forecast",
    key="open_meteo",
    title="Open-Meteo",
    vendor=VENDOR,
    fields=OpenMeteoFields,
    open=open_open_meteo,
    base_urls=(API_URL,),
    capabilities=frozenset({"solar", "temperature"}),
    poll_s=3600,
    summary="Sun and temperature in 15-minute steps, worldwide and without a key. The usual choice.",
    how_to_get="No key is needed. It is free for homes; whoever earns money with it needs a contract with Open-Meteo.",
)
