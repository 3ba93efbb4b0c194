"""A SolarEdge inverter in the role of a solar inverter: what the home feeds in is limited, a battery goes on as its owner set it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from app.devices.capabilities import Settings
from app.devices.solar import InverterAbilities, InverterCommand, InverterReading, InverterState
from app.devices.solaredge import site_limit
from app.devices.solaredge.batteries import battery_w_in, points
from app.devices.solaredge.fields import SolarEdgeFields
from app.devices.solaredge.unit import VENDOR, SolarEdgeUnit, link_to
from app.domain.opinions import Curtail
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood, RequestRefused
from app.transports.modbus import ModbusLink

ABILITIES: Final = InverterAbilities(
    settable=site_limit.LABELS,
    limits_export=True,
    drifts={site_limit.SWITCH: frozenset({0})},  # some firmware falls back to no export limit
)

_NEAR_W: Final = 100.0  # an export this near to its limit is held by it
_STATES: Final = {
    1: InverterState.STOPPED,
    2: InverterState.ASLEEP,
    4: InverterState.RUNNING,
    5: InverterState.RUNNING,  # throttled: by a limit, or by heat or the grid
    6: InverterState.STOPPED,
    7: InverterState.FAULT,
    8: InverterState.STOPPED,
}


class SolarEdgeSolar:
    """One inverter. Nothing is sent on opening."""

    abilities = ABILITIES

    def __init__(self, link: ModbusLink, unit: SolarEdgeUnit) -> None:
        self._link, self._unit = link, unit

    def read_status(self, now: datetime) -> InverterReading:
        """What its panels make, and the home's meter. Raises a VendorError."""
        with self._link.conversation() as talk:
            found = self._unit.read(talk)
            if found["ac_w"] is None and found["state"] is None:
                raise AnswerNotUnderstood(VENDOR, "it tells neither its power nor its state; is it an inverter?")
            # The limit is read along, so that places without a battery are learnt: those of a device that tells nothing are not.
            battery_w = battery_w_in(self._unit.device.read(talk, (site_limit.CONTROL, *points())))
            settings = site_limit.read(talk, self._unit.device)
        limit_w = site_limit.limit_w_in(settings)
        solar_w = None if found["ac_w"] is None else max(0.0, found["ac_w"] - (battery_w or 0.0))
        return InverterReading(
            taken_at=now,
            state=_state(found, solar_w, limit_w),
            ac_w=solar_w,
            limit_w=limit_w,
            grid_w=found["grid_w"],
            serial=found["serial"],
            firmware=found["firmware"],
        )

    def read_settings(self) -> Settings:
        """The site limit. Raises a VendorError."""
        with self._link.conversation() as talk:
            self._unit.check(talk)
            settings = site_limit.read(talk, self._unit.device)
        if not settings:
            raise AnswerNotUnderstood(VENDOR, "it does not tell its site limit; does its firmware have one?")
        return settings

    def target(self, command: InverterCommand | None, baseline: Settings, *, until: datetime | None) -> Settings:
        """Pure. The owner's own limit is never lifted. Raises RequestRefused where the limit is one of what the inverter makes."""
        if not isinstance(command, Curtail):
            return dict(baseline)
        if not site_limit.is_ours_to_narrow(baseline):
            raise RequestRefused(VENDOR, "its site limit bounds what it makes, not what the home feeds in; PowerSync leaves that alone")
        return site_limit.narrowed(baseline, command.max_w)

    def differing(self, wanted: Settings, found: Settings) -> frozenset[str]:
        """Pure."""
        return site_limit.differing(wanted, found)

    def write(self, wanted: Settings, fields: Collection[str], until: datetime | None, *, purpose: str = "command") -> None:
        """The limit, then its switch. The limit has no timer, so `until` is not used. Raises a VendorError; RequestRefused where it shows
        no meter that a limit could be held at."""
        with self._link.conversation() as talk:
            self._unit.check(talk)
            if purpose != "restore" and site_limit.puts_in_force(wanted, fields):
                self._unit.check_meter(talk)
            site_limit.write(talk, self._unit.device, wanted, fields)

    def in_words(self, settings: Settings) -> Mapping[str, str]:
        """Pure: each setting with its value for people."""
        return site_limit.in_words(settings)


def _state(found: Mapping[str, Any], solar_w: float | None, limit_w: float | None) -> InverterState:
    state = _STATES.get(round(found["state"])) if found["state"] is not None else None
    if state is None:
        state = InverterState.RUNNING if solar_w else InverterState.UNKNOWN
    is_held = limit_w is not None and found["grid_w"] is not None and -found["grid_w"] >= limit_w - _NEAR_W
    return InverterState.LIMITED if state is InverterState.RUNNING and solar_w and is_held else state


def open_solar(fields: SolarEdgeFields, context: Context) -> SolarEdgeSolar:
    """The driver for one connection."""
    return SolarEdgeSolar(link_to(fields, context), SolarEdgeUnit(fields))
