"""How far a home is linked, what is read of it while it is only watched, and what is proven before control is switched on."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.control.loop import headline, judge, problems_of
from app.control.observe import observe
from app.control.surroundings import Surroundings
from app.domain.sentences import cents, day_and_clock, sentence
from app.domain.tariffs.half_hourly import RollingTariff
from app.models.connection import Connection
from app.models.control import DeviceState
from app.models.energy import Reading
from app.models.site import CONTROL_ON, Site
from app.services import health
from app.services.connecting_view import FRESH, LATE, LOST, WAITING, ConnectionView, prospect, views
from app.services.proving import FAILED, LEAST_AHEAD, NOTE, OK, LastConfirmed, ProofRow, change_row
from app.services.tariff_view import shaped_now

HOME, RETAILER, BATTERY, WATCH, DONE = "home", "retailer", "battery", "watch", "done"
SETTINGS_FRESH = timedelta(minutes=30)


def step_of(session: Session, site: Site | None) -> str:
    """What comes next in the set-up of a home."""
    if site is None:
        return HOME
    roles = set(session.scalars(select(Connection.role).where(Connection.site_id == site.id)))
    for role in (RETAILER, BATTERY):
        if role not in roles:
            return role
    return DONE if site.control == CONTROL_ON else WATCH


@dataclass(frozen=True)
class Watched:
    """What is read of a home, and what PowerSync would do with it."""

    battery: ConnectionView | None
    retailer: ConnectionView | None
    reading: Reading | None  # the newest; `battery.health` says whether it still counts
    would: str | None  # the second half of a sentence; None while nothing is wished
    outlook: str | None
    problems: tuple[str, ...]

    @property
    def is_waiting(self) -> bool:
        """The first reading or price is still on its way."""
        return any(each is not None and each.health.state == WAITING for each in (self.battery, self.retailer))


def watched(around: Surroundings, session: Session, site: Site, now: datetime) -> Watched:
    """From what is stored alone: no vendor is asked."""
    linked = {each.role: each for each in views(around, session, site.id, now)}
    newest = select(func.max(Reading.taken_at)).where(Reading.site_id == site.id).scalar_subquery()
    reading = session.scalars(select(Reading).where(Reading.site_id == site.id, Reading.taken_at == newest)).one_or_none()
    snapshot = observe(session, site, now)
    decision = judge(snapshot)
    shaped = shaped_now(snapshot)
    return Watched(
        battery=linked.get("battery"),
        retailer=linked.get("retailer"),
        reading=reading,
        would=_continued(sentence(headline(snapshot, decision), snapshot.zone)) if decision.battery is not None else None,
        outlook=None if isinstance(shaped, str) else _outlook(shaped.original, site),
        problems=tuple(dict.fromkeys(sentence(reason, snapshot.zone) for reason in problems_of(snapshot, decision))),
    )


def _continued(text: str) -> str:
    """ "Your battery plans" → "your battery plans"."""
    return f"{text[0].lower()}{text[1:]}"


def _outlook(tariff: RollingTariff, site: Site) -> str:
    cheapest = min(tariff.slots, key=lambda slot: slot.import_c_per_kwh)
    dearest = max(tariff.slots, key=lambda slot: slot.import_c_per_kwh)
    return (
        f"Of the next 24 hours the cheapest half-hour costs {cents(cheapest.import_c_per_kwh)} ({cheapest.label}), "
        f"the dearest {cents(dearest.import_c_per_kwh)} ({dearest.label})."
    )


@dataclass(frozen=True)
class Checklist:
    """What is proven before control is switched on. `refusal` says in words what must come first."""

    rows: tuple[ProofRow, ...]
    if_we_stop: str
    battery_title: str
    refusal: str | None


def checklist(around: Surroundings, session: Session, site: Site, now: datetime) -> Checklist:
    """Each ability with what proves it, from what is stored."""
    seen = watched(around, session, site, now)
    settings = _settings_row(seen.battery, now)
    battery = _health_row("Read your battery", seen.battery, "No battery is linked yet.")
    rows = [
        _health_row("Get prices", seen.retailer, "No retailer is linked yet."),
        _horizon_row(session, site, now),
        battery,
        settings,
        _scheduler_row(session, now),
        change_row(
            last_confirmed(session, site, seen.battery.id) if seen.battery is not None else None,
            ZoneInfo(site.timezone),
            "Tried first when you switch control on. Your own settings are stored before.",
        ),
    ]
    refusal = None
    if battery.state == FAILED:
        refusal = "The battery must be read before it can be controlled."
    elif settings.state == FAILED:
        refusal = "The battery's own settings must be known first: they are what you get back."
    brand = seen.battery.brand if seen.battery is not None else None
    return Checklist(tuple(rows), brand.if_we_stop if brand else "", brand.title if brand else "battery", refusal)


def last_confirmed(session: Session, site: Site, connection_id: int) -> LastConfirmed | None:
    """What commands have shown of a device; None while control is off or nothing was confirmed."""
    state = session.get(DeviceState, connection_id) if site.control == CONTROL_ON else None
    if state is None or state.confirmed_at is None:
        return None
    return LastConfirmed(state.confirmed_at, state.problem is not None)


_ROW_STATES = {FRESH: OK, LATE: NOTE, LOST: FAILED, WAITING: FAILED}


def _health_row(title: str, seen: ConnectionView | None, without: str) -> ProofRow:
    if seen is None:
        return ProofRow(title, FAILED, without)
    told = {
        FRESH: f"{seen.brand.title} answers.",
        LATE: f"{seen.brand.title} is late.",
        LOST: f"{seen.brand.title} does not answer.",
        WAITING: "The first answer is on its way: within a minute or two.",
    }[seen.health.state]
    return ProofRow(title, _ROW_STATES[seen.health.state], f"{seen.health.problem.rstrip('.')}." if seen.health.problem else told)


def _horizon_row(session: Session, site: Site, now: datetime) -> ProofRow:
    title, until = "See prices ahead", prospect(session, site.id).known_until
    if until is None or until <= now:
        return ProofRow(title, FAILED, "No price ahead is known yet.")
    known = f"Known until {day_and_clock(until, ZoneInfo(site.timezone))}"
    if until - now < LEAST_AHEAD:
        return ProofRow(title, NOTE, f"{known}: less than 6 hours. Prices are sent once more is known.")
    return ProofRow(title, OK, f"{known}.")


def _settings_row(battery: ConnectionView | None, now: datetime) -> ProofRow:
    title = "Know its settings"
    if battery is None or battery.settings_at is None or not battery.settings:
        return ProofRow(title, FAILED, "They have not been read yet.")
    told = "; ".join(f"{label}: {words}" for label, words in battery.settings)
    is_old = now - battery.settings_at > SETTINGS_FRESH
    return ProofRow(title, NOTE if is_old else OK, f"{told[:1].upper()}{told[1:]}.")


def _scheduler_row(session: Session, now: datetime) -> ProofRow:
    title, seen = "Act each minute", health.check(session, now)
    if seen.is_good:
        return ProofRow(title, OK, "The scheduler runs.")
    return ProofRow(title, NOTE, " ".join(seen.problems))
