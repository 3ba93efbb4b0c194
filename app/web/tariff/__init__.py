"""Tariff: what the battery is told about the next 24 hours, step by step."""

from app.web.tariff.views import bp

__all__ = ["bp"]
