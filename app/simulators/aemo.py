"""The market operator's public services: the JSON reports of its dashboard and the file server with zipped CSV. No key, all five regions.

The dashboard and the files have hosts of their own in the world; here one server answers for both.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.simulators import aemo_files as files
from app.simulators import effects as e
from app.simulators.aemo_csv import report_text, zipped
from app.simulators.aemo_files import ReportKind
from app.simulators.aemo_json import Json, Summary, renamed, report_rows
from app.simulators.aemo_tables import Run
from app.simulators.faults import Faults
from app.simulators.market import SLOT_S
from app.simulators.nem import REGIONS, Nem, SpotPrice
from app.simulators.pace import Clock
from app.simulators.service import Request, Response, Service, Taken, json_response
from app.simulators.spot_faults import seen_at, spoilt

SUMMARY_PATH = "/aemo/apps/api/report/ELEC_NEM_SUMMARY"
RECENT_PATH = "/aemo/apps/api/report/5MIN"
_RECENT = 288
_REMEMBERED = 400
_REASONS = {403: "Forbidden: Access is denied.", 404: "File or directory not found.", 503: "Service Unavailable"}


@dataclass(slots=True)
class Publication:
    """Seconds from the start of an interval (predispatch: of a half hour) until what is known of it can be read."""

    dispatch_s: float = 25.0
    trading_s: float = 30.0
    p5min_s: float = 25.0
    predispatch_s: float = 130.0
    summary_s: float = 30.0

    def of(self, kind: ReportKind) -> float:
        """The figure of one directory."""
        after = {
            files.DISPATCH: self.dispatch_s,
            files.TRADING: self.trading_s,
            files.P5MIN: self.p5min_s,
            files.PREDISPATCH: self.predispatch_s,
        }
        return after[kind]


class AemoService(Service):
    """Answers from `nem`; `publication` says when, and may be changed at any time."""

    name = "aemo"

    def __init__(self, clock: Clock, faults: Faults, nem: Nem) -> None:
        super().__init__(clock, faults)
        self.nem = nem
        self.publication = Publication()
        self._kept: dict[str, tuple[object, bytes]] = {}

    def error(self, status: int, fault: e.Status | None = None) -> Response:
        reason = _REASONS.get(status, "Server Error" if status >= 500 else "Bad Request")
        page = f"<!DOCTYPE html><html><head><title>{status} - {reason}</title></head><body><h2>{status} - {reason}</h2></body></html>"
        return Response(status, page.encode(), {"Content-Type": "text/html"})

    def answer(self, request: Request, taken: Taken) -> Response:
        path, now = request.path, self.clock.now()
        if path == SUMMARY_PATH:
            return self._summary(now, taken) if request.method == "GET" else self.error(405)
        if path == RECENT_PATH:
            return self._recent(request, now, taken) if request.method == "POST" else self.error(405)
        if path.lower().startswith("/reports/"):
            return self._file_server(request, now, taken)
        return self.error(404)

    # -- the dashboard --------------------------------------------------------------------------------------------

    def _summary(self, now: datetime, taken: Taken) -> Response:
        seen = seen_at(now, taken)
        index = files.DISPATCH.newest(seen, self.publication.summary_s)

        def make() -> bytes:
            prices = spoilt([self.nem.settled(region, index) for region in REGIONS], taken, seen, now)
            return _json(Summary(self.nem, index, prices, _is_administered(taken)).to_json(taken))

        return Response(200, self._once("summary", index, taken, make), {"Content-Type": "application/json"})

    def _recent(self, request: Request, now: datetime, taken: Taken) -> Response:
        """A day back and all that is forecast: by five minutes for an hour, by half hours to the end of the last day bid for."""
        scale = _time_scale(request.body)
        if scale is None:
            return json_response({"message": "timeScale is 5MIN or 30MIN"}, 400)
        seen = seen_at(now, taken)
        last = files.DISPATCH.newest(seen, self.publication.summary_s)
        kind = files.P5MIN if scale == "5MIN" else files.PREDISPATCH
        run = kind.newest(seen, self.publication.of(kind))

        def make() -> bytes:
            settled: list[SpotPrice] = []
            ahead: list[SpotPrice] = []
            past = self.nem.settled_between if scale == "5MIN" else self.nem.past_half_hours
            for region in REGIONS:
                known = past(region, last + 1 - _RECENT, last + 1)
                settled += known
                ahead += [price for price in kind.prices(self.nem, region, run) if price.index > known[-1].index]
            rows = report_rows(self.nem, spoilt(settled, taken, seen, now), "ACTUAL")
            rows += report_rows(self.nem, spoilt(ahead, taken, seen, now), "FORECAST")
            return _json({"5MIN": renamed(rows, taken)})

        return Response(200, self._once(scale, (last, run), taken, make), {"Content-Type": "application/json"})

    # -- the files ------------------------------------------------------------------------------------------------

    def _file_server(self, request: Request, now: datetime, taken: Taken) -> Response:
        if not request.headers.get("user-agent"):
            return self.error(403)
        if request.method != "GET":
            return self.error(405)
        busy = next((effect for effect, _ in taken if isinstance(effect, e.BusyAtPublication)), None)
        if busy is not None and now.timestamp() % SLOT_S < busy.seconds:
            return self.error(busy.code)
        place = request.path[len(files.ROOT) :] if request.path.lower().startswith(files.ROOT.lower()) else None
        if place == "":
            return _page(files.root_page(now).encode())
        directory, _, name = (place or "").partition("/")
        kind = next((kind for kind in files.KINDS if kind.directory.lower() == directory.lower()), None)
        if kind is None:
            return self.error(404)
        seen = seen_at(now, taken)
        newest = kind.newest(seen, self.publication.of(kind))
        if not name:
            return self._directory(kind, newest, taken)
        first = kind.first_of(name, newest)
        if first is None:
            return self.error(404)
        body = self._once(kind.file_name(first), None, taken, lambda: self._zip(kind, first, taken, seen, now))
        return Response(200, body, {"Content-Type": "application/x-zip-compressed"})

    def _directory(self, kind: ReportKind, newest: int, taken: Taken) -> Response:
        page = self._once(kind.directory, newest, [], lambda: files.directory_page(kind, newest).encode())
        for effect, _ in taken:
            if isinstance(effect, e.TruncatedListing):
                page = page[: int(len(page) * effect.part)]
        return _page(page)

    def _zip(self, kind: ReportKind, first: int, taken: Taken, seen: datetime, now: datetime) -> bytes:
        prices = [price for region in REGIONS for price in kind.prices(self.nem, region, first)]
        run = Run(self.nem, first, kind.slots, spoilt(prices, taken, seen, now), _is_administered(taken))
        text = report_text(kind.header(first), kind.tables(run), taken)
        name = kind.file_name(first).removesuffix(".zip") + ".CSV"
        return zipped(name, text, kind.made_at(first), taken)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _once(self, what: str, state: object, taken: Taken, make: Callable[[], bytes]) -> bytes:
        """The answer that was made for `what` in `state`, made now if there is none. What faults befall is made each time."""
        if taken:
            return make()
        kept = self._kept.get(what)
        if kept is None or kept[0] != state:
            if len(self._kept) >= _REMEMBERED:
                self._kept.clear()
            kept = self._kept[what] = (state, make())
        return kept[1]


def _page(body: bytes) -> Response:
    return Response(200, body, {"Content-Type": "text/html; charset=UTF-8"})


def _json(data: Json) -> bytes:
    return json_response(data).body


def _is_administered(taken: Taken) -> bool:
    return any(isinstance(effect, e.AdministeredPricing) for effect, _ in taken)


def _time_scale(body: bytes) -> str | None:
    """The first entry of the request's timeScale; None when it is none that there is."""
    try:
        asked = json.loads(body)["timeScale"][0]
    except (ValueError, TypeError, KeyError, IndexError):
        return None
    return asked if asked in ("5MIN", "30MIN") else None
