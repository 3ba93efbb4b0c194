"""What stands in the way of steering a Sigenergy plant, as far as reading shows it."""

from collections.abc import Mapping
from typing import Any, Final

from app.devices.capabilities import PreflightRow
from app.devices.register_device import RegisterDevice
from app.devices.sigenergy import registers
from app.devices.sigenergy.registers import AI, REMOTE_EMS, REMOTE_MODE, SETTINGS, WORK_MODE_WORDS, WORK_MODES
from app.transports.errors import VendorError
from app.transports.modbus import ModbusLink

VENDOR: Final = "Sigenergy inverter"

_SERVER, _REMOTE, _OWN_PLAN, _OTHER, _SENSOR = (
    "Modbus server",
    "Remote control",
    "Its own plan",
    "Another controller",
    "Grid sensor",
)


def found_before(link: ModbusLink, device: RegisterDevice, *, has_cloud: bool) -> tuple[PreflightRow, ...]:
    """One row per thing; reads only."""
    try:
        with link.conversation() as talk:
            settings = SETTINGS.read(talk, device)
            watched = device.read(talk, registers.WATCHED)
    except VendorError as error:
        words = f"{error.message[:1].upper()}{error.message[1:].rstrip('.')}. An installer's account switches the Modbus TCP server on."
        return (PreflightRow(_SERVER, "lost", words),)
    rows = [PreflightRow(_SERVER, "ok", f"It answers as unit {device.unit}."), _remote(settings)]
    if REMOTE_EMS in settings:
        rows += [_own_plan(settings, watched, has_cloud=has_cloud), _other(settings)]
    return (*rows, _sensor(watched))


def _remote(settings: Mapping[str, Any]) -> PreflightRow:
    if not {REMOTE_EMS, REMOTE_MODE} <= settings.keys():
        return PreflightRow(_REMOTE, "lost", "Its remote EMS cannot be read. Ask your installer for a firmware with Modbus control.")
    return PreflightRow(_REMOTE, "ok", "It can be read. Whether it may be changed shows with the first command.")


def _own_plan(settings: Mapping[str, Any], watched: Mapping[str, Any], *, has_cloud: bool) -> PreflightRow:
    """With the cloud its own plan is what follows the prices; without it, it is a second mind."""
    if settings[REMOTE_EMS] == 1:
        return PreflightRow(_OWN_PLAN, "ok", "It rests while remote control is on.")
    mode = WORK_MODES.get(round(watched["work_mode"])) if watched["work_mode"] is not None else None
    if mode is None:
        return PreflightRow(_OWN_PLAN, "late", "It does not tell its working mode.")
    named = WORK_MODE_WORDS[mode]
    if has_cloud:
        if mode == AI:
            return PreflightRow(_OWN_PLAN, "ok", f"{named} is on and plans by the prices that PowerSync sends.")
        return PreflightRow(_OWN_PLAN, "late", f"Its mode is {named}. It follows prices in Sigen AI mode alone: choose that in mySigen.")
    if mode == AI:
        words = f"{named} is on: whenever PowerSync does not steer, it plans by itself. Choose another mode in mySigen for one plan alone."
        return PreflightRow(_OWN_PLAN, "late", words)
    return PreflightRow(_OWN_PLAN, "ok", f"Sigen AI is off; its mode is {named}.")


def _other(settings: Mapping[str, Any]) -> PreflightRow:
    if settings[REMOTE_EMS] == 1:
        words = "Remote control is on already. Unless PowerSync is steering now, another program or a virtual power plant is."
        return PreflightRow(_OTHER, "late", words)
    return PreflightRow(_OTHER, "ok", "None is seen.")


def _sensor(watched: Mapping[str, Any]) -> PreflightRow:
    if watched["grid_sensor"] is None:
        return PreflightRow(_SENSOR, "late", "It does not tell whether one is connected. Without one an export limit does nothing.")
    if watched["grid_sensor"] == 0:
        return PreflightRow(_SENSOR, "late", "None is connected: an export limit does nothing, and grid power is not measured.")
    return PreflightRow(_SENSOR, "ok", "It is connected.")
