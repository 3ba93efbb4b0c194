"""The signed-in person's own pages."""

import app.web.account.members
import app.web.account.passkeys
import app.web.account.tokens
import app.web.account.two_step
import app.web.account.views  # noqa: F401  # the modules add their views to the blueprint
from app.web.account.blueprint import bp

__all__ = ["bp"]
