"""The steered homes of the loop's own tests."""

from tests.control.conftest import home, home_of

__all__ = ["home", "home_of"]
