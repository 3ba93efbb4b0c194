"""The scheduler process: starts the jobs, hears signals, and gives timed wishes back when it is asked to stop."""

import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask
from sqlalchemy import select

from app.clock import utc_now
from app.control import lease
from app.jobs.desk import Desk
from app.jobs.schedule import JOBS, START_UP, Job
from app.jobs.streams import Streams
from app.jobs.wake import Watch
from app.models.connection import Connection
from app.models.control import Baseline, OwnerWish
from app.models.site import Site
from app.services import wishes
from app.surroundings import surroundings_of_app

log = structlog.get_logger(__name__)

STOPS_WITHIN_S = 7.0
KEEP_STREAMS_EVERY_S = 5.0
LISTENS_WITHIN_S = 2.0


def run_scheduler(app: Flask) -> int:
    """Run until SIGTERM or SIGINT. Returns the exit code; threads that wait for a vendor may still be there."""
    with app.app_context():
        around = surroundings_of_app()
    desk = Desk(around, utc_now, lease.holder_name("scheduler"))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    sys.setswitchinterval(0.02)  # threads here wait for vendors; taking the interpreter from each other more often only costs
    desk.renew()
    scheduler = BackgroundScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(16)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 30},
    )
    for job in JOBS:
        scheduler.add_job(run_job, job.trigger, args=(desk, job), id=job.id)
    streams = Streams(desk)
    watch = Watch(around.engine, lambda site_id: _answer(desk, site_id), stop)
    watch.start()
    watch.is_listening.wait(LISTENS_WITHIN_S)  # a wish that comes during the start is either seen by its tick or heard
    scheduler.start()
    log.info("scheduler started", holder=desk.holder, sites=len(desk.grants))
    threading.Thread(target=start_up, args=(desk,), name="start-up", daemon=True).start()
    keep(streams)
    while not stop.wait(KEEP_STREAMS_EVERY_S):
        keep(streams)
    log.info("scheduler stops")
    scheduler.shutdown(wait=False)
    streams.stop()
    shut_down(desk)
    return 0


def start_up(desk: Desk) -> None:
    """Bring everything up to date at once rather than at the next turn of each job."""
    jobs = {job.id: job for job in JOBS}
    for job_id in START_UP:
        run_job(desk, jobs[job_id])


def keep(streams: Streams) -> None:
    """The edge of the streams' upkeep: a database that does not answer now answers later."""
    try:
        streams.keep()
    except Exception:
        log.exception("streams not kept")


def _answer(desk: Desk, site_id: int) -> None:
    """The edge of a signal."""
    threading.Thread(target=desk.guarded, args=(desk.answer_signal, site_id), name=f"signal-{site_id}", daemon=True).start()


def run_job(desk: Desk, job: Job) -> None:
    """The edge of a job: one that fails leaves the others alone and is tried again at its next turn."""
    try:
        job.run(desk)
    except Exception:
        log.exception("job failed", job=job.id)


def shut_down(desk: Desk) -> None:
    """Give timed wishes back and the leases up, all within a container's stop: a vendor that does not answer is not waited for."""
    deadline = time.monotonic() + STOPS_WITHIN_S
    for work in (lambda: release_timed_wishes(desk, utc_now()), desk.close):
        thread = threading.Thread(target=_guarded, args=(work,), name="shut-down", daemon=True)
        thread.start()
        thread.join(max(0.0, deadline - time.monotonic()))
        if thread.is_alive():
            log.warning("stopped before everything was done: the next start goes on")
            return


def _guarded(work: Callable[[], None]) -> None:
    """The edge of a step of the stop: the next one is done all the same."""
    try:
        work()
    except Exception:
        log.exception("stop failed")


def release_timed_wishes(desk: Desk, now: datetime) -> None:
    """A clean stop ends the owner's timed wishes of the sites on which this process acts, gives back every device that has no timer of its
    own, and waits for the read-back. The tariff of tariff sync stays, and so does what must be restored: the next start goes on."""
    mine = list(desk.grants)
    with desk.around.session() as session:
        alive = select(OwnerWish.site_id).where(OwnerWish.site_id.in_(mine), OwnerWish.ended_at.is_(None), OwnerWish.expires_at > now)
        ids = set(session.scalars(alive))
        for site in session.scalars(select(Site).where(Site.id.in_(ids))):
            wishes.end(session, site, now)
        session.commit()
        held = select(Connection.site_id).join(Baseline, Baseline.connection_id == Connection.id).where(Connection.site_id.in_(mine))
        ids |= set(session.scalars(held))
    for site_id in ids:
        desk.guarded(desk.give_back, site_id)
    if ids:
        desk.workers.wait(STOPS_WITHIN_S)
