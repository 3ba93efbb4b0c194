"""The tariff as an owner follows it: retailer's price, each shaping step, sent, read back; the plan of the whole year where there is one;
and why nothing is sent, if so."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.control.connections import Opener, brand_of, load
from app.control.journal import last_upload
from app.control.observe import observe
from app.control.surroundings import Surroundings
from app.devices.capabilities import Battery
from app.domain.arbiter import OWNER
from app.domain.codec import from_json
from app.domain.opinions import NO_LIMITS, BatteryCommand
from app.domain.settings import policy_settings
from app.domain.snapshot import Snapshot
from app.domain.tariffs.half_hourly import RollingTariff
from app.domain.tariffs.shaping import Shaped
from app.domain.tariffs.todays import keeps_the_year, next_day, whole_year
from app.models.connection import Connection
from app.models.control import Baseline, DeviceState, LastDecision
from app.models.site import CONTROL_ON, Site
from app.services.signals import ring
from app.services.tariff_held_back import SILENT_AFTER, HeldBack, held_back
from app.services.tariff_slots import ACTS_ON_IMPORT, NOTHING_KNOWN, Shown, SlotRow, slot_rows
from app.services.tariff_year import SeasonRows, seasons_for_people
from app.transports.errors import CredentialsRefused

SHAPING = ("export_boost", "chip_mode", "spike_protection", "demand")  # in the order in which they act
_LEAST_FRESH = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class StepColumn:
    """A shaping step that is switched on."""

    title: str
    acts_on_import: bool


@dataclass(frozen=True, slots=True)
class ShapingStep:
    """What a shaping step is for and what it does at present."""

    name: str
    title: str
    summary: str
    is_on: bool
    changed_slots: int | None  # None: not known, as no tariff can be built


@dataclass(frozen=True, slots=True)
class Sync:
    """The last tariff that was sent and what became of it."""

    sent_at: datetime
    confirmed_at: datetime | None
    problem: str | None  # of the last try, in words


@dataclass(frozen=True, slots=True)
class OtherPlan:
    """The battery holds what another wish than tariff sync needs, as decided."""

    whose: str  # "the take-over", or the title of an automation
    until: datetime


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What the battery was last seen to hold. `agrees` None: it does not show its tariff."""

    at: datetime
    is_late: bool
    agrees: bool | None
    instead: OtherPlan | None = None  # what it holds on purpose in place of the tariff


@dataclass(frozen=True, slots=True)
class YearPlan:
    """The plan of the whole year, with all shaping, and what becomes of it."""

    seasons: tuple[SeasonRows, ...]
    is_kept: bool  # the battery is given the plan itself
    could_be_kept: bool  # the battery takes such plans; what differs in the next 24 hours keeps it from it

    @property
    def has_demand(self) -> bool:
        """Some hours have a demand rate."""
        return any(row.demand_c_per_kw for season in self.seasons for day in season.days for row in day.periods)


@dataclass(frozen=True, slots=True)
class TariffPage:
    """All that the page draws."""

    now: datetime
    zone: ZoneInfo
    currency: str
    retailer: str
    battery: str
    columns: tuple[StepColumn, ...]
    rows: tuple[SlotRow, ...]
    steps: tuple[ShapingStep, ...]
    sync: Sync | None
    read_back: ReadBack | None
    held_back: tuple[HeldBack, ...]
    known_until: datetime | None
    has_tariff: bool  # one can be built now
    year: YearPlan | None  # where the retailer's prices are those of a plan

    @property
    def has_rows(self) -> bool:
        """Anything to show at all."""
        return self.has_tariff or any(row.sent != NOTHING_KNOWN or row.held != NOTHING_KNOWN for row in self.rows)

    @property
    def is_blocked(self) -> bool:
        return any(each.blocks for each in self.held_back)

    @property
    def estimated_slots(self) -> int:
        return sum(row.is_estimate for row in self.rows)


def tariff_page(session: Session, around: Surroundings, site: Site, now: datetime) -> TariffPage:
    """Read what is stored; nothing is asked of a vendor."""
    snapshot = observe(session, site, now)
    retailer, battery = load(session, site.id, "retailer"), load(session, site.id, "battery")
    shaped = next_day(snapshot)
    upload = last_upload(session, site.id)
    state = session.get(DeviceState, battery.id) if battery else None
    driver = _driver(around, battery, now)
    shown = Shown.of(upload, state, driver, now, snapshot.zone)
    instead = _other_plan(session, site, battery, driver, state, shown, now)
    tariff = shaped if isinstance(shaped, Shaped) else None
    return TariffPage(
        now=now,
        zone=snapshot.zone,
        currency=site.currency,
        retailer=snapshot.retailer or "Retailer",
        battery=brand_of("battery", battery.brand).title if battery else "battery",
        columns=tuple(StepColumn(_title(step.name), step.name in ACTS_ON_IMPORT) for step in tariff.steps) if tariff else (),
        rows=slot_rows(snapshot.zone, now, tariff, shown, is_taken_over=instead is not None),
        steps=shaping_steps(snapshot, tariff),
        sync=Sync(upload.at, upload.confirmed_at, state.problem if state else None) if upload else None,
        read_back=_read_back(state, driver, shown, instead, now),
        held_back=tuple(held_back(session, site, snapshot, shaped, retailer, battery)),
        known_until=snapshot.prices.known_until if snapshot.prices else None,
        has_tariff=tariff is not None,
        year=year_plan(snapshot, tariff),
    )


def ask_to_sync(session: Session, site: Site, now: datetime) -> None:
    """Fetch prices now and let the loop decide with them. Commits."""
    ring(session, site.id, fetch_asked_at=now)
    session.commit()


def year_plan(snapshot: Snapshot, day: Shaped[RollingTariff] | None) -> YearPlan | None:
    """The plan as the battery would be given it."""
    year = whole_year(snapshot)
    if year is None:
        return None
    return YearPlan(
        seasons=seasons_for_people(year.result, snapshot.local(snapshot.now).date()),
        is_kept=day is not None and keeps_the_year(snapshot, day.original),
        could_be_kept=snapshot.battery is not None and snapshot.battery.takes_weekly_plan,
    )


def _driver(around: Surroundings, battery: Connection | None, now: datetime) -> Battery | None:
    if battery is None:
        return None
    try:
        return Opener(around, lambda: now).battery(battery)
    except CredentialsRefused:
        return None


def _read_back(
    state: DeviceState | None, driver: Battery | None, shown: Shown, instead: OtherPlan | None, now: datetime
) -> ReadBack | None:
    if state is None or state.found is None or state.found_at is None or driver is None:
        return None
    fresh_for = max(_LEAST_FRESH, 2.5 * timedelta(seconds=driver.abilities.settings_poll_s))
    agrees = None
    if shown.target is not None and set(shown.target) & set(state.found):
        agrees = not driver.differing(shown.target, state.found)
    return ReadBack(state.found_at, now - state.found_at > fresh_for, agrees, instead)


def _other_plan(
    session: Session,
    site: Site,
    battery: Connection | None,
    driver: Battery | None,
    state: DeviceState | None,
    shown: Shown,
    now: datetime,
) -> OtherPlan | None:
    """The plan of a wish that outranks tariff sync, where the battery shows it; None while it shows anything else."""
    decision = session.get(LastDecision, site.id)
    if decision is None or site.control != CONTROL_ON or now - decision.at > SILENT_AFTER:
        return None
    if decision.policy in (None, "tariff_sync") or decision.command is None or decision.began_at is None or decision.expires_at is None:
        return None
    if battery is None or driver is None or state is None or state.found is None or shown.target is None:
        return None
    owners = session.get(Baseline, battery.id)
    try:
        command = cast(BatteryCommand, from_json(BatteryCommand, decision.command))  # type: ignore[arg-type]
    except (KeyError, TypeError, ValueError):
        return None  # a tariff, of which only the name is kept, or a command of another release
    wanted = driver.target(
        command,
        NO_LIMITS,
        owners.settings if owners else {},
        now=decision.began_at,
        until=decision.expires_at,
        zone=ZoneInfo(site.timezone),
    )
    of_a_tariff = set(shown.target) & set(wanted) & set(state.found)
    if not of_a_tariff or of_a_tariff & driver.differing(wanted, state.found):
        return None
    return OtherPlan("the take-over" if decision.policy == OWNER else _title(str(decision.policy)), decision.expires_at)


# The steps


def shaping_steps(snapshot: Snapshot, tariff: Shaped[RollingTariff] | None) -> tuple[ShapingStep, ...]:
    """All shaping steps in their order, with what each changes now."""
    active = {step.name: len(step.changed) for step in tariff.steps} if tariff else {}
    steps = []
    for name in SHAPING:
        kind = policy_settings()[name]
        is_on = cast(bool, snapshot.settings.of(kind.type).enabled)
        changed = active.get(name, 0) if tariff else None
        steps.append(ShapingStep(name, kind.title, kind.summary, is_on, changed if is_on else 0))
    return tuple(steps)


def _title(policy: str) -> str:
    return policy_settings()[policy].title
