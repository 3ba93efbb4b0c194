"""What the parts of a register table must be to one another. Each fault names its path."""

from collections.abc import Iterator

from app.devices.modbus_table.command_checks import command_faults
from app.devices.modbus_table.places import Place
from app.devices.modbus_table.plan import constant_in
from app.devices.modbus_table.points import read_points, setting_point, timer_point
from app.devices.modbus_table.steps import Filled
from app.devices.modbus_table.table import RESERVED, TIMER, Setting, Table, Timer
from app.devices.registers import USUALLY_NOT_AVAILABLE, Kind, Point

_WIDE = frozenset({"u32", "s32", "u64", "f32"})


def faults_of(table: Table) -> list[str]:
    """All that is wrong with a table whose keys are right one by one."""
    return [*_reading(table), *_settings(table), *_overlaps(table), *command_faults(table), *_giving_back(table), *_timer(table)]


def battery_faults(table: Table) -> list[str]:
    """What it lacks for the role of a battery."""
    return [
        f"read.{name}: missing; a battery must tell it" for name in ("soc_pct", "grid_w", "battery_w") if getattr(table.read, name) is None
    ]


def inverter_faults(table: Table) -> list[str]:
    """What it lacks for the role of a solar inverter."""
    faults = [] if table.read.solar_w is not None else ["read.solar_w: missing; a solar inverter must tell it"]
    given = table.commands.given()
    if not {"limit_power", "limit_export"} & given.keys():
        faults.append("commands: a solar inverter needs limit_power or limit_export")
    if "limit_power" not in given and "limit_export" in given and table.read.grid_w is None:
        faults.append("read.grid_w: missing; what limits the export must tell it")
    return faults


def _reading(table: Table) -> Iterator[str]:
    for name, point in read_points(table).items():
        entry = getattr(table.read, name)
        if isinstance(entry, Place):
            yield from _place(f"read.{name}", entry.kind, entry.word_order or table.word_order)
            yield from _not_available(f"read.{name}", entry.kind, entry.not_available)
        yield from _end(f"read.{name}", point)
        if point.words > table.line.longest_read:
            yield f"read.{name}: it takes more registers than line.longest_read"


def _place(path: str, kind: str, order: str | None) -> Iterator[str]:
    if kind in _WIDE and order is None:
        yield f"{path}.word_order: missing; which of its registers is the high one? Write it here or once for the whole table"


def _end(path: str, point: Point) -> Iterator[str]:
    if point.address + point.words > 65_536:
        yield f"{path}.address: it ends beyond the last register"


def _not_available(path: str, kind: str, told: list[int] | None) -> Iterator[str]:
    if not told:
        return
    if kind == "f32":
        yield f"{path}.not_available: a float that is no number is never a figure; leave this out"
        return
    bits = {"u16": 16, "s16": 16, "u64": 64}.get(kind, 32)
    if any(not -(1 << bits - 1) <= raw < 1 << bits for raw in told):
        yield f"{path}.not_available: a raw value that does not fit into {kind}"


def _settings(table: Table) -> Iterator[str]:
    labels: set[str] = set()
    for name, entry in table.settings.items():
        path = f"settings.{name}"
        if name in RESERVED:
            yield f"{path}: this name is taken; choose another"
        if entry.label in labels or (table.timer is not None and entry.label == "command's timer"):
            yield f"{path}.label: another setting is called so"
        labels.add(entry.label)
        yield from _place(path, entry.kind, entry.word_order or table.word_order)
        yield from _not_available(path, entry.kind, entry.not_available)
        yield from _end(path, setting_point(name, entry, table.word_order))
        yield from _range(path, name, entry, table)
        yield from _words(path, entry)
        if entry.function == 6 and entry.kind in _WIDE:
            yield f"{path}.function: 6 writes a single register; write 16"
        if name not in _used(table):
            yield f"{path}: no command and no limit uses it; leave it out"


def _range(path: str, name: str, entry: Setting, table: Table) -> Iterator[str]:
    if entry.least > entry.most:
        yield f"{path}.least: more than most"
        return
    if entry.unit == "%" and not 0 <= entry.least <= entry.most <= 110:
        yield f"{path}.most: a share is within 0 to 110 %"
    point = setting_point(name, entry, table.word_order)
    for end in ("least", "most"):
        value = getattr(entry, end)
        if point.kind is not Kind.F32 and abs(value / entry.scale - round(value / entry.scale)) > 1e-6:
            yield f"{path}.{end}: not a whole number of steps of {entry.scale:g}"
            continue
        try:
            words = point.encode(value * point.scale / entry.scale)
        except ValueError:
            yield f"{path}.{end}: it does not fit into {entry.kind}"
            continue
        if point.decode(words) is None:
            yield f"{path}.{end}: its raw value means not available; write not_available, as a list without it, where it does not"


def _words(path: str, entry: Setting) -> Iterator[str]:
    if entry.words is None:
        return
    if entry.unit != "none" or entry.scale != 1:
        yield f"{path}.words: only for a setting with unit none and scale 1"
    if len(set(entry.words.values())) < len(entry.words):
        yield f"{path}.words: two values have the same word"
    for value in entry.words:
        if not entry.least <= value <= entry.most:
            yield f"{path}.words.{value}: outside {entry.least:g} to {entry.most:g}"


def _used(table: Table) -> frozenset[str]:
    in_commands = {name for steps in table.commands.given().values() for step in steps for name in step}
    limits = {table.limits.min_soc_pct, table.limits.max_soc_pct}
    falls = {*table.timer.ends, *table.timer.also_falls} if table.timer else set()
    return frozenset(name for name in {*in_commands, *limits, *falls} if name is not None)


def _overlaps(table: Table) -> Iterator[str]:
    taken: dict[int, str] = {}
    written = {f"settings.{name}": setting_point(name, entry, None) for name, entry in table.settings.items()}
    if table.timer is not None:
        written["timer"] = timer_point(table.timer, None)
    for path, point in written.items():
        others = {taken[address] for address in range(point.address, point.address + point.words) if address in taken}
        yield from (f"{path}.address: it shares a register with {other}" for other in sorted(others))
        taken |= dict.fromkeys(range(point.address, point.address + point.words), path)


def _giving_back(table: Table) -> Iterator[str]:
    for name in table.settings:
        if (count := table.give_back.count(name)) != 1:
            told = "twice" if count else "not at all"
            yield f"give_back: {name} stands here {told}; each setting stands here once, in the order of giving back"
    yield from (f"give_back: {name} is not among the settings" for name in table.give_back if name not in table.settings)


def _timer(table: Table) -> Iterator[str]:
    entry = table.timer
    if entry is None:
        return
    yield from _place("timer", entry.kind, entry.word_order or table.word_order)
    point = timer_point(entry, table.word_order)
    yield from _end("timer", point)
    if entry.function == 6 and entry.kind in _WIDE:
        yield "timer.function: 6 writes a single register; write 16"
    most_raw = 1 << (16 * point.words)
    if entry.least > entry.most or entry.most >= most_raw or entry.most in USUALLY_NOT_AVAILABLE[point.kind]:
        yield "timer.most: less than least, or more than the register takes"
    if entry.most * (60 if entry.unit == "min" else 1) < 120:
        yield "timer.most: at least 2 minutes, or PowerSync cannot renew it in time"
    for part in ("ends", "also_falls"):
        for name, written in getattr(entry, part).items():
            path = f"timer.{part}.{name}"
            if name not in table.settings:
                yield f"{path}: not among the settings"
            elif isinstance(written, Filled) or not _is_known(table.settings[name], written):
                yield f"{path}: write a number or a word of the setting"
    yield from _renewing(table, entry)


def _renewing(table: Table, entry: Timer) -> Iterator[str]:
    if entry.renew.count(TIMER) != 1:
        yield "timer.renew: it must name timer once"
    if not table.timed():
        yield "timer: no command sets it"
    timed = [{name for step in steps for name in step} for key, steps in table.commands.given().items() if key in table.timed()]
    for name in entry.renew:
        if name != TIMER and not all(name in steps for steps in timed):
            yield f"timer.renew: {name} is not in every sequence that sets the timer"


def _is_known(entry: Setting, written: object) -> bool:
    try:
        value = constant_in(entry, written)  # type: ignore[arg-type]
    except KeyError:
        return False
    return value is not None
