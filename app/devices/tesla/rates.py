"""Prices in the unit that Tesla's plans have: the major one with 4 decimals, never below 0."""

import math

from app.domain.units import major_per_kwh_from_c


def rate_from_c(price_c_per_kwh: float) -> float:
    """c/kWh → $/kWh, and c/kW → $/kW, with the 4 decimals that Tesla keeps; negative prices become 0, the least that a plan can hold."""
    if not math.isfinite(price_c_per_kwh):
        raise ValueError(f"a price of a tariff is a finite number, not {price_c_per_kwh!r}")
    return max(0.0, round(major_per_kwh_from_c(price_c_per_kwh), 4))
