"""A GoodWe hybrid inverter in the role of a solar inverter: what the home feeds in is limited, its battery goes on as its owner set it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from app.devices.capabilities import Settings
from app.devices.goodwe import registers
from app.devices.goodwe.export_limit import LIMIT_ORDER, limit_w_in, narrowed
from app.devices.goodwe.fields import GoodWeSolarFields
from app.devices.goodwe.hybrid import READ_ALONG, VENDOR, link_to
from app.devices.goodwe.reading import grid_w_in, solar_w_in
from app.devices.goodwe.registers import ALL_SETTINGS, EXPORT_LIMIT_PCT, EXPORT_LIMIT_W, EXPORT_SWITCH, RATED_W
from app.devices.register_device import RegisterDevice
from app.devices.same_device import SameDevice
from app.devices.solar import InverterAbilities, InverterCommand, InverterReading, InverterState
from app.domain.opinions import Curtail
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood
from app.transports.modbus import ModbusLink

ABILITIES: Final = InverterAbilities(settable=ALL_SETTINGS.only(*LIMIT_ORDER).labels, limits_export=True)

_NEAR_W: Final = 100.0  # an export this near to its limit is held by it
_STATES: Final = {
    0: InverterState.ASLEEP,  # waits for the sun
    1: InverterState.RUNNING,
    2: InverterState.RUNNING,
    3: InverterState.FAULT,
}


class GoodWeHybridSolar:
    """One ET, EH, BT or BH inverter. Nothing is sent on opening."""

    abilities = ABILITIES

    def __init__(self, link: ModbusLink, unit: int, *, is_limit_in_percent: bool = False) -> None:
        self._link, self._device = link, RegisterDevice(unit, gap=READ_ALONG)
        self._same = SameDevice(VENDOR, self._device)
        self._limit = EXPORT_LIMIT_PCT if is_limit_in_percent else EXPORT_LIMIT_W
        self._settings = ALL_SETTINGS.only(self._limit, EXPORT_SWITCH)
        self._rated_w: float | None = None

    def read_status(self, now: datetime) -> InverterReading:
        """What its panels make, and the home's meter. Raises a VendorError."""
        with self._link.conversation() as talk:
            found: dict[str, Any] = self._device.read(talk, registers.SOLAR)
            settings = self._settings.read(talk, self._device)
        solar_w, grid_w = solar_w_in(found), grid_w_in(found)
        if solar_w is None and found["state"] is None and found["grid_state"] is None:
            raise AnswerNotUnderstood(VENDOR, "its figures cannot be; has its kit lost the inverter?")
        limit_w = limit_w_in(settings, found["rated_w"])
        return InverterReading(
            taken_at=now,
            state=_state(found, solar_w, grid_w, limit_w),
            ac_w=solar_w,
            limit_w=limit_w,
            rated_w=found["rated_w"],
            grid_w=grid_w,
            serial=found["serial"],
        )

    def read_settings(self) -> Settings:
        """The export limit and its switch. Raises a VendorError."""
        with self._link.conversation() as talk:
            self._same.check(talk, registers.SERIAL)
            if self._rated_w is None:
                told: dict[str, Any] = self._device.read(talk, [RATED_W])
                self._rated_w = told["rated_w"]
            settings = self._settings.read(talk, self._device)
        if not {self._limit, EXPORT_SWITCH} <= settings.keys():
            raise AnswerNotUnderstood(VENDOR, "it does not tell its export limit; is it a hybrid inverter, and is the limit's unit right?")
        if self._limit == EXPORT_LIMIT_PCT and self._rated_w is None:
            raise AnswerNotUnderstood(VENDOR, "it does not tell its rated power, of which its export limit is a percentage")
        return settings

    def target(self, command: InverterCommand | None, baseline: Settings, *, until: datetime | None) -> Settings:
        """Pure but for the rated power, which is read with the first settings. The owner's own limit is never lifted."""
        return narrowed(baseline, command.max_w, self._rated_w) if isinstance(command, Curtail) else dict(baseline)

    def differing(self, wanted: Settings, found: Settings) -> frozenset[str]:
        """Pure."""
        return self._settings.differing(wanted, found)

    def write(self, wanted: Settings, fields: Collection[str], until: datetime | None, *, purpose: str = "command") -> None:
        """The limit, then its switch. The inverter has no timer, so `until` is not used. Raises a VendorError."""
        with self._link.conversation() as talk:
            self._same.check(talk, registers.SERIAL)
            self._settings.write(talk, self._device, wanted, fields, LIMIT_ORDER)

    def in_words(self, settings: Settings) -> Mapping[str, str]:
        """Pure: each setting with its value for people."""
        return self._settings.in_words(settings)


def _state(found: Mapping[str, Any], solar_w: float | None, grid_w: float | None, limit_w: float | None) -> InverterState:
    state = _STATES.get(round(found["state"]), InverterState.UNKNOWN) if found["state"] is not None else InverterState.UNKNOWN
    is_held = limit_w is not None and grid_w is not None and -grid_w >= limit_w - _NEAR_W
    return InverterState.LIMITED if state is InverterState.RUNNING and solar_w and is_held else state


def open_hybrid_solar(fields: GoodWeSolarFields, context: Context) -> GoodWeHybridSolar:
    """The driver for one connection."""
    return GoodWeHybridSolar(link_to(fields, context), fields.unit_id, is_limit_in_percent=fields.is_limit_in_percent)
