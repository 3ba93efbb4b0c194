"""Saved tariffs: the owner's own tariffs of the battery, to be kept, used again, and carried elsewhere as files."""

from app.web.saved_tariffs.views import bp

__all__ = ["bp"]
