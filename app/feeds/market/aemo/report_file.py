"""AEMO's report files: a zip with one CSV of control, header and data rows (C, I, D), several tables in one file.

Source: NEMWEB's file format. An I row names the columns of the D rows after it; positions are read from there, as the version of a table
changes when columns are added. The last row, END OF REPORT, counts the rows: without it the file is not whole."""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.domain.prices import Quality
from app.feeds.market.aemo.nem import (
    FIVE_MINUTES,
    HALF_HOUR,
    REGIONS,
    Reading,
    Refusal,
    RowRefused,
    Spot,
    in_market_time,
    interval_of,
    price_of,
)

LARGEST_UNPACKED: Final = 20_000_000  # bytes; the largest of these reports has about 8 MB
_PACKED_HOW: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED: Final = 0x1
_PAYLOAD: Final = 3  # a column before this one is row type, report, table or version


class FileRefused(Exception):
    """A file is not whole, or not in the documented form; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table with prices by region. The label of an interval stands in `label`, its price in RRP."""

    report: str
    name: str | None  # None: the column for it may be empty or left out
    label: str
    length: timedelta
    quality: Quality
    has_intervention: bool = True  # where the operator intervenes, the rows of that run are marked 1; what is paid stands in those with 0

    @property
    def title(self) -> str:
        """ "DISPATCH.PRICE"."""
        return ".".join(filter(None, (self.report, self.name)))


DISPATCH: Final = Table("DISPATCH", "PRICE", "SETTLEMENTDATE", FIVE_MINUTES, Quality.SETTLED)
P5MIN: Final = Table("P5MIN", "REGIONSOLUTION", "INTERVAL_DATETIME", FIVE_MINUTES, Quality.FORECAST)
PREDISPATCH: Final = Table("PREDISPATCH", "REGION_PRICES", "DATETIME", HALF_HOUR, Quality.FORECAST)
PDREGION: Final = Table("PDREGION", None, "PERIODID", HALF_HOUR, Quality.FORECAST, has_intervention=False)


def read_report(data: bytes, table: Table, now: datetime) -> Reading:
    """The prices of `table` in a zipped report, by region and interval. A bad row is left out and named, the others count.

    Raises FileRefused when the file is not whole or the table is not there, or no price of it can be read."""
    prices: dict[tuple[str, datetime], Spot] = {}
    refused: list[Refusal] = []
    for row in _rows(unpacked(data), table):
        region = row["REGIONID"].strip()
        if region not in REGIONS or (table.has_intervention and row["INTERVENTION"].strip() != "0"):
            continue
        try:
            start, end = interval_of(row[table.label], table.length, now)
        except RowRefused as reason:
            refused.append(Refusal(region, f"{region} in {table.title}: {reason}"))
            continue
        try:
            prices[region, start] = Spot(region, start, end, price_of(row["RRP"]), table.quality)
        except RowRefused as reason:
            refused.append(Refusal(region, f"{region} until {in_market_time(end)}: {reason}"))
    if not prices:
        raise FileRefused(f"{table.title} has no price: {refused[0].words}" if refused else f"{table.title} has no price")
    return Reading(tuple(prices.values()), tuple(refused))


def unpacked(data: bytes) -> str:
    """The text of the one CSV in a zip, checked against its checksum. Raises FileRefused."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) != 1 or not entries[0].filename.lower().endswith(".csv"):
                raise FileRefused("it is not a zip with one CSV")
            entry = entries[0]
            if entry.flag_bits & _ENCRYPTED or entry.compress_type not in _PACKED_HOW:
                raise FileRefused("it is packed in a way that is not read here")
            # What the zip says of its size is not to be trusted: a small one can unpack to a very large one.
            with archive.open(entry) as packed:
                text = packed.read(LARGEST_UNPACKED + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError):
        raise FileRefused("the zip is broken") from None
    if len(text) > LARGEST_UNPACKED:
        raise FileRefused(f"it unpacks to more than {LARGEST_UNPACKED // 1_000_000} MB")
    return text.decode("utf-8", "replace")


def _rows(text: str, table: Table) -> Iterator[Mapping[str, str]]:
    """The D rows of `table`, by name of column. Raises FileRefused, at the end too: only a whole file counts."""
    columns: list[str] | None = None
    wanted = ["REGIONID", table.label, "RRP", *(["INTERVENTION"] if table.has_intervention else [])]
    for record in _records(text):
        kind = record[0].upper()
        if kind not in ("I", "D") or not _is_of(record, table):
            continue
        if kind == "I":
            columns = [name.strip().upper() for name in record]
            lacking = [name for name in wanted if name not in columns[_PAYLOAD:]]
            if lacking:
                raise FileRefused(f"{table.title} has no column {', '.join(lacking)}")
        elif columns is None:
            raise FileRefused(f"{table.title} has rows before the names of its columns")
        else:
            cells = record + [""] * (len(columns) - len(record))
            yield dict(zip(columns[_PAYLOAD:], cells[_PAYLOAD:], strict=False))
    if columns is None:
        raise FileRefused(f"the table {table.title} is missing")


def _is_of(record: list[str], table: Table) -> bool:
    names = [cell.strip().upper() for cell in record[1:3]]
    return names[:1] == [table.report] and (table.name is None or names[1:] == [table.name])


def _records(text: str) -> Iterator[list[str]]:
    """All rows up to END OF REPORT. Raises FileRefused where that is missing, or counts other than there are."""
    count = 0
    records = csv.reader(io.StringIO(text, newline=""))
    try:
        for record in records:
            if not record:
                continue
            count += 1
            if record[0].upper() == "C" and [cell.strip().upper() for cell in record[1:2]] == ["END OF REPORT"]:
                break
            yield record
        else:
            raise FileRefused("its end is missing")
        if any(records):
            raise FileRefused("it goes on after its end")
    except csv.Error:
        raise FileRefused("it is not CSV") from None
    if [cell.strip() for cell in record[2:3]] != [str(count)]:
        raise FileRefused(f"its end counts other than the {count} rows that are there")
