"""How often each account of each vendor is called: kept in a table, so that a restart forgets nothing and processes share it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.models.control import VendorBudget
from app.models.first_row import insert_if_missing
from app.transports.errors import RateLimited

BREAKS_AFTER = 5  # failures in a row, then one probe per pause
FIRST_PAUSE_S, LONGEST_PAUSE_S = 15.0, 60.0
DAILY_CALLS = 20_000  # far above normal use: stops a runaway loop
RESERVED_FOR_RESTORES = 0.1


COUNTED_EVERY = 10
LONGEST_WAIT = timedelta(hours=2)  # a pause that seems longer was set by a clock that has been set back since


@dataclass
class _Uncounted:
    """Calls of this process that are not in the row yet."""

    day: str
    calls: int = 0
    commands: int = 0


class StoredBudget:
    """Implements `app.transports.context.Budget` on the table."""

    def __init__(
        self, session: Callable[[], Session], reading: Callable[[], Session], clock: Callable[[], datetime], daily_calls: int = DAILY_CALLS
    ) -> None:
        self._session, self._reading, self._clock, self._daily_calls = session, reading, clock, daily_calls
        self._failing: set[tuple[str, str]] = set()  # accounts whose row counts failures, as last seen
        self._uncounted: dict[tuple[str, str], _Uncounted] = {}

    def spend(self, vendor: str, account: str, purpose: str) -> None:
        """Count one call. Raises RateLimited while the vendor asked for a pause, the breaker is open, or the day's calls are used up.
        A restore waits for the vendor's own pause only, and may use the reserve.

        Pauses are stored at once; the day's count is written every ten calls, so that a kill forgets nine of many thousands."""
        now = self._clock()
        today = now.date().isoformat()
        mine = self._uncounted.get((vendor, account))
        if mine is None or mine.day != today:
            mine = self._uncounted[vendor, account] = _Uncounted(today)
        with self._reading() as session:
            row = session.get(VendorBudget, (vendor, account))
            if row is not None:
                self._refuse(row, mine, purpose, now)
        mine.calls += 1
        mine.commands += purpose != "read"
        if mine.calls < COUNTED_EVERY and row is not None and row.day == today:
            return
        with self._session() as session:
            row = self._row(session, vendor, account, now)
            row.calls, row.commands = row.calls + mine.calls, row.commands + mine.commands
            self._uncounted[vendor, account] = _Uncounted(today)
            session.commit()

    def _refuse(self, row: VendorBudget, mine: _Uncounted, purpose: str, now: datetime) -> None:
        if row.not_before is not None and timedelta(0) < row.not_before - now <= LONGEST_WAIT:
            wait_s = (row.not_before - now).total_seconds()
            raise RateLimited(row.vendor, f"not asked for another {wait_s:.0f} s", wait_s)
        allowed = self._daily_calls if purpose == "restore" else self._daily_calls * (1 - RESERVED_FOR_RESTORES)
        counted = row.calls if row.day == mine.day else 0
        if counted + mine.calls >= allowed:
            raise RateLimited(row.vendor, f"today's {self._daily_calls} calls are used up", 3600.0)
        if row.failures:
            self._failing.add((row.vendor, row.account))

    def stay_away(self, vendor: str, account: str, seconds: float) -> None:
        """No call before `seconds` have passed."""
        now = self._clock()
        with self._session() as session:
            row = self._row(session, vendor, account, now)
            until = now + timedelta(seconds=seconds)
            row.not_before = max(row.not_before or until, until)
            session.commit()

    def failed(self, vendor: str, account: str) -> None:
        """Count an outage; after five in a row the vendor is asked once per pause only."""
        now = self._clock()
        with self._session() as session:
            row = self._row(session, vendor, account, now)
            row.failures += 1
            self._failing.add((vendor, account))
            if row.failures >= BREAKS_AFTER:
                pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** (row.failures - BREAKS_AFTER))
                row.not_before = now + timedelta(seconds=pause_s)
            session.commit()

    def answered(self, vendor: str, account: str) -> None:
        """The vendor answered. Nothing is written while nothing had failed."""
        if (vendor, account) not in self._failing:
            return
        self._failing.discard((vendor, account))
        with self._session() as session:
            row = session.get(VendorBudget, (vendor, account))
            if row is not None and row.failures:
                row.failures = 0
                session.commit()

    @staticmethod
    def _row(session: Session, vendor: str, account: str, now: datetime) -> VendorBudget:
        """The account's row of today, locked until the transaction ends: web and scheduler count in the same one."""
        today = now.date().isoformat()
        insert_if_missing(session, VendorBudget, vendor=vendor, account=account, day=today, calls=0, commands=0, failures=0)
        row = session.get_one(VendorBudget, (vendor, account), with_for_update=True)
        if row.day != today:
            row.day, row.calls, row.commands = today, 0, 0
        return row
