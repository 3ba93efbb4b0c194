"""Somebody changed a setting that PowerSync needs: it waits, and the owner says whether it takes the setting back or leaves it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.domain.sentences import day_and_clock
from app.domain.settings import policy_settings
from app.models.control import JournalEntry, StandDown
from app.services import wishes
from app.services.overview.stored import Question, Stored

OWNER_WISH = "owner"


@dataclass(frozen=True, slots=True)
class AskedOwner:
    """One question. `is_open` false: the owner left it as it is, and the policy waits until taken back."""

    policy: str
    title: str  # of the policy
    strong: str
    text: str
    is_open: bool


def questions(stored: Stored) -> tuple[AskedOwner, ...]:
    """Every policy that stands down, the oldest first."""
    return tuple(_asked(each, stored) for each in stored.questions)


def _asked(question: Question, stored: Stored) -> AskedOwner:
    row = question.row
    title = _title(row.policy)
    what = _joined([_change(each) for each in row.changes]) or "A setting of your battery was changed"
    return AskedOwner(
        policy=row.policy,
        title=title,
        strong=f"{what}, {day_and_clock(row.seen_at, stored.zone)}.",
        text=f"PowerSync did not do this. {title} needs this setting, and waits until you decide.",
        is_open=question.is_open,
    )


def _change(change: dict[str, str]) -> str:
    was, now = change.get("was") or "", change.get("now") or ""
    label = change.get("label") or "setting"
    if was and now:
        return f"the {label} was changed from {was} to {now}"
    return f"the {label} was changed to {now}" if now else f"the {label} was changed"


def _joined(parts: list[str]) -> str:
    text = " and ".join(parts)
    return text[:1].upper() + text[1:]


def _title(policy: str) -> str:
    if policy == OWNER_WISH:
        return "What you asked for"
    kind = policy_settings().get(policy)
    return kind.title if kind else "PowerSync"


def take_back(session: Session, site_id: int, policy: str) -> bool:
    """The policy goes on and takes the setting again. Commits. False where it does not wait any more."""
    row = session.get(StandDown, (site_id, policy))
    if row is None:
        return False
    _answer(session, site_id, row.seen_at)
    return wishes.take_back(session, site_id, policy)


def keep(session: Session, site_id: int, policy: str) -> bool:
    """The changed setting stays, and the policy goes on waiting; the question is answered. Commits. False where nothing waits."""
    row = session.get(StandDown, (site_id, policy))
    if row is None:
        return False
    _answer(session, site_id, row.seen_at)
    session.commit()
    return True


def _answer(session: Session, site_id: int, seen_at: datetime) -> None:
    session.execute(
        update(JournalEntry)
        .where(JournalEntry.site_id == site_id, JournalEntry.at <= seen_at, JournalEntry.needs_owner)
        .values(needs_owner=False)
    )
