"""Acting on one battery: read, compare, remember, write, read back. Every fact is committed before the next call to the device, so that a
process killed at any line is continued by the next tick from what is stored."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session, undefer

from app.control import journal, lease, ownership
from app.control.connections import brand_of, note_answer, note_failure
from app.control.lease import Grant
from app.control.observe import uploads_in_period
from app.control.surroundings import Surroundings
from app.devices.capabilities import Battery, CanReplan, Settings
from app.domain.codec import to_json
from app.domain.opinions import BatteryCommand, BatteryLimits, FollowTariff, Priority
from app.domain.policies.tariff_sync import UPLOADS_PER_PERIOD
from app.domain.reasons import Reason, because
from app.domain.reconcile import ForgetOwner, Intent, RememberOwner, Step, Write, reconcile
from app.domain.snapshot import Snapshot
from app.models.connection import Connection
from app.models.control import Baseline, DeviceState, JournalEntry, TariffUpload
from app.transports.errors import CredentialsRefused, NotConfirmed, RequestRefused, VendorError

READ_AGAIN_AFTER = timedelta(seconds=60)  # before a write, a reading older than this is not trusted
READ_BACK_S = 10.0
JUST_PRESSED = timedelta(seconds=60)
READ_BACK_WAITS_S = (0.5, 1.0, 2.0, 2.0, 2.0, 4.0, 4.0, 8.0, 8.0)
SENT_KEPT = 3
REFUSED_PAUSE_S = 3600.0  # what was refused is asked again once an hour, or when something else is wanted
RETRY_S = (0.0, 60.0, 120.0, 240.0, 300.0)  # by attempt; the last one for ever


class LeaseLost(Exception):
    """Another process acts on this site now."""


@dataclass(frozen=True)
class Order:
    """What one battery should do, as one tick decided it. A newer order replaces it."""

    grant: Grant
    connection_id: int
    now: datetime
    zone: ZoneInfo
    may_command: bool  # False: watch only; what was begun is still given back
    command: BatteryCommand | None
    limits: BatteryLimits
    policy: str
    priority: Priority | None
    reason: Reason
    began_at: datetime
    until: datetime | None
    detail: dict[str, Any] = field(default_factory=dict)
    snapshot: Snapshot | None = None  # packed when an entry is written, not at each tick


@dataclass
class Outcome:
    """What became of an order: for the command line and the tests; the page reads the tables."""

    steps: list[Step] = field(default_factory=list)
    wrote: frozenset[str] = frozenset()
    is_confirmed: bool = True
    problem: str | None = None


class Hand:
    """Carries out orders for one battery."""

    def __init__(self, surroundings: Surroundings, battery: Battery, order: Order, clock: Callable[[], datetime]) -> None:
        self._around, self._battery, self._order, self._clock = surroundings, battery, order, clock
        self.outcome = Outcome()

    def carry_out(self) -> Outcome:
        """Bring the battery to what the order says. Vendor errors end up in the outcome and the tables; LeaseLost is raised."""
        try:
            self._carry_out()
        except VendorError as error:
            self._note_failure(error)
        return self.outcome

    # The course of an order

    def _carry_out(self) -> None:
        state, baseline = self._load()
        if self._must_wait(state, baseline):
            self.outcome.is_confirmed, self.outcome.problem = False, state.problem
            return
        if state.found is None:
            if not self._order.may_command and baseline is None:
                return
            state = self._read()
        elif state.sent:
            state = self._read()
        if self._stands_down():
            return
        steps = self._steps()
        if any(isinstance(step, RememberOwner | Write) for step in steps) and self._is_old():
            self._read()
            if self._stands_down():
                return
            steps = self._steps()
        self.outcome.steps = steps
        if self._must_wait_for_the_next_period(steps):
            return
        for step in steps:
            self._run(step)
        if not steps:
            self._all_is_as_wanted()

    def _must_wait_for_the_next_period(self, steps: list[Step]) -> bool:
        """Whether a tariff would be the third upload of its 5 minutes: a repeated try counts as well. It goes in the next period."""
        order = self._order
        if not isinstance(order.command, FollowTariff) or not order.may_command:
            return False
        if not any(isinstance(step, Write) and "tariff" in step.fields for step in steps):
            return False
        with self._around.reading() as session:
            uploads = uploads_in_period(session, order.grant.site_id, self._clock())
        self.outcome.is_confirmed = uploads < UPLOADS_PER_PERIOD
        return uploads >= UPLOADS_PER_PERIOD

    def _steps(self) -> list[Step]:
        state, baseline = self._load()
        assert state.found is not None  # noqa: S101 - read above
        intent = self._intent(state.found, baseline)
        if intent is None:
            return []
        different = self._battery.differing(intent.target, state.found)
        if intent.is_restore and baseline is not None:
            different -= frozenset(baseline.refused)
        return reconcile(intent, different, baseline.settings if baseline else None, self._battery.owners(state.found))

    def _intent(self, found: Settings, baseline: Baseline | None) -> Intent | None:
        order = self._order
        owners = baseline.settings if baseline is not None else self._battery.owners(found)
        if not order.may_command:
            return Intent(owners, is_restore=True) if baseline is not None else None
        if order.command is None:
            narrowed = self._target(None, order.limits, owners)
            if not self._battery.differing(narrowed, owners):
                return Intent(owners, is_restore=True)
            return Intent(narrowed, is_restore=False)
        return Intent(self._target(order.command, order.limits, owners), is_restore=False, until=order.until)

    def _target(self, command: BatteryCommand | None, limits: BatteryLimits, owners: Settings) -> Settings:
        order = self._order
        return self._battery.target(command, limits, owners, now=order.began_at, until=order.until, zone=order.zone)

    def _run(self, step: Step) -> None:
        match step:
            case RememberOwner(settings):
                self._remember(settings)
            case Write():
                self._write(step)
            case ForgetOwner():
                self._forget()

    # Steps

    def _remember(self, settings: Settings) -> None:
        with self._around.session() as session:
            now = self._clock()
            session.add(
                Baseline(connection_id=self._order.connection_id, settings=dict(settings), stored_at=now, changed_at=now, refused={})
            )
            session.commit()

    def _write(self, step: Write) -> None:
        entry_id, upload_id = self._about_to_write(step)
        self.outcome.wrote |= step.fields
        self.outcome.is_confirmed = False
        try:
            self._battery.write(step.target, step.fields, step.until, purpose="restore" if step.is_restore else "command")
        except RequestRefused as error:
            self._failed(entry_id, error)
            if not step.is_restore:
                raise
            step = self._give_back_one_by_one(step)
        except VendorError as error:
            self._failed(entry_id, error)
            raise
        with self._around.session() as session:
            entry = session.get(JournalEntry, entry_id)
            if entry is not None:
                entry.accepted_at, entry.state = self._clock(), "accepted"
            session.commit()
        if self._read_back(step):
            self._confirmed(step, entry_id, upload_id)
        else:
            self._pending()

    def _about_to_write(self, step: Write) -> tuple[int, int | None]:
        """Check the lease, then store what will be sent: a later tick then knows it as ours, whatever happens to this process."""
        order, now = self._order, self._clock()
        with self._around.session() as session:
            if not lease.still_holds(session, order.grant):
                raise LeaseLost(order.grant.holder)
            state = session.get_one(DeviceState, order.connection_id)
            _note_sent(state, {each: step.target.get(each) for each in step.fields}, now)
            entry = self._entry_for(session, step, now)
            upload = None
            if "tariff" in step.fields and isinstance(order.command, FollowTariff) and not step.is_restore:
                upload = TariffUpload(site_id=order.grant.site_id, at=now, tariff=to_json(order.command.tariff), moved_c=None)
                session.add(upload)
            session.commit()
            return entry.id, upload.id if upload else None

    def _entry_for(self, session: Session, step: Write, now: datetime) -> JournalEntry:
        """The entry of this change; a repeated try is counted in the entry that it belongs to."""
        order = self._order
        state = session.get_one(DeviceState, order.connection_id)
        reason = because("restoring") if step.is_restore else order.reason
        if state.attempts:
            last = journal.last_sent(session, order.grant.site_id)
            if last is not None and last.code == reason.code and last.confirmed_at is None:
                last.attempts += 1
                last.state = "sent"
                return last
        is_tariff = step.fields == {"tariff"} and not step.is_restore
        words = self._battery.in_words(step.target)
        changed = [
            {"field": each, "label": self._battery.abilities.settable[each], "now": words.get(self._battery.abilities.settable[each], "")}
            for each in sorted(step.fields)
        ]
        return journal.write(
            session,
            order.grant.site_id,
            now,
            "restore" if step.is_restore else "tariff" if is_tariff else "decision",
            reason,
            "sent",
            sent_at=now,
            attempts=1,
            detail={**order.detail, "changed": changed},
            snapshot=journal.pack(order.snapshot) if order.snapshot is not None else None,
        )

    def _read_back(self, step: Write) -> bool:
        """Whether the device shows what was written, within the time that a read-back may take in one go."""
        limits_s = self._battery.abilities.read_back_s
        longest_s = max((limits_s.get(each, READ_BACK_S) for each in step.fields), default=0.0)
        wanted = {each: step.target[each] for each in step.fields}
        began = self._around.pace.monotonic()
        is_shown = False
        for wait_s in READ_BACK_WAITS_S:
            self._around.pace.sleep(wait_s)
            found = self._battery.read_settings()
            is_shown = not self._battery.differing(wanted, found)
            if is_shown or self._around.pace.monotonic() - began >= longest_s:
                self._store(found)
                break
        return is_shown

    def _confirmed(self, step: Write, entry_id: int, upload_id: int | None) -> None:
        now = self._clock()
        with self._around.session() as session:
            state = session.get_one(DeviceState, self._order.connection_id)
            self._settle(state, now)
            entry = session.get(JournalEntry, entry_id)
            if entry is not None:
                entry.confirmed_at, entry.state, entry.failure = now, "confirmed", None
            upload = session.get(TariffUpload, upload_id) if upload_id is not None else None
            if upload is not None:
                upload.confirmed_at = now
            session.commit()
        self.outcome.is_confirmed = True
        if step.is_restore:
            self._forget()
        else:
            self._replan(step)

    def _settle(self, state: DeviceState, now: datetime) -> None:
        """What is found is what was sent: nothing is open any more."""
        state.confirmed, state.confirmed_at = state.found, now
        state.sent, state.attempts, state.next_try_at = {}, 0, None
        state.problem = state.problem_kind = None

    def _forget(self) -> None:
        """The owner's settings are read back: nothing is left to restore."""
        order, now = self._order, self._clock()
        with self._around.session() as session:
            row = session.get(Baseline, order.connection_id)
            if row is not None:
                self._tell_restored(session, dict(row.refused), now)
                session.delete(row)
            self._settle(session.get_one(DeviceState, order.connection_id), now)
            session.commit()

    def _tell_restored(self, session: Session, refused: dict[str, Any], now: datetime) -> None:
        entry = journal.last_sent(session, self._order.grant.site_id)
        if entry is None or entry.code != "restoring":
            entry = journal.write(session, self._order.grant.site_id, now, "restore", because("restored"), "confirmed")
        entry.code, entry.params, entry.state, entry.confirmed_at = "restored", {}, "confirmed", now
        entry.detail = {**entry.detail, "refused": refused}

    def _replan(self, step: Write) -> None:
        """Make the battery think again after a new tariff, where the order asks for it and the battery can."""
        command = self._order.command
        if not (isinstance(command, FollowTariff) and command.replan and "tariff" in step.fields and isinstance(self._battery, CanReplan)):
            return
        state, _ = self._load()
        for settings, stay_s in self._battery.replan_steps(state.found or {}):
            if not self._holds_lease():
                raise LeaseLost(self._order.grant.holder)
            with self._around.session() as session:
                stored = session.get_one(DeviceState, self._order.connection_id)
                _note_sent(stored, settings, self._clock())
                stored.replanned_at = self._clock()
                session.commit()
            self._battery.write(settings, frozenset(settings), None)
            self._around.pace.sleep(stay_s)
        self._read()
        self._all_is_as_wanted()

    # What went otherwise

    def _all_is_as_wanted(self) -> None:
        """No step is needed. What was pending is confirmed by that."""
        order, now = self._order, self._clock()
        with self._around.session() as session:
            state = session.get_one(DeviceState, order.connection_id)
            if not state.sent and state.problem is None:
                return
            entry = journal.last_sent(session, order.grant.site_id)
            if state.sent and entry is not None and entry.confirmed_at is None and entry.sent_at is not None:
                entry.confirmed_at, entry.state, entry.failure = now, "confirmed", None
                upload = journal.last_upload(session, order.grant.site_id)
                if entry.kind == "tariff" and upload is not None and upload.confirmed_at is None:
                    upload.confirmed_at = now
            self._settle(state, now)
            session.commit()

    def _pending(self) -> None:
        """Accepted and not shown yet: the next ticks look again, and send again with growing pauses."""
        now = self._clock()
        vendor = self._vendor()
        with self._around.session() as session:
            state = session.get_one(DeviceState, self._order.connection_id)
            state.attempts += 1
            state.next_try_at = now + timedelta(seconds=_pause_s(state.attempts))
            error = NotConfirmed(vendor, f"accepted and not shown after {state.attempts} {'try' if state.attempts == 1 else 'tries'}")
            state.problem, state.problem_kind = str(error), type(error).__name__
            entry = journal.last_sent(session, self._order.grant.site_id)
            if entry is not None and entry.confirmed_at is None and state.attempts > 1:
                entry.state, entry.failure = "failed", f"Not confirmed by {now.isoformat(timespec='seconds')}"
            session.commit()
        self.outcome.problem = str(error)

    def _failed(self, entry_id: int, error: VendorError) -> None:
        with self._around.session() as session:
            entry = session.get(JournalEntry, entry_id)
            if entry is not None:
                entry.state, entry.failure = "failed", str(error)
            session.commit()

    def _give_back_one_by_one(self, step: Write) -> Write:
        """The vendor declines something of a restore: each setting goes by itself, and what is declined then is told once and not
        tried again, so that the restore can close. Returns the step without it."""
        declined: dict[str, str] = {}
        for field_name in sorted(step.fields):
            try:
                self._battery.write(step.target, {field_name}, None, purpose="restore")
            except RequestRefused as error:
                declined[field_name] = error.message
        with self._around.session() as session:
            row = session.get(Baseline, self._order.connection_id)
            if row is not None:
                row.refused = {**row.refused, **declined}
            session.commit()
        return replace(step, fields=step.fields - frozenset(declined))

    def _note_failure(self, error: VendorError) -> None:
        now = self._clock()
        with self._around.session() as session:
            connection = session.get_one(Connection, self._order.connection_id)
            state = session.get_one(DeviceState, self._order.connection_id)
            state.attempts += 1
            pause_s = REFUSED_PAUSE_S if isinstance(error, CredentialsRefused | RequestRefused) else _pause_s(state.attempts)
            state.next_try_at = now + timedelta(seconds=pause_s)
            state.problem, state.problem_kind = str(error), type(error).__name__
            if not isinstance(error, RequestRefused):
                note_failure(connection, error, now)
            session.commit()
        self.outcome.is_confirmed, self.outcome.problem = False, str(error)

    # Reading

    def _load(self) -> tuple[DeviceState, Baseline | None]:
        with self._around.reading() as session:
            state = session.get(DeviceState, self._order.connection_id, options=(undefer(DeviceState.found), undefer(DeviceState.confirmed)))
            baseline = session.get(Baseline, self._order.connection_id)
        return state or self._first_state(), baseline

    def _first_state(self) -> DeviceState:
        with self._around.session() as session:
            state = DeviceState(connection_id=self._order.connection_id, found=None, confirmed=None, sent={}, attempts=0, drifts=[])
            session.add(state)
            session.commit()
            return state

    def _read(self) -> DeviceState:
        """Ask the device what it holds, and store it."""
        return self._store(self._battery.read_settings())

    def _store(self, found: Settings) -> DeviceState:
        now = self._clock()
        with self._around.session() as session:
            state = session.get_one(DeviceState, self._order.connection_id)
            state.found, state.found_at = dict(found), now
            if state.confirmed is None:
                state.confirmed = dict(found)
            note_answer(session.get_one(Connection, self._order.connection_id), now)
            session.commit()
            return state

    def _stands_down(self) -> bool:
        """What somebody else changed becomes the owner's. True where this order needs such a setting: it is not carried out, and the
        next tick decides again."""
        with self._around.session() as session:
            stands_down = ownership.settle(session, self._battery, self._order, self._clock())
            session.commit()
        return stands_down

    def _is_old(self) -> bool:
        state, _ = self._load()
        return state.found_at is None or self._clock() - state.found_at > READ_AGAIN_AFTER

    def _must_wait(self, state: DeviceState, baseline: Baseline | None) -> bool:
        """Whether a failure a while ago says not to try yet. An owner's button is tried at once."""
        order = self._order
        if state.next_try_at is None or state.next_try_at <= self._clock():
            return False
        is_pressed_now = order.priority is Priority.OWNER and order.now - order.began_at < JUST_PRESSED
        return not is_pressed_now and self._is_same_target(state, baseline)

    def _is_same_target(self, state: DeviceState, baseline: Baseline | None) -> bool:
        """Whether the order wants what was sent and is still open: only then a pause counts."""
        if state.found is None or not state.sent:
            return True
        intent = self._intent(state.found, baseline)
        newest = {each: values[-1] for each, values in state.sent.items()}
        return intent is not None and not self._battery.differing({each: intent.target.get(each) for each in newest}, newest)

    def _holds_lease(self) -> bool:
        with self._around.reading() as session:
            return lease.still_holds(session, self._order.grant)

    def _vendor(self) -> str:
        with self._around.reading() as session:
            connection = session.get_one(Connection, self._order.connection_id)
            return brand_of(connection.role, connection.brand).vendor


def _note_sent(state: DeviceState, values: Settings, now: datetime) -> None:
    """Stored before the call: what is found later and stands here is ours, not the owner's. A device may show an older one first."""
    state.sent = {**state.sent, **{each: [*state.sent.get(each, []), value][-SENT_KEPT:] for each, value in values.items()}}
    state.sent_at = now


def _pause_s(attempts: int) -> float:
    return RETRY_S[min(attempts, len(RETRY_S)) - 1]
