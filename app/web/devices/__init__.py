"""The retailer and the devices of a home: how they are, and how they are linked."""

from app.web.devices import settings_views
from app.web.devices.views import bp

__all__ = ["bp", "settings_views"]
