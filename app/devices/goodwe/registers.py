"""Registers of GoodWe ET, EH, BT and BH hybrid inverters.

Source: GoodWe, Modbus protocol of hybrid inverters (ET, EH, BT, BH). All are holding registers; addresses are wire addresses, as in the
document. 32-bit values have their high word first."""

from collections.abc import Callable
from typing import Final

from app.devices.register_settings import Setting, SettingsTable
from app.devices.registers import Kind, Point
from app.domain.sentences import kilowatts, percent

ON, OFF = 1, 0
LARGEST_W: Final = 65_535
FULL_PCT: Final = 100
ON_GRID: Final = 1
METER_ANSWERS: Final = 1

# Live figures
PV_W: Final = tuple(Point(f"pv{n}_w", 35101 + 4 * n, Kind.U32, least=0, most=200_000) for n in (1, 2, 3, 4))
BATTERY_W = Point("battery_w", 35182, Kind.S32, least=-100_000, most=100_000)  # + discharging, as in the app
METER_W = Point("meter_w", 36025, Kind.S32, least=-100_000, most=100_000)  # + export
OLD_METER_W = Point("old_meter_w", 36008, Kind.S16, least=-32_000, most=32_000)  # + export; firmware without the wider one
EXPORT_W = Point("export_w", 35140, Kind.S16, least=-32_000, most=32_000)  # + export; without the meter's own block
METER_STATE = Point("meter_state", 36004)
GRID_STATE = Point("grid_state", 35136, most=10)
SOC_PCT = Point("soc_pct", 37007, least=0, most=100)
STATE = Point("state", 35187, most=10)
_GRID: Final = (METER_W, OLD_METER_W, EXPORT_W, METER_STATE)
LIVE: Final = (*PV_W, BATTERY_W, *_GRID, GRID_STATE, SOC_PCT)

# Facts
SERIAL = Point("serial", 35003, Kind.TEXT, length=8)
RATED_W = Point("rated_w", 35001, least=500, most=60_000)
CAPACITY_AH = Point("capacity_ah", 45350, least=1, most=2_000)
BATTERY_V = Point("battery_v", 35180, scale=0.1, least=30, most=1_000)
FACTS: Final = (RATED_W, CAPACITY_AH, BATTERY_V)
SOLAR: Final = (SERIAL, RATED_W, *PV_W, *_GRID, GRID_STATE, STATE)

# Settings
EMS, WORK_MODE = "ems", "work_mode"
EXPORT_SWITCH, EXPORT_LIMIT_W, EXPORT_LIMIT_PCT = "export_limit_switch", "export_limit_w", "export_limit_pct"
LEAST_SOC_PCT, DEPTH_PCT, MOST_SOC_PCT = "least_soc_pct", "depth_pct", "most_soc_pct"

GENERAL, SELF_USE = 0, 5  # work modes in which the home runs from sun and battery
AUTO, CHARGE_FROM_SUN, CHARGE, DISCHARGE = 1, 2, 11, 12  # EMS modes that PowerSync uses

_EMS_MODES: Final = {
    1: "automatic",
    2: "charge from the sun",
    3: "discharge with the sun",
    4: "import",
    5: "export",
    6: "conserve",
    7: "off grid",
    8: "standby",
    9: "buy",
    10: "sell",
    11: "charge",
    12: "discharge",
}
_WORK_MODES: Final = {0: "general", 1: "off grid", 2: "backup", 3: "eco", 4: "peak shaving", 5: "self-use"}
_WITHOUT_POWER: Final = frozenset({1, 6, 7, 8})


def ems_of(mode: int, power_w: int) -> int:
    """The EMS mode (47511) with its power (47512, W) as the one figure that both registers make: they are written together, so that no mode
    ever meets the power of another."""
    return mode << 16 | power_w


def ems_mode_of(ems: float) -> int:
    """The EMS mode in it."""
    return round(ems) >> 16


def _ems_in_words(ems: float) -> str:
    mode, power_w = ems_mode_of(ems), round(ems) & 0xFFFF
    words = _EMS_MODES.get(mode, f"mode {mode}")
    return words if mode in _WITHOUT_POWER else f"{words}, {kilowatts(power_w)}"


def _setting(
    name: str, address: int, label: str, words: Callable[[float], str], most: float = 100, available: frozenset[int] = frozenset()
) -> Setting:
    return Setting(Point(name, address, least=0, most=most, available=available), label, words)


ALL_SETTINGS: Final = SettingsTable(
    (
        Setting(Point(EMS, 47511, Kind.U32, least=0, most=0xFFFFFFFE), "energy management", _ems_in_words),
        _setting(WORK_MODE, 47000, "work mode", lambda value: _WORK_MODES.get(round(value), f"mode {value:.0f}"), most=0xFFFE),
        _setting(EXPORT_LIMIT_W, 47510, "export limit", kilowatts, most=LARGEST_W, available=frozenset({0xFFFF})),
        _setting(EXPORT_LIMIT_PCT, 47510, "export limit", percent),
        _setting(EXPORT_SWITCH, 47509, "export limitation", lambda value: "on" if round(value) == ON else "off", most=1),
        _setting(LEAST_SOC_PCT, 45356, "lowest charge", percent),
        _setting(DEPTH_PCT, 45356, "depth of discharge", percent),
        _setting(MOST_SOC_PCT, 47760, "highest charge", percent),
    )
)


def settings_table(*, is_limit_in_percent: bool, is_depth: bool) -> SettingsTable:
    """The settings of one firmware."""
    limit = EXPORT_LIMIT_PCT if is_limit_in_percent else EXPORT_LIMIT_W
    return ALL_SETTINGS.only(EMS, WORK_MODE, limit, EXPORT_SWITCH, DEPTH_PCT if is_depth else LEAST_SOC_PCT, MOST_SOC_PCT)
