"""A Huawei inverter with a battery as PowerSync steers it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.devices.capabilities import BatteryAbilities, BatteryFacts, Settings
from app.devices.command_timer import CommandTimer
from app.devices.huawei import export_limit, forced, registers
from app.devices.huawei.fields import HuaweiFields
from app.devices.huawei.forced import POWERS, TIMER
from app.devices.huawei.link import VENDOR, device_at, in_words, link_to
from app.devices.huawei.reading import live_reading_from
from app.devices.huawei.registers import (
    DISCHARGE_NOW_W,
    EXPORT_SETTINGS,
    FORCED,
    GRID_CHARGE,
    LEAST_SOC_PCT,
    MODE,
    MOST_DISCHARGE_W,
    MOST_SOC_PCT,
    RESERVE_PCT,
    SERIAL,
    SETTINGS,
    STOP,
)
from app.devices.huawei.targets import USUAL_W, Ratings, target_settings
from app.devices.same_device import SameDevice
from app.domain.opinions import BatteryCommand, BatteryLimits, Charge, Discharge, Hold, SelfConsume
from app.domain.power import LiveReading
from app.domain.sentences import kilowatts
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood, NotConfirmed
from app.transports.modbus import Conversation, RegisterRefused

ABILITIES: Final = BatteryAbilities(
    commands=frozenset({SelfConsume, Hold, Charge, Discharge}),
    settable={**SETTINGS.labels, **EXPORT_SETTINGS.labels, TIMER: forced.LABEL},
    drifts={FORCED: frozenset({STOP})},  # its time is out, or it was restarted
    has_timer=False,  # a forced charge or discharge has one, a hold has none
    has_power_setpoint=True,
    poll_s=30,
    settings_poll_s=120,
)
_CHARGES: Final = (LEAST_SOC_PCT, RESERVE_PCT, MOST_SOC_PCT)


class HuaweiBattery:
    """One SUN2000 inverter with its battery. Nothing is sent on opening."""

    abilities = ABILITIES

    def __init__(self, fields: HuaweiFields, context: Context) -> None:
        self._link, self._device, self._fields = link_to(fields, context), device_at(fields), fields
        self._same = SameDevice(VENDOR, self._device)
        self._timer = CommandTimer(context.pace)
        self._ratings: Ratings | None = None

    def read_live(self, now: datetime) -> LiveReading:
        """Power and charge now. Raises a VendorError."""
        self._timer.told_time(now)
        with self._link.conversation() as talk:
            found = self._device.read(talk, registers.LIVE)
        return live_reading_from(found, now)

    def read_settings(self) -> Settings:
        """All of `SETTINGS` and of the export limit that the inverter has. Raises a VendorError."""
        with self._link.conversation() as talk:
            self._same.check(talk, SERIAL)
            settings = {**SETTINGS.read(talk, self._device), **EXPORT_SETTINGS.read(talk, self._device)}
            if not {MODE, FORCED, MOST_DISCHARGE_W} <= settings.keys():
                raise AnswerNotUnderstood(VENDOR, "it does not tell how its battery is to work; does it have one?")
            if self._ratings is None or settings[FORCED] == STOP:  # while it is forced, its power shall not waver
                self._ratings = self._ratings_from(self._device.read(talk, registers.RATINGS))
        return forced.with_timer(settings, self._timer)

    def read_facts(self) -> BatteryFacts:
        """Raises a VendorError; AnswerNotUnderstood where it shows no battery."""
        with self._link.conversation() as talk:
            found: dict[str, Any] = self._device.read(talk, registers.FACTS)
        if all(figure is None for figure in found.values()):
            raise AnswerNotUnderstood(VENDOR, "it tells neither the power nor the size of its battery; does it have one?")
        return BatteryFacts(
            capacity_wh=found["capacity_wh"], max_charge_w=found["rated_charge_w"], max_discharge_w=found["rated_discharge_w"]
        )

    def _ratings_from(self, found: Mapping[str, Any]) -> Ratings:
        """What the battery can just now bounds what it is rated for; 0 is what a sleeping one tells."""

        def most_w(rated: str, now: str) -> float:
            told = [found[name] for name in (rated, now) if found[name]]
            return min(told, default=USUAL_W)

        return Ratings(
            most_charge_w=most_w("rated_charge_w", "charge_now_w"),
            most_discharge_w=most_w("rated_discharge_w", "discharge_now_w"),
            rated_w=found["rated_w"],
            highest_empty_pct=self._fields.highest_empty_pct,
            lowest_full_pct=self._fields.lowest_full_pct,
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
        """Pure but for the ratings, which are read with the settings: see `target_settings`."""
        usual = Ratings(highest_empty_pct=self._fields.highest_empty_pct, lowest_full_pct=self._fields.lowest_full_pct)
        return target_settings(command, limits, baseline, self._ratings or usual)

    def differing(self, wanted: Settings, found: Settings) -> frozenset[str]:
        """Pure: also the timer, where a forced command wants renewing."""
        return SETTINGS.differing(wanted, found) | export_limit.differing(wanted, found) | forced.differing(wanted, found)

    def owners(self, found: Settings) -> Settings:
        """Pure: a forced command ends by itself and is nobody's setting, so that the owner's is none. Its powers are settings."""
        return {**{name: value for name, value in found.items() if name != TIMER}, FORCED: STOP}

    def write(self, wanted: Settings, fields: Collection[str], until: datetime | None, *, purpose: str = "command") -> None:
        """A forced command that begins comes after the limits; one that ends is stopped before all else. It is timed to `until`, else to
        the term of `CommandTimer`. Raises a VendorError; what came before it may have taken. NotConfirmed where the battery cannot yet
        discharge with as much as is to be allowed; all else is then written."""
        names = set(fields)
        with self._link.conversation() as talk, in_words():
            self._same.check(talk, SERIAL)
            if purpose != "restore":
                export_limit.check_meter(talk, self._device, wanted, names)
            if names & forced.FIELDS:
                self._timer.forget()
            if forced.is_wanted(wanted):
                self._put(talk, wanted, names, _CHARGES)
                export_limit.write(talk, self._device, wanted, names)
                declined = self._allow_discharge(talk, wanted, names)
                self._put(talk, wanted, names, (GRID_CHARGE, MODE))
                if names & forced.FIELDS:
                    forced.start(talk, self._device, wanted, names, self._timer, until)
            else:
                self._put(talk, wanted, names, (FORCED, MODE, *POWERS, GRID_CHARGE))
                declined = self._allow_discharge(talk, wanted, names)
                export_limit.write(talk, self._device, wanted, names)
                self._put(talk, wanted, names, _CHARGES)
        if declined is not None:
            raise declined

    def _put(self, talk: Conversation, wanted: Settings, names: Collection[str], order: tuple[str, ...]) -> None:
        SETTINGS.write(talk, self._device, wanted, names, order)

    def _allow_discharge(self, talk: Conversation, wanted: Settings, names: Collection[str]) -> NotConfirmed | None:
        """The inverter declines a discharging power above what the battery can just now, cold or empty. That passes, so that it is no
        refusal: the rest is written, and this again later."""
        try:
            self._put(talk, wanted, names, (MOST_DISCHARGE_W,))
        except RegisterRefused:
            now_w = self._device.read(talk, [DISCHARGE_NOW_W])[DISCHARGE_NOW_W.name]
            if not isinstance(now_w, float) or wanted[MOST_DISCHARGE_W] <= now_w:
                raise
            most = f"its battery can discharge with no more than {kilowatts(now_w)} just now"
            return NotConfirmed(
                VENDOR, f"{most}, and it takes the {kilowatts(wanted[MOST_DISCHARGE_W])} that were set only when it can again"
            )
        return None

    def in_words(self, settings: Settings) -> Mapping[str, str]:
        """Pure: each setting with its value for people."""
        return {**SETTINGS.in_words(settings), **EXPORT_SETTINGS.in_words(settings), **forced.in_words(settings)}


def open_battery(fields: HuaweiFields, context: Context) -> HuaweiBattery:
    """The driver for one connection."""
    return HuaweiBattery(fields, context)
