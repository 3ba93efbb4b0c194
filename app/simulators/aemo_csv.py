"""The market operator's CSV form: control, header and data rows, several tables in one file, zipped."""

import io
import math
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.simulators import effects as e
from app.simulators.service import Taken
from app.simulators.spot_faults import ABSENT

Row = tuple[Any, ...]
_REGION, _PRICE, _INTERVENTION = "REGIONID", "RRP", "INTERVENTION"


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a report; the cells of a row stand as its columns do."""

    report: str
    name: str
    version: int
    columns: tuple[str, ...]
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Header:
    """The first row of a file: which report, and when the operator made it (NEM time)."""

    report: str
    made_at: datetime
    sequence: int


def report_text(header: Header, tables: Sequence[Table], taken: Taken) -> str:
    """The whole file, with the faults of this request in its tables and its end."""
    number = f"{header.sequence:016d}"
    made_at = f"{header.made_at:%Y/%m/%d,%H:%M:%S}"
    lines = [f"C,NEMP.WORLD,{header.report},AEMO,PUBLIC,{made_at},{number},{header.report},{header.sequence - 1:016d}"]
    for table in tables:
        lines += _lines_of(_with_faults(table, taken))
    forms = {effect.form for effect, _ in taken if isinstance(effect, e.MissingEndOfReport)}
    if "absent" in forms:
        return "\r\n".join(lines[:-2]) + "\r\n"
    count = len(lines) + 1 + (3 if "count" in forms else 0)
    return "\r\n".join([*lines, f'C,"END OF REPORT",{count}']) + "\r\n"


def zipped(name: str, text: str, made_at: datetime, taken: Taken) -> bytes:
    """A zip with the one file `name`; the same text makes the same bytes."""
    entry = zipfile.ZipInfo(name, (made_at.year, made_at.month, made_at.day, made_at.hour, made_at.minute, made_at.second))
    entry.compress_type = zipfile.ZIP_DEFLATED
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(entry, text)
    data = buffer.getvalue()
    for effect, _ in taken:
        if isinstance(effect, e.CorruptZip):
            data = _corrupted(data, effect.form)
    return data


def _corrupted(data: bytes, form: str) -> bytes:
    if form == "page":
        return b"<!DOCTYPE html><html><head><title>Request rejected</title></head><body>Request rejected</body></html>"
    if form == "checksum":
        middle = len(data) // 3
        return data[:middle] + bytes([data[middle] ^ 0x55]) + data[middle + 1 :]
    return data[: len(data) * 2 // 3]


def _lines_of(table: Table) -> list[str]:
    start = f"{table.report},{table.name},{table.version}"
    return [f"I,{start},{','.join(table.columns)}", *(f"D,{start},{_cells(row)}" for row in table.rows)]


def _cells(row: Row) -> str:
    if ABSENT in row:
        row = row[: row.index(ABSENT)]
    return ",".join([_cell(value) for value in row])


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case float() if math.isnan(value):
            return "NaN"
        case float() if math.isinf(value):
            return "Infinity"
        case float() if value == int(value):
            return str(int(value))
        case datetime():
            return f'"{value:%Y/%m/%d %H:%M:%S}"'
    return str(value)


def _with_faults(table: Table, taken: Taken) -> Table:
    for effect, _ in taken:
        match effect:
            case e.Intervention():
                table = _with_intervention(table, effect)
            case e.UnknownRegion() if _REGION in table.columns:
                at = table.columns.index(_REGION)
                table = replace(table, rows=[*table.rows, *((*row[:at], effect.region, *row[at + 1 :]) for row in table.rows[:1])])
            case e.MovedColumns():
                table = replace(table, version=table.version + 1, columns=table.columns[::-1], rows=[row[::-1] for row in table.rows])
            case e.RenamedField():
                table = replace(table, columns=tuple(effect.to if name == effect.field else name for name in table.columns))
    return table


def _with_intervention(table: Table, effect: e.Intervention) -> Table:
    """Each row of a region twice; those with a price at another one."""
    if not {_REGION, _INTERVENTION} <= set(table.columns):
        return table
    rows: list[Row] = []
    for row in table.rows:
        other = dict(zip(table.columns, row, strict=True)) | {_INTERVENTION: 1}
        if isinstance(other.get(_PRICE), float):
            other[_PRICE] = round(other[_PRICE] + effect.by_per_mwh, 2)
        rows += [tuple(other.values()), row] if effect.first else [row, tuple(other.values())]
    return replace(table, rows=rows)
