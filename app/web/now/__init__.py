"""The Now page: what happens, why, what it costs, and the owner's buttons."""

from app.web.now import device_views
from app.web.now.views import bp

__all__ = ["bp", "device_views"]
