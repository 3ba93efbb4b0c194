"""A Sungrow hybrid inverter in the role of a solar inverter: what the home feeds in is limited, its battery goes on as its owner set it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from app.devices.capabilities import Settings
from app.devices.register_device import RegisterDevice
from app.devices.register_settings import SettingsTable
from app.devices.same_device import SameDevice
from app.devices.solar import InverterAbilities, InverterCommand, InverterReading, InverterState
from app.devices.sungrow import hybrid_registers as registers
from app.devices.sungrow.export_limit import ExportRange, narrowed
from app.devices.sungrow.hybrid import VENDOR, endpoint
from app.devices.sungrow.hybrid_fields import HybridFields
from app.devices.sungrow.hybrid_registers import EXPORT_LIMIT, EXPORT_SWITCH, ON
from app.devices.sungrow.serial import SERIAL
from app.domain.opinions import Curtail
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood
from app.transports.modbus import ModbusLink

SETTINGS: Final[SettingsTable] = registers.SETTINGS.only(EXPORT_LIMIT, EXPORT_SWITCH)
ABILITIES: Final = InverterAbilities(settable=SETTINGS.labels, limits_export=True)

_NEAR_W: Final = 100.0  # an export this near to its limit is held by it
_STATES: Final = {
    **dict.fromkeys((0x0000, 0x0040, 0x0080, 0x0800, 0x4000, 0x8100, 0x8200, 0x9100), InverterState.RUNNING),
    **dict.fromkeys((0x0001, 0x0002, 0x0004, 0x1300, 0x1500, 0x8000), InverterState.STOPPED),
    **dict.fromkeys((0x0008, 0x0010, 0x1200, 0x1400), InverterState.ASLEEP),
    **dict.fromkeys((0x0100, 0x5500), InverterState.FAULT),
}


class SungrowHybridSolar:
    """One SH inverter. Nothing is sent on opening."""

    abilities = ABILITIES

    def __init__(self, link: ModbusLink, unit: int, *, is_winet_s: bool = False) -> None:
        self._link, self._device, self._is_winet_s = link, RegisterDevice(unit, fails_at_missing=True), is_winet_s
        self._same = SameDevice(VENDOR, self._device)
        self._allowed: ExportRange | None = None

    def read_status(self, now: datetime) -> InverterReading:
        """What its panels make, and the home's meter. Raises a VendorError."""
        with self._link.conversation() as talk:
            found: dict[str, Any] = self._device.read(talk, registers.SOLAR)
            settings = SETTINGS.read(talk, self._device)
        if all(found[name] is None for name in ("solar_w", "state")):
            raise AnswerNotUnderstood(VENDOR, "its figures cannot be; has its dongle lost the inverter?")
        limit_w = settings.get(EXPORT_LIMIT) if settings.get(EXPORT_SWITCH) == ON else None
        grid_w = -found["export_w"] if found["export_w"] is not None else found["meter_w"]
        return InverterReading(
            taken_at=now,
            state=_state(found, grid_w, limit_w),
            ac_w=found["solar_w"],
            limit_w=limit_w,
            rated_w=found["rated_w"],
            grid_w=grid_w,
            serial=found["serial"],
        )

    def read_settings(self) -> Settings:
        """The export limit and its switch. Raises a VendorError."""
        with self._link.conversation() as talk:
            self._same.check(talk, SERIAL)
            if self._allowed is None:
                told = self._device.read(talk, registers.RATINGS)
                if any(figure is not None for figure in told.values()):
                    self._allowed = self._range(told)
            settings = SETTINGS.read(talk, self._device)
        if not {EXPORT_LIMIT, EXPORT_SWITCH} <= settings.keys():
            raise AnswerNotUnderstood(VENDOR, "it does not tell its export limit; is it a hybrid inverter?")
        return settings

    def target(self, command: InverterCommand | None, baseline: Settings, *, until: datetime | None) -> Settings:
        """Pure but for the range of its export limit, which is read with the first settings. The owner's own limit is never lifted."""
        if not isinstance(command, Curtail):
            return dict(baseline)
        return narrowed(baseline, command.max_w, self._allowed or self._range({}))

    def differing(self, wanted: Settings, found: Settings) -> frozenset[str]:
        """Pure."""
        return SETTINGS.differing(wanted, found)

    def write(self, wanted: Settings, fields: Collection[str], until: datetime | None, *, purpose: str = "command") -> None:
        """The limit, then its switch. The inverter has no timer, so `until` is not used. Raises a VendorError."""
        with self._link.conversation() as talk:
            self._same.check(talk, SERIAL)
            SETTINGS.write(talk, self._device, wanted, fields, (EXPORT_LIMIT, EXPORT_SWITCH))

    def in_words(self, settings: Settings) -> Mapping[str, str]:
        """Pure: each setting with its value for people."""
        return SETTINGS.in_words(settings)

    def _range(self, told: Mapping[str, Any]) -> ExportRange:
        return ExportRange.told(told.get("least_export_w"), told.get("most_export_w"), is_winet_s=self._is_winet_s)


def _state(found: Mapping[str, Any], grid_w: float | None, limit_w: float | None) -> InverterState:
    solar_w = found["solar_w"] or 0.0
    state = _STATES.get(round(found["state"])) if found["state"] is not None else None
    if state is None:
        state = InverterState.RUNNING if solar_w > 0 else InverterState.UNKNOWN
    is_held = limit_w is not None and grid_w is not None and -grid_w >= limit_w - _NEAR_W
    return InverterState.LIMITED if state is InverterState.RUNNING and solar_w > 0 and is_held else state


def open_hybrid_solar(fields: HybridFields, context: Context) -> SungrowHybridSolar:
    """The driver for one connection."""
    return SungrowHybridSolar(ModbusLink(endpoint(fields), context), fields.unit_id, is_winet_s=fields.is_winet_s)
