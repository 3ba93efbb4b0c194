from tests.control.forecasts.homes import any_home, clock, home, world

__all__ = ["any_home", "clock", "home", "world"]
