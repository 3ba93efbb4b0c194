"""What the scheduler works with, and the work itself: ticks, fetches, samples, each site on its own."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import groupby
from typing import TypeVar

import structlog
from sqlalchemy import select

from app.control import collect, lease, market_link, markets
from app.control.act import Order, Outcome, carry_out
from app.control.connections import Opener, brand_of, may_ask
from app.control.forecasts import fetch as solar
from app.control.forecasts import load as loads
from app.control.forecasts import scores
from app.control.forecasts.setup import ROLE as SOLAR_FORECAST
from app.control.give_back import orders_at_a_stop
from app.control.lease import Grant
from app.control.loop import tick
from app.control.planning.memory import PlanMemory
from app.control.planning.renew import renew_due
from app.control.readers import Readers, is_due_to_read
from app.control.sample import sample
from app.control.sample_inverter import sample_inverter
from app.control.surroundings import Surroundings
from app.control.workers import Workers
from app.jobs.backtests import Backtests
from app.models.connection import Connection
from app.models.control import Signal
from app.models.price import PriceFeed
from app.models.site import Site
from app.services import energy_history, health
from app.transports.errors import VendorError

log = structlog.get_logger(__name__)

PERIOD_S = 300
READ_ROLES = ("battery", "inverter")
SAMPLES_WITHIN_S = 5.0  # what takes longer is not waited for: its reading is stored when it comes
Which = TypeVar("Which")


class Desk:
    """One scheduler's hands: all methods may be called from any thread."""

    def __init__(self, around: Surroundings, clock: Callable[[], datetime], holder: str, threads: int = 16) -> None:
        self.around, self.clock, self.holder = around, clock, holder
        self.opener = Opener(around, clock)
        self.workers = Workers(self._carry_out, threads=2 * threads)
        self.readers = Readers(lambda connection_id: self.guarded(self._sample, connection_id), threads)
        self.backtests = Backtests(around, clock)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="site")
        self._ticking: dict[int, threading.Lock] = {}
        self._plans: dict[int, PlanMemory] = {}
        self._lock = threading.Lock()
        self.grants: dict[int, Grant] = {}
        self._history_asked = energy_history.Asked()

    # Who acts

    def renew(self) -> None:
        """Renew the leases, take what is free, and say that the scheduler lives once it acts."""
        now = self.clock()
        with self.around.session() as session:
            grants = lease.take_all(session, self.holder, now)
            has_sites = session.scalar(select(Site.id).limit(1)) is not None
            if grants or not has_sites:
                health.beat(session, "scheduler", now, self.holder)
        taken = {grant.site_id: grant for grant in grants}
        for site_id in taken.keys() - self.grants.keys():
            log.info("acting", site=site_id)
        for site_id in self.grants.keys() - taken.keys():
            log.warning("no longer acting", site=site_id)
        self.grants = taken

    def close(self) -> None:
        """Give the leases back and stop the threads."""
        self.workers.stop()
        self.readers.stop()
        self._pool.shutdown(wait=False, cancel_futures=True)
        with self.around.session() as session:
            lease.release(session, self.holder, self.clock())

    # Ticks

    def tick_all(self) -> None:
        """Tick every site that this process acts on; each fails alone. One after the other: a tick waits for no vendor, and threads would
        only take the interpreter from each other."""
        for site_id in sorted(self.grants):
            self.guarded(self.tick_site, site_id)

    def tick_site(self, site_id: int) -> None:
        """Observe, decide, and hand the orders to the devices' workers. Two ticks of one site never overlap."""
        grant = self.grants.get(site_id)
        if grant is None:
            return
        with self._lock:
            own_turn = self._ticking.setdefault(site_id, threading.Lock())
        with own_turn, self.around.session() as session:
            site = session.get(Site, site_id)
            if site is None:
                return
            judgement = tick(session, site, self.clock(), grant)
        for order in judgement.orders:
            self.workers.submit(order)

    def plan_all(self) -> None:
        """Every plan that is older than five minutes, or whose battery is not where it was planned."""
        for site_id in sorted(self.grants):
            self.guarded(self._plan, site_id)

    def _plan(self, site_id: int) -> None:
        renew_due(self.around, site_id, self.clock, self._plan_memory(site_id))

    def _plan_memory(self, site_id: int) -> PlanMemory:
        with self._lock:
            return self._plans.setdefault(site_id, PlanMemory())

    def plan_and_tick(self, site_id: int) -> None:
        """Something new is known of a site: its plan follows, and then the loop decides."""
        self.guarded(self._plan_anew, site_id)
        self.tick_site(site_id)

    def _plan_anew(self, site_id: int) -> None:
        if site_id in self.grants:
            renew_due(self.around, site_id, self.clock, self._plan_memory(site_id), has_news=True)

    def give_back(self, site_id: int) -> None:
        """As `tick_site`, with the orders of a clean stop: what would go on without this process is given back."""
        grant = self.grants.get(site_id)
        if grant is None:
            return
        with self._lock:
            own_turn = self._ticking.setdefault(site_id, threading.Lock())
        with own_turn, self.around.session() as session:
            site = session.get_one(Site, site_id)
            orders = orders_at_a_stop(session, tick(session, site, self.clock(), grant))
        for order in orders:
            self.workers.submit(order)

    def _carry_out(self, order: Order) -> Outcome:
        outcome = carry_out(self.around, self.opener, order, self.clock, lambda: self.workers.is_superseded(order))
        if outcome.stood_down:
            self.tick_site(order.grant.site_id)
        if outcome.problem is not None:
            log.warning("not confirmed", site=order.grant.site_id, problem=outcome.problem)
        elif outcome.wrote:
            log.info("confirmed", site=order.grant.site_id, wrote=sorted(outcome.wrote))
        return outcome

    # Prices and readings

    def fetch_ahead(self) -> None:
        """All prices ahead, of every retailer that has new ones by now; each site is ticked as soon as its prices are there."""
        self._each(self._connections("retailer"), self._fetch_due)

    def fetch_markets(self) -> None:
        """Each market whose next publication is due, once for all sites; then the sites whose prices follow from it."""
        with self.around.reading() as session:
            regions = {*markets.regions_in_use(session, self.opener), *market_link.regions_needed(session, self.clock())}
        for _, wanted in groupby(sorted(regions), key=markets.key_of):
            self.guarded(self._fetch_market, tuple(wanted))

    def _fetch_market(self, regions: tuple[str, ...]) -> None:
        try:
            has_changed = markets.fetch(self.around, self.opener, regions, self.clock())
        except VendorError as error:
            log.warning("market did not answer", regions=regions, problem=error.for_people())
            has_changed = True  # that it did not is told to the sites that need it
        if has_changed:
            self._each(self._connections("retailer"), self._fetch_due)

    def fetch_if_silent(self) -> None:
        """The present price where no stream brought the settled one in this 5-minute period."""
        self._each(self._connections("retailer"), self._fetch_present)

    def fetch_troubled(self) -> None:
        """Retailers whose last call failed, as soon as they may be asked again: what is late on the page must not stay late for long."""
        now = self.clock()
        with self.around.reading() as session:
            rows = session.scalars(select(Connection).where(Connection.role == "retailer", Connection.problem.is_not(None)))
            due = [row.id for row in rows if row.site_id in self.grants and may_ask(row, now)]
        self._each(due, self._fetch_and_tick)

    def _fetch_due(self, connection_id: int) -> None:
        if collect.fetch_due(self.around, self.opener, connection_id, self.clock()) is not None:
            self.plan_and_tick(self._site_of(connection_id))

    def _fetch_and_tick(self, connection_id: int) -> None:
        collect.fetch(self.around, self.opener, connection_id, self.clock())
        self.plan_and_tick(self._site_of(connection_id))

    def _fetch_present(self, connection_id: int) -> None:
        now = self.clock()
        with self.around.reading() as session:
            connection = session.get_one(Connection, connection_id)
            period = now - timedelta(seconds=now.timestamp() % PERIOD_S)
            if connection.stream_at is not None and connection.stream_at >= period:
                return
        if collect.fetch(self.around, self.opener, connection_id, now, present_only=True) is not None:
            self.plan_and_tick(self._site_of(connection_id))

    def sample_due(self) -> None:
        """Begin to read every device that is due, and wait a little for those that answered last time."""
        now = self.clock()
        with self.around.reading() as session:
            devices = session.scalars(select(Connection).where(Connection.role.in_(READ_ROLES)).order_by(Connection.id))
            due = [each for each in devices if each.site_id in self.grants and self._is_due(each, now)]
        self._read(due, now)

    def _is_due(self, connection: Connection, now: datetime) -> bool:
        poll = timedelta(seconds=brand_of(connection.role, connection.brand).as_linked(connection.config).poll_s)
        return is_due_to_read(connection, poll, self.readers.begun_at(connection.id), now)

    def _read(self, devices: Iterable[Connection], now: datetime) -> None:
        for each in devices:
            self.readers.submit([each.id], now, troubled=each.problem is not None)
        self.readers.wait(SAMPLES_WITHIN_S)

    def _sample(self, connection_id: int) -> None:
        with self.around.reading() as session:
            role = session.get_one(Connection, connection_id).role
        read = sample_inverter if role == "inverter" else sample
        if read(self.around, self.opener, connection_id, self.clock()) is not None:
            log.debug("sampled", connection=connection_id)

    def fill_history(self) -> None:
        """One day of the past for each battery whose maker remembers it, where this installation has no readings."""
        self._each(self._connections("battery"), self._fill_history)

    def _fill_history(self, connection_id: int) -> None:
        day = energy_history.fill(self.around, self.opener, connection_id, self._history_asked, self.clock)
        if day is not None:
            log.info("history stored", connection=connection_id, day=day.isoformat())

    # Forecasts

    def fetch_forecasts(self) -> None:
        """Every solar forecast that is due by its source's own cadence and budget."""
        self._each(self._connections(SOLAR_FORECAST), self._fetch_forecast)

    def learn_loads(self) -> None:
        """The load forecast of each home whose local day is new."""
        for site_id in sorted(self.grants):
            self.guarded(self._learn_load, site_id)

    def score_forecasts(self) -> None:
        """The half-hours that are over, against what was forecast of them."""
        for site_id in sorted(self.grants):
            self.guarded(self._score_forecasts, site_id)

    def _fetch_forecast(self, connection_id: int) -> None:
        answer = solar.fetch_due(self.around, self.opener, connection_id, self.clock())
        if answer is not None:
            log.debug("solar forecast", connection=connection_id, until=answer.solar[-1].end)

    def _learn_load(self, site_id: int) -> None:
        with self.around.session() as session:
            loads.renew_due(session, session.get_one(Site, site_id), self.clock())

    def _score_forecasts(self, site_id: int) -> None:
        with self.around.session() as session:
            scores.score(session, site_id, self.clock())

    def answer_signal(self, site_id: int) -> None:
        """A page or a command changed something: act on it now, with fresh prices where they were asked for."""
        with self.around.reading() as session:
            signal = session.get(Signal, site_id)
            feeds = session.execute(
                select(Connection.id, PriceFeed.ahead_at)
                .outerjoin(PriceFeed, PriceFeed.connection_id == Connection.id)
                .where(Connection.site_id == site_id, Connection.role == "retailer")
            ).all()
            forecasts = list(session.scalars(select(Connection.id).where(Connection.site_id == site_id, Connection.role == SOLAR_FORECAST)))
        asked_at = signal.fetch_asked_at if signal is not None else None
        if site_id not in self.grants:
            self.renew()
        for connection_id, ahead_at in feeds:
            if ahead_at is None or (asked_at is not None and asked_at > ahead_at):
                collect.fetch(self.around, self.opener, connection_id, self.clock())
        self._sample_new(site_id)
        self.plan_and_tick(site_id)
        self._each(forecasts, self._fetch_forecast)  # a source that was just linked or set up anew is due

    def _sample_new(self, site_id: int) -> None:
        """A device that was just connected is read at once."""
        with self.around.reading() as session:
            new = session.scalars(
                select(Connection).where(
                    Connection.site_id == site_id,
                    Connection.role.in_(READ_ROLES),
                    Connection.seen_at.is_(None),
                    Connection.problem.is_(None),
                )
            ).all()
        self._read(new, self.clock())

    # Ways

    def _connections(self, role: str) -> list[int]:
        with self.around.reading() as session:
            rows = session.execute(select(Connection.id, Connection.site_id).where(Connection.role == role).order_by(Connection.id))
            return [connection_id for connection_id, site_id in rows if site_id in self.grants]

    def _site_of(self, connection_id: int) -> int:
        with self.around.reading() as session:
            return session.get_one(Connection, connection_id).site_id

    def _each(self, ids: Iterable[Which], work: Callable[[Which], None]) -> None:
        """Do `work` for all in parallel; a slow or failing one delays no other."""
        list(self._pool.map(lambda each: self.guarded(work, each), ids))

    @staticmethod
    def guarded(work: Callable[[Which], None], which: Which) -> None:
        """The edge of a piece of work: what fails is logged and tried again at the next turn."""
        try:
            work(which)
        except Exception:
            log.exception("failed", work=work.__name__, id=which)
