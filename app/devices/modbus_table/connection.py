"""One device that a register table describes, as both roles read and write it."""

from collections.abc import Collection, Mapping
from typing import Any

from app.devices.capabilities import Settings
from app.devices.modbus_table.plan import Plan
from app.devices.modbus_table.steps import OF_RATED
from app.devices.modbus_table.targets import Ratings
from app.devices.register_device import RegisterDevice
from app.devices.register_settings import SettingsTable
from app.devices.registers import Point
from app.devices.same_device import SameDevice
from app.transports.errors import AnswerNotUnderstood, RequestRefused
from app.transports.modbus import Conversation, ModbusLink

_OF_RATINGS = ("rated_w", "max_charge_w", "max_discharge_w")


class TableConnection:
    """Nothing is sent on opening. `settings` are those of the table that a role has to do with."""

    def __init__(self, plan: Plan, link: ModbusLink, unit: int, settings: SettingsTable) -> None:
        self.plan, self.link, self.settings = plan, link, settings
        self.device = RegisterDevice(unit, longest=plan.table.line.longest_read, gap=plan.table.line.read_along)
        self._same = SameDevice(plan.name, self.device)
        self._ratings: Ratings | None = None

    @property
    def ratings(self) -> Ratings:
        """As told with the first settings, else as the table has them."""
        return self._ratings or self._ratings_from({})

    def read(self, talk: Conversation, names: Collection[str]) -> dict[str, Any]:
        """Name → figure of those of `names` that the table has; None for the others. Raises a VendorError."""
        points = [point for name, point in self.plan.points.items() if name in names]
        found: dict[str, Any] = self.device.read(talk, points)
        return {**dict.fromkeys(names), **found}

    def read_settings(self, talk: Conversation, also: Collection[Point] = ()) -> dict[str, Any]:
        """All settings; `also` must be readable too. Raises a VendorError; AnswerNotUnderstood where one cannot be read, as it could not be
        given back."""
        self.check(talk)
        if self._ratings is None:
            self._ratings = self._told_ratings(talk)
        found = self.settings.read(talk, self.device)
        for name, label in self.settings.labels.items():
            if name not in found:
                entry = self.plan.setting(name)
                span = f"{entry.least:g} to {entry.most:g} {entry.unit.replace('none', '')}".strip()
                told = f"{label} (register {entry.address}) shows nothing within {span}"
                raise AnswerNotUnderstood(self.plan.name, f"{told}, so that it could not be given back; is the table right?")
        for point, figure in zip(also, self.device.read(talk, also).values(), strict=True) if also else ():
            if figure is None:
                raise AnswerNotUnderstood(self.plan.name, f"its timer (register {point.address}) cannot be read; is the table right?")
            found[point.name] = figure
        return found

    def check(self, talk: Conversation) -> None:
        """Whether it is still the same device. Raises RequestRefused where another one answers, and Unreachable."""
        if "serial" in self.plan.points:
            self._same.check(talk, self.plan.points["serial"])

    def write(self, talk: Conversation, wanted: Settings, name: str) -> None:
        """One setting, once. Raises a VendorError; RequestRefused for a value outside the table's limits, which is not sent."""
        try:
            self.settings.write(talk, self.device, wanted, {name}, (name,))
        except ValueError as error:
            raise RequestRefused(self.plan.name, f"{error}; it was not sent") from None

    def _told_ratings(self, talk: Conversation) -> Ratings | None:
        """None where it tells nothing of what it should just now: asked again with the next settings."""
        names = [name for name in _OF_RATINGS if name in self.plan.points]
        found = self.read(talk, names)
        ratings = self._ratings_from(found)
        if ratings.rated_w is None and self._needs_rated():
            raise AnswerNotUnderstood(self.plan.name, "it does not tell its rated power, of which its settings are a percentage")
        return ratings if not names or any(figure is not None for figure in found.values()) else None

    def _ratings_from(self, found: Mapping[str, Any]) -> Ratings:
        facts = self.plan.table.facts
        return Ratings(*(found.get(name) or getattr(facts, name) for name in _OF_RATINGS))

    def _needs_rated(self) -> bool:
        steps = (step for sequence in self.plan.sequences.values() for step in sequence)
        return any(step.filled is not None and step.filled.placeholder in OF_RATED for step in steps)
