"""A GoodWe hybrid inverter as PowerSync steers it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.devices.capabilities import BatteryAbilities, BatteryFacts, Settings
from app.devices.goodwe import registers
from app.devices.goodwe.export_limit import LIMIT_ORDER
from app.devices.goodwe.fields import GoodWeFields, GoodWeSolarFields
from app.devices.goodwe.reading import live_reading_from
from app.devices.goodwe.registers import (
    ALL_SETTINGS,
    CHARGE,
    DEPTH_PCT,
    DISCHARGE,
    EMS,
    LEAST_SOC_PCT,
    MOST_SOC_PCT,
    RATED_W,
    SERIAL,
    WORK_MODE,
    ems_mode_of,
    settings_table,
)
from app.devices.goodwe.targets import target_settings
from app.devices.register_device import RegisterDevice
from app.devices.register_settings import SettingsTable
from app.devices.same_device import SameDevice
from app.domain.opinions import BatteryCommand, BatteryLimits, Charge, Discharge, Hold, SelfConsume
from app.domain.power import LiveReading
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood
from app.transports.modbus import Endpoint, ModbusLink
from app.transports.modbus_udp import UdpLink

VENDOR: Final = "GoodWe inverter"
ABILITIES: Final = BatteryAbilities(
    commands=frozenset({SelfConsume, Hold, Charge, Discharge}),
    settable=ALL_SETTINGS.labels,
    has_power_setpoint=True,
    poll_s=30,
)
TCP_PORT, UDP_PORT = 502, 8899
READ_ALONG: Final = 40  # its blocks answer as a whole, and each request takes its kit a while

_CHARGES: Final = (LEAST_SOC_PCT, DEPTH_PCT, MOST_SOC_PCT)
_INTO_FORCE: Final = (*_CHARGES, *LIMIT_ORDER, WORK_MODE, EMS)
_OUT_OF_FORCE: Final = (EMS, WORK_MODE, *LIMIT_ORDER, *_CHARGES)


class GoodWeHybrid:
    """One ET, EH, BT or BH inverter. Nothing is sent on opening."""

    abilities = ABILITIES

    def __init__(self, link: ModbusLink, unit: int, settings: SettingsTable, capacity_kwh: float | None = None) -> None:
        self._link, self._device, self._settings = link, RegisterDevice(unit, gap=READ_ALONG), settings
        self._same = SameDevice(VENDOR, self._device)
        self._capacity_kwh = capacity_kwh
        self._rated_w: float | None = None

    def read_live(self, now: datetime) -> LiveReading:
        """Power and charge now. Raises a VendorError."""
        with self._link.conversation() as talk:
            found = self._device.read(talk, registers.LIVE)
        return live_reading_from(VENDOR, found, now)

    def read_settings(self) -> Settings:
        """Those of its firmware's settings that the inverter has. Raises a VendorError."""
        with self._link.conversation() as talk:
            self._same.check(talk, SERIAL)
            if self._rated_w is None:
                told: dict[str, Any] = self._device.read(talk, [RATED_W])
                self._rated_w = told["rated_w"]
            settings = self._settings.read(talk, self._device)
        if EMS not in settings:
            raise AnswerNotUnderstood(VENDOR, "it does not tell its energy management mode; is it a hybrid inverter?")
        return settings

    def read_facts(self) -> BatteryFacts:
        """The size, where it was not entered, from the cells' ampere hours at the voltage of the moment. Raises a VendorError."""
        with self._link.conversation() as talk:
            found: dict[str, Any] = self._device.read(talk, registers.FACTS)
        if all(figure is None for figure in found.values()):
            raise AnswerNotUnderstood(VENDOR, "it tells neither its power nor its battery; is it a hybrid inverter?")
        return BatteryFacts(capacity_wh=self._capacity_wh(found), max_charge_w=found["rated_w"], max_discharge_w=found["rated_w"])

    def target(
        self,
        command: BatteryCommand | None,
        limits: BatteryLimits,
        baseline: Settings,
        *,
        now: datetime,
        until: datetime | None,
        zone: ZoneInfo,
    ) -> Settings:
        """Pure but for the rated power, which is read with the first settings: see `target_settings`."""
        return target_settings(command, limits, baseline, self._rated_w)

    def differing(self, wanted: Settings, found: Settings) -> frozenset[str]:
        """Pure."""
        return self._settings.differing(wanted, found)

    def owners(self, found: Settings) -> Settings:
        """Pure: everything; what PowerSync wrote is told apart by what was sent."""
        return found

    def write(self, wanted: Settings, fields: Collection[str], until: datetime | None, *, purpose: str = "command") -> None:
        """Before a charge or discharge its limits; otherwise the mode first and the limits after it. The inverter has no timer, so `until`
        is not used. Raises a VendorError."""
        is_forced = ems_mode_of(wanted.get(EMS, 0)) in (CHARGE, DISCHARGE)
        with self._link.conversation() as talk:
            self._same.check(talk, SERIAL)
            self._settings.write(talk, self._device, wanted, fields, _INTO_FORCE if is_forced else _OUT_OF_FORCE)

    def in_words(self, settings: Settings) -> Mapping[str, str]:
        """Pure: each setting with its value for people."""
        return self._settings.in_words(settings)

    def _capacity_wh(self, found: Mapping[str, Any]) -> float | None:
        if self._capacity_kwh is not None:
            return self._capacity_kwh * 1000
        capacity_ah, battery_v = found["capacity_ah"], found["battery_v"]
        return None if capacity_ah is None or battery_v is None else round(capacity_ah * battery_v, -2)


def open_hybrid(fields: GoodWeFields, context: Context) -> GoodWeHybrid:
    """The driver for one connection."""
    settings = settings_table(is_limit_in_percent=fields.is_limit_in_percent, is_depth=fields.is_depth)
    return GoodWeHybrid(link_to(fields, context), fields.unit_id, settings, fields.capacity_kwh)


def link_to(fields: GoodWeSolarFields, context: Context) -> ModbusLink:
    """The way to it. By UDP an answer comes at once or is lost."""
    if fields.connection == "udp":
        return UdpLink(Endpoint(VENDOR, fields.host, fields.port or UDP_PORT, answer_s=1.0), context)
    return ModbusLink(Endpoint(VENDOR, fields.host, fields.port or TCP_PORT), context)
