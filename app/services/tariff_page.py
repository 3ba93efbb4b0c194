"""The 24-hour tariff as an owner follows it: retailer's price, each shaping step, sent, read back; and why nothing is sent, if so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.control.connections import Opener, brand_of, load
from app.control.journal import last_upload
from app.control.observe import observe
from app.control.surroundings import Surroundings
from app.devices.capabilities import Battery, ShowsTariff
from app.domain.arbiter import OWNER
from app.domain.codec import from_json
from app.domain.opinions import NO_LIMITS, BatteryCommand, FollowTariff
from app.domain.policies.tariff_sync import why_missing
from app.domain.prices import Quality
from app.domain.reasons import Reason
from app.domain.sentences import day_and_clock, sentence
from app.domain.settings import policy_settings
from app.domain.settings.tariff_sync import TariffSync
from app.domain.snapshot import Snapshot
from app.domain.tariffs.half_hourly import SLOTS, Missing, RollingTariff, build, rolling_places, slot_index, slot_label
from app.domain.tariffs.shaping import Shaped, shape
from app.models.connection import Connection
from app.models.control import Baseline, DeviceState, LastDecision, StandDown, TariffUpload
from app.models.site import CONTROL_ON, Site
from app.models.types import SecretUnreadable
from app.services.signals import ring

SHAPING = ("export_boost", "chip_mode", "spike_protection", "demand")  # in the order in which they act
_ACTS_ON_IMPORT = frozenset({"spike_protection", "demand"})
_LEAST_FRESH = timedelta(minutes=2)
_SILENT_AFTER = timedelta(minutes=5)  # a scheduler that has not decided for so long is not running


@dataclass(frozen=True, slots=True)
class Pair:
    """Both prices of a slot, c/kWh; None where unknown."""

    import_c: float | None
    feed_in_c: float | None


NOTHING_KNOWN = Pair(None, None)


@dataclass(frozen=True, slots=True)
class StepCell:
    """The price that one shaping step leaves in a slot, and whether it changed it."""

    price_c: float
    is_changed: bool


@dataclass(frozen=True, slots=True)
class SlotRow:
    """One half-hour of the clock, in the order in which they come."""

    label: str  # "16:30 – 17:00"
    date: date
    is_now: bool
    is_estimate: bool
    retail: Pair
    steps: tuple[StepCell, ...]
    sent: Pair
    held: Pair
    is_taken_over: bool  # what is held is the plan of another command: it is not measured by what was sent

    @property
    def import_differs(self) -> bool:
        """The battery holds another import price than was sent, and should not."""
        return not self.is_taken_over and _differ(self.sent.import_c, self.held.import_c)

    @property
    def feed_in_differs(self) -> bool:
        return not self.is_taken_over and _differ(self.sent.feed_in_c, self.held.feed_in_c)


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
class HeldBack:
    """One thing that keeps a tariff from being sent, or from working. `lines` name what is missing."""

    text: str
    lines: tuple[str, ...] = ()
    blocks: bool = True
    leads_to: str = ""  # "settings", "decisions", "devices": where the owner can change it


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
    shaped = shaped_or_missing(snapshot)
    upload = last_upload(session, site.id)
    state = session.get(DeviceState, battery.id) if battery else None
    driver = _driver(around, battery, now)
    shown = _Shown.of(upload, state, driver, now, snapshot.zone)
    instead = _other_plan(session, site, battery, driver, state, shown, now)
    tariff = shaped if isinstance(shaped, Shaped) else None
    return TariffPage(
        now=now,
        zone=snapshot.zone,
        currency=site.currency,
        retailer=snapshot.retailer or "Retailer",
        battery=brand_of("battery", battery.brand).title if battery else "battery",
        columns=tuple(StepColumn(_title(step.name), step.name in _ACTS_ON_IMPORT) for step in tariff.steps) if tariff else (),
        rows=slot_rows(snapshot.zone, now, tariff, shown, is_taken_over=instead is not None),
        steps=shaping_steps(snapshot, tariff),
        sync=Sync(upload.at, upload.confirmed_at, state.problem if state else None) if upload else None,
        read_back=_read_back(state, driver, shown, instead, now),
        held_back=tuple(held_back(session, site, snapshot, shaped, retailer, battery)),
        known_until=snapshot.prices.known_until if snapshot.prices else None,
        has_tariff=tariff is not None,
    )


def ask_to_sync(session: Session, site: Site, now: datetime) -> None:
    """Fetch prices now and let the loop decide with them. Commits."""
    ring(session, site.id, fetch_asked_at=now)
    session.commit()


def shaped_or_missing(snapshot: Snapshot) -> Shaped | Missing | None:
    """The tariff with its steps as it would be sent now, or what is missing for it; None before any price."""
    if snapshot.prices is None:
        return None
    built = build(snapshot.prices, snapshot.zone, snapshot.now, snapshot.currency, provider=snapshot.retailer)
    return built if isinstance(built, Missing) else shape(built, snapshot.settings)


# The table


def slot_rows(zone: ZoneInfo, now: datetime, tariff: Shaped | None, shown: "_Shown", *, is_taken_over: bool) -> tuple[SlotRow, ...]:
    """The 48 half-hours from the running one on."""
    places = rolling_places(zone, now)
    running = slot_index(now.astimezone(zone))
    return tuple(
        SlotRow(
            label=f"{slot_label(index)} – {slot_label((index + 1) % SLOTS)}",
            date=places[index].date,
            is_now=index == running,
            is_estimate=tariff is not None and tariff.original.slots[index].quality is Quality.ESTIMATE,
            retail=_pair(tariff.original, index) if tariff else NOTHING_KNOWN,
            steps=_cells(tariff, index) if tariff else (),
            sent=shown.sent[index],
            held=shown.held[index],
            is_taken_over=is_taken_over,
        )
        for index in (*range(running, SLOTS), *range(running))
    )


def _cells(tariff: Shaped, index: int) -> tuple[StepCell, ...]:
    cells = []
    for step in tariff.steps:
        slot = step.tariff.slots[index]
        price_c = slot.import_c_per_kwh if step.name in _ACTS_ON_IMPORT else slot.feed_in_c_per_kwh
        cells.append(StepCell(price_c, index in step.changed))
    return tuple(cells)


def _pair(tariff: RollingTariff, index: int) -> Pair:
    slot = tariff.slots[index]
    return Pair(slot.import_c_per_kwh, slot.feed_in_c_per_kwh)


def _differ(sent_c: float | None, held_c: float | None) -> bool:
    return sent_c is not None and held_c is not None and abs(sent_c - held_c) >= 0.005


@dataclass(frozen=True)
class _Shown:
    """Per slot of the clock what was sent and what is held, in the battery's own reading where it can show its tariff."""

    sent: tuple[Pair, ...]
    held: tuple[Pair, ...]
    target: Mapping[str, Any] | None  # the settings that were sent

    @classmethod
    def of(cls, upload: TariffUpload | None, state: DeviceState | None, driver: Battery | None, now: datetime, zone: ZoneInfo) -> "_Shown":
        nothing = (NOTHING_KNOWN,) * SLOTS
        tariff = _tariff_of(upload)
        moments = [datetime.combine(place.date, _clock(index)) for index, place in enumerate(rolling_places(zone, now))]
        sent = held = nothing
        target: Mapping[str, Any] | None = None
        if tariff is not None:
            sent = tuple(_pair(tariff, index) for index in range(SLOTS))
        if driver is not None and tariff is not None and FollowTariff in driver.abilities.commands:
            target = driver.target(FollowTariff(tariff), NO_LIMITS, {}, now=now, until=None, zone=zone)
        if driver is not None and isinstance(driver, ShowsTariff):
            if target is not None:
                sent = _rates(driver, target, moments)
            if state is not None and state.found is not None:
                held = _rates(driver, state.found, moments)
        return cls(sent, held, target)


def _rates(driver: ShowsTariff, settings: Mapping[str, Any], moments: list[datetime]) -> tuple[Pair, ...]:
    return tuple(Pair(each.import_c_per_kwh, each.feed_in_c_per_kwh) for each in driver.tariff_rates(settings, moments))


def _clock(index: int) -> time:
    return time(index // 2, index % 2 * 30)


def _tariff_of(upload: TariffUpload | None) -> RollingTariff | None:
    if upload is None:
        return None
    try:
        return from_json(RollingTariff, upload.tariff)
    except (KeyError, TypeError, ValueError):
        return None  # written by a release whose tariffs looked different: nothing is shown rather than a guess


def _driver(around: Surroundings, battery: Connection | None, now: datetime) -> Battery | None:
    if battery is None:
        return None
    try:
        return Opener(around, lambda: now).battery(battery)
    except SecretUnreadable:
        return None


def _read_back(
    state: DeviceState | None, driver: Battery | None, shown: _Shown, instead: OtherPlan | None, now: datetime
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
    shown: _Shown,
    now: datetime,
) -> OtherPlan | None:
    """The plan of a wish that outranks tariff sync, where the battery shows it; None while it shows anything else."""
    decision = session.get(LastDecision, site.id)
    if decision is None or site.control != CONTROL_ON or now - decision.at > _SILENT_AFTER:
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


def shaping_steps(snapshot: Snapshot, tariff: Shaped | None) -> tuple[ShapingStep, ...]:
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


# What holds it back


def held_back(
    session: Session,
    site: Site,
    snapshot: Snapshot,
    shaped: Shaped | Missing | None,
    retailer: Connection | None,
    battery: Connection | None,
) -> list[HeldBack]:
    """Why no tariff is sent, or why a sent one does not work: the thing that the owner can do something about first."""
    found: list[HeldBack] = []
    if retailer is None:
        found.append(HeldBack("No retailer is linked", leads_to="devices"))
    if battery is None:
        found.append(HeldBack("No battery is linked", leads_to="devices"))
    elif snapshot.battery is not None and FollowTariff.__name__ not in snapshot.battery.commands:
        found.append(HeldBack("This battery does not plan by a tariff: PowerSync steers it in other ways"))
    if site.control != CONTROL_ON:
        found.append(HeldBack("Watch only: PowerSync builds the tariff and sends nothing", leads_to="settings"))
    if not snapshot.settings.of(TariffSync).enabled:
        found.append(HeldBack("Tariff sync is switched off", leads_to="settings"))
    if retailer is not None and not isinstance(shaped, Shaped):
        found.append(_missing(shaped, retailer, snapshot.zone))
    return found + _as_decided(session, site, snapshot, {each.text for each in found})


def _missing(missing: Missing | None, retailer: Connection, zone: ZoneInfo) -> HeldBack:
    if missing is None:
        return HeldBack(retailer.problem or "No prices have arrived yet")
    lines = tuple(day_and_clock(start, zone) for start in missing.half_hours)
    if lines:
        return HeldBack(f"{len(lines)} half-hour{'' if len(lines) == 1 else 's'} ahead without a price", lines)
    return HeldBack(sentence(why_missing(missing), zone))


def _as_decided(session: Session, site: Site, snapshot: Snapshot, said: set[str]) -> list[HeldBack]:
    """What the last decision says beyond that."""
    found: list[HeldBack] = []
    decision = session.get(LastDecision, site.id)
    stood_down = session.scalars(select(StandDown).where(StandDown.site_id == site.id, StandDown.policy == "tariff_sync")).first()
    if stood_down is not None:
        what = " and the ".join(dict.fromkeys(str(change["label"]) for change in stood_down.changes))
        found.append(HeldBack(f"Someone changed the {what}, so tariff sync waits until you decide", leads_to="decisions"))
    if decision is None or site.control != CONTROL_ON:
        return found
    if snapshot.now - decision.at > _SILENT_AFTER:
        found.append(HeldBack(f"Nothing has been decided since {day_and_clock(decision.at, snapshot.zone)}: the scheduler is not running"))
    if decision.policy not in (None, "tariff_sync"):
        why = sentence(Reason(decision.code, decision.params), snapshot.zone)
        found.append(HeldBack(f"{why}. The tariff goes on being built, and is sent again afterwards"))
    for problem in decision.problems:
        text = sentence(Reason(problem["code"], problem.get("params", {})), snapshot.zone)
        if text not in said and problem["code"] not in ("prices_missing", "horizon_short", "no_prices"):
            found.append(HeldBack(text, blocks=problem["code"] != "mode_ignores_tariffs"))
    return found
