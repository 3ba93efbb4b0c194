"""Registers of Sungrow SH hybrid inverters.

Source: Sungrow, Communication Protocol of Residential Hybrid Inverter (TI_20231116, V1.1.2). The document counts from 1; addresses here are
wire addresses, one lower. 32-bit values have their low word first."""

from collections.abc import Callable
from typing import Final

from app.devices.register_settings import Setting, SettingsTable
from app.devices.registers import Kind, Point, Space
from app.devices.sungrow.serial import SERIAL
from app.domain.sentences import kilowatts, percent

Words = Callable[[float], str]

FORCED: Final = 2  # EMS mode in which the forced command counts
SELF_CONSUMPTION: Final = 0
CHARGE, DISCHARGE, STOP = 0xAA, 0xBB, 0xCC
ON, OFF = 0xAA, 0x55
LARGEST_W: Final = 60_000
HELD_W: Final = 10  # the least limit of discharge that it takes: as good as none
EXPORT_LIMIT, EXPORT_SWITCH = "export_limit_w", "export_limit_switch"

_MODES: Final = {0: "self-consumption", 2: "forced", 3: "external control", 4: "VPP"}
_COMMANDS: Final = {CHARGE: "charge", DISCHARGE: "discharge", STOP: "stop"}


def _input(name: str, address: int, kind: Kind = Kind.U16, scale: float = 1.0, least: float = -1e9, most: float = 1e9) -> Point:
    return Point(name, address, kind, scale, Space.INPUT, low_word_first=True, least=least, most=most)


# Live figures, in the app's signs
SOLAR_W = _input("solar_w", 5016, Kind.U32, 1.0, 0, 200_000)
BATTERY_W = _input("battery_w", 5213, Kind.S32, 1.0, -100_000, 100_000)  # + discharging, as in the app
EXPORT_W = _input("export_w", 13009, Kind.S32, 1.0, -100_000, 100_000)  # + export
METER_W = _input("meter_w", 5600, Kind.S32, 1.0, -100_000, 100_000)  # + import; where the export power is missing
LOAD_W = _input("load_w", 13007, Kind.S32, 1.0, -100_000, 100_000)  # some SH-RS keep two other figures here: together far more than this
SOC_PCT = _input("soc_pct", 13022, Kind.U16, 0.1, 0, 100)
SOH_PCT = _input("soh_pct", 13023, Kind.U16, 0.1, 0, 100)
STATE = _input("state", 12999)
POWER_FLOW = _input("power_flow", 13000)
OLD_BATTERY_W = _input("old_battery_w", 13021, Kind.S16, 1.0, -32_000, 32_000)  # its sign differs between firmwares: not used
LIVE: Final = (SOLAR_W, BATTERY_W, EXPORT_W, METER_W, LOAD_W, SOC_PCT, STATE, POWER_FLOW, OLD_BATTERY_W)

OFF_GRID_STATE: Final = 0x1000
CHARGING_BIT: Final = 0x02

# Facts
CAPACITY_KWH = _input("capacity_kwh", 5638, Kind.U16, 0.01, 0.5, 500)
RATED_W = _input("rated_w", 5000, Kind.U16, 100, 100, 200_000)
BATTERY_RATED_W = _input("battery_rated_w", 5627, Kind.U16, 100, 100, 200_000)
LEAST_EXPORT_W = _input("least_export_w", 5621, Kind.U16, 10, 0, 600_000)
MOST_EXPORT_W = _input("most_export_w", 5622, Kind.U16, 10, 0, 600_000)
FACTS: Final = (CAPACITY_KWH, RATED_W, BATTERY_RATED_W, SOH_PCT)
RATINGS: Final = (RATED_W, BATTERY_RATED_W, LEAST_EXPORT_W, MOST_EXPORT_W)
SOLAR: Final = (SERIAL, RATED_W, SOLAR_W, EXPORT_W, METER_W, STATE)


def _setting(
    name: str, address: int, label: str, words: Words, scale: float = 1.0, least: float = 0, most: float = 65_534, step: float = 1.0
) -> Setting:
    return Setting(Point(name, address, Kind.U16, scale, least=least, most=most), label, words, step)


def _on_off(value: float) -> str:
    return "on" if round(value) == ON else "off"


SETTINGS: Final = SettingsTable(
    (
        _setting("mode", 13049, "energy management", lambda value: _MODES.get(round(value), f"mode {value:.0f}"), most=10),
        _setting("command", 13050, "forced command", lambda value: _COMMANDS.get(round(value), f"command {value:.0f}"), most=0xFF),
        _setting("power_w", 13051, "forced power", kilowatts, most=LARGEST_W),
        _setting("most_soc_pct", 13057, "highest charge", percent, 0.1, 50, 100, 0.05),
        _setting("least_soc_pct", 13058, "lowest charge", percent, 0.1, 0, 50, 0.05),
        _setting(EXPORT_LIMIT, 13073, "export limit", kilowatts, most=65_534),
        _setting(EXPORT_SWITCH, 13086, "export limitation", _on_off, most=0xFF),
        _setting("reserve_pct", 13099, "backup reserve", percent, most=100),
        _setting("most_charge_w", 33046, "most charging power", kilowatts, 10, 10, LARGEST_W * 10, 10),
        _setting("most_discharge_w", 33047, "most discharging power", kilowatts, 10, 10, LARGEST_W * 10, 10),
    )
)
LIMITS: Final = ("most_soc_pct", "least_soc_pct", EXPORT_LIMIT, EXPORT_SWITCH, "most_charge_w", "most_discharge_w")
