"""Registers of Sungrow SG string inverters.

Source: Sungrow, Communication Protocol of PV Grid-Connected String Inverters. The document counts from 1; addresses here are wire
addresses, one lower. 32-bit values have their low word first. Some firmware answers for its figures as holding registers alone."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from app.devices.register_settings import Setting, SettingsTable
from app.devices.registers import Kind, Point, Space
from app.devices.solar import InverterState
from app.devices.sungrow.serial import SERIAL
from app.domain.sentences import percent

BEGIN, END = 0xCF, 0xCE
ON, OFF = 0xAA, 0x55

_FIGURES: Final = (
    SERIAL,
    Point("rated_w", 5000, Kind.U16, 100, Space.INPUT, least=500, most=350_000),
    Point("dc_w", 5016, Kind.U32, 1.0, Space.INPUT, low_word_first=True, least=0, most=500_000),
    Point("ac_w", 5030, Kind.U32, 1.0, Space.INPUT, low_word_first=True, least=0, most=500_000),
    Point("state", 5037, Kind.U16, 1.0, Space.INPUT),
    Point("meter_w", 5082, Kind.S32, 1.0, Space.INPUT, low_word_first=True, least=-500_000, most=500_000),  # + import, where it has a meter
)


def figures(space: Space) -> tuple[Point, ...]:
    """What is read, as registers of `space`."""
    return tuple(replace(point, space=space) for point in _FIGURES)


STATES: Final = {
    0x0000: InverterState.RUNNING,
    0x8200: InverterState.RUNNING,
    0x8000: InverterState.STOPPED,
    0x1200: InverterState.STOPPED,
    0x1300: InverterState.STOPPED,
    0x1500: InverterState.STOPPED,
    0x1400: InverterState.ASLEEP,
    0xA000: InverterState.ASLEEP,
    0x5500: InverterState.FAULT,
}


def _either(value: int, word: str, other: str) -> Callable[[float], str]:
    return lambda held: word if round(held) == value else other


SETTINGS: Final = SettingsTable(
    (
        Setting(Point("run", 5005, least=0, most=0xFF), "operation", _either(BEGIN, "running", "stopped")),
        Setting(Point("limit_switch", 5006, least=0, most=0xFF), "power limitation", _either(ON, "on", "off")),
        Setting(Point("limit_pct", 5007, scale=0.1, least=0, most=110), "power limit", percent, 0.05),
    )
)
