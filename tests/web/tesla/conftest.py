"""Every test here has a simulated home and a simulated Tesla."""

from tests.web.tesla.homes import around, config, home, signed_in, world

__all__ = ["around", "config", "home", "signed_in", "world"]
