"""Settings, Tesla: the way to the Fleet API, and the public page with the key of this installation."""

from app.web.tesla.views import bp

__all__ = ["bp"]
