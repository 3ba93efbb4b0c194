"""A Huawei inverter in the role of a solar inverter: what the home feeds in is limited, a battery goes on as its owner set it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from app.devices.capabilities import Settings
from app.devices.huawei import export_limit, registers
from app.devices.huawei.fields import HuaweiSolarFields
from app.devices.huawei.link import VENDOR, device_at, in_words, link_to
from app.devices.huawei.reading import grid_w_in
from app.devices.huawei.registers import EXPORT_CONTROL, EXPORT_LIMIT_W, EXPORT_SETTINGS, OFFLINE, RATED_W, SERIAL
from app.devices.register_device import RegisterDevice
from app.devices.same_device import SameDevice
from app.devices.solar import InverterAbilities, InverterCommand, InverterReading, InverterState
from app.domain.opinions import Curtail
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood, RequestRefused
from app.transports.modbus import ModbusLink

ABILITIES: Final = InverterAbilities(settable=EXPORT_SETTINGS.labels, limits_export=True)

_NEAR_W: Final = 100.0  # an export this near to its limit is held by it
_STATES: Final = {
    **dict.fromkeys((0x0200, 0x0202, 0x0203, 0x0A00), InverterState.RUNNING),
    0x0201: InverterState.LIMITED,
    **dict.fromkeys((0x0002, 0xA000), InverterState.ASLEEP),  # waits for the sun
    **dict.fromkeys((0x0000, 0x0001, 0x0003, 0x0301, 0x0304, 0x030C), InverterState.STOPPED),
    **dict.fromkeys((0x0300, 0x0303), InverterState.FAULT),
}


class HuaweiSolar:
    """One SUN2000 inverter. Nothing is sent on opening. At night one without a battery is asleep and says nothing."""

    abilities = ABILITIES

    def __init__(self, link: ModbusLink, device: RegisterDevice) -> None:
        self._link, self._device = link, device
        self._same = SameDevice(VENDOR, device)
        self._rated_w: float | None = None

    def read_status(self, now: datetime) -> InverterReading:
        """What it makes, and the home's meter. Raises a VendorError."""
        with self._link.conversation() as talk:
            found: dict[str, Any] = self._device.read(talk, registers.SOLAR)
            settings = EXPORT_SETTINGS.read(talk, self._device)
        if found["state"] is None and found["rated_w"] is None:
            raise AnswerNotUnderstood(VENDOR, "its figures cannot be; has its dongle lost the inverter?")
        grid_w = grid_w_in(found)
        limit_w = export_limit.limit_w_in(settings, found["rated_w"])
        has_battery = found["battery_state"] not in (None, OFFLINE)
        made_w = found["solar_w"] if has_battery else found["ac_w"]  # what a battery gives is not made by the sun
        return InverterReading(
            taken_at=now,
            state=_state(found, made_w, grid_w, limit_w),
            ac_w=max(0.0, made_w) if made_w is not None else None,
            limit_w=limit_w,
            rated_w=found["rated_w"],
            grid_w=grid_w,
            serial=found["serial"],
        )

    def read_settings(self) -> Settings:
        """The export limit and its way. Raises a VendorError."""
        with self._link.conversation() as talk:
            self._same.check(talk, SERIAL)
            if self._rated_w is None:
                told: dict[str, Any] = self._device.read(talk, [RATED_W])
                self._rated_w = told["rated_w"]
            settings = EXPORT_SETTINGS.read(talk, self._device)
        if not {EXPORT_CONTROL, EXPORT_LIMIT_W} <= settings.keys():
            raise AnswerNotUnderstood(VENDOR, "it does not tell its export limit; is it a SUN2000 inverter?")
        return settings

    def target(self, command: InverterCommand | None, baseline: Settings, *, until: datetime | None) -> Settings:
        """Pure but for the rated power, which is read with the first settings. The owner's own limit is never lifted. Raises
        RequestRefused where somebody else than the owner decides on the export."""
        if not isinstance(command, Curtail):
            return dict(baseline)
        if not export_limit.is_ours_to_narrow(baseline):
            way = EXPORT_SETTINGS.in_words(baseline).get("export limitation", "not told")
            raise RequestRefused(VENDOR, f"its export is limited in a way that PowerSync leaves alone ({way})")
        return export_limit.narrowed(baseline, command.max_w, self._rated_w)

    def differing(self, wanted: Settings, found: Settings) -> frozenset[str]:
        """Pure."""
        return export_limit.differing(wanted, found)

    def write(self, wanted: Settings, fields: Collection[str], until: datetime | None, *, purpose: str = "command") -> None:
        """The figure, then the way. The limit has no timer, so `until` is not used. Raises a VendorError; RequestRefused where the
        inverter hears no meter."""
        with self._link.conversation() as talk, in_words():
            self._same.check(talk, SERIAL)
            if purpose != "restore":
                export_limit.check_meter(talk, self._device, wanted, fields)
            export_limit.write(talk, self._device, wanted, fields)

    def in_words(self, settings: Settings) -> Mapping[str, str]:
        """Pure: each setting with its value for people."""
        return EXPORT_SETTINGS.in_words(settings)


def _state(found: Mapping[str, Any], made_w: float | None, grid_w: float | None, limit_w: float | None) -> InverterState:
    state = _STATES.get(round(found["state"])) if found["state"] is not None else None
    if state is None:
        state = InverterState.RUNNING if made_w is not None and made_w > 0 else InverterState.UNKNOWN
    is_held = limit_w is not None and grid_w is not None and -grid_w >= limit_w - _NEAR_W
    return InverterState.LIMITED if state is InverterState.RUNNING and made_w and is_held else state


def open_solar(fields: HuaweiSolarFields, context: Context) -> HuaweiSolar:
    """The driver for one connection."""
    return HuaweiSolar(link_to(fields, context), device_at(fields))
