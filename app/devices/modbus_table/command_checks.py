"""What the sequences of a register table must be: only listed settings, only values that these take, only placeholders with a value."""

from collections.abc import Iterator

from app.devices.modbus_table.plan import COMMANDS, LIMITS, constant_in
from app.devices.modbus_table.points import UNITS
from app.devices.modbus_table.steps import OF_LIMIT, OF_POWER, OF_RATED, PLACEHOLDERS, Filled, Written
from app.devices.modbus_table.table import TIMER, Setting, Table

Steps = list[dict[str, Written]]


def command_faults(table: Table) -> list[str]:
    """All that is wrong with the sequences and limits."""
    given = table.commands.given()
    steps = [fault for name, sequence in given.items() for fault in _sequence(table, name, sequence)]
    return [*steps, *_together(table, given), *_limits(table)]


def _sequence(table: Table, command: str, sequence: Steps) -> Iterator[str]:
    names = [name for step in sequence for name in step]
    for number, step in enumerate(sequence):
        for name, written in step.items():
            path = f"commands.{command}.{number}.{name}"
            if names.index(name) < number:
                yield f"{path}: it stands in this sequence twice"
            elif name == TIMER:
                yield from _timer_step(table, command, path, written)
            elif name not in table.settings:
                yield f"{path}: not among the settings, so that nobody could read it back"
            else:
                yield from _value(table, command, path, table.settings[name], written)
    if command in LIMITS:
        filled = [
            written for step in sequence for written in step.values() if isinstance(written, Filled) and written.placeholder in OF_LIMIT
        ]
        if len(filled) != 1:
            yield f"commands.{command}: one step must write max_w or max_pct"
        elif filled[0].scale != 1:
            yield f"commands.{command}: a limit has no scale of its own"
    yield from _timed(table, command, sequence, names)


def _timer_step(table: Table, command: str, path: str, written: Written) -> Iterator[str]:
    if table.timer is None:
        yield f"{path}: the table has no timer"
    elif command in LIMITS:
        yield f"{path}: a limit has no timer"
    elif written != Filled("seconds"):
        yield f"{path}: write seconds"


def _value(table: Table, command: str, path: str, entry: Setting, written: Written) -> Iterator[str]:
    if isinstance(written, Filled):
        yield from _placeholder(table, command, path, entry, written)
        return
    try:
        value = constant_in(entry, written)
    except KeyError:
        known = f"its words: {', '.join(entry.words.values())}" if entry.words else "it has no words"
        yield f"{path}: not one of its words and no placeholder; {known}"
        return
    figure = (value or 0.0) / UNITS[entry.unit]
    if not entry.least <= figure <= entry.most:
        yield f"{path}: outside {entry.least:g} to {entry.most:g}"
    elif entry.kind != "f32" and abs(figure / entry.scale - round(figure / entry.scale)) > 1e-6:
        yield f"{path}: not a whole number of steps of {entry.scale:g}"


def _placeholder(table: Table, command: str, path: str, entry: Setting, written: Filled) -> Iterator[str]:
    name = written.placeholder
    if name == "seconds" or command not in PLACEHOLDERS[name]:
        yield f"{path}: {name} has no value in {command}"
    elif name.endswith("_pct") != (entry.unit == "%") or entry.unit == "none":
        yield f"{path}: {name} goes into a setting with unit {'%' if name.endswith('_pct') else 'W or kW'}"
    elif written.scale < 0 and (entry.least >= 0 or name not in OF_POWER):
        yield f"{path}.scale: the setting takes nothing below 0"
    elif written.scale > 0 and entry.most <= 0:
        yield f"{path}: the setting takes nothing above 0"
    if name in OF_RATED and table.facts.rated_w is None and table.read.rated_w is None:
        yield f"{path}: {name} is of the rated power; write it under facts.rated_w or read.rated_w"


def _timed(table: Table, command: str, sequence: Steps, names: list[str]) -> Iterator[str]:
    """A command runs by the timer exactly where it sets it."""
    if table.timer is None or command in LIMITS:
        return
    ends = next(iter(table.timer.ends))
    values = {name: written for step in sequence for name, written in step.items()}
    runs = ends in values and values[ends] != table.timer.ends[ends]
    if runs and TIMER not in names:
        yield f"commands.{command}: it sets {ends}, which the timer ends, without the step timer: seconds"
    if TIMER in names and not runs:
        yield f"commands.{command}: it sets the timer and not {ends}, which the timer ends"


def _together(table: Table, given: dict[str, Steps]) -> Iterator[str]:
    moving = [name for name in ("charge", "discharge") if name in given]
    if "self_consume" not in given and any(name in given for name in COMMANDS):
        yield "commands.self_consume: missing; without it no other command of a battery can be left out safely"
    with_power = [name for name in moving if any(_has(step, OF_POWER) for step in given[name])]
    if with_power and with_power != moving:
        yield f"commands: {with_power[0]} takes a power and {next(n for n in moving if n not in with_power)} does not; both or none"
    floors = any(_has(step, frozenset({"floor_pct"})) for step in given.get("discharge", []))
    if "discharge" in given and table.limits.min_soc_pct is None and not floors:
        yield "commands.discharge: where does it end? Name the lowest charge under limits.min_soc_pct, or write floor_pct in a step"
    limited = {name for step in given.get("limit_export", []) for name in step}
    for command in COMMANDS:
        for name in sorted(limited & {name for step in given.get(command, []) for name in step}):
            yield f"commands.{command}: {name} is what limits the export; a command may not lift it"
    for name in sorted(limited & {table.limits.min_soc_pct, table.limits.max_soc_pct}):
        yield f"limits: {name} is what limits the export"


def _has(step: dict[str, Written], placeholders: frozenset[str]) -> bool:
    return any(isinstance(written, Filled) and written.placeholder in placeholders for written in step.values())


def _limits(table: Table) -> Iterator[str]:
    for key in ("min_soc_pct", "max_soc_pct"):
        name = getattr(table.limits, key)
        if name is not None and name not in table.settings:
            yield f"limits.{key}: {name} is not among the settings"
        elif name is not None and table.settings[name].unit != "%":
            yield f"limits.{key}: {name} is not in %"
    if table.limits.min_soc_pct is not None and table.limits.min_soc_pct == table.limits.max_soc_pct:
        yield "limits: one setting cannot be both"
