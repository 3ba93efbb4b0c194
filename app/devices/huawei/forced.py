"""The forcible charge or discharge of a Huawei inverter: a command, its power, and the minutes that it is in force.

Power and minutes count from the moment that the command is written, last of all; writing both again renews it."""

import math
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from app.devices.command_timer import CommandTimer
from app.devices.huawei.registers import (
    CHARGE,
    DISCHARGE,
    FORCED,
    FORCED_CHARGE_W,
    FORCED_DISCHARGE_W,
    FORCED_MINUTES,
    FORCED_TO_CHARGE,
    SETTINGS,
    STOP,
)
from app.devices.register_device import RegisterDevice
from app.transports.modbus import Conversation

TIMER: Final = "timer"
LABEL: Final = "forced command's timer"
POWERS: Final = (FORCED_CHARGE_W, FORCED_DISCHARGE_W, FORCED_TO_CHARGE)
FIELDS: Final = frozenset({FORCED, *POWERS, TIMER})


def is_wanted(wanted: Mapping[str, Any]) -> bool:
    """Pure: whether these settings force the battery."""
    return wanted.get(FORCED) in (CHARGE, DISCHARGE)


def with_timer(settings: Mapping[str, Any], timer: CommandTimer) -> dict[str, Any]:
    """What the inverter holds, and whether its timer is in order, where one runs."""
    return {**settings, TIMER: int(timer.is_in_order)} if settings.get(FORCED, STOP) != STOP else dict(settings)


def start(
    talk: Conversation,
    device: RegisterDevice,
    wanted: Mapping[str, Any],
    names: Collection[str],
    timer: CommandTimer,
    until: datetime | None,
) -> None:
    """Put it in force until shortly after `until`, else for the term of `timer`. Raises a VendorError."""
    minutes = math.ceil(timer.seconds_for(until) / 60)
    SETTINGS.write(talk, device, wanted, names, POWERS)
    device.write(talk, FORCED_MINUTES, minutes, as_single=True)
    SETTINGS.write(talk, device, wanted, (FORCED,), (FORCED,))
    timer.was_set(minutes * 60, until)


def differing(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> frozenset[str]:
    """Pure: the timer, where a running command wants renewing, or none is wanted (None)."""
    return frozenset({TIMER}) if TIMER in found and TIMER in wanted and wanted[TIMER] != found[TIMER] else frozenset()


def in_words(settings: Mapping[str, Any]) -> dict[str, str]:
    """Label → value, for people."""
    timer = settings.get(TIMER)
    return {} if timer is None else {LABEL: "set" if timer else "to be set"}
