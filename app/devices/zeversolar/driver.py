"""A Zeversolar string inverter as PowerSync limits it."""

import math
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from app.devices.capabilities import Settings
from app.devices.solar import InverterAbilities, InverterCommand, InverterReading, InverterState
from app.devices.zeversolar.fields import MonitorFields
from app.devices.zeversolar.monitor import Monitor
from app.devices.zeversolar.pages import Home, PowerLimit
from app.devices.zeversolar.vendor import VENDOR
from app.domain.opinions import Curtail
from app.domain.sentences import percent
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood, RequestRefused

LIMIT: Final = "limit_pct"
ABILITIES: Final = InverterAbilities(settable={LIMIT: "power limit"})
FULL_PCT: Final = 100
STEP_PCT: Final = 5  # nobody knows how often its memory can be written, so limits come in steps
_AT_ITS_LIMIT: Final = 0.9  # of the limit: below that it is the sun that limits


class ZeversolarInverter:
    """One inverter. Nothing is sent on opening. Its settings are one figure: the limit in percent, 100 where none is in force, whether the
    switch is off or on; PowerSync gives no limit back as 100 %, which is the way that is known."""

    abilities = ABILITIES

    def __init__(self, monitor: Monitor, least_pct: int) -> None:
        self._monitor, self._least_pct = monitor, least_pct
        self._rated_w: int | None = None

    def read_status(self, now: datetime) -> InverterReading:
        """What it makes. Raises a VendorError; Unreachable at night."""
        with self._monitor.turn():
            home, limit = self._monitor.home(), self._monitor.limit()
        pct = limit.pct
        limit_w = None if pct is None or pct >= FULL_PCT else pct / 100 * limit.rated_w
        return InverterReading(
            taken_at=now,
            state=_state(home, limit_w),
            ac_w=float(home.ac_w),
            limit_w=limit_w,
            rated_w=float(limit.rated_w),
            serial=home.serial,
            firmware=home.software,
        )

    def read_settings(self) -> Settings:
        """The limit. Raises a VendorError; RequestRefused where the owner limits it in another way than by percent."""
        with self._monitor.turn():
            self._monitor.check_that_it_is_the_same()
            limit = self._monitor.limit()
        self._rated_w = limit.rated_w
        return {LIMIT: _percent_of(limit)}

    def target(self, command: InverterCommand | None, baseline: Settings, *, until: datetime | None) -> Settings:
        """Pure but for the rated power, which is read with the first settings. The owner's own limit is never lifted."""
        if not isinstance(command, Curtail):
            return dict(baseline)
        if self._rated_w is None:
            raise AnswerNotUnderstood(VENDOR, "its rated power is not known yet")
        return {LIMIT: min(baseline[LIMIT], limit_pct(command.max_w, self._rated_w, self._least_pct))}

    def differing(self, wanted: Settings, found: Settings) -> frozenset[str]:
        """Pure."""
        return frozenset({LIMIT}) if LIMIT in wanted and LIMIT in found and wanted[LIMIT] != found[LIMIT] else frozenset()

    def write(self, wanted: Settings, fields: Collection[str], until: datetime | None, *, purpose: str = "command") -> None:
        """The limit with whatever else its form holds. The inverter has no timer: `until` is not used. Raises a VendorError."""
        if LIMIT not in fields:
            return
        with self._monitor.turn():
            self._monitor.check_that_it_is_the_same(purpose)
            held = self._monitor.limit(purpose)
            _percent_of(held)
            self._monitor.set_limit(held, max(0, min(FULL_PCT, round(wanted[LIMIT]))), purpose)

    def in_words(self, settings: Settings) -> Mapping[str, str]:
        """Pure: the limit for people."""
        return {ABILITIES.settable[LIMIT]: _words(settings[LIMIT])} if LIMIT in settings else {}


def limit_pct(max_w: float, rated_w: int, least_pct: int = 0) -> int:
    """At most `max_w`: in whole percent up to 5 %, above in steps of 5 %, rounded down; not below `least_pct`."""
    pct = math.floor(100 * max(0, max_w) / rated_w)
    pct = min(FULL_PCT, pct if pct < STEP_PCT else pct - pct % STEP_PCT)
    return max(least_pct, pct)


def _percent_of(limit: PowerLimit) -> int:
    if limit.pct is None:
        raise RequestRefused(
            VENDOR,
            "its power is limited in watts or by a demand response device already; PowerSync limits by percent only",
        )
    return limit.pct


def _state(home: Home, limit_w: float | None) -> InverterState:
    if not home.is_well:
        return InverterState.FAULT
    if limit_w is not None and home.ac_w >= _AT_ITS_LIMIT * limit_w:
        return InverterState.LIMITED
    return InverterState.RUNNING if home.ac_w > 0 else InverterState.ASLEEP


def _words(pct: Any) -> str:
    return "none" if pct >= FULL_PCT else percent(float(pct))


def open_inverter(fields: MonitorFields, context: Context) -> ZeversolarInverter:
    """The driver for one connection."""
    return ZeversolarInverter(Monitor(fields, context), fields.least_pct)
