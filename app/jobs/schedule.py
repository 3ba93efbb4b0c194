"""The table of jobs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import select

from app.control import forecast_quality
from app.control.bill_rules import bill_rules_of
from app.jobs.desk import Desk
from app.models.site import Site
from app.services import records, summaries

RENEW_EVERY_S = 5  # also how soon a second scheduler on the same host notices that the first was killed

BACKTESTS_EVERY_S = 3  # how long somebody waits for the first movement of the bar


@dataclass(frozen=True)
class Job:
    """What runs when."""

    id: str
    run: Callable[[Desk], None]
    trigger: BaseTrigger


def renew(desk: Desk) -> None:
    """Renew the leases; what another scheduler left is acted on at once, not at the next turn of each job."""
    before = set(desk.grants)
    desk.renew()
    taken = set(desk.grants) - before
    if taken:
        desk.sample_due()
    for site_id in sorted(taken):
        desk.guarded(desk.tick_site, site_id)


def roll_up(desk: Desk) -> None:
    """Energy and money of the last intervals, and of the day."""
    with desk.around.session() as session:
        records.roll_up_all(session, desk.clock())
        site_ids = session.scalars(select(Site.id)).all()

    def sum_up_days(site_id: int) -> None:
        with desk.around.session() as session:
            site = session.get_one(Site, site_id)
            summaries.bring_up(session, site, desk.clock(), lambda retailer: bill_rules_of(desk.opener, retailer))

    for site_id in site_ids:
        desk.guarded(sum_up_days, site_id)


def score_forecasts(desk: Desk) -> None:
    """Forecasts whose half-hour has settled: of prices, then of each home's sun and load."""
    with desk.around.session() as session:
        forecast_quality.score(session, desk.clock())
    desk.score_forecasts()


def backtests(desk: Desk) -> None:
    """The next backtest that a page asked for."""
    desk.backtests.begin(list(desk.grants))


def clean(desk: Desk) -> None:
    """What has been kept long enough is deleted."""
    with desk.around.session() as session:
        records.clean(session, desk.clock())


JOBS = (
    Job("lease", renew, IntervalTrigger(seconds=RENEW_EVERY_S, timezone=UTC)),
    # Ten seconds in: the prices of a new 5-minute period are fetched at its second 0 and bring a tick of their own.
    Job("tick", Desk.tick_all, CronTrigger(second=10, timezone=UTC)),
    Job("plan", Desk.plan_all, CronTrigger(second=5, timezone=UTC)),
    Job("prices_ahead", Desk.fetch_ahead, CronTrigger(minute="*/5", second=0, timezone=UTC)),
    Job("prices_35", Desk.fetch_if_silent, CronTrigger(minute="*/5", second=35, timezone=UTC)),
    Job("prices_60", Desk.fetch_if_silent, CronTrigger(minute="1-59/5", second=0, timezone=UTC)),
    # AEMO publishes some 20 to 60 s into each 5 minutes; asked only until the new price is there.
    Job("markets", Desk.fetch_markets, CronTrigger(second="20,40", timezone=UTC)),
    Job("prices_again", Desk.fetch_troubled, IntervalTrigger(seconds=15, timezone=UTC)),
    Job("sampler", Desk.sample_due, IntervalTrigger(seconds=15, timezone=UTC)),
    Job("roll_up", roll_up, CronTrigger(minute="*/5", second=45, timezone=UTC)),
    Job("solar_forecasts", Desk.fetch_forecasts, CronTrigger(minute="3-58/5", second=20, timezone=UTC)),
    Job("load_forecasts", Desk.learn_loads, CronTrigger(minute=7, timezone=UTC)),  # hourly: days begin at other hours in other zones
    # A maker gives one day of history in 5 minutes at most.
    Job("energy_history", Desk.fill_history, CronTrigger(minute="3-59/6", second=25, timezone=UTC)),
    Job("forecast_scores", score_forecasts, CronTrigger(minute="14,44", timezone=UTC)),
    Job("backtests", backtests, IntervalTrigger(seconds=BACKTESTS_EVERY_S, timezone=UTC)),
    Job("retention", clean, CronTrigger(hour=17, minute=17, timezone=UTC)),  # 3 to 4 in the morning in eastern Australia
)
START_UP = ("prices_ahead", "sampler", "tick", "solar_forecasts", "load_forecasts")  # at a start, in this order
