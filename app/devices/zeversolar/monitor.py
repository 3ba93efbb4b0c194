"""The way to the monitor that is built into an inverter: plain HTTP in the home's network, one request at a time.

Source: GET /home.cgi, GET /adv.cgi, POST /pwrlim.cgi (a form). It answers 404 now and then for pages that it has."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from app.devices.zeversolar.fields import MonitorFields
from app.devices.zeversolar.pages import IN_PERCENT, Home, PowerLimit, home_from, limit_from, monitor_id_from
from app.devices.zeversolar.vendor import VENDOR
from app.transports.context import Context
from app.transports.errors import RequestRefused, Unreachable, VendorError
from app.transports.lan_http import lan_session, web_address
from app.transports.line import TOTAL_S
from app.transports.text import TextApi

_ON: Final = "on"


class Monitor:
    """One inverter's monitor. Nothing is sent on opening."""

    def __init__(self, fields: MonitorFields, context: Context) -> None:
        lan = replace(context, session=lan_session(VENDOR))
        url = web_address("http", fields.host, fields.port)
        self._api = TextApi(VENDOR, url, lan, account=fields.host[:32], explain=_explained)
        self._lock = threading.RLock()
        self._monitor_id: str | None = None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Some requests in a row, as it answers one at a time. Raises Unreachable when others hold it too long."""
        if not self._lock.acquire(timeout=TOTAL_S):
            raise Unreachable(VENDOR, "another request to it is still under way")
        try:
            yield
        finally:
            self._lock.release()

    def home(self) -> Home:
        """What the inverter does. Raises a VendorError."""
        return home_from(self._api.get("/home.cgi"))

    def limit(self, purpose: str = "read") -> PowerLimit:
        """Its power limit. Raises a VendorError."""
        return limit_from(self._api.get("/adv.cgi", purpose=purpose))

    def check_that_it_is_the_same(self, purpose: str = "read") -> None:
        """Before settings are believed or written: addresses in a home change hands. The monitor that answered first since PowerSync
        started counts. Raises RequestRefused where another one answers, or a VendorError."""
        found = monitor_id_from(self._api.get("/home.cgi", purpose=purpose))
        if self._monitor_id is not None and found != self._monitor_id:
            told = f"another inverter answers at its address (monitor {found} instead of {self._monitor_id})"
            raise RequestRefused(VENDOR, f"{told}; was it replaced, or given a new address?")
        self._monitor_id = found

    def set_limit(self, held: PowerLimit, pct: int, purpose: str) -> None:
        """Limit it to `pct` percent, with the rest of its form as it is held; sent once. Raises a VendorError."""
        form = {**held.form, "enlim": _ON, "ac_mode": IN_PERCENT, "ac_value1": str(pct)}
        self._api.post_form("/pwrlim.cgi", form, purpose)


def _explained(status: int, headers: Mapping[str, str], body: bytes) -> VendorError | None:
    """Its 404 says nothing of the page: asked again, it is there."""
    return Unreachable(VENDOR, "it did not find its own page, as it does now and then") if status == 404 else None
