"""Battery: its charge over time, how much went through it, what came back, its health."""

from app.web.battery.views import bp

__all__ = ["bp"]
