"""Backtests: the past lived through again, asked for here and worked off by the scheduler."""

from app.web.backtest.views import bp

__all__ = ["bp"]
