"""A Sigenergy plant as PowerSync steers it: over Modbus, and its prices through Sigenergy's cloud."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.devices.capabilities import BatteryAbilities, BatteryFacts, OwnerSetting, PreflightRow, Settings
from app.devices.register_device import RegisterDevice
from app.devices.sigenergy import registers
from app.devices.sigenergy.cloud import Cloud, open_cloud
from app.devices.sigenergy.fields import SigenergyFields
from app.devices.sigenergy.preflight import VENDOR, found_before
from app.devices.sigenergy.reading import EnergyTotals, live_reading_from, totals_from
from app.devices.sigenergy.registers import (
    LEAST_SOC,
    LIMITS,
    LIMITS_OF_MODE,
    MOST_SOC,
    REMOTE_EMS,
    REMOTE_MODE,
    RESERVE,
    SELF_CONSUMPTION,
    SETTINGS,
    WORK_MODE_WORDS,
    WORK_MODES,
)
from app.devices.sigenergy.targets import MODE, Plant, target_settings
from app.devices.sigenergy.tariff import TARIFF
from app.devices.sigenergy.tariff import in_words as tariff_in_words
from app.domain.opinions import BatteryCommand, BatteryLimits, Charge, Discharge, FollowTariff, Hold, SelfConsume
from app.domain.power import LiveReading
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood, RequestRefused, VendorError
from app.transports.modbus import Conversation, Endpoint, ModbusLink

_OF_MODBUS: Final = frozenset({SelfConsume, Hold, Charge, Discharge})
ABILITIES: Final = BatteryAbilities(
    commands=_OF_MODBUS | {FollowTariff},
    settable={**SETTINGS.labels, MODE: "working mode", TARIFF: "prices in the cloud"},
    has_power_setpoint=True,
    poll_s=30,
    settings_poll_s=60,  # the network's service may set the export limit back at any time
    owner_settings=(
        OwnerSetting(RESERVE),
        OwnerSetting(LEAST_SOC),
        OwnerSetting(MOST_SOC),
    ),
)
WITHOUT_CLOUD: Final = replace(ABILITIES, commands=_OF_MODBUS)
NO_CLOUD: Final = "prices go through Sigenergy's cloud, and no mySigen account is entered; enter it under Devices"
_GAP_S: Final = 1.0  # the document's minimum request period


@dataclass(frozen=True, slots=True)
class Units:
    """The Modbus units of one plant."""

    plant: int = 247
    inverter: int = 1


class SigenergyPlant:
    """One plant. Nothing is sent on opening.

    What its cloud holds cannot be read: `tariff` is what this driver sent, {} until it has sent something."""

    def __init__(self, link: ModbusLink, units: Units, cloud: Cloud | None, *, charges_grid_first: bool = False) -> None:
        self.abilities = ABILITIES if cloud is not None else WITHOUT_CLOUD
        self._link, self._cloud = link, cloud
        self._device = RegisterDevice(units.plant, longest=registers.LONGEST, gap=registers.GAP)
        self._inverter = RegisterDevice(units.inverter)
        self._plant = Plant(charges_grid_first=charges_grid_first)
        self._is_rated = False
        self._sent_plan: dict[str, Any] = {}

    def read_live(self, now: datetime) -> LiveReading:
        """Power and charge now. Raises a VendorError."""
        with self._link.conversation() as talk:
            found = self._device.read(talk, registers.LIVE)
        return live_reading_from(found, now)

    def read_settings(self) -> Settings:
        """All of `SETTINGS` that the plant has, its own working mode while that counts, and the prices as sent. Raises a VendorError."""
        with self._link.conversation() as talk:
            settings = self._read_settings(talk)
            if not self._is_rated:
                self._rate(self._device.read(talk, registers.FACTS))
        return settings

    def _read_settings(self, talk: Conversation) -> dict[str, Any]:
        settings = SETTINGS.read(talk, self._device)
        if not {REMOTE_EMS, REMOTE_MODE} <= settings.keys():
            raise AnswerNotUnderstood(VENDOR, "it does not tell its remote control; is the plant's unit id right?")
        work_mode = self._device.read(talk, (registers.WORK_MODE,))[registers.WORK_MODE.name]
        if isinstance(work_mode, float) and settings[REMOTE_EMS] == 0 and round(work_mode) in WORK_MODES:
            settings[MODE] = WORK_MODES[round(work_mode)]
        return {**settings, TARIFF: dict(self._sent_plan)}

    def _rate(self, found: Mapping[str, Any]) -> None:
        """Where it tells nothing just now, it is asked again with the next settings."""
        if any(figure is not None for figure in found.values()):
            self._plant = replace(self._plant, charge_w=found["rated_charge_w"], discharge_w=found["rated_discharge_w"])
            self._is_rated = True

    def read_facts(self) -> BatteryFacts:
        """Raises a VendorError."""
        with self._link.conversation() as talk:
            found: dict[str, Any] = self._device.read(talk, (*registers.FACTS, registers.SOH_PCT))
        if all(found[point.name] is None for point in registers.FACTS):
            raise AnswerNotUnderstood(VENDOR, "it tells neither its power nor the size of its battery; is the plant's unit id right?")
        return BatteryFacts(
            firmware=self._firmware(),
            capacity_wh=found["capacity_wh"],
            max_charge_w=found["rated_charge_w"],
            max_discharge_w=found["rated_discharge_w"],
            soh_pct=found["soh_pct"],
        )

    def _firmware(self) -> str | None:
        """From the inverter's own unit; None where its number is another."""
        try:
            with self._link.conversation() as talk:
                told = self._inverter.read(talk, (registers.FIRMWARE,))[registers.FIRMWARE.name]
        except VendorError:
            return None
        return told if isinstance(told, str) else None

    def read_totals(self) -> EnergyTotals:
        """Energy since the plant was commissioned, and the battery's health. Raises a VendorError."""
        with self._link.conversation() as talk:
            return totals_from(self._device.read(talk, registers.TOTALS))

    def preflight(self) -> tuple[PreflightRow, ...]:
        """What stands in the way of steering. Reads only; a plant that does not answer is a row too."""
        return found_before(self._link, self._device, has_cloud=self._cloud is not None)

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
        """Pure but for the ratings, which are read with the first settings: see `target_settings`."""
        return target_settings(command, limits, baseline, self._plant)

    def differing(self, wanted: Settings, found: Settings) -> frozenset[str]:
        """Pure: prices as they were sent; its own working mode never differs, as nobody but the owner sets it."""
        fields = SETTINGS.differing(wanted, found)
        return fields | {TARIFF} if TARIFF in wanted and TARIFF in found and wanted[TARIFF] != found[TARIFF] else fields

    def owners(self, found: Settings) -> Settings:
        """Pure: `found` without the prices, which are only known where PowerSync sent them."""
        return {name: value for name, value in found.items() if name != TARIFF}

    def write(self, wanted: Settings, fields: Collection[str], until: datetime | None, *, purpose: str = "command") -> None:
        """The plant first, then the prices: a cloud that does not answer must not leave a forced command in force. On the way out a quiet
        mode comes first, then limits and reserve, and remote control last. The plant has no timer: `until` is not used.
        Raises a VendorError."""
        asked = frozenset(fields) & frozenset(wanted)
        if asked - {TARIFF}:
            with self._link.conversation() as talk:
                self._write_plant(talk, wanted, asked)
        if TARIFF in asked:
            self._send_prices(wanted[TARIFF], purpose)

    def _write_plant(self, talk: Conversation, wanted: Settings, asked: frozenset[str]) -> None:
        is_given_back = wanted.get(REMOTE_EMS) == 0
        if is_given_back and REMOTE_EMS in asked:
            SETTINGS.write(talk, self._device, {REMOTE_MODE: SELF_CONSUMPTION}, (REMOTE_MODE,), (REMOTE_MODE,))
            asked = asked - {REMOTE_MODE} if wanted.get(REMOTE_MODE) == SELF_CONSUMPTION else asked | {REMOTE_MODE}
        SETTINGS.write(talk, self._device, wanted, asked, _order_for(wanted))
        if REMOTE_EMS in asked:
            self._keep_the_reserve(talk, wanted)

    def _keep_the_reserve(self, talk: Conversation, wanted: Settings) -> None:
        """A firmware may change the backup reserve when remote control goes on or off."""
        point = SETTINGS.only(RESERVE)
        if RESERVE in wanted and RESERVE in point.differing(wanted, point.read(talk, self._device)):
            point.write(talk, self._device, wanted, (RESERVE,), (RESERVE,))

    def _send_prices(self, plan: Mapping[str, Any], purpose: str) -> None:
        if self._cloud is None:
            raise RequestRefused(VENDOR, NO_CLOUD)
        self._cloud.send_prices(plan, purpose)
        self._sent_plan = dict(plan)

    def in_words(self, settings: Settings) -> Mapping[str, str]:
        """Pure: each setting with its value for people."""
        told = SETTINGS.in_words(settings)
        if MODE in settings:
            told[ABILITIES.settable[MODE]] = WORK_MODE_WORDS.get(settings[MODE], str(settings[MODE]))
        if TARIFF in settings:
            told[ABILITIES.settable[TARIFF]] = tariff_in_words(settings[TARIFF])
        return told


def _order_for(wanted: Settings) -> tuple[str, ...]:
    """A forced mode comes after its own limits and before the others, as the mode before it may still run by those; a quiet one comes
    before all of them. Remote control is left last."""
    if wanted.get(REMOTE_EMS) == 0:
        return (*LIMITS, RESERVE, REMOTE_MODE, REMOTE_EMS)
    own = LIMITS_OF_MODE.get(round(wanted.get(REMOTE_MODE, 0)), ())
    return (*own, REMOTE_EMS, REMOTE_MODE, *(each for each in LIMITS if each not in own), RESERVE)


def open_plant(fields: SigenergyFields, context: Context) -> SigenergyPlant:
    """The driver for one connection."""
    return SigenergyPlant(
        ModbusLink(endpoint(fields), context),
        Units(fields.plant_unit_id, fields.inverter_unit_id),
        open_cloud(fields, context) if fields.has_cloud else None,
        charges_grid_first=fields.charges_grid_first,
    )


def endpoint(fields: SigenergyFields) -> Endpoint:
    """Where it answers, and how often it may be asked."""
    return Endpoint(VENDOR, fields.host, fields.port, gap_s=_GAP_S)
