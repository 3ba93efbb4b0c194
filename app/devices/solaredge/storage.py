"""The storage control of a SolarEdge inverter: who decides what the battery does, and the remote command with its power and its time.

Source: the registers 0xE004 to 0xE011 as implementations use them; all are holding registers, and 32-bit figures have their low word first.
The remote command counts while the control is remote and its time, which each writing of it starts anew, is not out; after that the
inverter does what its default says, which PowerSync leaves to the owner."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from app.devices.command_timer import CommandTimer
from app.devices.register_device import RegisterDevice
from app.devices.register_settings import Setting, SettingsTable
from app.devices.registers import Kind, Point
from app.domain.sentences import kilowatts, percent
from app.transports.modbus import Conversation

CONTROL, GRID_CHARGE, RESERVE_PCT = "storage_control", "grid_charge", "reserve_pct"
COMMAND, CHARGE_W, DISCHARGE_W, TIMER = "remote_command", "remote_charge_w", "remote_discharge_w", "timer"
TIMER_LABEL: Final = "remote command's timer"

SELF_CONSUMPTION, REMOTE = 1, 4  # control
FROM_SUN, FROM_SUN_AND_GRID, DISCHARGE, RUN_THE_HOME = 2, 3, 4, 7  # remote commands
OFF: Final = 0  # of charging from the grid
LARGEST_W: Final = 200_000
TIMEOUT_S: Final = Point("remote_s", 0xE00B, Kind.U32, low_word_first=True, least=0, most=86_400)

_CONTROLS: Final = {0: "off", 1: "maximum self-consumption", 2: "time of use", 3: "backup only", 4: "remote"}
_POLICIES: Final = {0: "not allowed", 1: "always", 2: "up to a yearly amount", 3: "up to a share"}
_COMMANDS: Final = {
    0: "off",
    1: "charge from surplus sun",
    2: "charge from the sun",
    3: "charge from sun and grid",
    4: "discharge to export",
    5: "discharge for the home",
    7: "maximum self-consumption",
}


def _named(names: Mapping[int, str]) -> Any:
    return lambda value: names.get(round(value), f"mode {value:.0f}")


def _power(name: str, address: int) -> Point:
    return Point(name, address, Kind.F32, low_word_first=True, least=0, most=1e7)


SETTINGS: Final = SettingsTable(
    (
        Setting(Point(CONTROL, 0xE004, least=0, most=100), "storage control", _named(_CONTROLS)),
        Setting(Point(GRID_CHARGE, 0xE005, least=0, most=100), "charging from the grid", _named(_POLICIES)),
        Setting(Point(RESERVE_PCT, 0xE008, Kind.F32, low_word_first=True, least=0, most=100), "backup reserve", percent, 0.1),
        Setting(Point(COMMAND, 0xE00D, least=0, most=100), "remote command", _named(_COMMANDS)),
        Setting(_power(CHARGE_W, 0xE00E), "most charging power of a remote command", kilowatts, 0.5),
        Setting(_power(DISCHARGE_W, 0xE010), "most discharging power of a remote command", kilowatts, 0.5),
    )
)
LABELS: Final = {**SETTINGS.labels, TIMER: TIMER_LABEL}
_REMOTE: Final = (COMMAND, CHARGE_W, DISCHARGE_W)
_FIELDS: Final = frozenset({CONTROL, *_REMOTE, TIMER})


def read(talk: Conversation, device: RegisterDevice, timer: CommandTimer) -> dict[str, Any]:
    """What the inverter has of `SETTINGS`, and whether the timer is in order, where the control is remote. Raises a VendorError."""
    settings = SETTINGS.read(talk, device)
    return {**settings, TIMER: int(timer.is_in_order)} if settings.get(CONTROL) == REMOTE else settings


def start(
    talk: Conversation,
    device: RegisterDevice,
    wanted: Mapping[str, Any],
    names: Collection[str],
    timer: CommandTimer,
    until: datetime | None,
) -> None:
    """Put the remote command in force until shortly after `until`, else for the term of `timer`; does nothing where none of it is in
    `names`. The powers go before the command that they bound, and all after the control that makes them count. Raises a VendorError."""
    if not _FIELDS & set(names):
        return
    timer.forget()
    seconds = timer.seconds_for(until)
    SETTINGS.write(talk, device, wanted, names, (CONTROL,))
    device.write(talk, TIMEOUT_S, seconds)
    SETTINGS.write(talk, device, wanted, names, (CHARGE_W, DISCHARGE_W))
    SETTINGS.write(talk, device, wanted, (COMMAND,), (COMMAND,))
    timer.was_set(seconds, until)


def stop(talk: Conversation, device: RegisterDevice, wanted: Mapping[str, Any], names: Collection[str], timer: CommandTimer) -> None:
    """Back to the control that is wanted, and what the remote command was then. Raises a VendorError."""
    if _FIELDS & set(names):
        timer.forget()
    SETTINGS.write(talk, device, wanted, names, (CONTROL, *_REMOTE))


def differing(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> frozenset[str]:
    """Pure: also the timer, where a remote command wants renewing, or none is wanted (None)."""
    late = {TIMER} if TIMER in found and TIMER in wanted and wanted[TIMER] != found[TIMER] else set()
    return SETTINGS.differing(wanted, found) | late


def in_words(settings: Mapping[str, Any]) -> dict[str, str]:
    """Label → value, for people."""
    timer = settings.get(TIMER)
    return {**SETTINGS.in_words(settings), **({} if timer is None else {TIMER_LABEL: "set" if timer else "to be set"})}
