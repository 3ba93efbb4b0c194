"""An AlphaESS battery as PowerSync steers it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.devices.alphaess import dispatch, registers
from app.devices.alphaess.dispatch import DISPATCH, TIMER
from app.devices.alphaess.fields import AlphaEssFields
from app.devices.alphaess.registers import FEED_IN_PCT, MOST_SOC_PCT, OFF, PERIODS, RESERVE_PCT, SETTINGS
from app.devices.alphaess.targets import USUAL_W, Ratings, target_settings
from app.devices.capabilities import BatteryAbilities, BatteryFacts, OwnerSetting, Settings
from app.devices.command_timer import CommandTimer
from app.devices.register_device import RegisterDevice
from app.domain.opinions import BatteryCommand, BatteryLimits, Charge, Discharge, Hold, SelfConsume
from app.domain.power import LiveReading
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood
from app.transports.modbus import Endpoint, ModbusLink

VENDOR: Final = "AlphaESS inverter"
SOURCE: Final = "alphaess"

ABILITIES: Final = BatteryAbilities(
    commands=frozenset({SelfConsume, Hold, Charge, Discharge}),
    settable={**SETTINGS.labels, **dispatch.LABELS},
    drifts={DISPATCH: frozenset({OFF})},  # its timer has ended, or it was restarted
    has_timer=True,
    has_power_setpoint=True,
    poll_s=30,
    settings_poll_s=120,
    owner_settings=(
        OwnerSetting(RESERVE_PCT, least=4),
        OwnerSetting(FEED_IN_PCT, help="Of the inverter's power."),
    ),
)
_ORDER: Final = (PERIODS, RESERVE_PCT, MOST_SOC_PCT, FEED_IN_PCT)


class AlphaEss:
    """One inverter with its battery. Nothing is sent on opening."""

    abilities = ABILITIES

    def __init__(self, link: ModbusLink, fields: AlphaEssFields, timer: CommandTimer) -> None:
        self._link, self._device, self._fields, self._timer = link, RegisterDevice(fields.unit_id), fields, timer
        self._ratings: Ratings | None = None

    def read_live(self, now: datetime) -> LiveReading:
        """Power and charge now. Raises a VendorError."""
        self._timer.told_time(now)
        with self._link.conversation() as talk:
            found = self._device.read(talk, registers.LIVE)
        return live_reading_from(found, now)

    def read_settings(self) -> Settings:
        """All of `SETTINGS` that the inverter has, and its dispatch. Raises a VendorError."""
        with self._link.conversation() as talk:
            if self._ratings is None:
                self._ratings = self._ratings_from(self._device.read(talk, registers.RATINGS))
            settings = {**SETTINGS.read(talk, self._device), **dispatch.read(talk, self._device, self._timer)}
        if DISPATCH not in settings:
            raise AnswerNotUnderstood(VENDOR, "it does not tell its dispatch; is it an AlphaESS hybrid inverter?")
        return settings

    def read_facts(self) -> BatteryFacts:
        """Raises a VendorError."""
        with self._link.conversation() as talk:
            found = self._device.read(talk, registers.FACTS)
        if all(figure is None for figure in found.values()):
            raise AnswerNotUnderstood(VENDOR, "it tells neither its power nor the size of its battery")
        capacity_kwh = _figure(found["capacity_kwh"])
        return BatteryFacts(
            capacity_wh=capacity_kwh * 1000 if capacity_kwh is not None else None,
            max_charge_w=_figure(found["most_charge_w"]),
            max_discharge_w=_figure(found["most_discharge_w"]),
        )

    def _ratings_from(self, found: Mapping[str, Any]) -> Ratings | None:
        """None where it tells nothing of itself just now: asked again with the next settings."""
        if all(figure is None for figure in found.values()):
            return None
        told_w = max((found[name] for name in ("panels_w", "most_discharge_w") if found[name] is not None), default=None)
        return Ratings(
            most_charge_w=found["most_charge_w"] or USUAL_W,
            most_discharge_w=found["most_discharge_w"] or USUAL_W,
            panels_w=found["panels_w"],
            full_feed_in_w=self._fields.full_feed_in_w or told_w,
            keeps_limit_in_command=self._fields.keeps_limit_in_command,
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
        """Pure but for the ratings, which are read with the first settings: see `target_settings`."""
        ratings = self._ratings or Ratings(keeps_limit_in_command=self._fields.keeps_limit_in_command)
        return target_settings(command, limits, baseline, ratings)

    def differing(self, wanted: Settings, found: Settings) -> frozenset[str]:
        """Pure: also the timer, where a running dispatch wants renewing."""
        return SETTINGS.differing(wanted, found) | dispatch.differing(wanted, found)

    def owners(self, found: Settings) -> Settings:
        """Pure: a dispatch ends by itself and is nobody's setting, so that the owner's is none. Its figures stay, so that another
        controller's are told from PowerSync's."""
        return {**{name: value for name, value in found.items() if name != TIMER}, DISPATCH: OFF}

    def write(self, wanted: Settings, fields: Collection[str], until: datetime | None, *, purpose: str = "command") -> None:
        """A dispatch that ends is stopped first, as it stands above the limits; one that begins comes after them. It is timed to `until`,
        else to the term of `CommandTimer`. Raises a VendorError; what came before it may have taken."""
        is_dispatch, is_wanted = bool(dispatch.FIELDS & set(fields)), dispatch.is_complete(wanted)
        with self._link.conversation() as talk:
            if is_dispatch:
                self._timer.forget()
            if is_dispatch and not is_wanted:
                dispatch.stop(talk, self._device)
            SETTINGS.write(talk, self._device, wanted, fields, _ORDER)
            if is_dispatch and is_wanted:
                seconds = self._timer.seconds_for(until)
                dispatch.start(talk, self._device, wanted, seconds)
                self._timer.was_set(seconds, until)

    def in_words(self, settings: Settings) -> Mapping[str, str]:
        """Pure: each setting with its value for people."""
        return {**SETTINGS.in_words(settings), **dispatch.in_words(settings)}


def live_reading_from(found: Mapping[str, Any], now: datetime) -> LiveReading:
    """The reading in the app's signs, which are the inverter's own. The sun is the sum of the strings and of the meter of another inverter;
    the load is what they add up to. Raises AnswerNotUnderstood when nothing that has a "not available" of its own is there."""
    strings = [found[point.name] for point in registers.STRINGS_W if found[point.name] is not None]
    if not strings and found["solar_w"] is None and found["soc_pct"] is None:
        raise AnswerNotUnderstood(VENDOR, "its figures cannot be; is it an AlphaESS hybrid inverter?")
    solar_w = sum(strings) + max(0.0, found["ac_solar_w"] or 0.0) if strings else found["solar_w"]
    powers = (solar_w, found["grid_w"], found["battery_w"])
    return LiveReading(
        taken_at=now,
        source=SOURCE,
        solar_w=solar_w,
        grid_w=found["grid_w"],
        battery_w=found["battery_w"],
        load_w=None if None in powers else sum(powers),
        soc_pct=found["soc_pct"],
    )


def _figure(value: float | str | None) -> float | None:
    return value if isinstance(value, float) else None


def open_alphaess(fields: AlphaEssFields, context: Context) -> AlphaEss:
    """The driver for one connection."""
    link = ModbusLink(Endpoint(VENDOR, fields.host, fields.port), context)
    return AlphaEss(link, fields, CommandTimer(context.pace))
