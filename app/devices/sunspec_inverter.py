"""A SunSpec inverter as PowerSync limits it, whatever its brand."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from app.devices import sunspec_limit as limit
from app.devices.capabilities import Settings
from app.devices.command_timer import CommandTimer
from app.devices.register_settings import SettingsTable
from app.devices.solar import InverterAbilities, InverterCommand, InverterReading, InverterState
from app.devices.sunspec_discovery import SunSpecUnit
from app.devices.sunspec_limit import OFF, ON, PCT, REVERT_S, SWITCH, TIMER, Rating
from app.devices.sunspec_models import (
    COMMON,
    CONTROLS,
    CONTROLS_LENGTH,
    INVERTER,
    INVERTER_FLOAT,
    METER,
    METER_FLOAT,
    NAMEPLATE,
    Model,
    exponent_point,
    power_of_ten,
)
from app.transports.errors import AnswerNotUnderstood
from app.transports.modbus import Conversation, ModbusLink

ABILITIES: Final = InverterAbilities(
    settable=limit.LABELS,
    has_timer=True,
    drifts={SWITCH: frozenset({OFF})},  # its timer has ended, or it was restarted
)
SOFT_LIMIT_ABILITIES: Final = InverterAbilities(settable=limit.LABELS, can_limit=False, limits_export=True)

_AT_ITS_LIMIT: Final = 0.9  # of the limit: below that it is the sun that limits
_STATES: Final = {
    1: InverterState.STOPPED,
    2: InverterState.ASLEEP,
    4: InverterState.RUNNING,
    5: InverterState.RUNNING,  # throttled: by a limit, or by heat or the grid
    6: InverterState.STOPPED,
    7: InverterState.FAULT,
    8: InverterState.STOPPED,
}


@dataclass(frozen=True, slots=True)
class Ways:
    """How one inverter wants to be treated. `meter_unit` is a meter at the grid connection whose power is + import; `rated_w` counts where
    the inverter tells none. `is_switched_off_to_change`: a new limit is taken only while none is in force."""

    meter_unit: int | None = None
    rated_w: float | None = None
    is_switched_off_to_change: bool = False
    has_soft_limit: bool = False


@dataclass(frozen=True, slots=True)
class _Controls:
    """The limit as this inverter has it."""

    model: Model
    table: SettingsTable
    rating: Rating
    exponent: int


class SunSpecInverter:
    """One inverter. Nothing is sent on opening. At night it may be asleep and say nothing."""

    def __init__(self, vendor: str, link: ModbusLink, unit: int, ways: Ways, timer: CommandTimer) -> None:
        self.abilities = SOFT_LIMIT_ABILITIES if ways.has_soft_limit else ABILITIES
        self._vendor, self._link, self._ways, self._timer = vendor, link, ways, timer
        self._unit = SunSpecUnit(vendor, unit)
        self._meter = SunSpecUnit(vendor, ways.meter_unit) if ways.meter_unit is not None else None
        self._controls: _Controls | None = None

    def read_status(self, now: datetime) -> InverterReading:
        """What it makes, and what its meter shows. Raises a VendorError."""
        with self._link.conversation() as talk:
            found = self._unit.read(talk, COMMON, INVERTER, INVERTER_FLOAT, NAMEPLATE)
            if found["ac_w"] is None and found["state"] is None:
                raise AnswerNotUnderstood(self._vendor, "it tells neither its power nor its state; is it an inverter?")
            controls = self._controls_of(talk)
            settings = controls.table.read(talk, self._unit.device) if controls is not None else {}
            grid_w = self._meter.read(talk, METER, METER_FLOAT)["meter_w"] if self._meter is not None else None
        rated_w = controls.rating.rated_w if controls is not None else found["rated_w"] or self._ways.rated_w
        limit_w = limit.limit_w_from(settings, rated_w, has_soft_limit=self._ways.has_soft_limit)
        ac_w = found["ac_w"]
        return InverterReading(
            taken_at=now,
            state=_state(found, limit_w, is_export_limit=self._ways.has_soft_limit and settings.get(SWITCH) == OFF),
            ac_w=max(0.0, ac_w) if ac_w is not None else None,  # at night it draws a little
            limit_w=limit_w,
            rated_w=rated_w,
            grid_w=grid_w,
            serial=found["serial"],
            firmware=found["firmware"],
        )

    def read_settings(self) -> Settings:
        """Limit, switch and the time after which they end. Raises a VendorError; AnswerNotUnderstood where it cannot be limited, or nobody
        knows of what the limit is a percentage."""
        with self._link.conversation() as talk:
            controls = self._controls_of(talk)
            if controls is None:
                raise AnswerNotUnderstood(
                    self._vendor, "it shows no power limit, or none of a power that is known; is its control over Modbus switched on?"
                )
            settings = controls.table.read(talk, self._unit.device)
            if not {SWITCH, PCT} <= settings.keys():
                self._unit.forget()
                raise AnswerNotUnderstood(self._vendor, "it does not tell its power limit")
            self._check(talk, controls)
        if settings[SWITCH] == ON and settings.get(REVERT_S):
            settings[TIMER] = int(self._timer.is_in_order)
        return settings

    def target(self, command: InverterCommand | None, baseline: Settings, *, until: datetime | None) -> Settings:
        """Pure but for the rating, which is read with the first settings: see `sunspec_limit.target_settings`. A limit is timed to
        `sunspec_limit.TERM_S` and renewed, whatever `until` is."""
        if self._controls is None:
            raise AnswerNotUnderstood(self._vendor, "its rated power is not known yet")
        return limit.target_settings(command, baseline, self._controls.rating, has_soft_limit=self._ways.has_soft_limit)

    def differing(self, wanted: Settings, found: Settings) -> frozenset[str]:
        """Pure: also the timer, where it wants renewing."""
        return limit.differing(wanted, found)

    def write(self, wanted: Settings, fields: Collection[str], until: datetime | None, *, purpose: str = "command") -> None:
        """A limit is put in force as a whole, its switch last: it takes what stands in the others, and starts the timer. One that ends is
        switched off first. Raises a VendorError; what came before it may have taken."""
        names = set(fields)
        if not names:
            return
        with self._link.conversation() as talk:
            controls = self._controls_of(talk)
            if controls is None:
                raise AnswerNotUnderstood(self._vendor, "it shows no power limit")
            held = self._check(talk, controls)
            self._timer.forget()
            if wanted.get(SWITCH) != ON:
                controls.table.write(talk, self._unit.device, wanted, names, (SWITCH, PCT, REVERT_S))
                return
            if held[limit.SWITCH_OFFSET] == ON and self._ways.is_switched_off_to_change:
                controls.table.write(talk, self._unit.device, {SWITCH: OFF}, (SWITCH,), (SWITCH,))
            order = (PCT, REVERT_S, SWITCH)
            controls.table.write(talk, self._unit.device, wanted, order, order)
            if wanted.get(TIMER):
                self._timer.was_set(limit.TERM_S, None)

    def in_words(self, settings: Settings) -> Mapping[str, str]:
        """Pure: each setting with its value for people."""
        return limit.in_words(settings)

    def _check(self, talk: Conversation, controls: _Controls) -> list[int]:
        """Before the limit is believed or written: the words of its model, where it still stands and counts as it did."""
        held = self._unit.check(talk, controls.model)
        if held[limit.EXPONENT_OFFSET] != controls.exponent:
            self._controls = None
            raise AnswerNotUnderstood(self._vendor, "it counts its power limit otherwise than before")
        return held

    def _controls_of(self, talk: Conversation) -> _Controls | None:
        """None where it cannot be limited, or nobody knows of what the limit is a percentage."""
        if self._controls is None or self._controls.model not in self._unit.models(talk):
            self._controls = None
            model = self._unit.model(talk, {CONTROLS})
            if model is None or model.length < CONTROLS_LENGTH:
                return None
            exponent = self._unit.device.read(talk, [exponent_point(model, limit.EXPONENT_OFFSET)]).popitem()[1]
            rated_w = self._unit.read(talk, NAMEPLATE)["rated_w"] or self._ways.rated_w
            if not isinstance(exponent, float) or rated_w is None:
                return None
            step_pct = power_of_ten(exponent)
            self._controls = _Controls(model, limit.settings_at(model, step_pct), Rating(rated_w, step_pct), round(exponent) & 0xFFFF)
        return self._controls


def _state(found: Mapping[str, Any], limit_w: float | None, *, is_export_limit: bool) -> InverterState:
    ac_w = found["ac_w"] or 0.0
    state = _STATES.get(round(found["state"])) if found["state"] is not None else None
    if state is None:
        return InverterState.RUNNING if ac_w > 0 else InverterState.UNKNOWN
    is_held = limit_w is not None and (is_export_limit or ac_w >= _AT_ITS_LIMIT * limit_w)
    return InverterState.LIMITED if state is InverterState.RUNNING and is_held else state
