"""NEMWEB, AEMO's file server: directories of zipped reports.

Source: NEMWEB, `/Reports/Current/`. Requests without a User-Agent are answered with 403; 403 and 503 also come when many ask at once, in
the first seconds after a publication."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.domain.brands import BaseUrl
from app.feeds.market.aemo.host import Host
from app.feeds.market.aemo.nem import NEM_TIME, VENDOR, Reading
from app.feeds.market.aemo.report_file import DISPATCH, P5MIN, PDREGION, PREDISPATCH, FileRefused, Table, read_report
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood
from app.transports.files import FileApi

NEMWEB_URL: Final = BaseUrl("AEMO_NEMWEB_URL", "https://nemweb.com.au", "scheme and host")
_ROOT: Final = "/Reports/Current"
_LINK = re.compile(r"""href\s*=\s*["']?([^"'>\s]+)""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Directory:
    """One kind of report. The names of its files begin with the label of their first interval, so that the last one is the newest."""

    name: str
    file: re.Pattern[str]  # group 1: the label, YYYYMMDDHHMM in market time
    table: Table


DISPATCH_IS: Final = Directory("DispatchIS_Reports", re.compile(r"PUBLIC_DISPATCHIS_(\d{12})_\d{14,18}\.zip", re.IGNORECASE), DISPATCH)
P5: Final = Directory("P5_Reports", re.compile(r"PUBLIC_P5MIN_(\d{12})_\d{14}\.zip", re.IGNORECASE), P5MIN)
PREDISPATCH_IS: Final = Directory(
    "PredispatchIS_Reports", re.compile(r"PUBLIC_PREDISPATCHIS_(\d{12})_\d{14}\.zip", re.IGNORECASE), PREDISPATCH
)
PREDISPATCH_LEGACY: Final = Directory(
    "Predispatch_Reports", re.compile(r"PUBLIC_PREDISPATCH_(\d{12})_\d{14}_LEGACY\.zip", re.IGNORECASE), PDREGION
)


class FileServer:
    """The directories and their files. Each method raises a VendorError. For one thread at a time."""

    def __init__(self, context: Context) -> None:
        self.host = Host("the file server", context.pace)
        self._files = FileApi(VENDOR, context.base_url(NEMWEB_URL), context, account="public", explain=self.host.explain)

    def names(self, directory: Directory) -> list[str]:
        """The files of a directory, oldest first, at least one."""
        page = self.host.ask(lambda: self._files.get(f"{_ROOT}/{directory.name}/"))
        names = listed(page, directory)
        if not names:
            raise AnswerNotUnderstood(VENDOR, f"{directory.name} lists no reports")
        return names

    def read(self, directory: Directory, name: str, now: datetime) -> Reading:
        """The prices of one file."""
        data = self.host.ask(lambda: self._files.get(f"{_ROOT}/{directory.name}/{name}"))
        try:
            return read_report(data, directory.table, now)
        except FileRefused as reason:
            raise AnswerNotUnderstood(VENDOR, f"{name}: {reason}") from None


def listed(page: bytes, directory: Directory) -> list[str]:
    """The names of the directory's reports that a listing links to, oldest first. What else it links to is passed over."""
    links = (link.rpartition("/")[2] for link in _LINK.findall(page.decode("utf-8", "replace")))
    return sorted({name for name in links if directory.file.fullmatch(name)}, key=str.upper)


def label_of(directory: Directory, name: str) -> datetime | None:
    """The label in a file's name; None where it is no time."""
    match = directory.file.fullmatch(name)
    try:
        return datetime.strptime(match[1], "%Y%m%d%H%M").replace(tzinfo=NEM_TIME) if match else None
    except ValueError:
        return None
