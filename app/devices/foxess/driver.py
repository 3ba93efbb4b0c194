"""A FoxESS battery as PowerSync steers it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.devices.capabilities import BatteryAbilities, BatteryFacts, OwnerSetting, Settings
from app.devices.command_timer import CommandTimer
from app.devices.foxess import remote
from app.devices.foxess.families import FAMILIES, LEAST_SOC_PCT, MODE, MOST_SOC_PCT, Family
from app.devices.foxess.fields import FoxEssFields
from app.devices.foxess.remote import OFF, ON, REMOTE, REMOTE_W, TIMER
from app.devices.foxess.targets import target_settings
from app.devices.register_device import RegisterDevice
from app.domain.opinions import BatteryCommand, BatteryLimits, Charge, Discharge, Hold, SelfConsume
from app.domain.power import LiveReading
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood
from app.transports.modbus import Endpoint, ModbusLink

VENDOR: Final = "FoxESS inverter"
SOURCE: Final = "foxess"

ABILITIES: Final = BatteryAbilities(
    commands=frozenset({SelfConsume, Hold, Charge, Discharge}),
    settable={**FAMILIES["h3"].settings.labels, **remote.LABELS},
    drifts={REMOTE: frozenset({OFF})},  # its time is out, or it was restarted
    has_timer=True,
    has_power_setpoint=True,
    poll_s=30,
    settings_poll_s=120,
    owner_settings=(
        OwnerSetting(LEAST_SOC_PCT, least=10),
        OwnerSetting(MOST_SOC_PCT, least=10),
    ),
)
_ORDER: Final = (MODE, LEAST_SOC_PCT, MOST_SOC_PCT)


class FoxEss:
    """One inverter with its battery. Nothing is sent on opening."""

    abilities = ABILITIES

    def __init__(self, link: ModbusLink, fields: FoxEssFields, timer: CommandTimer) -> None:
        self._link, self._device, self._fields, self._timer = link, RegisterDevice(fields.unit_id), fields, timer
        self._family = FAMILIES[fields.model]

    def read_live(self, now: datetime) -> LiveReading:
        """Power and charge now. Raises a VendorError."""
        self._timer.told_time(now)
        with self._link.conversation() as talk:
            found = self._device.read(talk, self._family.live)
        return live_reading_from(found, self._family, now)

    def read_settings(self) -> Settings:
        """Work mode, limits of the charge and remote control. Raises a VendorError."""
        with self._link.conversation() as talk:
            settings = {
                **self._family.settings.read(talk, self._device),
                **remote.read(talk, self._device, self._family, self._timer),
            }
        if not {MODE, REMOTE} <= settings.keys():
            raise AnswerNotUnderstood(VENDOR, "it does not tell its work mode and remote control; is the model right?")
        return settings

    def read_facts(self) -> BatteryFacts:
        """What it tells of itself, else what was entered. Raises a VendorError."""
        family = self._family
        with self._link.conversation() as talk:
            found = self._device.read(talk, (family.live[0], *((family.capacity_kwh,) if family.capacity_kwh else ())))
        if all(figure is None for figure in found.values()):
            raise AnswerNotUnderstood(VENDOR, "its figures cannot be; is the model right?")
        told_kwh = found.get("capacity_kwh")
        capacity_kwh = told_kwh if isinstance(told_kwh, float) else self._fields.capacity_kwh
        return BatteryFacts(
            capacity_wh=capacity_kwh * 1000 if capacity_kwh is not None else None,
            max_charge_w=self._fields.rated_w,
            max_discharge_w=self._fields.rated_w,
        )

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
        """Pure: see `target_settings`."""
        return target_settings(command, limits, baseline, self_use=self._family.self_use, rated_w=self._fields.rated_w)

    def differing(self, wanted: Settings, found: Settings) -> frozenset[str]:
        """Pure: also the timer, where a running remote control wants renewing."""
        return self._family.settings.differing(wanted, found) | remote.differing(wanted, found)

    def owners(self, found: Settings) -> Settings:
        """Pure: a remote control ends by itself and is nobody's setting, so that the owner's is off. Its power stays, so that another
        controller's is told from PowerSync's."""
        return {**{name: value for name, value in found.items() if name != TIMER}, REMOTE: OFF}

    def write(self, wanted: Settings, fields: Collection[str], until: datetime | None, *, purpose: str = "command") -> None:
        """Limits of the charge before a remote control that begins, after one that ends. It is timed to `until`, else to the term of
        `CommandTimer`. Raises a VendorError; what came before it may have taken."""
        is_remote, is_wanted = bool(remote.FIELDS & set(fields)), wanted.get(REMOTE) == ON and REMOTE_W in wanted
        with self._link.conversation() as talk:
            if is_remote:
                self._timer.forget()
            if is_remote and not is_wanted:
                remote.stop(talk, self._device, self._family)
            self._family.settings.write(talk, self._device, wanted, fields, _ORDER)
            if is_remote and is_wanted:
                seconds = self._timer.seconds_for(until)
                remote.start(talk, self._device, self._family, wanted[REMOTE_W], seconds)
                self._timer.was_set(seconds, until)

    def in_words(self, settings: Settings) -> Mapping[str, str]:
        """Pure: each setting with its value for people."""
        return {**self._family.settings.in_words(settings), **remote.in_words(settings)}


def live_reading_from(found: Mapping[str, Any], family: Family, now: datetime) -> LiveReading:
    """The reading in the app's signs; a load that the inverter does not tell is what the others add up to. Raises AnswerNotUnderstood when
    nothing that has a "not available" of its own is there."""
    strings = [found[name] for name in family.strings if found[name] is not None]
    if not strings and found["soc_pct"] is None:
        raise AnswerNotUnderstood(VENDOR, "its figures cannot be; is the model right?")
    solar_w, load_w = sum(strings) if strings else None, found.get("load_w")
    powers = (solar_w, found["grid_w"], found["battery_w"])
    if load_w is None and None not in powers:
        load_w = sum(powers)
    return LiveReading(
        taken_at=now,
        source=SOURCE,
        solar_w=solar_w,
        grid_w=found["grid_w"],
        battery_w=found["battery_w"],
        load_w=load_w,
        soc_pct=found["soc_pct"],
    )


def open_foxess(fields: FoxEssFields, context: Context) -> FoxEss:
    """The driver for one connection."""
    # An inverter at its LAN port wants a second after the connection, and a pause between requests.
    link = ModbusLink(Endpoint(VENDOR, fields.host, fields.port, gap_s=0.03, settle_s=1.0), context)
    return FoxEss(link, fields, CommandTimer(context.pace))
