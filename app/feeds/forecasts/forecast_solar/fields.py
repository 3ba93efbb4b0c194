"""What the owner enters for forecast.solar, which works out the panels' power by itself."""

from app.feeds.forecasts.roof import Roof


class ForecastSolarFields(Roof):
    """The roof."""
