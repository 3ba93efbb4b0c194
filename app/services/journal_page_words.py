"""A journal entry in words: its sentence, its facts, and how far the change got."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.arbiter import OWNER
from app.domain.policies import policy_name
from app.domain.reasons import Reason
from app.domain.sentences import TEMPLATES, clock, day_and_clock, kilowatts, sentence
from app.domain.settings import policy_settings
from app.models.control import JournalEntry

_COMMANDS = {
    "FollowTariff": "plan with your prices",
    "SelfConsume": "run your home",
    "Hold": "hold",
    "Charge": "charge",
    "Discharge": "sell",
    "Run": "let the sun run",
    "Curtail": "limit solar",
    "ChargeCar": "charge the car",
    "StopCar": "stop the car",
}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:\+00:00|Z)")


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing about an entry: "Wanted", "Instead of", "Limits", "Seen", "Changed", "Failed", "Ended"."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of a change. `at` for the first, `after` for what followed it; `state`: ok, waiting, failed."""

    name: str
    state: str
    at: datetime | None = None
    after: timedelta | None = None
    note: str = ""


def sentence_of(entry: JournalEntry, zone: ZoneInfo) -> str:
    """The entry as one sentence with a full stop."""
    return _reason(entry.code, entry.params, zone) + "."


def facts_of(entry: JournalEntry, zone: ZoneInfo) -> Iterator[Fact]:
    """What was seen, wanted, limited, changed, what failed and when it ended; nothing is said where nothing is known."""
    detail = entry.detail
    if seen := [_seen(change, entry.at, zone) for change in detail.get("changes", ())]:
        yield Fact("Seen", " ".join(seen) + " PowerSync did not send it.")
    for name, rows in _by_outcome(entry):
        if told := [text for row in rows if (text := _wanted(row, zone))]:
            yield Fact(name, " ".join(told))
    if "limits" in detail and entry.kind != "notice":
        reasons = [*detail.get("limits", ()), *detail.get("clamped", ())]
        limits = [_capital(_reason(each["code"], each.get("params", {}), zone)) + "." for each in reasons]
        yield Fact("Limits", " ".join(limits) or "None in the way.")
    if changed := [_setting(change) for change in detail.get("changed", ())]:
        yield Fact("Changed", _capital("; ".join(changed)) + ".")
    if refused := detail.get("refused"):
        yield Fact("Refused", " ".join(f"{_stopped(in_local_time(str(why), zone))}" for why in dict.fromkeys(refused.values())))
    if entry.failure:
        yield Fact("Failed", _stopped(in_local_time(entry.failure, zone)))
    if entry.ended_at:
        yield Fact("Ended", f"At {clock(entry.ended_at, zone)}.")


def progress_of(entry: JournalEntry) -> Iterator[Progress]:
    """Sent → accepted → confirmed → effective, as far as it got."""
    if entry.sent_at is None:
        return
    tries = f"{entry.attempts} times, first" if entry.attempts > 1 else ""
    yield Progress("Sent", "ok", at=entry.sent_at, note=tries)
    has_failed = entry.state == "failed"
    if entry.accepted_at is not None:
        yield Progress("Accepted", "ok", after=entry.accepted_at - entry.sent_at)
    elif entry.confirmed_at is None:
        yield Progress("Not accepted", "failed") if has_failed else Progress("Waiting to be accepted", "waiting")
        return
    if entry.confirmed_at is not None:
        yield Progress("Confirmed", "ok", after=entry.confirmed_at - entry.sent_at)
    else:
        yield Progress("Not confirmed", "failed") if has_failed else Progress("Waiting for confirmation", "waiting")
    if entry.effective_at is not None:
        yield Progress("Effective", "ok", after=entry.effective_at - entry.sent_at)


def in_local_time(text: str, zone: ZoneInfo) -> str:
    """`text` with every instant in UTC on the site's clock instead."""
    return _INSTANT.sub(lambda found: f"{datetime.fromisoformat(found.group()).astimezone(zone):%H:%M:%S}", text)


def _reason(code: str, params: Mapping[str, Any], zone: ZoneInfo) -> str:
    if code not in TEMPLATES:
        return "Noted by another release of PowerSync, which has the words for it"
    return sentence(Reason(code, params), zone)


def _seen(change: Mapping[str, Any], at: datetime, zone: ZoneInfo) -> str:
    label, was, now = _capital(str(change.get("label", "setting"))), change.get("was"), change.get("now")
    went = f"from {was} to {now}" if was and now else f"to {now}" if now else ""
    return f"{label} changed {went + ' ' if went else ''}at the battery, found at {clock(at, zone)}."


def _setting(change: Mapping[str, Any]) -> str:
    return f"{change.get('label', 'setting')}: {change['now']}" if change.get("now") else str(change.get("label", "setting"))


def _by_outcome(entry: JournalEntry) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    """The opinions of an entry. Where the owner's button decided, the wishes of all policies lost to it."""
    rows = list(entry.detail.get("wishes", ()))
    if entry.kind == "decision" and entry.detail.get("policy") == OWNER:
        yield "Instead of", [row for row in rows if row.get("command")]
        rows = [row for row in rows if not row.get("command")]
    yield "Wanted", rows


def _wanted(row: Mapping[str, Any], zone: ZoneInfo) -> str:
    """ "Tariff sync: plan with your prices until Thu 22:35."; a limit is told among the limits."""
    who = _who(str(row.get("policy", "")))
    command = row.get("command")
    if command:
        power = kilowatts(command["power_w"]) if command.get("power_w") else ""
        what = _COMMANDS.get(command.get("is", ""), "something else") + (f" at {power}" if power else "")
        until = f" until {day_and_clock(row['until'], zone)}" if row.get("until") else ""
        return f"{who}: {what}{until}."
    if row.get("opinion") in ("Unknown", "Nothing"):
        reason = row.get("reason", {})
        why = _reason(reason.get("code", ""), reason.get("params", {}), zone)
        return f"{who}: {'waits. ' if row['opinion'] == 'Unknown' else ''}{why}."
    return ""


def _who(policy: str) -> str:
    if policy == OWNER:
        return "You"
    kind = policy_settings().get(policy_name(policy))
    return kind.title if kind else "An automation"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _stopped(text: str) -> str:
    return _capital(text) if text.endswith(".") else _capital(text) + "."
