"""The scheduler process: starts the jobs, hears signals, and gives timed wishes back when it is asked to stop."""

import signal
import sys
import threading
from datetime import UTC, datetime

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask
from sqlalchemy import select

from app.clock import utc_now
from app.control import lease
from app.jobs.desk import Desk
from app.jobs.schedule import JOBS, Job
from app.jobs.streams import Streams
from app.jobs.wake import Watch
from app.models.control import OwnerWish
from app.models.site import Site
from app.services import wishes
from app.surroundings import surroundings_of_app

log = structlog.get_logger(__name__)

STOPS_WITHIN_S = 7.0
KEEP_STREAMS_EVERY_S = 5.0


def run_scheduler(app: Flask) -> int:
    """Run until SIGTERM or SIGINT. Returns the exit code."""
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
    Watch(around.engine, lambda site_id: _answer(desk, site_id), stop).start()
    scheduler.start()
    log.info("scheduler started", holder=desk.holder, sites=len(desk.grants))
    start_up(desk)
    streams.keep()
    while not stop.wait(KEEP_STREAMS_EVERY_S):
        streams.keep()
    log.info("scheduler stops")
    scheduler.shutdown(wait=False)
    streams.stop()
    release_timed_wishes(desk, utc_now())
    desk.close()
    return 0


def start_up(desk: Desk) -> None:
    """Bring everything up to date at once rather than at the next turn of each job."""
    for work in (desk.fetch_ahead, desk.sample_due, desk.tick_all):
        work()


def _answer(desk: Desk, site_id: int) -> None:
    """The edge of a signal."""
    threading.Thread(target=desk.guarded, args=(desk.answer_signal, site_id), name=f"signal-{site_id}", daemon=True).start()


def run_job(desk: Desk, job: Job) -> None:
    """The edge of a job: one that fails leaves the others alone and is tried again at its next turn."""
    try:
        job.run(desk)
    except Exception:
        log.exception("job failed", job=job.id)


def release_timed_wishes(desk: Desk, now: datetime) -> None:
    """A clean stop ends the owner's timed wishes and waits for the read-back as long as a container's stop allows. The tariff of
    tariff sync stays, and so does what must be restored: the next start goes on."""
    with desk.around.session() as session:
        ids = set(session.scalars(select(OwnerWish.site_id).where(OwnerWish.ended_at.is_(None), OwnerWish.expires_at > now)))
        for site in session.scalars(select(Site).where(Site.id.in_(ids))):
            wishes.end(session, site, now)
        session.commit()
    for site_id in ids:
        desk.tick_site(site_id)
    if ids:
        desk.workers.wait(STOPS_WITHIN_S)
