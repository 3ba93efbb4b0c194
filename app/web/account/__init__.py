"""The signed-in person's own page."""

from app.web.account.views import bp

__all__ = ["bp"]
