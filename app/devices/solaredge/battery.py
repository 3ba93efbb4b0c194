"""A SolarEdge inverter with a battery as PowerSync steers it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.devices.capabilities import BatteryAbilities, BatteryFacts, OwnerSetting, Settings
from app.devices.command_timer import CommandTimer
from app.devices.solaredge import site_limit, storage
from app.devices.solaredge.batteries import battery_w_in, capacity_wh_in, most_w_in, points, soc_pct_in
from app.devices.solaredge.fields import SolarEdgeFields
from app.devices.solaredge.storage import COMMAND, CONTROL, DISCHARGE_W, GRID_CHARGE, REMOTE, RESERVE_PCT, SETTINGS, TIMER
from app.devices.solaredge.targets import USUAL_W, Ratings, target_settings
from app.devices.solaredge.unit import VENDOR, SolarEdgeUnit, link_to
from app.domain.opinions import BatteryCommand, BatteryLimits, Charge, Discharge, Hold, SelfConsume
from app.domain.power import LiveReading
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood
from app.transports.modbus import ModbusLink

SOURCE: Final = "solaredge"
ABILITIES: Final = BatteryAbilities(
    commands=frozenset({SelfConsume, Hold, Charge, Discharge}),
    settable={**storage.LABELS, **site_limit.LABELS},
    drifts={site_limit.SWITCH: frozenset({0})},  # some firmware falls back to no export limit
    has_timer=True,
    has_power_setpoint=True,
    poll_s=30,
    settings_poll_s=120,
    owner_settings=(OwnerSetting(RESERVE_PCT),),
)
_RESTING: Final = (RESERVE_PCT, GRID_CHARGE)


class SolarEdgeBattery:
    """One inverter with its batteries. Nothing is sent on opening."""

    abilities = ABILITIES

    def __init__(self, link: ModbusLink, unit: SolarEdgeUnit, timer: CommandTimer) -> None:
        self._link, self._unit, self._device, self._timer = link, unit, unit.device, timer
        self._ratings: Ratings | None = None

    def read_live(self, now: datetime) -> LiveReading:
        """Power and charge now. Raises a VendorError."""
        self._timer.told_time(now)
        with self._link.conversation() as talk:
            found = {**self._unit.read(talk), **self._device.read(talk, points())}
        return live_reading_from(found, now)

    def read_settings(self) -> Settings:
        """Storage control, remote command and site limit, as far as the inverter has them. Raises a VendorError."""
        with self._link.conversation() as talk:
            self._unit.check(talk)
            settings = {**storage.read(talk, self._device, self._timer), **site_limit.read(talk, self._device)}
            if self._ratings is None:
                self._ratings = _ratings_from(self._device.read(talk, points()))
        if not {CONTROL, COMMAND, DISCHARGE_W} <= settings.keys():
            raise AnswerNotUnderstood(VENDOR, "it does not tell its storage control; does it have a battery?")
        return settings

    def read_facts(self) -> BatteryFacts:
        """Of all batteries together. Raises a VendorError; AnswerNotUnderstood where it shows none."""
        with self._link.conversation() as talk:
            found = self._device.read(talk, points())
        capacity_wh = capacity_wh_in(found)
        if capacity_wh is None:
            raise AnswerNotUnderstood(VENDOR, "it shows no battery with a size; does it have one?")
        return BatteryFacts(
            capacity_wh=capacity_wh, max_charge_w=most_w_in(found, "most_charge_w"), max_discharge_w=most_w_in(found, "most_discharge_w")
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
        return target_settings(command, limits, baseline, self._ratings or Ratings())

    def differing(self, wanted: Settings, found: Settings) -> frozenset[str]:
        """Pure: also the timer, where a remote command wants renewing."""
        return storage.differing(wanted, found) | site_limit.differing(wanted, found)

    def owners(self, found: Settings) -> Settings:
        """Pure: everything but the timer; what PowerSync wrote is told apart by what was sent."""
        return {name: value for name, value in found.items() if name != TIMER}

    def write(self, wanted: Settings, fields: Collection[str], until: datetime | None, *, purpose: str = "command") -> None:
        """A remote command that begins comes after the limits; one that ends is stopped before them. It is timed to `until`, else to the
        term of `CommandTimer`. Raises a VendorError; what came before it may have taken."""
        with self._link.conversation() as talk:
            self._unit.check(talk)
            if purpose != "restore" and site_limit.puts_in_force(wanted, fields):
                self._unit.check_meter(talk)
            if wanted.get(CONTROL) == REMOTE and TIMER in wanted:
                site_limit.write(talk, self._device, wanted, fields)
                SETTINGS.write(talk, self._device, wanted, fields, _RESTING)
                storage.start(talk, self._device, wanted, fields, self._timer, until)
            else:
                storage.stop(talk, self._device, wanted, fields, self._timer)
                SETTINGS.write(talk, self._device, wanted, fields, _RESTING)
                site_limit.write(talk, self._device, wanted, fields)

    def in_words(self, settings: Settings) -> Mapping[str, str]:
        """Pure: each setting with its value for people."""
        return {**storage.in_words(settings), **site_limit.in_words(settings)}


def live_reading_from(found: Mapping[str, Any], now: datetime) -> LiveReading:
    """The battery hangs before the inverter, so that what the sun makes is what the inverter gives without what the battery gives; the load
    is what the inverter gives and the home does not export. Raises AnswerNotUnderstood when nothing that has a "not available" of its own
    is there."""
    ac_w, grid_w, battery_w, soc_pct = found["ac_w"], found["grid_w"], battery_w_in(found), soc_pct_in(found)
    if found["state"] is None and soc_pct is None:
        raise AnswerNotUnderstood(VENDOR, "it tells neither its state nor a charge; is it a SolarEdge inverter?")
    return LiveReading(
        taken_at=now,
        source=SOURCE,
        solar_w=None if ac_w is None or battery_w is None else max(0.0, ac_w - battery_w),
        grid_w=grid_w,
        battery_w=battery_w,
        load_w=None if ac_w is None or grid_w is None else max(0.0, ac_w + grid_w),
        soc_pct=soc_pct,
    )


def _ratings_from(found: Mapping[str, Any]) -> Ratings | None:
    """None where it shows no battery just now: asked again with the next settings."""
    if capacity_wh_in(found) is None:
        return None
    return Ratings(most_w_in(found, "most_charge_w") or USUAL_W, most_w_in(found, "most_discharge_w") or USUAL_W)


def open_battery(fields: SolarEdgeFields, context: Context) -> SolarEdgeBattery:
    """The driver for one connection."""
    return SolarEdgeBattery(link_to(fields, context), SolarEdgeUnit(fields), CommandTimer(context.pace))
