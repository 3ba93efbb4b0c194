"""Conversions between units, named so that a reader sees what becomes what."""


def c_per_kwh_from_per_mwh(price_per_mwh: float) -> float:
    """$/MWh (or £/MWh) → c/kWh (p/kWh). 300 $/MWh is 30 c/kWh."""
    return price_per_mwh / 10.0


def c_per_kwh_from_major(price_per_kwh: float) -> float:
    """$/kWh → c/kWh."""
    return price_per_kwh * 100.0


def major_per_kwh_from_c(price_c_per_kwh: float) -> float:
    """c/kWh → $/kWh."""
    return price_c_per_kwh / 100.0


def wh_from_w(power_w: float, seconds: float) -> float:
    """Energy of a constant power over `seconds`."""
    return power_w * seconds / 3600.0


def cost_c(energy_wh: float, price_c_per_kwh: float) -> float:
    """What `energy_wh` costs (minor units of the currency) at `price_c_per_kwh`."""
    return energy_wh / 1000.0 * price_c_per_kwh
