"""Backtests in the scheduler: one at a time, in a thread that leaves the processor to everything else."""

import threading
from collections.abc import Callable, Collection
from datetime import datetime

import structlog

from app.control.surroundings import Surroundings
from app.models.backtest import DONE, FAILED, Backtest
from app.models.site import Site
from app.services.backtesting import requests
from app.services.backtesting.meter import NotBacktestable
from app.services.backtesting.run import prepare, run

log = structlog.get_logger(__name__)

TELLS_EVERY_S = 1.0
# A share of the time belongs to the others. Not by a lower priority of the thread: it holds the interpreter while it computes, and a thread
# that the machine puts off for long would then put off the ticks as well.
RESTS = 0.25
STOPPED_BY_MISTAKE = "PowerSync could not work this out; its log says more"


class Cancelled(Exception):
    """The owner has ended it."""


class Backtests:
    """Works requests off. `begin` returns at once."""

    def __init__(self, around: Surroundings, clock: Callable[[], datetime]) -> None:
        self._around, self._clock = around, clock
        self._worker: threading.Thread | None = None

    def begin(self, site_ids: Collection[int]) -> None:
        """Begin the next request of these sites, unless one is worked on."""
        if self._worker is not None and self._worker.is_alive():
            return
        now = self._clock()
        with self._around.reading() as session:  # most turns find nothing: they hold up no writer
            if not requests.is_any_free(session, site_ids, now):
                return
        with self._around.session() as session:
            backtest_id = requests.claim(session, site_ids, now)
        if backtest_id is not None:
            self._worker = threading.Thread(target=self._guarded, args=(backtest_id,), name="backtest", daemon=True)
            self._worker.start()

    def wait(self, seconds: float) -> None:
        """Until what is worked on is over."""
        if self._worker is not None:
            self._worker.join(seconds)

    def _guarded(self, backtest_id: int) -> None:
        """The edge of the work: what fails is told to the owner, and disturbs nothing else."""
        try:
            self._work(backtest_id)
        except Exception:
            log.exception("backtest failed", id=backtest_id)
            with self._around.session() as session:
                requests.end(session, backtest_id, FAILED, self._clock(), problem=STOPPED_BY_MISTAKE)

    def _work(self, backtest_id: int) -> None:
        try:
            with self._around.reading() as session:
                row = session.get_one(Backtest, backtest_id)
                site = session.get_one(Site, row.site_id)
                prepared = prepare(session, site, requests.asked_of(row), self._clock(), self._around.pace)
            result = run(prepared, _Teller(self._around, self._clock, backtest_id))
        except NotBacktestable as error:
            with self._around.session() as session:
                requests.end(session, backtest_id, FAILED, self._clock(), problem=str(error))
        except Cancelled:
            log.info("backtest cancelled", id=backtest_id)
        else:
            with self._around.session() as session:
                requests.end(session, backtest_id, DONE, self._clock(), result=result)
            log.info("backtest done", id=backtest_id)


class _Teller:
    """Says how far the work is, hears whether it is still wanted, and rests in between."""

    def __init__(self, around: Surroundings, clock: Callable[[], datetime], backtest_id: int) -> None:
        self._around, self._clock, self._id = around, clock, backtest_id
        self._rested_at = around.pace.monotonic()
        self._told_at: float | None = None

    def __call__(self, done: int, of: int) -> None:
        pace = self._around.pace
        worked_s = pace.monotonic() - self._rested_at
        pace.sleep(min(worked_s * RESTS, TELLS_EVERY_S))
        self._rested_at = pace.monotonic()
        if self._told_at is not None and done < of and self._rested_at - self._told_at < TELLS_EVERY_S:
            return
        self._told_at = self._rested_at
        with self._around.session() as session:
            if not requests.progress(session, self._id, done, of, self._clock()):
                raise Cancelled
