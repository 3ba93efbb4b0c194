"""Money: what a day, week, month or year cost and earned, and against what."""

from app.web.money.views import bp

__all__ = ["bp"]
