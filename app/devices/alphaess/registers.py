"""Registers of AlphaESS hybrid inverters.

Source: AlphaESS register parameter list for SMILE and Storion (Modbus TCP). Addresses are wire addresses; 32-bit values have their high
word first. All are holding registers, written with function 16."""

from collections.abc import Callable
from typing import Final

from app.devices.register_settings import Setting, SettingsTable
from app.devices.registers import Kind, Point
from app.domain.sentences import percent

OFF: Final = 0
NO_POWER: Final = 32_000  # of the dispatch: raw = 32000 + W, + discharging
LARGEST_W: Final = 30_000

# Live figures, with the signs of the app
GRID_W = Point("grid_w", 0x0021, Kind.S32, least=-100_000, most=100_000)  # + import
AC_SOLAR_W = Point("ac_solar_w", 0x00A1, Kind.S32, least=-100_000, most=100_000)  # of another inverter, where it has a meter
SOC_PCT = Point("soc_pct", 0x0102, scale=0.1, least=0, most=100)
BATTERY_W = Point("battery_w", 0x0126, Kind.S16, least=-32_000, most=32_000)  # + discharging
STRINGS_W = tuple(Point(f"string_{n}_w", address, Kind.U32, least=0, most=100_000) for n, address in enumerate(range(0x041F, 0x0434, 4), 1))
SOLAR_W = Point("solar_w", 0x0453, Kind.U32, least=0, most=200_000)  # where the strings are missing
LIVE: Final = (GRID_W, AC_SOLAR_W, SOC_PCT, BATTERY_W, *STRINGS_W, SOLAR_W)

# Facts
CAPACITY_KWH = Point("capacity_kwh", 0x0119, scale=0.1, least=0.5, most=1000)
MOST_CHARGE_W = Point("most_charge_w", 0x012C, least=100, most=60_000)
MOST_DISCHARGE_W = Point("most_discharge_w", 0x012D, least=100, most=60_000)
PANELS_W = Point("panels_w", 0x0801, Kind.U32, least=100, most=200_000)
FACTS: Final = (CAPACITY_KWH, MOST_CHARGE_W, MOST_DISCHARGE_W)
RATINGS: Final = (MOST_CHARGE_W, MOST_DISCHARGE_W, PANELS_W)

# The dispatch: in force from the moment that its mode is written, last of all, for so many seconds
START = Point("dispatch", 0x0880, least=0, most=1)
POWER = Point("dispatch_power", 0x0881, Kind.U32, least=NO_POWER - LARGEST_W, most=NO_POWER + LARGEST_W)
MODE = Point("dispatch_mode", 0x0885, least=0, most=20)
CUTOFF_PCT = Point("dispatch_soc_pct", 0x0886, scale=0.4, least=0, most=102)  # 250 for 100 %; firmware with 255 stops 2 % of it earlier
SECONDS = Point("dispatch_s", 0x0887, Kind.U32, least=0, most=86_400)
DISPATCH: Final = (START, POWER, MODE, CUTOFF_PCT)
TO_A_CHARGE: Final = 2  # the mode that runs at a power until a state of charge

FEED_IN_PCT, PERIODS, RESERVE_PCT, MOST_SOC_PCT = "feed_in_pct", "periods", "reserve_pct", "most_soc_pct"
_PERIODS: Final = {0: "off", 1: "charging", 2: "discharging", 3: "charging and discharging"}


def _setting(name: str, address: int, label: str, words: Callable[[float], str], least: float, most: float) -> Setting:
    return Setting(Point(name, address, least=least, most=most), label, words, as_single=False)


SETTINGS: Final = SettingsTable(
    (
        _setting(FEED_IN_PCT, 0x0800, "feed-in limit", percent, 0, 100),
        _setting(PERIODS, 0x084F, "time periods", lambda value: _PERIODS.get(round(value), f"{value:.0f}"), 0, 3),
        _setting(RESERVE_PCT, 0x0850, "backup reserve", percent, 4, 100),
        _setting(MOST_SOC_PCT, 0x0855, "charge target", percent, 0, 100),
    )
)
