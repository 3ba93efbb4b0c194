"""What other programs read and ask of one site: JSON, with a bearer token."""

import app.web.api.views
import app.web.api.wishes  # noqa: F401  # the modules add their views to the blueprint
from app.web.api.blueprint import bp

__all__ = ["bp"]
