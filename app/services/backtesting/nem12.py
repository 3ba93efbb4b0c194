"""Meter data as an Australian distributor or retailer hands it out: NEM12.

AEMO, Meter Data File Format Specification NEM12 & NEM13: 4.3 (record 200, which register), 4.4 (record 300, a day of it) and 4.5 (record
400, the quality of parts of a day). Days are those of NEM time, UTC+10 all year; each value stands for the interval that ends at its time.
Register E1 is import and B1 is export; others (a controlled load, reactive energy) are left out and named."""

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

from app.services.backtesting.csv_file import NET
from app.services.backtesting.meter import LENGTHS, Energy, FileRefused, Measured, net_energy

NEM_TIME = timezone(timedelta(hours=10))
IMPORT, EXPORT = "E1", "B1"
WH = {"WH": 1.0, "KWH": 1000.0, "MWH": 1_000_000.0}
MISSING, VARIES = "N", "V"  # quality: no value; told by the records 400 that follow
QUALITIES = ("A", "E", "F", "S", MISSING, VARIES)  # actual, estimated, final substitute, substitute
_MINUTES_A_DAY = 1440


def is_nem12(text: str) -> bool:
    """Whether the file says that it is one."""
    head = text.lstrip("\ufeff \r\n")[:10].upper()
    return head.startswith(("100,NEM12", "200,"))


@dataclass
class _Day:
    """A record 300: values by their place in the day, None where nothing was measured."""

    start: datetime
    wh: list[float | None]
    varies: bool


@dataclass
class _Reader:
    """What the lines above the present one have said."""

    minutes: int = 0
    scale: float = 0.0
    register: str = ""
    nmi: str = ""
    day: _Day | None = None
    days: dict[tuple[str, datetime], _Day] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)

    @property
    def is_used(self) -> bool:
        return self.register in (IMPORT, EXPORT)


def measured_from_nem12(text: str) -> Measured:
    """Read a file. Raises FileRefused with the lines that are not understood."""
    reader, problems = _Reader(), list[str]()
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        values = [value.strip() for value in line.split(",")]
        try:
            _take(reader, values)
        except ValueError as error:
            problems.append(f"line {number}: {error}")
    if problems:
        raise FileRefused(problems)
    imports = [day for (register, _), day in reader.days.items() if register == IMPORT]
    if not imports:
        raise FileRefused([f"no register {IMPORT} (import) is in the file"])
    return Measured(reader.minutes, _energy(reader, imports), _notes(reader))


def _take(reader: _Reader, values: list[str]) -> None:
    match values[0]:
        case "200":
            _begin(reader, values)
        case "300":
            _add_day(reader, values)
        case "400":
            _add_quality(reader, values)
        case "100" | "500" | "900" | "":
            return
        case other:
            raise ValueError(f"record {other[:10]!r} is none of NEM12")


def _begin(reader: _Reader, values: list[str]) -> None:
    if len(values) < 9:
        raise ValueError("record 200 has fewer than 9 values")
    nmi, register, unit, length = values[1], values[4].upper(), values[7].upper(), values[8]
    reader.register, reader.day = "", None
    if register not in (IMPORT, EXPORT):
        reader.left_out.add(register)
        return
    if reader.nmi and nmi != reader.nmi:
        raise ValueError("a second meter (NMI) begins; give a file of one")
    if unit not in WH:
        raise ValueError(f"unit {unit!r} of register {register} is not kWh, Wh or MWh")
    if not length.isdigit() or int(length) not in LENGTHS:
        raise ValueError(f"intervals of {length!r} minutes; allowed are 5, 15 and 30")
    if reader.minutes and int(length) != reader.minutes:
        raise ValueError(f"intervals of {int(length)} minutes after ones of {reader.minutes}")
    reader.nmi, reader.minutes, reader.scale, reader.register = nmi, int(length), WH[unit], register


def _add_day(reader: _Reader, values: list[str]) -> None:
    reader.day = None
    if not reader.is_used:
        if not reader.left_out:
            raise ValueError("record 300 before any record 200")
        return
    count = _MINUTES_A_DAY // reader.minutes
    quality = values[count + 2][:1].upper() if len(values) > count + 2 else ""
    if quality not in QUALITIES:
        raise ValueError(f"record 300 has not {count} values and then their quality")
    try:
        start = datetime.strptime(values[1], "%Y%m%d").replace(tzinfo=NEM_TIME).astimezone(UTC)
    except ValueError:
        raise ValueError(f"{values[1][:20]!r} is no date such as 20261120") from None
    wh = [None if quality == MISSING else _wh(value, reader.scale) for value in values[2 : count + 2]]
    # A day that comes twice was read again: the later record is the newer one.
    reader.day = reader.days[reader.register, start] = _Day(start, wh, quality == VARIES)


def _wh(text: str, scale: float) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{text[:20]!r} is not a number") from None
    if not math.isfinite(value) or value < 0:
        raise ValueError(f"{text[:20]!r} is not a figure of 0 or more")
    return value * scale


def _add_quality(reader: _Reader, values: list[str]) -> None:
    day = reader.day
    if day is None:
        return
    if len(values) < 4 or not values[1].isdigit() or not values[2].isdigit():
        raise ValueError("record 400 does not say which intervals it is about")
    first, last = int(values[1]), int(values[2])
    if not 1 <= first <= last <= len(day.wh):
        raise ValueError(f"record 400 is about intervals {first} to {last} of a day of {len(day.wh)}")
    if values[3][:1].upper() == MISSING and day.varies:
        day.wh[first - 1 : last] = [None] * (last - first + 1)


def _energy(reader: _Reader, imports: list[_Day]) -> dict[datetime, Energy]:
    """Only where both registers were read, if there are two."""
    has_export = any(register == EXPORT for register, _ in reader.days)
    found = {}
    for day in sorted(imports, key=lambda each: each.start):
        exported = reader.days.get((EXPORT, day.start))
        for number, import_wh in enumerate(day.wh):
            export_wh = (exported.wh[number] if exported else None) if has_export else 0.0
            if import_wh is not None and export_wh is not None:
                found[day.start + timedelta(minutes=number * reader.minutes)] = net_energy(import_wh, export_wh)
    return found


def _notes(reader: _Reader) -> tuple[str, ...]:
    if not reader.left_out:
        return (NET,)
    return (NET, f"Left out of the file: {', '.join(sorted(each or 'a register without a name' for each in reader.left_out))}.")
