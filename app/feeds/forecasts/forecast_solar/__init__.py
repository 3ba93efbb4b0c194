"""forecast.solar: power of a roof for today and tomorrow, from its public interface without a key, for private use."""

from app.domain.brands import Brand
from app.feeds.forecasts.forecast_solar.client import API_URL, VENDOR
from app.feeds.forecasts.forecast_solar.feed import ForecastSolar, open_forecast_solar
from app.feeds.forecasts.forecast_solar.fields import ForecastSolarFields

__all__ = ["BRAND", "ForecastSolar"]

BRAND = Brand(
    role="solar_forecast",
    key="forecast_solar",
    title="forecast.solar",
    vendor=VENDOR,
    fields=ForecastSolarFields,
    open=open_forecast_solar,
    base_urls=(API_URL,),
    capabilities=frozenset({"solar"}),
    poll_s=3600,
    summary="Solar power by the hour for today and tomorrow, without a key. It tells no temperature.",
    how_to_get="No key is needed for private use: 12 calls an hour from your address, one for each face of the roof.",
)
