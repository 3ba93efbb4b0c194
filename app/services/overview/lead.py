"""The sentence above everything: what the battery does and why, and whether that is confirmed."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.reasons import Reason
from app.domain.sentences import clock, sentence
from app.models.control import LastDecision
from app.services.overview.freshness import Freshness
from app.services.overview.stored import Stored

OK, WAITING, FAILED, WATCH, PLAIN = "ok", "", "failed", "outline", "plain"


@dataclass(frozen=True, slots=True)
class Mark:
    """One part of the line below the sentence. `state`: a badge's state, or "plain" for words alone."""

    state: str
    words: str


@dataclass(frozen=True, slots=True)
class Lead:
    """The sentence and the line below it."""

    sentence: str
    marks: tuple[Mark, ...]


def lead(stored: Stored) -> Lead:
    """What happens now, as the last tick decided it."""
    decision = stored.decision
    if decision is None:
        return Lead("PowerSync is reading your home. Its first decision comes within a minute.", _watch_mark(stored))
    if stored.decision_state is Freshness.LOST:
        return Lead("PowerSync has stopped deciding. Your battery goes on with what it was told last.", _last_decided(stored, decision))
    if not stored.is_control_on:
        return _watching(stored, decision)
    return Lead(f"{_said(decision, stored)}.", (*_confirmation(stored, decision), *_limits(stored, decision)))


def _watching(stored: Stored, decision: LastDecision) -> Lead:
    if stored.baseline is not None:
        return Lead("Giving your battery its own settings back.", _confirmation(stored, decision))
    marks = _watch_mark(stored)
    if decision.policy is not None:
        marks += (Mark(PLAIN, f"With control on: {_lower_first(_said(decision, stored))}."),)
    return Lead("Watching your home: your battery runs on your own settings.", marks)


def _watch_mark(stored: Stored) -> tuple[Mark, ...]:
    return () if stored.is_control_on else (Mark(WATCH, "Watch only, nothing is sent"),)


def _last_decided(stored: Stored, decision: LastDecision) -> tuple[Mark, ...]:
    return (Mark(FAILED, f"Last decided at {clock(decision.at, stored.zone)}"),)


def _said(decision: LastDecision, stored: Stored) -> str:
    return sentence(Reason(decision.code, decision.params), stored.zone)


def _confirmation(stored: Stored, decision: LastDecision) -> tuple[Mark, ...]:
    """Sent, confirmed or failed, with the time. Nothing is called confirmed before it was read back."""
    device = stored.device
    if stored.battery is None or device is None:
        return ()
    if device.problem is not None:
        again = device.next_try_at
        tail = f", tried again at {clock(again, stored.zone)}" if again is not None and again > stored.now else ""
        return (Mark(FAILED, f"Not confirmed{tail}"),)
    if device.sent and device.sent_at is not None:
        return (Mark(WAITING, f"Sent {_clock_s(stored, device.sent_at)}, waiting for your battery to confirm"),)
    if stored.baseline is None and decision.policy is not None:
        return (Mark(WAITING, "On its way to your battery"),)
    if device.confirmed_at is None or decision.policy is None:
        return (Mark(OK, f"Read from your battery {clock(device.found_at, stored.zone)}"),) if device.found_at else ()
    return (Mark(OK, f"Confirmed by your battery {clock(device.confirmed_at, stored.zone)}"),)


def _clock_s(stored: Stored, instant: datetime) -> str:
    return instant.astimezone(stored.zone).strftime("%H:%M:%S")


def _limits(stored: Stored, decision: LastDecision) -> tuple[Mark, ...]:
    """What narrows the battery now, in the words of each limit."""
    reasons = [wish["reason"] for wish in decision.wishes if wish.get("opinion") == "Limit" and wish.get("reason")]
    return tuple(Mark(PLAIN, f"{sentence(Reason(each['code'], each.get('params', {})), stored.zone)}.") for each in reasons)


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
