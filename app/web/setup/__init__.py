"""Linking a home in four steps: retailer, battery, watch only, control."""

from app.web.setup.views import bp

__all__ = ["bp"]
