"""What is remembered of one device while an order is carried out: the rows behind every step, each change committed at once.

The order's own copy is read once and kept up to date with what is written, so that a step costs one short transaction and no more."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session, undefer
from sqlalchemy.orm.attributes import set_committed_value

from app.control import journal, lease
from app.control.connections import Opener, brand_of, note_answer, note_failure
from app.control.lease import Grant
from app.control.observe import uploads_in_period
from app.control.steered import Steered
from app.control.surroundings import Surroundings
from app.devices.capabilities import Settings
from app.domain.codec import to_json
from app.domain.reasons import because
from app.domain.tariffs.seasonal import Tariff
from app.models.connection import Connection
from app.models.control import Baseline, DeviceState, JournalEntry, TariffUpload
from app.models.site import Site
from app.models.tariffs import SavedTariff
from app.transports.errors import CredentialsRefused, NotConfirmed, RequestRefused, VendorError

SENT_KEPT = 3
RETRY_S = (0.0, 60.0, 120.0, 240.0, 300.0)  # by attempt; the last one for ever
REFUSED_PAUSE_S = 3600.0  # what was refused is asked again once an hour, or when something else is wanted
BEGAN = "My tariff when PowerSync began"

Clock = Callable[[], datetime]
WriteEntry = Callable[[Session, datetime], JournalEntry]


class LeaseLost(Exception):
    """Another process acts on this site now."""


class DeviceMemory:
    """The rows of one device's connection. Every method that changes something commits."""

    def __init__(self, around: Surroundings, connection_id: int, grant: Grant, clock: Clock) -> None:
        self._around, self._id, self._grant, self._clock = around, connection_id, grant, clock
        self._state: DeviceState | None = None
        self._baseline: Baseline | None = None

    # What is known

    @property
    def state(self) -> DeviceState:
        """What the device was last told and last seen to hold."""
        if self._state is None:
            self._load()
        assert self._state is not None  # noqa: S101 - just loaded
        return self._state

    @property
    def baseline(self) -> Baseline | None:
        """The owner's own settings, None while nothing is to be given back."""
        if self._state is None:
            self._load()
        return self._baseline

    def _load(self) -> None:
        with self._around.reading() as session:
            options = (undefer(DeviceState.found), undefer(DeviceState.confirmed))
            self._state = session.get(DeviceState, self._id, options=options)
            self._baseline = session.get(Baseline, self._id)
        if self._state is None:
            with self._around.session() as session:
                self._state = DeviceState(connection_id=self._id, found=None, confirmed=None, sent={}, attempts=0, drifts=[])
                session.add(self._state)
                session.commit()

    def look_again(self) -> None:
        """Forget the copy: the rows were changed elsewhere."""
        self._state = self._baseline = None

    def uploads_in_period(self) -> int:
        """Tariffs sent in the running 5 minutes."""
        with self._around.reading() as session:
            return uploads_in_period(session, self._grant.site_id, self._clock())

    def last_sent_was_a_tariff(self) -> bool:
        """Whether the newest thing sent was a tariff of tariff sync alone."""
        with self._around.reading() as session:
            entry = journal.last_sent(session, self._id)
            return entry is not None and entry.kind == "tariff"

    def vendor(self) -> str:
        """Who answers for this device, for people."""
        with self._around.reading() as session:
            connection = session.get_one(Connection, self._id)
            return brand_of(connection.role, connection.brand).as_linked(connection.config).vendor

    # What is read and remembered

    def store(self, found: Settings) -> None:
        """What the device holds, as just read. The first reading ever is the owner's."""
        now = self._clock()
        with self._around.session() as session:
            values: dict[str, Any] = {"found": dict(found), "found_at": now}
            if self.state.confirmed is None:
                values["confirmed"] = dict(found)
            self._keep(session, **values)
            note_answer(session.get_one(Connection, self._id), now)
            session.commit()

    def remember_owner(self, settings: Settings) -> None:
        """The owner's settings, before the first command goes out. A tariff that the owner chose as default takes the place of the one
        among them, which stays among the saved ones."""
        now = self._clock()
        with self._around.session() as session:
            row = session.get(Baseline, self._id)  # there already where the owner chose a tariff since this order was looked at
            if row is None:
                values = self._as_chosen(session, settings, now)
                row = Baseline(connection_id=self._id, settings=values, stored_at=now, changed_at=now, refused={})
                session.add(row)
            session.commit()
        self._baseline = row

    def _as_chosen(self, session: Session, settings: Settings, now: datetime) -> dict[str, Any]:
        connection = session.get_one(Connection, self._id)
        device = Opener(self._around, self._clock).steered(connection)
        field = device.abilities.tariff_field
        if field is None:
            return dict(settings)
        held, default = settings.get(field), default_tariff(session, connection)
        if held and self.state.sent_at is None:
            keep_tariff(session, device, connection, held, BEGAN, now)
        elif held and default is not None:
            keep_tariff(session, device, connection, held, before_name(session.get_one(Site, connection.site_id), now), now)
        return {**settings, field: default.tariff} if default is not None else dict(settings)

    # What is sent

    def about_to_send(self, values: Settings, write_entry: WriteEntry, tariff: Tariff | None) -> tuple[int, int | None]:
        """Check the lease, then store what will be sent: what is found later and stands here is ours, whatever happens to this process.

        Returns the journal entry and, for a tariff of tariff sync, the upload. Raises LeaseLost."""
        now = self._clock()
        with self._around.session() as session:
            self._demand_lease(session)
            self._keep(session, sent=self._with_sent(values), sent_at=now)
            entry = write_entry(session, now)
            upload = None
            if tariff is not None:
                upload = TariffUpload(site_id=self._grant.site_id, at=now, tariff=to_json(tariff), moved_c=None)
                session.add(upload)
            session.commit()
            return entry.id, upload.id if upload else None

    def about_to_replan(self, values: Settings) -> None:
        """As `about_to_send`, for a passing setting that makes the battery think again. Raises LeaseLost."""
        now = self._clock()
        with self._around.session() as session:
            self._demand_lease(session)
            self._keep(session, sent=self._with_sent(values), sent_at=now, replanned_at=now)
            session.commit()

    def _demand_lease(self, session: Session) -> None:
        if not lease.still_holds(session, self._grant):
            raise LeaseLost(self._grant.holder)

    def _with_sent(self, values: Settings) -> dict[str, Any]:
        """A device may show an older value of ours first: the last three of each setting count as ours, and the one that it shows now."""
        sent, found = self.state.sent, self.state.found or {}
        return {**sent, **{name: _ours(sent.get(name, []), found.get(name), value) for name, value in values.items()}}

    def accepted(self, entry_id: int) -> None:
        """The vendor took the command."""
        self._note_entry(entry_id, accepted_at=self._clock(), state="accepted")

    # What became of it

    def confirmed(self, found: Settings, entry_id: int | None, upload_id: int | None) -> None:
        """The device shows what was sent: nothing is open any more."""
        now = self._clock()
        with self._around.session() as session:
            self._keep(session, found=dict(found), found_at=now, **_settled(found, now))
            if entry_id is not None:
                _update_entry(session, entry_id, confirmed_at=now, state="confirmed", failure=None)
            if upload_id is not None:
                session.execute(update(TariffUpload).where(TariffUpload.id == upload_id).values(confirmed_at=now))
            note_answer(session.get_one(Connection, self._id), now)
            session.commit()

    def all_is_as_wanted(self) -> None:
        """No step is needed: what was pending is confirmed by that."""
        state, now = self.state, self._clock()
        if not state.sent and state.problem is None:
            return
        with self._around.session() as session:
            entry = journal.last_sent(session, self._id)
            if state.sent and entry is not None and entry.confirmed_at is None:
                entry.confirmed_at, entry.state, entry.failure = now, "confirmed", None
                upload = journal.last_upload(session, self._grant.site_id)
                if entry.kind == "tariff" and upload is not None and upload.confirmed_at is None:
                    upload.confirmed_at = now
            self._keep(session, **_settled(state.found or {}, now))
            session.commit()

    def forget_owner(self) -> None:
        """The owner's settings are read back: nothing is left to restore, unless the owner chose others meanwhile."""
        now, given_back = self._clock(), self.baseline
        with self._around.session() as session:
            row = session.get(Baseline, self._id, with_for_update=True)
            if row is not None and (given_back is None or row.changed_at == given_back.changed_at):
                _tell_restored(session, self._grant.site_id, self._id, dict(row.refused), now)
                session.delete(row)
                row = None
            self._keep(session, **_settled(self.state.found or {}, now))
            session.commit()
        self._baseline = row

    def declined(self, why: Mapping[str, str]) -> None:
        """Settings of the owner's that the vendor would not take back: told once and not tried again."""
        with self._around.session() as session:
            row = session.get(Baseline, self._id)
            if row is not None:
                row.refused = {**row.refused, **why}
            session.commit()
        self._baseline = row

    def pending(self) -> NotConfirmed:
        """Accepted and not shown yet: the next ticks look again, and send again with growing pauses."""
        now, attempts = self._clock(), self.state.attempts + 1
        error = NotConfirmed(self.vendor(), f"accepted and not shown after {attempts} {'try' if attempts == 1 else 'tries'}")
        with self._around.session() as session:
            self._keep(session, **_open_problem(error, attempts, now, _pause_s(attempts)))
            entry = journal.last_sent(session, self._id)
            if entry is not None and entry.confirmed_at is None and attempts > 1:
                entry.state, entry.failure = "failed", f"Not confirmed by {now.isoformat(timespec='seconds')}"
            session.commit()
        return error

    def failed(self, entry_id: int, error: VendorError) -> None:
        """What was sent by this entry did not arrive, or was declined."""
        self._note_entry(entry_id, state="failed", failure=error.for_people())

    def note_failure(self, error: VendorError) -> None:
        """An order broke off: why, and when to try again."""
        now, attempts = self._clock(), self.state.attempts + 1
        pause_s = _pause_s(attempts)
        if isinstance(error, CredentialsRefused) or (isinstance(error, RequestRefused) and not error.may_pass):
            pause_s = REFUSED_PAUSE_S
        with self._around.session() as session:
            self._keep(session, **_open_problem(error, attempts, now, pause_s))
            if not isinstance(error, RequestRefused):
                note_failure(session.get_one(Connection, self._id), error, now)
            session.commit()

    # Ways

    def _keep(self, session: Session, **values: Any) -> None:
        """Change the row and the copy alike."""
        state = self.state
        session.execute(update(DeviceState).where(DeviceState.connection_id == self._id).values(**values))
        for name, value in values.items():
            set_committed_value(state, name, value)

    def _note_entry(self, entry_id: int, **values: Any) -> None:
        with self._around.session() as session:
            _update_entry(session, entry_id, **values)
            session.commit()


def _ours(earlier: list[Any], shown: Any, value: Any) -> list[Any]:
    """The values of a setting that are PowerSync's, the newest last. However often the newest is tried in vain, what took before it stays
    among them: taken for the owner's, it would never be given back."""
    distinct = [each for number, each in enumerate(earlier) if each != value and each not in earlier[number + 1 :]]
    newest = [*distinct[1 - SENT_KEPT :], value]
    return newest if not earlier or shown is None or shown in newest else [shown, *newest]


def _update_entry(session: Session, entry_id: int, **values: Any) -> None:
    session.execute(update(JournalEntry).where(JournalEntry.id == entry_id).values(**values))


def _tell_restored(session: Session, site_id: int, connection_id: int, refused: dict[str, Any], now: datetime) -> None:
    entry = journal.last_sent(session, connection_id)
    if entry is None or entry.code != "restoring":
        entry = journal.write(session, site_id, now, "restore", because("restored"), "confirmed", connection_id=connection_id)
    entry.code, entry.params, entry.state, entry.confirmed_at = "restored", {}, "confirmed", now
    entry.detail = {**entry.detail, "refused": refused}


def _settled(found: Settings, now: datetime) -> dict[str, Any]:
    return {
        "confirmed": dict(found),
        "confirmed_at": now,
        "sent": {},
        "attempts": 0,
        "next_try_at": None,
        "problem": None,
        "problem_kind": None,
    }


def _open_problem(error: VendorError, attempts: int, now: datetime, pause_s: float) -> dict[str, Any]:
    return {
        "attempts": attempts,
        "next_try_at": now + timedelta(seconds=pause_s),
        "problem": error.for_people(),
        "problem_kind": error.kind,
    }


def _pause_s(attempts: int) -> float:
    return RETRY_S[min(attempts, len(RETRY_S)) - 1]


# The owner's tariff


def default_tariff(session: Session, battery: Connection) -> SavedTariff | None:
    """The saved tariff that the owner's settings go back to. One of another brand is not for this battery."""
    query = select(SavedTariff).where(SavedTariff.site_id == battery.site_id, SavedTariff.is_default, SavedTariff.brand == battery.brand)
    return session.scalars(query.order_by(SavedTariff.id.desc()).limit(1)).one_or_none()


def keep_tariff(session: Session, driver: Steered, battery: Connection, tariff: Settings, name: str, now: datetime) -> SavedTariff | None:
    """Save a tariff of the owner's by itself, unless one that means the same is saved. The caller commits."""
    field = driver.abilities.tariff_field
    if field is None:
        return None
    saved = session.scalars(select(SavedTariff).where(SavedTariff.site_id == battery.site_id)).all()
    if any(row.brand == battery.brand and not driver.differing({field: row.tariff}, {field: tariff}) for row in saved):
        return None
    row = SavedTariff(
        site_id=battery.site_id,
        name=free_name(name, {row.name for row in saved}),
        note="Saved by PowerSync",
        brand=battery.brand,
        tariff=dict(tariff),
        saved_at=now,
    )
    session.add(row)
    return row


def free_name(name: str, taken: set[str]) -> str:
    """`name`, with a number where it is taken."""
    return next(each for number in count(1) if (each := name if number == 1 else f"{name[:70]} ({number})") not in taken)


def before_name(site: Site, now: datetime) -> str:
    """What a tariff is called that another one replaces: "Before Fri 20 Nov 2026, 16:42"."""
    local = now.astimezone(ZoneInfo(site.timezone))
    return f"Before {local:%a} {local.day} {local:%b %Y, %H:%M}"
