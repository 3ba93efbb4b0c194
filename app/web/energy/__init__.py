"""Energy: where it came from and where it went, by day, week, month and year."""

from app.web.energy.views import bp

__all__ = ["bp"]
