"""Custom plans: fixed prices that the owner writes down, and prices that hold once."""

import app.web.tou.editing
import app.web.tou.once
import app.web.tou.views  # noqa: F401  # the modules add their views to the blueprint
from app.web.tou.blueprint import bp

__all__ = ["bp"]
