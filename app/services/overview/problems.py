"""What is wrong, in words: who, what still holds, what PowerSync does next, what the owner can do. The worst one first."""

from dataclasses import dataclass
from datetime import timedelta

from app.control.connections import ANOTHER_ANSWERS, REFUSALS, brand_of
from app.domain.reasons import Reason
from app.domain.sentences import clock, sentence
from app.models.connection import Connection
from app.services.overview.freshness import Freshness
from app.services.overview.stored import Stored

ERROR, WARN = "error", "warn"
TOLD_AFTER = timedelta(minutes=2)  # a single call that fails is told at its source only
_CANNOT = {"retailer": "fetch no prices", "solar_forecast": "fetch no solar forecast"}
_NOT_A_PROBLEM = frozenset({"waits_for_settled_price"})


@dataclass(frozen=True, slots=True)
class Problem:
    """One banner. `strong` begins the text. `concerns_key`: a new key at the devices' page would help."""

    kind: str
    strong: str
    text: str
    concerns_key: bool = False


def problems(stored: Stored) -> tuple[Problem, ...]:
    """All that the owner should know, errors first."""
    found = [*_scheduler(stored), *_connections(stored), *_device(stored), *_decision(stored), *_refused_restores(stored)]
    return tuple(sorted(found, key=lambda each: each.kind != ERROR))


def _scheduler(stored: Stored) -> list[Problem]:
    if stored.decision is None or stored.decision_state is Freshness.FRESH:
        return []
    kind = ERROR if stored.decision_state is Freshness.LOST else WARN
    return [
        Problem(
            kind,
            f"PowerSync has not decided since {clock(stored.decision.at, stored.zone)}.",
            "Its scheduler does not run. Your battery keeps what it was told last; start PowerSync again on its computer.",
        )
    ]


def _connections(stored: Stored) -> list[Problem]:
    return [problem for each in stored.connections if (problem := _connection(each, stored)) is not None]


def _connection(connection: Connection, stored: Stored) -> Problem | None:
    if not connection.problem:
        return None
    brand = brand_of(connection.role, connection.brand).as_linked(connection.config)
    is_refused = connection.problem_kind in REFUSALS
    since = connection.problem_since
    if not is_refused and since is not None and stored.now - since < TOLD_AFTER:
        return None
    told = as_sentence(connection.problem)
    if is_refused:
        can = _CANNOT.get(connection.role, "neither read nor command it")
        if connection.problem_kind == ANOTHER_ANSWERS:
            return Problem(ERROR, f"Something else answers in place of {brand.title}.", f"PowerSync can {can}. {told}")
        what, tail = ("key", " Enter a new key.") if brand.has_key else ("sign-in", "")
        return Problem(ERROR, f"{brand.vendor} refuses the {what} of {brand.title}.", f"PowerSync can {can}. {told}{tail}", brand.has_key)
    tail = what_next(connection, stored)
    began = f" since {clock(since, stored.zone)}" if since is not None else ""
    strong = (
        f"Trouble with {brand.vendor}{began}." if brand.vendor in brand.title else f"Trouble with {brand.title}, by {brand.vendor}{began}."
    )
    return Problem(WARN, strong, f"{told} {tail}")


def what_next(connection: Connection, stored: Stored) -> str:
    """What PowerSync does about a connection's trouble, and what the owner can do."""
    if connection.problem_kind == ANOTHER_ANSWERS:
        return "Link it again on the page of your devices, once you know what answers."
    if connection.problem_kind in REFUSALS:
        has_key = brand_of(connection.role, connection.brand).as_linked(connection.config).has_key
        return "Enter a new key on the page of your devices." if has_key else "Sign in again: the page of your devices leads there."
    if connection.problem_kind == "RateLimited" and connection.retry_at is not None and connection.retry_at > stored.now:
        return f"PowerSync asks again at {clock(connection.retry_at, stored.zone)}."
    if connection.problem_kind == "RequestRefused":
        return "Check the connection's settings."
    return "PowerSync keeps trying."


def _device(stored: Stored) -> list[Problem]:
    device = stored.device
    if device is None or device.problem is None or stored.battery is None or device.problem == stored.battery.problem:
        return []
    again = device.next_try_at
    tail = f"PowerSync tries again at {clock(again, stored.zone)}." if again and again > stored.now else "PowerSync tries again."
    return [Problem(WARN if device.attempts <= 1 else ERROR, "Your battery did not confirm.", f"{as_sentence(device.problem)} {tail}")]


def _decision(stored: Stored) -> list[Problem]:
    decision = stored.decision
    if decision is None or stored.decision_state is Freshness.LOST:
        return []
    told = [each for each in decision.problems if each["code"] not in _NOT_A_PROBLEM]
    return [
        Problem(WARN, as_sentence(sentence(Reason(each["code"], each.get("params", {})), stored.zone)), _what_holds(each["code"], stored))
        for each in told
    ]


def _what_holds(code: str, stored: Stored) -> str:
    decision = stored.decision
    if code == "mode_ignores_tariffs":
        return "Prices go on being sent. Choose the mode in the app of your battery."
    if not stored.is_control_on:
        return "Nothing is sent while PowerSync watches."
    if decision is not None and decision.policy is not None and decision.expires_at is not None:
        return f"Your battery keeps what it has until {clock(decision.expires_at, stored.zone)}, then your own settings return."
    return "Your battery runs on your own settings meanwhile."


def _refused_restores(stored: Stored) -> list[Problem]:
    """Settings that the vendor would not take back: told until the owner sees to them."""
    if stored.baseline is None or not stored.baseline.refused:
        return []
    reasons = "; ".join(sorted({str(why) for why in stored.baseline.refused.values()}))
    return [Problem(ERROR, "A setting of yours could not be given back.", f"{as_sentence(reasons)} Set it in the app of your battery.")]


def as_sentence(text: str) -> str:
    """With a capital letter and a full stop."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?")) else ".")
