"""What machines ask: is it healthy, what are its figures."""

from app.web.health.views import bp

__all__ = ["bp"]
