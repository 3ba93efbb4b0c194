"""Registers of a Sigenergy plant (unit 247) and of its inverter.

Source: Sigenergy Modbus Protocol V2.9 (2026-05-13). The document's numbers are the wire addresses; high word first. Powers stand there in
kW with a gain of 1000, energies in kWh with one of 100: a raw figure is a watt, or ten watt-hours."""

from collections.abc import Callable
from typing import Final

from app.devices.register_settings import Setting, SettingsTable
from app.devices.registers import Kind, Point, Space
from app.domain.sentences import kilowatts, percent

Words = Callable[[float], str]

UNLIMITED_W: Final = 0xFFFFFFFE  # what the device holds where nothing limits
STANDBY, SELF_CONSUMPTION, CHARGE_GRID_FIRST, CHARGE_SUN_FIRST, DISCHARGE_BATTERY_FIRST = 1, 2, 3, 4, 6
CHARGING_MODES: Final = frozenset({0, CHARGE_GRID_FIRST, CHARGE_SUN_FIRST})  # modes of remote EMS that may charge from the grid
LONGEST, GAP = 100, 20  # the live figures lie further apart than other devices' and are one block all the same

_REMOTE_MODES: Final = {
    0: "direct control",
    1: "standby",
    2: "self-consumption",
    3: "charge, grid first",
    4: "charge, sun first",
    5: "discharge, sun first",
    6: "discharge, battery first",
    8: "vehicle to grid",
}
AI: Final = "ai"
REMOTE: Final = 7
WORK_MODES: Final = {0: "self_consumption", 1: AI, 2: "time_of_use", 5: "full_feed_in", 9: "custom"}
WORK_MODE_WORDS: Final = {
    "self_consumption": "maximum self-consumption",
    AI: "Sigen AI",
    "time_of_use": "time-based control",
    "full_feed_in": "full feed-in",
    "custom": "custom",
}
NEVER_CHARGES_FROM_GRID: Final = frozenset({"self_consumption", "full_feed_in"})


def _input(name: str, address: int, kind: Kind = Kind.U16, scale: float = 1.0, least: float = -1e9, most: float = 1e9) -> Point:
    return Point(name, address, kind, scale, Space.INPUT, least=least, most=most)


def _power(name: str, address: int, scale: float = 1.0) -> Point:
    return _input(name, address, Kind.S32, scale, -1_000_000, 1_000_000)


# Live figures, in the app's signs
WORK_MODE = _input("work_mode", 30003, most=20)
GRID_SENSOR = _input("grid_sensor", 30004, most=1)
GRID_W = _power("grid_w", 30005)  # + import, as in the app
OFF_GRID = _input("off_grid", 30009, most=2)
SOC_PCT = _input("soc_pct", 30014, Kind.U16, 0.1, 0, 100)
SOLAR_W = _input("solar_w", 30035, Kind.S32, 1.0, 0, 1_000_000)
BATTERY_W = _power("battery_w", 30037, -1.0)  # + charging there
OTHER_SOLAR_W = _input("other_solar_w", 30194, Kind.S32, 1.0, 0, 1_000_000)  # of inverters that are not Sigenergy's
LOAD_W = _power("load_w", 30284)  # since V2.8
LIVE: Final = (GRID_W, OFF_GRID, SOC_PCT, SOLAR_W, BATTERY_W, OTHER_SOLAR_W, LOAD_W)
WATCHED: Final = (WORK_MODE, GRID_SENSOR)

# Facts
RATED_CHARGE_W = _input("rated_charge_w", 30068, Kind.U32, 1.0, 100, 1_000_000)
RATED_DISCHARGE_W = _input("rated_discharge_w", 30070, Kind.U32, 1.0, 100, 1_000_000)
CAPACITY_WH = _input("capacity_wh", 30083, Kind.U32, 10.0, 100, 10_000_000)
FACTS: Final = (RATED_CHARGE_W, RATED_DISCHARGE_W, CAPACITY_WH)
FIRMWARE = Point("firmware", 30525, Kind.TEXT, space=Space.INPUT, length=15)  # of the inverter's own unit

# Counters since the plant was commissioned
SOH_PCT = _input("soh_pct", 30087, Kind.U16, 0.1, 0, 100)
SOLAR_WH = _input("solar_wh", 30088, Kind.U64, 10.0, 0, 1e12)
LOAD_WH = _input("load_wh", 30094, Kind.U64, 10.0, 0, 1e12)
CHARGED_WH = _input("charged_wh", 30200, Kind.U64, 10.0, 0, 1e12)
DISCHARGED_WH = _input("discharged_wh", 30204, Kind.U64, 10.0, 0, 1e12)
IMPORTED_WH = _input("imported_wh", 30216, Kind.U64, 10.0, 0, 1e12)
EXPORTED_WH = _input("exported_wh", 30220, Kind.U64, 10.0, 0, 1e12)
TOTALS: Final = (SOH_PCT, SOLAR_WH, LOAD_WH, CHARGED_WH, DISCHARGED_WH, IMPORTED_WH, EXPORTED_WH)

# Settings
REMOTE_EMS, REMOTE_MODE = "remote_ems", "remote_mode"
MOST_CHARGE, MOST_DISCHARGE, EXPORT_LIMIT = "most_charge_w", "most_discharge_w", "export_limit_w"
RESERVE, MOST_SOC, LEAST_SOC = "reserve_pct", "most_soc_pct", "least_soc_pct"
LIMITS: Final = (EXPORT_LIMIT, MOST_CHARGE, MOST_DISCHARGE, MOST_SOC, LEAST_SOC)
LIMITS_OF_MODE: Final = {
    CHARGE_GRID_FIRST: (MOST_SOC, MOST_CHARGE),
    CHARGE_SUN_FIRST: (MOST_SOC, MOST_CHARGE),
    DISCHARGE_BATTERY_FIRST: (LEAST_SOC, EXPORT_LIMIT, MOST_DISCHARGE),
}  # what a forced mode runs by


def _limit_words(power_w: float) -> str:
    return "none" if power_w >= UNLIMITED_W else kilowatts(power_w)


def _limit(name: str, address: int, label: str) -> Setting:
    return Setting(Point(name, address, Kind.U32, least=0, most=UNLIMITED_W), label, _limit_words, as_single=False)


def _percent(name: str, address: int, label: str) -> Setting:
    return Setting(Point(name, address, Kind.U16, 0.1, least=0, most=100), label, percent, step=0.05)


SETTINGS: Final = SettingsTable(
    (
        Setting(Point(REMOTE_EMS, 40029, most=1), "remote control", lambda value: "on" if value else "off"),
        Setting(Point(REMOTE_MODE, 40031, most=8), "remote mode", lambda value: _REMOTE_MODES.get(round(value), f"mode {value:.0f}")),
        _limit(MOST_CHARGE, 40032, "most charging power"),
        _limit(MOST_DISCHARGE, 40034, "most discharging power"),
        _limit(EXPORT_LIMIT, 40038, "export limit"),
        _percent(RESERVE, 40046, "backup reserve"),
        _percent(MOST_SOC, 40047, "highest charge"),
        _percent(LEAST_SOC, 40048, "lowest charge"),
    )
)
