"""Faults on demand: an effect, where it shows, and from when to when or how often.

They can be combined freely. In JSON (see `control.py`) a fault is one object, for example
`{"kind": "status", "code": 429, "retry_after_s": 37, "server": "teslemetry", "path": "live_status", "count": 2}` or
`{"kind": "short_horizon", "hours": 3, "server": "amber", "for_s": 600}`.
"""

import itertools
import random
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from app.simulators.effect_kinds import EFFECTS
from app.simulators.effects import Effect

MODBUS = "modbus."  # the name of every device that speaks Modbus begins so: "modbus.sungrow"
ON_HTTP = "http."  # and of every device or cloud that answers for itself over HTTP: "http.enphase"
SERVERS = (
    "amber",
    "amber_stream",
    "teslemetry",
    "tesla_fleet",
    "tesla_auth",
    "tesla_gateway",
    "aemo",
    "kwatch",
    "octopus",
    "open_meteo",
    "forecast_solar",
    "solcast",
)
_SCOPE = ("kind", "server", "path", "method", "count", "after_s", "for_s")


class BadFault(ValueError):
    """A fault that does not exist or cannot be; the text says what is allowed."""


@dataclass(slots=True)
class Fault:
    """`server` and `path` (a part of the request's path) narrow it; `start` (included), `end` (excluded) and `count` bound it."""

    effect: Effect
    server: str = "*"
    path: str = ""
    method: str = ""
    start: datetime | None = None
    end: datetime | None = None
    count: int | None = None

    def __post_init__(self) -> None:
        if self.server != "*" and self.server not in SERVERS and not self.server.startswith((MODBUS, ON_HTTP)):
            raise BadFault(f"server: {self.server!r} is none of {', '.join(SERVERS)} and no {MODBUS}… or {ON_HTTP}…")
        if self.count is not None and self.count < 1:
            raise BadFault(f"count: {self.count!r} is not a positive number")
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise BadFault("the fault ends before it starts")

    def is_on(self, server: str, now: datetime) -> bool:
        """True while it can show on `server`."""
        return (
            self.server in ("*", server)
            and self.effect.shows_on(server)
            and (self.start is None or now >= self.start)
            and (self.end is None or now < self.end)
            and (self.count is None or self.count > 0)
        )

    def meets(self, method: str, path: str) -> bool:
        """True when a request is one of those that it is about."""
        return (
            self.path in path
            and self.method in ("", method)
            and method in self.effect.methods
            and (not self.effect.paths or any(part in path for part in self.effect.paths))
        )


class Faults:
    """The faults of one world; safe to change while requests run."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._faults: dict[int, Fault] = {}
        self._listeners: list[Callable[[], None]] = []

    def add(
        self,
        effect: Effect,
        *,
        server: str = "*",
        path: str = "",
        method: str = "",
        count: int | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        for_s: float | None = None,
    ) -> int:
        """Put `effect` in force from `start` (now) until `end`, for `for_s` seconds, or `count` times. Returns its number."""
        start = start or self._now()
        if for_s is not None:
            end = start + timedelta(seconds=for_s)
        return self.plan([Fault(effect, server, path, method, start, end, count)])[0]

    def plan(self, faults: Iterable[Fault]) -> list[int]:
        """Put many in force; returns their numbers."""
        with self._lock:
            numbers = []
            for fault in faults:
                number = next(self._ids)
                self._faults[number] = fault
                numbers.append(number)
        self._tell()
        return numbers

    def remove(self, number: int) -> None:
        """End one. Raises KeyError when there is none of that number."""
        with self._lock:
            del self._faults[number]
        self._tell()

    def clear(self) -> None:
        """End all."""
        with self._lock:
            self._faults.clear()
        self._tell()

    def listed(self) -> dict[int, Fault]:
        """Those that are in force or still to come, by number."""
        now = self._now()
        with self._lock:
            for number in [n for n, f in self._faults.items() if f.count == 0 or (f.end is not None and f.end <= now)]:
                del self._faults[number]
            return dict(self._faults)

    def take(self, server: str, method: str, path: str, kinds: tuple[type[Effect], ...] = (Effect,)) -> list[tuple[Effect, Fault]]:
        """What of `kinds` befalls this request; each counted fault is used up by one."""
        if not self._faults:
            return []
        now, taken = self._now(), []
        with self._lock:
            for fault in self._faults.values():
                if isinstance(fault.effect, kinds) and fault.is_on(server, now) and fault.meets(method, path):
                    if fault.count is not None:
                        fault.count -= 1
                    taken.append((fault.effect, fault))
        return taken

    def has(self, server: str, kind: type[Effect]) -> bool:
        """True while an effect of `kind` is in force on `server`; uses nothing up."""
        if not self._faults:
            return False
        now = self._now()
        with self._lock:
            return any(isinstance(fault.effect, kind) and fault.is_on(server, now) for fault in self._faults.values())

    def on_change(self, call: Callable[[], None]) -> None:
        """Run `call` whenever faults are added or removed."""
        self._listeners.append(call)

    def _tell(self) -> None:
        for call in self._listeners:
            call()


def fault_from_json(data: Any, now: datetime) -> Fault:
    """The fault of one JSON object. Raises BadFault naming what is wrong and what is allowed."""
    if not isinstance(data, dict):
        raise BadFault("a fault is an object")
    kind = EFFECTS.get(str(data.get("kind")))
    if kind is None:
        raise BadFault(f"kind: {data.get('kind')!r} is none of {', '.join(sorted(EFFECTS))}")
    allowed = {field.name: field for field in fields(kind)}
    unknown = set(data) - set(allowed) - set(_SCOPE)
    if unknown:
        raise BadFault(f"{', '.join(sorted(unknown))}: unknown; allowed are {', '.join([*allowed, *_SCOPE])}")
    for key in set(data) & set(allowed):
        default = allowed[key].default
        numeric = default is None or (isinstance(default, int | float) and not isinstance(default, bool))
        wanted = (int, float) if numeric else (type(default),)
        if not isinstance(data[key], wanted) or (numeric and isinstance(data[key], bool)):
            raise BadFault(f"{key}: {data[key]!r} has the wrong type")
    for key in ("count", "after_s", "for_s"):
        if data.get(key) is not None and (isinstance(data[key], bool) or not isinstance(data[key], int | float) or data[key] < 0):
            raise BadFault(f"{key}: {data[key]!r} is not a positive number")
    start = now + timedelta(seconds=data.get("after_s") or 0)
    end = start + timedelta(seconds=data["for_s"]) if data.get("for_s") else None
    effect = kind(**{key: value for key, value in data.items() if key in allowed})
    count = None if data.get("count") is None else int(data["count"])
    return Fault(effect, str(data.get("server", "*")), str(data.get("path", "")), str(data.get("method", "")), start, end, count)


def fault_to_json(fault: Fault) -> dict[str, Any]:
    """The same object back, with its window as instants."""
    scope = {
        "server": fault.server,
        "path": fault.path,
        "method": fault.method,
        "count": fault.count,
        "start": fault.start.isoformat() if fault.start else None,
        "end": fault.end.isoformat() if fault.end else None,
    }
    return {"kind": fault.effect.kind(), **asdict(fault.effect), **scope}


def fault_plan(seed: int, start: datetime, end: datetime, intensity: float = 1.0) -> list[Fault]:
    """Troubles spread over [start, end) for a long run: about 24 × `intensity` a day, each of 10 s to some hours.

    The same seed gives the same plan.
    """
    from app.simulators.fault_mix import draw_fault

    dice = random.Random(seed)
    hours = (end - start).total_seconds() / 3600
    plan: list[Fault] = []
    at = start
    while intensity > 0 and hours > 0:
        at += timedelta(hours=dice.expovariate(intensity))
        if at >= end:
            break
        plan.append(draw_fault(dice, at, end))
    return plan
