"""Decisions: what PowerSync did, why, and whether the battery did it."""

from app.web.decisions.views import bp

__all__ = ["bp"]
