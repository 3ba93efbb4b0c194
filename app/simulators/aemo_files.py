"""The market operator's file server: which reports there are, how their files are named, when they appear, what a directory shows."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.simulators import aemo_tables
from app.simulators.aemo_csv import Header, Table
from app.simulators.aemo_tables import Run
from app.simulators.market import NEM, SLOT_S
from app.simulators.nem import HALF_HOUR, Nem, SpotPrice, label_of

ROOT = "/Reports/Current/"
_KEPT = timedelta(hours=24)
_FILE = re.compile(r"PUBLIC_[A-Z0-9]+_(\d{12})_\d{14,16}\.zip", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ReportKind:
    """One directory of reports: `slots` five-minute intervals from one file to the next."""

    directory: str
    report: str
    slots: int
    made_after_s: float
    is_numbered: bool  # the name ends with a sequence number; otherwise with the instant it was made
    prices: Callable[[Nem, str, int], list[SpotPrice]]
    tables: Callable[[Run], list[Table]]

    def sequence(self, first: int) -> int:
        """The number of the file of the run in interval `first`; later files have higher ones."""
        return first * 90 + 2_000_000 + self.slots

    def made_at(self, first: int) -> datetime:
        """When the operator made the file, in NEM time."""
        return datetime.fromtimestamp(first * SLOT_S, NEM) + timedelta(seconds=self.made_after_s)

    def file_name(self, first: int) -> str:
        """The name of the zip: the label of its first interval, then what tells two files of one label apart."""
        end = f"{self.sequence(first):016d}" if self.is_numbered else f"{self.made_at(first):%Y%m%d%H%M%S}"
        return f"PUBLIC_{self.report}_{label_of(first, self.slots):%Y%m%d%H%M}_{end}.zip"

    def header(self, first: int) -> Header:
        """The first row of the file."""
        return Header(self.report, self.made_at(first), self.sequence(first))

    def newest(self, at: datetime, appears_after_s: float) -> int:
        """The first interval of the newest run whose file is there."""
        period_s = self.slots * SLOT_S
        return int((at.timestamp() - appears_after_s) // period_s) * self.slots

    def listed(self, newest: int) -> range:
        """The first intervals of all runs whose files are still there."""
        return range(newest - int(_KEPT.total_seconds()) // SLOT_S + self.slots, newest + 1, self.slots)

    def first_of(self, name: str, newest: int) -> int | None:
        """The first interval of the run in file `name`; None when there is no such file."""
        match = _FILE.fullmatch(name)
        if match is None:
            return None
        try:
            label = datetime.strptime(match[1], "%Y%m%d%H%M").replace(tzinfo=NEM)
        except ValueError:
            return None
        first = int(label.timestamp()) // SLOT_S - self.slots
        return first if first in self.listed(newest) and name.upper() == self.file_name(first).upper() else None


def _settled(nem: Nem, region: str, first: int) -> list[SpotPrice]:
    return [nem.settled(region, first)]


DISPATCH = ReportKind("DispatchIS_Reports", "DISPATCHIS", 1, 9, True, _settled, aemo_tables.dispatch)
TRADING = ReportKind("TradingIS_Reports", "TRADINGIS", 1, 11, True, _settled, aemo_tables.trading)
P5MIN = ReportKind("P5_Reports", "P5MIN", 1, 14, False, Nem.p5min, aemo_tables.five_minute_forecast)
PREDISPATCH = ReportKind("PredispatchIS_Reports", "PREDISPATCHIS", HALF_HOUR, 117, False, Nem.predispatch, aemo_tables.half_hourly_forecast)
KINDS = (DISPATCH, TRADING, P5MIN, PREDISPATCH)


def directory_page(kind: ReportKind, newest: int) -> str:
    """A directory as the server shows it: oldest file first, links now in capitals, now in small letters. Sizes are rough."""
    folder = f"{ROOT}{kind.directory}/"
    lines = []
    for first in kind.listed(newest):
        name = kind.file_name(first)
        tag, attribute = ("A", "HREF") if first // kind.slots % 2 else ("a", "href")
        size = 4_000 + 1_500 * kind.slots + first % 97
        lines.append(f'{_moment(kind.made_at(first))} {size:12d} <{tag} {attribute}="{folder}{name}">{name}</{tag}><br>')
    return _page(folder, ROOT, lines)


def root_page(at: datetime) -> str:
    """The directory of directories."""
    when = _moment(at.astimezone(NEM).replace(hour=0, minute=0))
    names = sorted(kind.directory for kind in KINDS)
    return _page(ROOT, "/Reports/", [f'{when}        &lt;dir&gt; <A HREF="{ROOT}{name}/">{name}</A><br>' for name in names])


def _page(folder: str, parent: str, lines: list[str]) -> str:
    title = f"nemweb.com.au - {folder}"
    head = f"<html><head><title>{title}</title></head><body><H1>{title}</H1><hr>\r\n\r\n"
    first = f'<pre><A HREF="{parent}">[To Parent Directory]</A><br><br>\r\n'
    return head + first + "\r\n".join(lines) + "\r\n</pre><hr></body></html>"


def _moment(at: datetime) -> str:
    hour = at.hour % 12 or 12
    return f"{at:%A, %B} {at.day:2d}, {at.year} {hour:2d}:{at:%M} {'PM' if at.hour >= 12 else 'AM'}"
