"""A register table made ready for a driver: points, settings, and what each command writes in which order."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from app.devices.modbus_table.points import UNITS, read_points, register_setting, timer_point
from app.devices.modbus_table.steps import Constant, Filled, Word, Written
from app.devices.modbus_table.table import TIMER, Setting, Table
from app.devices.register_settings import SettingsTable
from app.devices.registers import Point

LIMITS = ("limit_export", "limit_power")
COMMANDS = ("self_consume", "hold", "charge", "discharge")


@dataclass(frozen=True, slots=True)
class Step:
    """One setting of a sequence: a value in the app's unit, or what a placeholder stands for."""

    setting: str
    value: float | None = None
    filled: Filled | None = None


@dataclass(frozen=True, slots=True)
class TimedCommand:
    """The device's own timer. While `setting` is not at `idle`, a command runs that the timer ends."""

    point: Point
    least_s: int
    most_s: int
    as_single: bool
    setting: str
    idle: float
    falls: Mapping[str, float]  # setting → what the device falls to by itself
    renew: tuple[str, ...]


def constant_in(entry: Setting, written: Written) -> float | None:
    """What a number or word comes to in the app's unit; None for a placeholder. Raises KeyError for a word that the setting lacks."""
    match written:
        case Constant(value):
            return value * UNITS[entry.unit]
        case Word(word):
            return {label: float(raw) for raw, label in (entry.words or {}).items()}[word]
    return None


class Plan:
    """The plan of one table, which must be without faults."""

    def __init__(self, table: Table) -> None:
        self.table, self.name, self.give_back = table, table.name, tuple(table.give_back)
        self.points = read_points(table)
        self.states = table.read.state.states if table.read.state is not None else {}
        self.settings = SettingsTable([register_setting(name, entry, table.word_order) for name, entry in table.settings.items()])
        self.sequences = {name: self._steps(steps) for name, steps in table.commands.given().items()}
        self.orders = {name: tuple(next(iter(step)) for step in steps) for name, steps in table.commands.given().items()}

    def _steps(self, sequence: list[dict[str, Written]]) -> tuple[Step, ...]:
        return tuple(self._step(name, written) for each in sequence for name, written in each.items() if name != TIMER)

    def _step(self, name: str, written: Written) -> Step:
        value = constant_in(self.table.settings[name], written)
        return Step(name, value, written if isinstance(written, Filled) else None)

    @cached_property
    def timer(self) -> TimedCommand | None:
        """The device's timer, where it has one."""
        entry, settings = self.table.timer, self.table.settings
        if entry is None:
            return None
        point, factor = timer_point(entry, self.table.word_order), round(UNITS[entry.unit])
        falls = {name: constant_in(settings[name], value) or 0.0 for name, value in (*entry.ends.items(), *entry.also_falls.items())}
        setting = next(iter(entry.ends))
        is_single = (entry.function or (6 if point.words == 1 else 16)) == 6
        return TimedCommand(point, entry.least * factor, entry.most * factor, is_single, setting, falls[setting], falls, tuple(entry.renew))

    @property
    def has_power_setpoint(self) -> bool:
        """Whether every charge and discharge takes a power."""
        moving = [self.sequences[name] for name in ("charge", "discharge") if name in self.sequences]
        return bool(moving) and all(any(step.filled and step.filled.placeholder.startswith("power") for step in steps) for steps in moving)

    def order_for(self, sequence: str | None) -> tuple[str, ...]:
        """In which order settings, and the timer, are written: for a command its limits first, then its own steps, then what goes back
        to the owner's value; None: all goes back."""
        if sequence is None:
            return self.give_back
        own = self.orders[sequence]
        told = self.table.limits
        limits = [name for name in (told.min_soc_pct, told.max_soc_pct, *self.orders.get("limit_export", ())) if name]
        return tuple(dict.fromkeys([*(name for name in limits if name not in own), *own, *self.give_back]))

    def setting(self, name: str) -> Setting:
        """The entry of a setting."""
        return self.table.settings[name]
