"""What the owner decides: the home, and what PowerSync does with its battery."""

from app.web.settings.views import bp

__all__ = ["bp"]
