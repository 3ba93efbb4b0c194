"""The Plan page: what the battery is to do over the hours ahead, why, and how the plans before turned out."""

from app.web.plan.views import bp

__all__ = ["bp"]
