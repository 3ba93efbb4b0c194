"""A solar inverter that a register table describes, as PowerSync limits it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from app.devices.capabilities import Settings
from app.devices.modbus_table.connection import TableConnection
from app.devices.modbus_table.fields import InverterTableFields, link_to
from app.devices.modbus_table.load import plan_from
from app.devices.modbus_table.plan import Plan
from app.devices.modbus_table.reading import solar_w_from
from app.devices.modbus_table.targets import SEQUENCE, limit_in_force_w, limit_settings
from app.devices.solar import InverterAbilities, InverterCommand, InverterReading, InverterState
from app.domain.opinions import Curtail
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood
from app.transports.modbus import ModbusLink

_STATUS: Final = ("solar_w", "solar_2_w", "solar_3_w", "solar_4_w", "grid_w", "rated_w", "state", "serial", "firmware")
_NEAR_W: Final = 100.0  # an export this near to its limit is held by it
_AT_ITS_LIMIT: Final = 0.9  # of a limit of what it makes: below that it is the sun that limits


class TableInverter:
    """One device. Nothing is sent on opening."""

    def __init__(self, plan: Plan, link: ModbusLink, unit: int) -> None:
        self._plan = plan
        self._sequence = "limit_power" if "limit_power" in plan.sequences else "limit_export"
        names = [step.setting for step in plan.sequences[self._sequence]]
        self._at = TableConnection(plan, link, unit, plan.settings.only(*names))
        self.abilities = InverterAbilities(settable=self._at.settings.labels, limits_export=self._sequence == "limit_export")

    def read_status(self, now: datetime) -> InverterReading:
        """What it makes. Raises a VendorError."""
        with self._at.link.conversation() as talk:
            found = self._at.read(talk, _STATUS)
            settings = self._at.settings.read(talk, self._at.device)
        ac_w = solar_w_from(found)
        if ac_w is None and found["state"] is None:
            raise AnswerNotUnderstood(self._plan.name, "it tells neither its power nor its state; is the table right?")
        limit_w = limit_in_force_w(self._plan, self._sequence, settings, self._at.ratings)
        return InverterReading(
            taken_at=now,
            state=self._state(found, ac_w, limit_w),
            ac_w=ac_w,
            limit_w=limit_w,
            rated_w=found["rated_w"] or self._at.ratings.rated_w,
            grid_w=found["grid_w"],
            serial=found["serial"],
            firmware=found["firmware"],
        )

    def read_settings(self) -> Settings:
        """The settings that limit it. Raises a VendorError."""
        with self._at.link.conversation() as talk:
            return self._at.read_settings(talk)

    def target(self, command: InverterCommand | None, baseline: Settings, *, until: datetime | None) -> Settings:
        """Pure but for the rated power, which is read with the first settings. The owner's own limit is never lifted."""
        wanted = dict(baseline)
        if isinstance(command, Curtail):
            limit = limit_settings(self._plan, self._sequence, command.max_w, baseline, self._at.ratings)
            wanted |= {**limit, SEQUENCE: self._sequence} if limit else {}
        return wanted

    def differing(self, wanted: Settings, found: Settings) -> frozenset[str]:
        """Pure."""
        return self._at.settings.differing(wanted, found)

    def write(self, wanted: Settings, fields: Collection[str], until: datetime | None, *, purpose: str = "command") -> None:
        """In the order of the table: see `Plan.order_for`. A limit has no timer, so `until` is not used. Raises a VendorError."""
        if not fields:
            return
        with self._at.link.conversation() as talk:
            self._at.check(talk)
            for name in self._plan.order_for(wanted.get(SEQUENCE)):
                if name in fields:
                    self._at.write(talk, wanted, name)

    def in_words(self, settings: Settings) -> Mapping[str, str]:
        """Pure: each setting with its value for people."""
        return self._at.settings.in_words(settings)

    def _state(self, found: Mapping[str, Any], ac_w: float | None, limit_w: float | None) -> InverterState:
        told = self._plan.states.get(round(found["state"])) if found["state"] is not None else None
        state = InverterState(told) if told else InverterState.RUNNING if ac_w else InverterState.UNKNOWN
        if state is not InverterState.RUNNING or limit_w is None:
            return state
        grid_w = found["grid_w"]
        if self.abilities.limits_export:
            is_held = grid_w is not None and bool(ac_w) and -grid_w >= limit_w - _NEAR_W
        else:
            is_held = ac_w is not None and ac_w >= _AT_ITS_LIMIT * limit_w
        return InverterState.LIMITED if is_held else state


def open_inverter(fields: InverterTableFields, context: Context) -> TableInverter:
    """The driver for one connection."""
    plan = plan_from(fields.table)
    return TableInverter(plan, link_to(fields, plan, context), fields.unit_id)
