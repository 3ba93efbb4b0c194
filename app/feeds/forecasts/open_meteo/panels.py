"""From the sun on a panel to the power behind its inverter.

P = peak · GTI/1000 · (1 + α·(Tcell − 25)) · η, Tcell = Tair + k·GTI: α −0.4 %/°C as data sheets of crystalline panels have it, k the
Ross coefficients by mounting in Skoplaki, Boudouvis and Palyvos, Solar Energy Materials and Solar Cells 92 (2008)."""

from typing import Final

from app.domain.forecasts.series import PowerInterval
from app.feeds.forecasts.open_meteo.answer import SunInterval
from app.feeds.forecasts.open_meteo.fields import Mounting

WARMTH_C_PER_W_PER_M2: Final[dict[Mounting, float]] = {"on_roof": 0.0342, "free_standing": 0.0208, "close_to_roof": 0.0563}
LOSS_PER_C: Final = -0.004
RATED_AT_C: Final = 25.0
RATED_AT_W_PER_M2: Final = 1000.0


def panel_power_w(peak_w: float, tilted_w_per_m2: float, temperature_c: float | None, mounting: Mounting, efficiency: float) -> float:
    """AC power, W, not below 0. Where the temperature is not known, that of the rating is taken."""
    if temperature_c is None:
        warmth = 1.0
    else:
        cell_c = temperature_c + WARMTH_C_PER_W_PER_M2[mounting] * tilted_w_per_m2
        warmth = 1 + LOSS_PER_C * (cell_c - RATED_AT_C)
    return max(0.0, peak_w * tilted_w_per_m2 / RATED_AT_W_PER_M2 * warmth * efficiency)


def power_of(sun: SunInterval, peak_w: float, mounting: Mounting, efficiency: float) -> PowerInterval:
    """The power of one face's panels over an interval."""
    return PowerInterval(sun.start, sun.end, panel_power_w(peak_w, sun.tilted_w_per_m2, sun.temperature_c, mounting, efficiency))
