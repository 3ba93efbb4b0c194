"""Every test here has a simulated home."""

from tests.services.connecting.homes import around, config, linked, read, world

__all__ = ["around", "config", "linked", "read", "world"]
