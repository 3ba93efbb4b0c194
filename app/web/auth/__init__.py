"""Signing in and out, the first account, entering the password once more."""

from app.web.auth.views import bp

__all__ = ["bp"]
