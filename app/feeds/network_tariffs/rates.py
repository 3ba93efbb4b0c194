"""What the price of a network tariff is asked for, wherever its figures come from."""

from datetime import datetime
from typing import Protocol


class RateRefused(ValueError):
    """There is no rate that can be believed. The text names the tariff and what to do."""


class NetworkRates(Protocol):
    """The energy rates of one network tariff."""

    def rate_c(self, start: datetime) -> float:
        """c/kWh, GST included, of the interval that begins at `start` (aware) and lies within one half-hour of the clock.

        Raises RateRefused."""
        ...

    def day_mean_c(self, start: datetime) -> float:
        """c/kWh, GST included: the mean of the 48 half-hours of the clock on the local day of `start`. Raises RateRefused."""
        ...
