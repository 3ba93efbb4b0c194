"""A Zeversolar string inverter with its built-in monitor, as it answers over HTTP.

Source: what independent open programs read and send: /home.cgi, /adv.cgi, /pwrlim.cgi."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from app.simulators import effects as e
from app.simulators.faults import Faults
from app.simulators.pace import Clock
from app.simulators.places import place_in
from app.simulators.service import Request, Response, Service, Taken
from app.simulators.sun import Sky, SolarArray

_PLAIN = {"Content-Type": "text/html"}


@dataclass(frozen=True, slots=True)
class MonitorQuirks:
    """Where one model or firmware differs from the next."""

    hardware: str = "M11"
    is_spaced: bool = False  # fields of /home.cgi stand in one line
    least_pct: int = 0  # a lower limit is taken for this one
    forgets_every: int = 0  # each so many-th page is a 404
    capacity_w: int = 5_000


class Zeversolar(Service):
    """One inverter of 5 kW under 6.6 kW of panels. `limit` is what it holds, in the words of its own form; it tells nonsense while
    `is_implausible`."""

    name: ClassVar[str] = "http.zeversolar"

    def __init__(
        self,
        clock: Clock,
        faults: Faults,
        *,
        serial: str = "ZS150060118C0109",
        zone: str = "Australia/Sydney",
        seed: int = 7,
        quirks: MonitorQuirks | None = None,
    ) -> None:
        super().__init__(clock, faults)
        self.serial, self.quirks, self.zone = serial, quirks or MonitorQuirks(), ZoneInfo(zone)
        self.limit = {
            "enlim": "0",
            "drm_sp": "16.67",
            "ac_sys": str(self.quirks.capacity_w),
            "ac_value1": "100",
            "ac_value2": "0",
            "ac_value3": "0",
            "ac_mode": "1",
            "em_ml": "0",
        }
        self.monitor_id = "EAB9618C1399"
        self.is_implausible = False
        self.has_error = False
        self._pages = 0
        self.energy_today_kwh = 3.14
        place = place_in(zone)
        self.sun = SolarArray(place, Sky(place, seed), 6_600)

    def owner_sets(self, **limit: str) -> None:
        """What the owner or installer chose, in the words of the form."""
        self.limit.update(limit)

    def power_w(self, now: datetime) -> float:
        """What it makes."""
        capacity_w = float(self.limit["ac_sys"])
        most_w = capacity_w
        if self.limit["enlim"] == "1" and self.limit["ac_mode"] == "1":
            most_w = max(self.quirks.least_pct, int(self.limit["ac_value1"])) / 100 * capacity_w
        return min(most_w, self.sun.power_w(now))

    def error(self, status: int, fault: e.Status | None = None) -> Response:
        return Response(status, b"<html><body>Error</body></html>", _PLAIN)

    def answer(self, request: Request, taken: Taken) -> Response:
        if request.method == "GET" and self._forgets():
            return self.error(404)
        match request.method, request.path:
            case "GET", "/home.cgi":
                return Response(200, self._home().encode(), _PLAIN)
            case "GET", "/adv.cgi":
                return Response(200, self._adv().encode(), _PLAIN)
            case "POST", "/pwrlim.cgi":
                return self._take(dict(parse_qsl(request.body.decode(), keep_blank_values=True)), taken)
        return self.error(404)

    def _forgets(self) -> bool:
        self._pages += 1
        return self.quirks.forgets_every > 0 and self._pages % self.quirks.forgets_every == 0

    def _home(self) -> str:
        now = self.clock.now()
        local = now.astimezone(self.zone)
        clock = f"{local:%H:%M %d/%m/%Y}"
        head = ["1", "1", self.monitor_id, "AWWQBBWVVXDJWVXF", self.quirks.hardware, "18625-797R+17829-719R", clock, "1"]
        made_w = self.sun.power_w(now)
        if made_w <= 0:
            return self._joined([*head, "0"])
        power = "-32768" if self.is_implausible else str(math.floor(self.power_w(now)))
        state = "Error" if self.has_error else "OK"
        return self._joined([*head, "1", self.serial, power, _without_leading_zeros(self.energy_today_kwh), state, "Error"])

    def _joined(self, fields: list[str]) -> str:
        return (" " if self.quirks.is_spaced else "\n").join(fields) + "\n"

    def _adv(self) -> str:
        limit = self.limit
        head = ["1", "home-wifi", "1", "192.0.2.7", "255.255.255.0", "192.0.2.1", "0", "0"]
        names = ("enlim", "drm_sp", "ac_sys", "ac_value1", "ac_value2", "ac_value3", "ac_mode", "em_ml")
        shown = [limit[name] if not self.is_implausible else "-" for name in names]
        return "\n".join([*head, *shown]) + "\n"

    def _take(self, form: dict[str, str], taken: Taken) -> Response:
        """The form of its page: whoever leaves a field out is not understood."""
        try:
            is_good = form["enlim"] == "on" and 0 <= int(form["ac_value1"]) <= 100 and form["ac_mode"] == "1"
            is_good = is_good and form["ac_sys"] == self.limit["ac_sys"] and {"ac_value2", "em_ml", "ac_value3", "drm_sp"} <= form.keys()
        except (KeyError, ValueError):
            return self.error(400)
        if not is_good:
            return self.error(400)
        if not any(isinstance(effect, e.IgnoreWrites) for effect, _ in taken):
            self.limit = {**form, "enlim": "1"}
        return Response(200, b"<html><body>OK</body></html>", _PLAIN)


def _without_leading_zeros(energy_kwh: float) -> str:
    """As its firmware writes: 8.09 becomes 8.9."""
    whole, _, fraction = f"{energy_kwh:.2f}".partition(".")
    return f"{whole}.{int(fraction)}"
