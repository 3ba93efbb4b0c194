"""Registers of a GEN24's battery: SunSpec model 124 (storage), and its part in models 120 and 160.

Source: Fronius, GEN24 Modbus register maps; SunSpec model definitions. Offsets count from the register that holds the number of the model.
`charge_pct` and `discharge_pct` bound what the battery does, in percent of its most charging power, where their bit of the mode is set. A
negative one turns its bound into the other direction: a discharge of at most -40 % is a charge of at least 40 %."""

from dataclasses import dataclass
from typing import Final

from app.devices.register_settings import Setting, SettingsTable
from app.devices.registers import Kind, Point
from app.devices.sunspec_models import Figure, Group, Model
from app.domain.sentences import percent

STORAGE: Final = 124
STORAGE_LENGTH: Final = 24
MODE, CHARGE_PCT, DISCHARGE_PCT, RESERVE_PCT, GRID_CHARGING = "mode", "charge_pct", "discharge_pct", "reserve_pct", "grid_charging"
CHARGE_BIT, DISCHARGE_BIT = 1, 2  # of the mode
FROM_SUN, FROM_GRID = 0, 1
RESERVE_EXPONENT, RATE_EXPONENT = 21, 25  # offsets

BATTERY: Final = Group(
    frozenset({STORAGE}),
    (Figure("most_w", 2, exponent_at=18, least=100, most=200_000), Figure("soc_pct", 8, exponent_at=22, least=0, most=100)),
)
SIZES: Final = Group(
    frozenset({120}),
    (
        Figure("capacity_wh", 19, exponent_at=20, least=500, most=500_000),
        Figure("most_charge_w", 23, exponent_at=24, least=100, most=200_000),
        Figure("most_discharge_w", 25, exponent_at=26, least=100, most=200_000),
    ),
)
# Trackers 1 and 2 are strings of panels, 3 is what goes into the battery, 4 what comes out of it
TRACKERS: Final = Group(
    frozenset({160}),
    (
        Figure("exponent", 4, Kind.S16, None, -10, 10),
        *(Figure(f"tracker_{n}_w", 1 + 20 * n, exponent_at=4, least=0, most=200_000) for n in range(1, 5)),
    ),
)
TRACKERS_LENGTH: Final = 88  # with all four

_MODES: Final = {0: "automatic", 1: "charging bounded", 2: "discharging bounded", 3: "charging and discharging bounded"}


@dataclass(frozen=True, slots=True)
class Steps:
    """What one step of a percentage is worth."""

    rate_pct: float = 0.01
    reserve_pct: float = 0.01


def settings_at(model: Model, steps: Steps) -> SettingsTable:
    """The settings in this model 124."""

    def at(name: str, offset: int, kind: Kind, scale: float, least: float, most: float) -> Point:
        return Point(name, model.address + offset, kind, scale, least=least, most=most)

    return SettingsTable(
        (
            Setting(at(MODE, 5, Kind.U16, 1, 0, 3), "battery control", lambda value: _MODES.get(round(value), f"mode {value:.0f}")),
            Setting(at(CHARGE_PCT, 13, Kind.S16, steps.rate_pct, -100, 100), "most charging", percent, 0.015),
            Setting(at(DISCHARGE_PCT, 12, Kind.S16, steps.rate_pct, -100, 100), "most discharging", percent, 0.015),
            Setting(at(RESERVE_PCT, 7, Kind.U16, steps.reserve_pct, 0, 100), "backup reserve", percent, 0.015),
            Setting(
                at(GRID_CHARGING, 17, Kind.U16, 1, 0, 1),
                "charging from the grid",
                lambda value: "allowed" if round(value) else "not allowed",
            ),
        )
    )


SETTINGS: Final = settings_at(Model(STORAGE, 0, STORAGE_LENGTH), Steps())  # for what does not depend on where they stand
