"""A battery that a register table describes, as PowerSync steers it."""

import math
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.devices.capabilities import BatteryAbilities, BatteryFacts, Settings
from app.devices.command_timer import TERM_S, CommandTimer
from app.devices.modbus_table.connection import TableConnection
from app.devices.modbus_table.fields import BatteryTableFields, link_to
from app.devices.modbus_table.load import plan_from
from app.devices.modbus_table.plan import COMMANDS, Plan, TimedCommand
from app.devices.modbus_table.reading import load_w_from, solar_w_from
from app.devices.modbus_table.table import TIMER
from app.devices.modbus_table.targets import SEQUENCE, battery_settings
from app.domain.opinions import BatteryCommand, BatteryLimits, Charge, Discharge, Hold, SelfConsume
from app.domain.pace import Pace
from app.domain.power import LiveReading
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood
from app.transports.modbus import Conversation, ModbusLink

SOURCE: Final = "modbus_table"
TIMER_LABEL: Final = "command's timer"
POLL_S: Final = 30
_KINDS: Final = {"self_consume": SelfConsume, "hold": Hold, "charge": Charge, "discharge": Discharge}
_LIVE: Final = ("soc_pct", "grid_w", "battery_w", "load_w", "solar_w", "solar_2_w", "solar_3_w", "solar_4_w")
_FACTS: Final = ("capacity_wh", "max_charge_w", "max_discharge_w", "firmware", "soc_pct")


class TableBattery:
    """One device. Nothing is sent on opening."""

    def __init__(self, plan: Plan, link: ModbusLink, unit: int, pace: Pace) -> None:
        used = [name for name in plan.table.settings if name in _names_of(plan)]
        self._plan, self._at = plan, TableConnection(plan, link, unit, plan.settings.only(*used))
        self._timed = plan.timer
        self._timer = _timer_for(plan.timer, pace) if plan.timer else None
        self.abilities = _abilities(plan, self._at.settings.labels)

    def read_live(self, now: datetime) -> LiveReading:
        """Power and charge now. Raises a VendorError."""
        if self._timer is not None:
            self._timer.told_time(now)
        with self._at.link.conversation() as talk:
            found = self._at.read(talk, _LIVE)
        solar_w = solar_w_from(found)
        if found["soc_pct"] is None and solar_w is None:
            raise AnswerNotUnderstood(self._plan.name, "its figures cannot be; is the table right?")
        return LiveReading(
            taken_at=now,
            source=SOURCE,
            solar_w=solar_w,
            grid_w=found["grid_w"],
            battery_w=found["battery_w"],
            load_w=load_w_from(found, solar_w),
            soc_pct=found["soc_pct"],
        )

    def read_settings(self) -> Settings:
        """All settings that belong to the battery, and whether a running command's timer is in order. Raises a VendorError."""
        with self._at.link.conversation() as talk:
            if self._timed is None or self._timer is None:
                return self._at.read_settings(talk)
            found = self._at.read_settings(talk, (self._timed.point,))
        left_s = found.pop(self._timed.point.name)
        if found[self._timed.setting] == self._timed.idle:
            return found
        return {**found, TIMER: int(self._timer.is_in_order and left_s > 0)}

    def read_facts(self) -> BatteryFacts:
        """What it tells of itself, else what the table says. Raises a VendorError."""
        with self._at.link.conversation() as talk:
            found = self._at.read(talk, _FACTS)
        if all(figure is None for figure in found.values()):
            raise AnswerNotUnderstood(self._plan.name, "its figures cannot be; is the table right?")
        facts = self._plan.table.facts
        return BatteryFacts(
            firmware=found["firmware"],
            capacity_wh=found["capacity_wh"] or facts.capacity_wh,
            max_charge_w=found["max_charge_w"] or facts.max_charge_w,
            max_discharge_w=found["max_discharge_w"] or facts.max_discharge_w,
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
        """Pure but for the ratings, which are read with the first settings: see `battery_settings`."""
        return battery_settings(self._plan, command, limits, baseline, self._at.ratings)

    def differing(self, wanted: Settings, found: Settings) -> frozenset[str]:
        """Pure: also the timer, where a running command wants renewing; what is wanted no longer (None) differs from whatever there is."""
        told = {name: value for name, value in wanted.items() if value is not None}
        gone = {name for name in wanted.keys() - told.keys() if name in found}
        due = {TIMER} if TIMER in told and TIMER in found and told[TIMER] != found[TIMER] else set()
        return self._at.settings.differing(told, found) | gone | due

    def owners(self, found: Settings) -> Settings:
        """Pure: a command that the device's timer ends is nobody's setting, so that the owner's is none."""
        own = {name: value for name, value in found.items() if name != TIMER}
        return {**own, self._timed.setting: self._timed.idle} if self._timed is not None and self._timed.setting in own else own

    def write(self, wanted: Settings, fields: Collection[str], until: datetime | None, *, purpose: str = "command") -> None:
        """In the order of the table: see `Plan.order_for`. With a timed command goes its timer, set to `until` or else to the term of
        `CommandTimer`. Raises a VendorError; what came before it may have taken."""
        if not fields:
            return
        sequence = wanted.get(SEQUENCE)
        order = self._plan.order_for(sequence)
        names = set(fields)
        is_timed = sequence in self._plan.table.timed() and not names.isdisjoint(self._plan.orders[sequence])
        if is_timed and self._timed is not None:
            names |= {*self._timed.renew, TIMER}
        if self._timer is not None and self._timed is not None and not names.isdisjoint({TIMER, self._timed.setting}):
            self._timer.forget()
        with self._at.link.conversation() as talk:
            self._at.check(talk)
            for name in order:
                if name == TIMER and is_timed:
                    seconds = self._set_timer(talk, until)
                elif name in names and name != TIMER:
                    self._at.write(talk, wanted, name)
        if is_timed and self._timer is not None:
            self._timer.was_set(seconds, until)

    def in_words(self, settings: Settings) -> Mapping[str, str]:
        """Pure: each setting with its value for people."""
        timer = {TIMER_LABEL: "set" if settings[TIMER] else "to be set"} if settings.get(TIMER) is not None else {}
        return {**self._at.settings.in_words(settings), **timer}

    def _set_timer(self, talk: Conversation, until: datetime | None) -> int:
        """The seconds that it was set to."""
        assert self._timed is not None and self._timer is not None  # noqa: S101, PT018 - narrows the type
        scale = self._timed.point.scale
        seconds = min(self._timed.most_s, round(math.ceil(self._timer.seconds_for(until) / scale) * scale))
        self._at.device.write(talk, self._timed.point, seconds, as_single=self._timed.as_single)
        return seconds


def _names_of(plan: Plan) -> frozenset[str]:
    """The settings that a battery has to do with: not those that only limit what a solar inverter makes."""
    told, timed = plan.table.limits, plan.timer
    in_commands = {step.setting for name in (*COMMANDS, "limit_export") for step in plan.sequences.get(name, ())}
    return frozenset({*in_commands, *(timed.falls if timed else ()), told.min_soc_pct or "", told.max_soc_pct or ""})


def _timer_for(timed: TimedCommand, pace: Pace) -> CommandTimer:
    return CommandTimer(pace, term_s=max(timed.least_s, min(TERM_S, timed.most_s)), least_s=timed.least_s, longest_s=timed.most_s)


def _abilities(plan: Plan, labels: Mapping[str, str]) -> BatteryAbilities:
    falls: dict[str, frozenset[Any]] = {name: frozenset({value}) for name, value in plan.timer.falls.items()} if plan.timer else {}
    return BatteryAbilities(
        commands=frozenset(kind for name, kind in _KINDS.items() if name in plan.sequences),
        settable={**labels, **({TIMER: TIMER_LABEL} if plan.timer else {})},
        drifts=falls,
        has_timer=plan.timer is not None,
        has_power_setpoint=plan.has_power_setpoint,
        poll_s=POLL_S,
        settings_poll_s=120 if plan.timer else 300,
    )


def open_battery(fields: BatteryTableFields, context: Context) -> TableBattery:
    """The driver for one connection."""
    plan = plan_from(fields.table)
    return TableBattery(plan, link_to(fields, plan, context), fields.unit_id, context.pace)
