"""Prices: what a kWh costs and earns, today, tomorrow and on earlier days."""

from app.web.prices.views import bp

__all__ = ["bp"]
