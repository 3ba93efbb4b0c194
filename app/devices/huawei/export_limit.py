"""The export limit of a Huawei inverter, which it holds at its power meter: a way and a figure. PowerSync narrows the owner's limit and
never lifts it.

Where a grid operator's receiver, or a way that is not known here, decides, nothing is written."""

import math
from collections.abc import Collection, Mapping
from typing import Any, Final

from app.devices.huawei.link import VENDOR
from app.devices.huawei.registers import (
    EXPORT_CONTROL,
    EXPORT_LIMIT_PCT,
    EXPORT_LIMIT_W,
    EXPORT_SETTINGS,
    IN_PERCENT,
    IN_WATTS,
    METER_ANSWERS,
    METER_STATE,
    UNLIMITED,
    ZERO_EXPORT,
)
from app.devices.register_device import RegisterDevice
from app.transports.errors import RequestRefused
from app.transports.modbus import Conversation, RegisterRefused

_WAYS: Final = frozenset({UNLIMITED, ZERO_EXPORT, IN_WATTS, IN_PERCENT})
_ILLEGAL_VALUE: Final = 3


def is_ours_to_narrow(settings: Mapping[str, Any]) -> bool:
    """Whether the owner alone decides on the export limit."""
    return settings.get(EXPORT_CONTROL) in _WAYS and EXPORT_LIMIT_W in settings


def narrowed(settings: Mapping[str, Any], limit_w: float, rated_w: float | None) -> dict[str, Any]:
    """`settings` with an export of at most `limit_w`; an owner's limit below that stays. Where an owner's percentage is one of a power
    that nobody knows, nothing is fed in."""
    wanted = dict(settings)
    if not is_ours_to_narrow(settings):
        return wanted
    owners_w = limit_w_in(settings, rated_w)
    if owners_w is None and settings[EXPORT_CONTROL] == IN_PERCENT:
        limit_w = 0
    if owners_w is not None and owners_w <= limit_w:
        return wanted
    if limit_w < 1:
        return {**wanted, EXPORT_CONTROL: ZERO_EXPORT, EXPORT_LIMIT_W: 0}
    return {**wanted, EXPORT_CONTROL: IN_WATTS, EXPORT_LIMIT_W: math.floor(limit_w)}


def limit_w_in(settings: Mapping[str, Any], rated_w: float | None) -> float | None:
    """The limit in force, W; None where there is none, or none that can be told."""
    way = settings.get(EXPORT_CONTROL)
    if way == ZERO_EXPORT:
        return 0.0
    if way == IN_WATTS and EXPORT_LIMIT_W in settings:
        return float(settings[EXPORT_LIMIT_W])
    if way == IN_PERCENT and EXPORT_LIMIT_PCT in settings and rated_w is not None:
        return float(settings[EXPORT_LIMIT_PCT]) / 100 * rated_w
    return None


def differing(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> frozenset[str]:
    """A limit of 0 W is no export, for firmware without a way of that name."""
    is_same = wanted.get(EXPORT_CONTROL) == ZERO_EXPORT and (found.get(EXPORT_CONTROL), found.get(EXPORT_LIMIT_W)) == (IN_WATTS, 0)
    return EXPORT_SETTINGS.differing(wanted, found) - ({EXPORT_CONTROL} if is_same else frozenset())


def check_meter(talk: Conversation, device: RegisterDevice, wanted: Mapping[str, Any], names: Collection[str]) -> None:
    """Before a limit is written: raises RequestRefused where the inverter hears no meter, and other VendorErrors."""
    if EXPORT_CONTROL not in names or wanted.get(EXPORT_CONTROL) == UNLIMITED:
        return
    if device.read(talk, [METER_STATE])[METER_STATE.name] not in (None, METER_ANSWERS):
        raise RequestRefused(VENDOR, "it does not hear its power meter, at which it would hold the export limit")


def write(talk: Conversation, device: RegisterDevice, wanted: Mapping[str, Any], names: Collection[str]) -> None:
    """The figure before the way that it is for. Raises a VendorError."""
    EXPORT_SETTINGS.write(talk, device, wanted, names, (EXPORT_LIMIT_W, EXPORT_LIMIT_PCT))
    try:
        EXPORT_SETTINGS.write(talk, device, wanted, names, (EXPORT_CONTROL,))
    except RegisterRefused as refused:
        if refused.code != _ILLEGAL_VALUE or (wanted.get(EXPORT_CONTROL), wanted.get(EXPORT_LIMIT_W)) != (ZERO_EXPORT, 0):
            raise
        EXPORT_SETTINGS.write(talk, device, {EXPORT_CONTROL: IN_WATTS}, (EXPORT_CONTROL,), (EXPORT_CONTROL,))
