"""Registers of Huawei SUN2000 inverters and their batteries (LUNA2000, LG RESU).

Source: Huawei, Solar Inverter Modbus Interface Definitions. All are holding registers; addresses are wire addresses, as in the document.
32-bit values have their high word first and are written in one request."""

from collections.abc import Callable
from typing import Final

from app.devices.register_settings import Setting, SettingsTable
from app.devices.registers import Kind, Point
from app.domain.sentences import kilowatts, percent

LONGEST_BLOCK: Final = 64  # registers in one read
WIDEST_GAP: Final = 16
LARGEST_W: Final = 100_000
METER_ANSWERS: Final = 1
OFF_GRID_STATES: Final = frozenset({0x0203, 0x0A00})
OFFLINE: Final = 0  # of a battery

SERIAL = Point("serial", 30015, Kind.TEXT, length=10)
RATED_W = Point("rated_w", 30073, Kind.U32, least=500, most=350_000)
SOLAR_W = Point("solar_w", 32064, Kind.S32, least=-1000, most=500_000)  # of the panels, before the inverter
AC_W = Point("ac_w", 32080, Kind.S32, least=-500_000, most=500_000)  # of the inverter, with what its battery gives or takes
STATE = Point("state", 32089)
METER_STATE = Point("meter_state", 37100, most=10)
METER_W = Point("meter_w", 37113, Kind.S32, least=-500_000, most=500_000)  # + export

# Of the battery; where there are two, of both together
BATTERY_STATE = Point("battery_state", 37762, most=10)
BATTERY_W = Point("battery_w", 37765, Kind.S32, -1.0, least=-LARGEST_W, most=LARGEST_W)  # + charging there
SOC_PCT = Point("soc_pct", 37760, scale=0.1, least=0, most=100)
CAPACITY_WH = Point("capacity_wh", 37758, Kind.U32, least=500, most=500_000)
RATED_CHARGE_W = Point("rated_charge_w", 37007, Kind.U32, least=100, most=LARGEST_W)
RATED_DISCHARGE_W = Point("rated_discharge_w", 37009, Kind.U32, least=100, most=LARGEST_W)
CHARGE_NOW_W = Point("charge_now_w", 37046, Kind.U32, least=0, most=LARGEST_W)  # what it can at this moment: less when cold, full or empty
DISCHARGE_NOW_W = Point("discharge_now_w", 37048, Kind.U32, least=0, most=LARGEST_W)

LIVE: Final = (SOLAR_W, AC_W, STATE, METER_STATE, METER_W, BATTERY_STATE, BATTERY_W, SOC_PCT)
SOLAR: Final = (SERIAL, RATED_W, SOLAR_W, AC_W, STATE, METER_STATE, METER_W, BATTERY_STATE)
FACTS: Final = (CAPACITY_WH, RATED_CHARGE_W, RATED_DISCHARGE_W)
RATINGS: Final = (RATED_W, RATED_CHARGE_W, RATED_DISCHARGE_W, CHARGE_NOW_W, DISCHARGE_NOW_W)

# Settings
MODE, GRID_CHARGE, MOST_DISCHARGE_W = "mode", "grid_charge", "most_discharge_w"
MOST_SOC_PCT, LEAST_SOC_PCT, RESERVE_PCT = "most_soc_pct", "least_soc_pct", "reserve_pct"
FORCED, FORCED_CHARGE_W, FORCED_DISCHARGE_W, FORCED_TO_CHARGE = "forced", "forced_charge_w", "forced_discharge_w", "forced_to_charge"
EXPORT_CONTROL, EXPORT_LIMIT_W, EXPORT_LIMIT_PCT = "export_control", "export_limit_w", "export_limit_pct"

SELF_CONSUMPTION: Final = 2  # working mode
OFF, ON = 0, 1
STOP, CHARGE, DISCHARGE = 0, 1, 2  # forcible commands
UNLIMITED, ZERO_EXPORT, IN_WATTS, IN_PERCENT = 0, 5, 6, 7  # export control

FORCED_MINUTES = Point("forced_min", 47083, least=0, most=1440)

_MODES: Final = {
    0: "adaptive",
    1: "fixed charge and discharge",
    2: "maximum self-consumption",
    3: "time of use",
    4: "fully fed to grid",
    5: "time of use",
}
_COMMANDS: Final = {STOP: "none", CHARGE: "charge", DISCHARGE: "discharge"}
_CONTROLS: Final = {
    UNLIMITED: "off",
    1: "by the grid operator's receiver",
    ZERO_EXPORT: "no export",
    IN_WATTS: "to a power",
    IN_PERCENT: "to a percentage",
}


def _named(names: dict[int, str]) -> Callable[[float], str]:
    return lambda value: names.get(round(value), f"mode {value:.0f}")


def _tenths(name: str, address: int) -> Point:
    return Point(name, address, scale=0.1, least=0, most=100)


def _power(name: str, address: int) -> Point:
    return Point(name, address, Kind.U32, least=0, most=LARGEST_W)


EXPORT_SETTINGS: Final = SettingsTable(
    (
        Setting(Point(EXPORT_CONTROL, 47415, least=0, most=100), "export limitation", _named(_CONTROLS)),
        Setting(Point(EXPORT_LIMIT_W, 47416, Kind.S32, least=-1_000_000, most=1_000_000), "export limit", kilowatts),
        Setting(Point(EXPORT_LIMIT_PCT, 47418, Kind.S16, 0.1, least=-100, most=110), "export limit in percent", percent, 0.05),
    )
)
SETTINGS: Final = SettingsTable(
    (
        Setting(Point(MODE, 47086, least=0, most=100), "working mode", _named(_MODES)),
        Setting(Point(GRID_CHARGE, 47087, least=0, most=1), "charging from the grid", lambda value: "allowed" if value else "not allowed"),
        Setting(_power(MOST_DISCHARGE_W, 47077), "most discharging power", kilowatts),
        Setting(_tenths(MOST_SOC_PCT, 47081), "end of charge", percent, 0.05),
        Setting(_tenths(LEAST_SOC_PCT, 47082), "end of discharge", percent, 0.05),
        Setting(_tenths(RESERVE_PCT, 47102), "backup reserve", percent, 0.05),
        Setting(Point(FORCED, 47100, least=0, most=2), "forced command", lambda value: _COMMANDS.get(round(value), f"command {value:.0f}")),
        Setting(_power(FORCED_CHARGE_W, 47247), "forced charging power", kilowatts),
        Setting(_power(FORCED_DISCHARGE_W, 47249), "forced discharging power", kilowatts),
        Setting(
            Point(FORCED_TO_CHARGE, 47246, least=0, most=1), "forced command ends", lambda value: "at a charge" if value else "in time"
        ),
    )
)
