"""Acting on one device: read, compare, remember, write, read back. Every fact is committed before the next call to the device, so that a
process killed at any line is continued by the next tick from what is stored."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.control import journal, ownership
from app.control.connections import Opener, note_failure
from app.control.lease import Grant
from app.control.memory import DeviceMemory
from app.control.steered import Steered
from app.control.surroundings import Surroundings
from app.devices.capabilities import CanReplan, NeedsSecondGo, Settings
from app.domain.codec import to_json
from app.domain.opinions import BatteryLimits, Charge, Command, Discharge, FollowTariff, Priority
from app.domain.policies.tariff_sync import UPLOADS_PER_PERIOD
from app.domain.reasons import Reason, because
from app.domain.reconcile import ForgetOwner, Intent, RememberOwner, Step, Write, reconcile
from app.domain.snapshot import Snapshot
from app.domain.tariffs.seasonal import Tariff
from app.models.connection import Connection
from app.models.control import Baseline, JournalEntry
from app.transports.errors import RequestRefused, VendorError

READ_AGAIN_AFTER = timedelta(seconds=60)  # before a write, a reading older than this is not trusted
READ_BACK_S = 10.0
LOOKS_EVERY_S = 0.5  # for a newer order, while a device is given time
LONGEST_PAUSE = timedelta(hours=1)  # a wait that seems longer was set by a clock that has been set back since
JUST_PRESSED = timedelta(seconds=60)
READ_BACK_WAITS_S = (0.5, 1.5, 2.0, 4.0, 8.0, 10.0, 5.0)  # looks after 0.5, 2, 4, 8, 16, 26 and 31 s


@dataclass(frozen=True)
class Order:
    """What one device should do, as one tick decided it. A newer order replaces it."""

    grant: Grant
    connection_id: int
    now: datetime
    zone: ZoneInfo
    may_command: bool  # False: watch only; what was begun is still given back
    command: Command | None
    limits: BatteryLimits  # all that bind
    firm_limits: BatteryLimits  # those among them that are put right again when somebody changes what they hold
    yielding: Mapping[str, BatteryLimits]  # policy → its limit, where the owner's hand suspends it
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
    stood_down: bool = False  # somebody changed a setting that the order needs: what is shown must be decided again


class Hand:
    """Carries out one order for one device."""

    def __init__(
        self,
        surroundings: Surroundings,
        device: Steered,
        order: Order,
        clock: Callable[[], datetime],
        is_superseded: Callable[[], bool] = lambda: False,
    ) -> None:
        """`is_superseded`: whether another order than this one waits already."""
        self._is_superseded = is_superseded
        self._around, self._device, self._order, self._clock = surroundings, device, order, clock
        self._memory = DeviceMemory(surroundings, order.connection_id, order.grant, clock)
        self.outcome = Outcome()

    def carry_out(self) -> Outcome:
        """Bring the device to what the order says. Vendor errors end up in the outcome and the tables; LeaseLost is raised."""
        try:
            self._carry_out()
        except VendorError as error:
            self._memory.note_failure(error)
            self.outcome.is_confirmed, self.outcome.problem = False, error.for_people()
        return self.outcome

    def _carry_out(self) -> None:
        memory = self._memory
        if self._must_wait():
            self.outcome.is_confirmed, self.outcome.problem = False, memory.state.problem
            return
        if memory.state.found is None:
            if not self._order.may_command and memory.baseline is None:
                return
            self._read()
        elif memory.state.sent:
            self._read()
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
            memory.all_is_as_wanted()

    # What is to be done

    def _steps(self) -> list[Step]:
        found, baseline = self._memory.state.found or {}, self._memory.baseline
        intent = self._intent(found, baseline)
        if intent is None:
            return []
        different = self._device.differing(intent.target, found)
        if intent.is_restore and baseline is not None:
            different -= frozenset(baseline.refused)
        return reconcile(intent, different, baseline.settings if baseline else None, self._device.owners(found))

    def _intent(self, found: Settings, baseline: Baseline | None) -> Intent | None:
        order = self._order
        owners = baseline.settings if baseline is not None else self._device.owners(found)
        if not order.may_command:
            return Intent(owners, is_restore=True) if baseline is not None else None
        if order.command is None:
            narrowed = self._target(None, order.limits, owners)
            if not self._device.differing(narrowed, owners):
                return Intent(owners, is_restore=True)
            return Intent(narrowed, is_restore=False)
        return Intent(self._target(order.command, order.limits, owners), is_restore=False, until=order.until)

    def _target(self, command: Command | None, limits: BatteryLimits, owners: Settings) -> Settings:
        order = self._order
        return self._device.target(command, limits, owners, now=order.began_at, until=order.until, zone=order.zone)

    def _must_wait(self) -> bool:
        """Whether a failure a while ago says not to try yet. An owner's button is tried at once."""
        order, state = self._order, self._memory.state
        if state.next_try_at is None or not timedelta(0) < state.next_try_at - self._clock() <= LONGEST_PAUSE:
            return False
        is_pressed_now = order.priority is Priority.OWNER and order.now - order.began_at < JUST_PRESSED
        return not is_pressed_now and self._is_same_target()

    def _is_same_target(self) -> bool:
        """Whether the order wants what was sent and is still open: only then a pause counts."""
        state = self._memory.state
        if state.found is None or not state.sent:
            return True
        intent = self._intent(state.found, self._memory.baseline)
        newest = {each: values[-1] for each, values in state.sent.items()}
        return intent is not None and not self._device.differing({each: intent.target.get(each) for each in newest}, newest)

    def _must_wait_for_the_next_period(self, steps: list[Step]) -> bool:
        """Whether a tariff would be the third upload of its 5 minutes in a row: a repeated try counts as well. It goes in the next
        period. After another command, such as a button that has ended, the tariff is due at once."""
        if not any(isinstance(step, Write) and self._tariff_of(step) is not None for step in steps):
            return False
        if not self._memory.last_sent_was_a_tariff() or self._memory.uploads_in_period() < UPLOADS_PER_PERIOD:
            return False
        self.outcome.is_confirmed = False
        self.outcome.problem = "Two tariffs were sent in these 5 minutes already: this one goes in the next"
        return True

    def _tariff_of(self, step: Write) -> Tariff | None:
        """The tariff of tariff sync that a step sends."""
        command = self._order.command
        if isinstance(command, FollowTariff) and self._device.abilities.tariff_field in step.fields and not step.is_restore:
            return command.tariff
        return None

    # Steps

    def _run(self, step: Step) -> None:
        match step:
            case RememberOwner(settings):
                self._memory.remember_owner(settings)
            case Write():
                self._write(step)
            case ForgetOwner():
                self._memory.forget_owner()

    def _write(self, step: Write) -> None:
        sent = {each: step.target.get(each) for each in step.fields}
        entry_id, upload_id = self._memory.about_to_send(sent, lambda session, now: self._entry(session, step, now), self._tariff_of(step))
        self.outcome.wrote |= step.fields
        self.outcome.is_confirmed = False
        try:
            self._device.write(step.target, step.fields, step.until, purpose="restore" if step.is_restore else "command")
        except RequestRefused as error:
            self._memory.failed(entry_id, error)
            if not step.is_restore:
                raise
            step = self._give_back_one_by_one(step)
        except VendorError as error:
            self._memory.failed(entry_id, error)
            raise
        self._memory.accepted(entry_id)
        found, is_shown = self._read_back(step)
        if not is_shown:
            self._memory.store(found)
            self.outcome.problem = self._memory.pending().for_people()
            return
        self._memory.confirmed(found, entry_id, upload_id)
        self.outcome.is_confirmed = True
        if step.is_restore:
            self._memory.forget_owner()
        else:
            self._replan(step)

    def _entry(self, session: Session, step: Write, now: datetime) -> JournalEntry:
        """The entry of this change; a repeated try is counted in the entry that it belongs to."""
        order = self._order
        reason = because("restoring") if step.is_restore else order.reason
        if self._memory.state.attempts:
            last = journal.last_sent(session, order.connection_id)
            if last is not None and last.code == reason.code and last.confirmed_at is None:
                last.attempts, last.state = last.attempts + 1, "sent"
                return last
        renewed = None if step.is_restore else self._renewed(session)
        if renewed is not None:
            detail = {**renewed.detail, "changed": self._changed_in_words(step), "renewed": renewed.detail.get("renewed", 0) + 1}
            renewed.detail, renewed.params = detail, to_json(reason.params)
            return renewed
        is_tariff = step.fields == {self._device.abilities.tariff_field} and not step.is_restore
        return journal.write(
            session,
            order.grant.site_id,
            now,
            "restore" if step.is_restore else "tariff" if is_tariff else "decision",
            reason,
            "sent",
            connection_id=order.connection_id,
            sent_at=now,
            attempts=1,
            detail={**order.detail, "changed": self._changed_in_words(step)},
            snapshot=journal.pack(order.snapshot) if order.snapshot is not None else None,
        )

    def _renewed(self, session: Session) -> JournalEntry | None:
        """The entry that this write goes on with: the same wish since the same moment, told to the device again because its own timer runs
        out or because what the home takes has moved."""
        order = self._order
        last = journal.last_sent(session, order.connection_id)
        began_at = order.detail.get("began_at")
        is_same = last is not None and last.kind == "decision" and last.code == order.reason.code and last.confirmed_at is not None
        if last is None or not is_same or began_at is None or last.detail.get("began_at") != began_at:
            return None
        return last if last.detail.get("policy") == order.detail.get("policy") else None

    def _changed_in_words(self, step: Write) -> list[dict[str, str]]:
        words, labels = self._device.in_words(step.target), self._device.abilities.settable
        return [{"field": each, "label": labels[each], "now": words.get(labels[each], "")} for each in sorted(step.fields)]

    def _read_back(self, step: Write) -> tuple[Settings, bool]:
        """What the device holds after a write, and whether that is what was written, within the time of one go."""
        limits_s = self._device.abilities.read_back_s
        longest_s = max((limits_s.get(each, READ_BACK_S) for each in step.fields), default=0.0)
        wanted = {each: step.target[each] for each in step.fields}
        began = self._around.pace.monotonic()
        found: Settings = {}
        for wait_s in READ_BACK_WAITS_S:
            self._around.pace.sleep(wait_s)
            found = self._device.read_settings()
            if not self._device.differing(wanted, found):
                return found, True
            if self._around.pace.monotonic() - began >= longest_s:
                break
        return found, False

    def _give_back_one_by_one(self, step: Write) -> Write:
        """The vendor declines something of a restore: each setting goes by itself, and a value that is declined then is told once and not
        tried again, so that the restore can close. Returns the step without it. Raises RequestRefused for what may be taken later: the
        restore stays open."""
        declined: dict[str, str] = {}
        open_still: RequestRefused | None = None
        for field_name in sorted(step.fields):
            try:
                self._device.write(step.target, {field_name}, None, purpose="restore")
            except RequestRefused as error:
                if error.may_pass:
                    open_still = error
                else:
                    declined[field_name] = error.message
        self._memory.declined(declined)
        if open_still is not None:
            raise open_still
        return replace(step, fields=step.fields - frozenset(declined))

    def _replan(self, step: Write) -> None:
        """Make the battery keep to what it shows, and think again after a new tariff, where the order asks for it and the battery can.

        What is passed through is remembered as sent before it is: found after a kill, it is not taken for the owner's."""
        found = self._memory.state.found or {}
        steps = self._device.second_go(found, step.fields) if isinstance(self._device, NeedsSecondGo) else ()
        if self._asks_to_replan(step) and isinstance(self._device, CanReplan):
            steps += self._device.replan_steps(found)
        if not steps:
            return
        for settings, stay_s in steps:
            self._memory.about_to_replan(settings)
            self._device.write(settings, frozenset(settings), None)
            self._stay(stay_s)
        if self._is_superseded():
            return  # the newer order reads what became of it
        passed = frozenset[str]().union(*(settings.keys() for settings, _ in steps))
        shown, is_back = self._read_back(replace(step, target=found, fields=passed & found.keys()))
        self._memory.store(shown)
        if is_back:
            self._memory.all_is_as_wanted()

    def _stay(self, seconds: float) -> None:
        """Wait so long, or until another order waits, which must not wait for half a minute. The way back is gone all the same: a vendor
        shows late what it was told, so that the newer order could take the passing setting for the old one."""
        pace = self._around.pace
        ends = pace.monotonic() + seconds
        while (left_s := ends - pace.monotonic()) > 0 and not self._is_superseded():
            pace.sleep(min(LOOKS_EVERY_S, left_s))

    def _asks_to_replan(self, step: Write) -> bool:
        """A forced charge or discharge by a tariff must begin now, not when the battery next plans by itself, which takes up to 45
        minutes of its window. A change of mode has made it plan already."""
        command = self._order.command
        if self._device.abilities.tariff_field not in step.fields:
            return False
        if isinstance(command, Charge | Discharge):
            return "mode" not in step.fields
        return isinstance(command, FollowTariff) and command.replan

    # Reading

    def _read(self) -> None:
        self._memory.store(self._device.read_settings())

    def _is_old(self) -> bool:
        found_at = self._memory.state.found_at
        return found_at is None or not timedelta(0) <= self._clock() - found_at <= READ_AGAIN_AFTER

    def _stands_down(self) -> bool:
        """What somebody else changed becomes the owner's. True where this order needs such a setting: it is not carried out, and the
        next tick decides again."""
        if not ownership.unexplained(self._device, self._memory.state):
            return False
        with self._around.session() as session:
            stands_down = ownership.settle(session, self._device, self._order, self._clock())
            session.commit()
        self._memory.look_again()
        self.outcome.stood_down = stands_down
        return stands_down


def carry_out(
    around: Surroundings,
    opener: Opener,
    order: Order,
    clock: Callable[[], datetime],
    is_superseded: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Open the device of an order and carry the order out. A key that cannot be read ends up in the outcome and at the connection."""
    with around.session() as session:
        connection = session.get(Connection, order.connection_id)
        if connection is None:
            return Outcome()
        try:
            device = opener.steered(connection)
        except VendorError as error:
            note_failure(connection, error, clock())
            session.commit()
            return Outcome(is_confirmed=False, problem=error.for_people())
    return Hand(around, device, order, clock, is_superseded).carry_out()
