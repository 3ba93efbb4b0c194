"""Signing in and out, the first account, entering the password once more."""

import app.web.auth.join
import app.web.auth.passkey
import app.web.auth.second_step
import app.web.auth.views  # noqa: F401  # the modules add their views to the blueprint
from app.web.auth.blueprint import bp

__all__ = ["bp"]
