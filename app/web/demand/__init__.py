"""Demand: the peak that the network bills, what it costs, and what the month comes to."""

from app.web.demand.views import bp

__all__ = ["bp"]
