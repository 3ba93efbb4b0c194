"""A Sungrow string inverter as PowerSync limits it."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from app.devices.capabilities import Settings
from app.devices.register_device import RegisterDevice
from app.devices.registers import Space
from app.devices.same_device import SameDevice
from app.devices.solar import InverterAbilities, InverterCommand, InverterReading, InverterState
from app.devices.sungrow.serial import SERIAL
from app.devices.sungrow.string_fields import StringFields
from app.devices.sungrow.string_registers import BEGIN, ON, SETTINGS, STATES, figures
from app.devices.sungrow.string_targets import limit_from, target_settings
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood
from app.transports.modbus import Conversation, Endpoint, ModbusLink, RegisterRefused

VENDOR: Final = "Sungrow string inverter"
ABILITIES: Final = InverterAbilities(settable=SETTINGS.labels)

_NOT_HERE: Final = frozenset({1, 2})  # function or register: its figures may stand in the other space
_AT_ITS_LIMIT: Final = 0.9  # of the limit: below that it is the sun that limits


class SungrowString:
    """One SG inverter. Nothing is sent on opening. At night it is asleep and says nothing."""

    abilities = ABILITIES

    def __init__(self, link: ModbusLink, unit: int, rated_w: int | None, *, is_stopped_at_zero: bool) -> None:
        self._link, self._device = link, RegisterDevice(unit, fails_at_missing=True)
        self._same = SameDevice(VENDOR, self._device)
        self._rated_w: float | None = rated_w
        self._is_stopped_at_zero = is_stopped_at_zero
        self._space: Space | None = None  # where this firmware keeps its figures

    def read_status(self, now: datetime) -> InverterReading:
        """What it makes. Raises a VendorError."""
        with self._link.conversation() as talk:
            found = self._figures(talk)
            settings = SETTINGS.read(talk, self._device)
        limit_w = limit_from(settings, self._rated_w)
        return InverterReading(
            taken_at=now,
            state=_state(found, limit_w),
            ac_w=found["ac_w"],
            limit_w=limit_w,
            rated_w=self._rated_w,
            grid_w=found["meter_w"],
            serial=found["serial"],
        )

    def read_settings(self) -> Settings:
        """Operation and limit. Raises a VendorError; AnswerNotUnderstood where nobody knows of what the limit is a percentage."""
        with self._link.conversation() as talk:
            if self._rated_w is None or self._space is None:
                self._figures(talk)
            self._check_that_it_is_the_same(talk)
            settings = SETTINGS.read(talk, self._device)
        if not {"limit_switch", "limit_pct"} <= settings.keys():
            raise AnswerNotUnderstood(VENDOR, "it does not tell its power limit; is it a string inverter?")
        if self._rated_w is None:
            raise AnswerNotUnderstood(VENDOR, "it does not tell its rated power; enter it with its address")
        return settings

    def target(self, command: InverterCommand | None, baseline: Settings, *, until: datetime | None) -> Settings:
        """Pure but for the rated power, which is entered or read with the first settings: see `target_settings`."""
        if self._rated_w is None:
            raise AnswerNotUnderstood(VENDOR, "its rated power is not known yet")
        return target_settings(command, baseline, self._rated_w, is_stopped_at_zero=self._is_stopped_at_zero)

    def differing(self, wanted: Settings, found: Settings) -> frozenset[str]:
        """Pure."""
        return SETTINGS.differing(wanted, found)

    def write(self, wanted: Settings, fields: Collection[str], until: datetime | None, *, purpose: str = "command") -> None:
        """The switch on before a limit, off after it; a start before that, a stop after it. The inverter has no timer, so `until` is not
        used. Raises a VendorError."""
        limits = ("limit_switch", "limit_pct") if wanted.get("limit_switch") == ON else ("limit_pct", "limit_switch")
        order = ("run", *limits) if wanted.get("run") == BEGIN else (*limits, "run")
        with self._link.conversation() as talk:
            self._check_that_it_is_the_same(talk)
            SETTINGS.write(talk, self._device, wanted, fields, order)

    def in_words(self, settings: Settings) -> Mapping[str, str]:
        """Pure: each setting with its value for people."""
        return SETTINGS.in_words(settings)

    def _check_that_it_is_the_same(self, talk: Conversation) -> None:
        self._same.check(talk, replace(SERIAL, space=self._space or Space.INPUT))

    def _figures(self, talk: Conversation) -> dict[str, Any]:
        """Its figures, wherever this firmware keeps them. Raises a VendorError."""
        for space in (Space.INPUT, Space.HOLDING) if self._space is None else (self._space,):
            try:
                found: dict[str, Any] = self._device.read(talk, figures(space))
            except RegisterRefused as refused:
                if refused.code not in _NOT_HERE:
                    raise
                continue
            if found["ac_w"] is not None or found["state"] is not None:
                self._space = space
                self._rated_w = self._rated_w or found["rated_w"]
                return found
        raise AnswerNotUnderstood(VENDOR, "it tells neither its power nor its state; is it a string inverter?")


def _state(found: Mapping[str, Any], limit_w: float | None) -> InverterState:
    ac_w = found["ac_w"] or 0.0
    state = STATES.get(round(found["state"])) if found["state"] is not None else None
    if state is None:
        state = InverterState.RUNNING if ac_w > 0 else InverterState.UNKNOWN
    if state is InverterState.RUNNING and limit_w is not None and ac_w >= _AT_ITS_LIMIT * limit_w:
        return InverterState.LIMITED
    return state


def open_string(fields: StringFields, context: Context) -> SungrowString:
    """The driver for one connection."""
    # A WiNet-S loses requests that follow one another faster.
    link = ModbusLink(Endpoint(VENDOR, fields.host, fields.port, gap_s=0.03, answer_s=10.0), context)
    return SungrowString(link, fields.unit_id, fields.rated_w, is_stopped_at_zero=fields.is_stopped_at_zero)
