"""What can be switched on the Now page: tariff sync, and control itself, with what must be known before control goes on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.control.connections import Opener
from app.control.surroundings import Surroundings
from app.domain.codec import to_json
from app.domain.sentences import clock
from app.domain.settings import policy_settings
from app.models.connection import Connection
from app.services import sites
from app.services.overview.freshness import Freshness
from app.services.overview.stored import Stored
from app.services.policy_forms import stored_from
from app.services.signals import ring
from app.transports.errors import CredentialsRefused

TARIFF_SYNC = "tariff_sync"
SETTINGS_FRESH_FOR = timedelta(minutes=15)


def switch_tariff_sync(session: Session, stored: Stored, is_on: bool) -> None:
    """Tariff sync on or off; its other settings stay. Commits."""
    kind = policy_settings()[TARIFF_SYNC].type
    values = to_json(stored.settings.by_name.get(TARIFF_SYNC) or kind())
    sites.save_policy(session, stored.site.id, TARIFF_SYNC, stored_from(TARIFF_SYNC, {**values, "enabled": is_on}), stored.now)
    ring(session, stored.site.id)
    session.commit()


def sync_now(session: Session, site_id: int, now: datetime) -> None:
    """Let the scheduler fetch prices and decide at once. Commits."""
    ring(session, site_id, fetch_asked_at=now)
    session.commit()


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the checklist. `blocks`: control is not switched on while it is not met."""

    title: str
    is_met: bool
    note: str
    blocks: bool


@dataclass(frozen=True, slots=True)
class ControlQuestion:
    """What the owner reads before control goes on."""

    device: str
    changes: tuple[str, ...]  # settings that PowerSync will write, for people
    if_we_stop: str
    checks: tuple[Check, ...]

    @property
    def blocked_by(self) -> tuple[Check, ...]:
        return tuple(each for each in self.checks if each.blocks and not each.is_met)


def control_question(stored: Stored, changes: tuple[str, ...]) -> ControlQuestion | None:
    """None where there is no battery to control. `changes` from `settings_changed_by`."""
    brand = stored.battery_brand
    if brand is None:
        return None
    return ControlQuestion(brand.title, changes, brand.if_we_stop, (_readings(stored), _settings(stored), _prices(stored), *_mode(stored)))


def settings_changed_by(around: Surroundings, battery: Connection, clock_of_app: Callable[[], datetime]) -> tuple[str, ...]:
    """The names of the settings that the driver writes; nothing is asked of the device. Empty where its key cannot be read."""
    try:
        return tuple(Opener(around, clock_of_app).battery(battery).abilities.settable.values())
    except CredentialsRefused:
        return ()


def _readings(stored: Stored) -> Check:
    at = stored.reading.taken_at if stored.reading else None
    is_met = stored.reading_state is Freshness.FRESH
    note = f"Last reading {clock(at, stored.zone)}." if at else "PowerSync has not read your battery yet."
    return Check("Your battery gives readings", is_met, note, blocks=True)


def _settings(stored: Stored) -> Check:
    at = stored.device.found_at if stored.device and stored.device.found else None
    is_met = at is not None and stored.now - at <= SETTINGS_FRESH_FOR
    note = f"Read {clock(at, stored.zone)}. They are kept, and given back when control goes off." if at else "Not read yet."
    return Check("Your own settings are known", is_met, note, blocks=True)


def _prices(stored: Stored) -> Check:
    is_met = stored.price_state is Freshness.FRESH
    if stored.retailer is None:
        return Check("Prices arrive", False, "No retailer is linked. Only your buttons would steer the battery.", blocks=False)
    known = stored.feed.known_until if stored.feed else None
    if is_met and known is not None:
        return Check("Prices arrive", True, f"Known until {known.astimezone(stored.zone):%a %H:%M}.", blocks=False)
    return Check("Prices arrive", is_met, "" if is_met else "Without prices PowerSync sends none, and waits.", blocks=False)


def _mode(stored: Stored) -> tuple[Check, ...]:
    """A mode in which the battery would ignore prices."""
    brand = stored.battery_brand
    mode = ((stored.device.found if stored.device else None) or {}).get("mode")
    if brand is None or not brand.modes_that_ignore_tariffs or mode is None:
        return ()
    ignoring = brand.modes_that_ignore_tariffs.get(mode)
    note = f"It is in {ignoring}: choose a mode that plans by prices in its app." if ignoring else ""
    return (Check("Your battery plans by prices", ignoring is None, note, blocks=False),)
