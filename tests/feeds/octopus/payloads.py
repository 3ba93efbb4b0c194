"""Octopus' answers made to measure: a test names only what it is about."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from app.simulators.effects import Status
from app.simulators.faults import Faults
from app.simulators.in_process import InProcess
from app.simulators.pace import SimulatedPace
from app.simulators.service import Request, Response, Service, Taken, json_response
from app.transports.context import Context
from app.transports.session import new_session
from tests.feeds.contract.bench import CountingBudget

NOW = datetime(2026, 7, 14, 12, 10, tzinfo=UTC)  # 13:10 in London
URL = "http://octopus.test/v1"


def at(text: str) -> datetime:
    """ "12:30" of that day, or "2026-07-14 12:30" → UTC."""
    return datetime.fromisoformat(text if len(text) > 5 else f"2026-07-14 {text}").replace(tzinfo=UTC)


def row(start: str | datetime, end: str | datetime | None, p: float = 20.0, method: str | None = None, **other: Any) -> dict[str, Any]:
    """A rate of `p` with VAT; `other` replaces or adds fields, a value of `...` removes one."""
    fields = {
        "value_exc_vat": round(p / 1.05, 4),
        "value_inc_vat": p,
        "valid_from": _text(start),
        "valid_to": None if end is None else _text(end),
        "payment_method": method,
        **other,
    }
    return {name: value for name, value in fields.items() if value is not ...}


def _text(instant: str | datetime) -> str:
    return (at(instant) if isinstance(instant, str) else instant.astimezone(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")


def product(code: str, since: str = "2024-10-01T00:00:00+01:00", **other: Any) -> dict[str, Any]:
    """An entry of the list of products."""
    return {
        "code": code,
        "direction": "IMPORT",
        "display_name": code.title(),
        "is_business": False,
        "brand": "OCTOPUS_ENERGY",
        "available_from": since,
        "available_to": None,
        **other,
    }


def rates_path(code: str, kind: str = "standard-unit-rates", region: str = "C") -> str:
    return f"/products/{code}/electricity-tariffs/E-1R-{code}-{region}/{kind}/"


def detail(
    code: str,
    kinds: tuple[str, ...] = ("standard-unit-rates", "standing-charges"),
    group: str = "single_register_electricity_tariffs",
    payment: str = "direct_debit_monthly",
    home: str = URL,
) -> dict[str, Any]:
    """A product with one tariff, in region C."""
    links = [{"href": home + rates_path(code, kind), "method": "GET", "rel": kind.replace("-", "_")} for kind in kinds]
    return {"code": code, "single_register_electricity_tariffs": {}, group: {"_C": {payment: {"code": f"E-1R-{code}-C", "links": links}}}}


def listed(*results: Any, following: Any = None) -> dict[str, Any]:
    return {"count": len(results), "next": following, "previous": None, "results": list(results)}


class Scripted(Service):
    """Answers by path below /v1: a body, a status, or what a function makes of the query. 404 for the rest."""

    name = "octopus"

    def __init__(self, answers: Mapping[str, Any], now: datetime = NOW) -> None:
        self.pace = SimulatedPace(now)
        super().__init__(self.pace, Faults(self.pace.now))
        self.answers = dict(answers)
        self.budget = CountingBudget()

    def answer(self, request: Request, taken: Taken) -> Response:
        found = self.answers.get(request.path.removeprefix("/v1"), 404)
        made = found(request.query) if isinstance(found, Callable) else found  # type: ignore[arg-type]
        return self.error(made) if isinstance(made, int) else made if isinstance(made, Response) else json_response(made)

    def error(self, status: int, fault: Status | None = None) -> Response:
        return json_response({"detail": "This tariff has day and night rates, not standard." if status == 400 else "Not found."}, status)

    def context(self) -> Context:
        """A way to this service alone."""
        return context_of(self, self.pace, self.budget)


def context_of(service: Service, pace: SimulatedPace, budget: CountingBudget) -> Context:
    """A way to `service` without a socket."""
    session = new_session()
    session.mount("http://octopus.test", InProcess(service, pace))
    return Context(pace, {"OCTOPUS_API_URL": URL}, budget, session=session)
