"""The scheduler's jobs for forecasts: only the homes that it acts for, each alone, and a new source at once."""

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from app.jobs.desk import Desk
from app.jobs.schedule import JOBS, START_UP
from app.models.site_forecast import LOAD, SOLAR, SiteForecast, SiteForecastSample
from app.simulators import effects as e
from tests.control.forecasts.homes import Home, clear_wh, clock, home, world

__all__ = ["clock", "home", "world"]


@pytest.fixture
def desk(home: Home) -> Iterator[Desk]:
    made = Desk(home.around, home.clock.now, "test:1", threads=2)
    yield made
    made.close()


def issues(home: Home, quantity: str = SOLAR) -> int:
    with home.around.reading() as session:
        return session.scalar(select(func.count()).where(SiteForecast.quantity == quantity)) or 0


def test_forecasts_are_fetched_learnt_and_compared(home: Home, desk: Desk) -> None:
    home.link("open_meteo")
    home.live(10, home.clock.now(), lambda start: {"solar_wh": clear_wh(start), "export_wh": 100.0, "load_wh": 250.0})
    desk.renew()
    desk.fetch_forecasts()
    desk.learn_loads()
    assert (issues(home), issues(home, LOAD)) == (1, 1)
    home.clock.advance(2 * 3600)
    home.live(1 / 12, home.clock.now(), lambda start: {"solar_wh": clear_wh(start), "export_wh": 100.0, "load_wh": 250.0})
    home.clock.advance(600)
    desk.score_forecasts()
    with home.around.reading() as session:
        assert set(session.scalars(select(SiteForecastSample.quantity))) == {SOLAR, LOAD}


def test_a_home_that_another_scheduler_acts_for_is_left_alone(home: Home, desk: Desk) -> None:
    home.link("open_meteo")
    desk.fetch_forecasts()
    desk.learn_loads()
    assert issues(home) == home.asked("open_meteo") == 0


def test_a_new_source_is_asked_at_once_and_the_same_one_is_not_asked_again(home: Home, desk: Desk) -> None:
    site = home.link("solcast")
    desk.renew()
    for _ in range(3):
        desk.answer_signal(site.id)
    assert home.asked("solcast") == issues(home) == 1


def test_a_source_in_trouble_holds_nothing_up(home: Home, desk: Desk) -> None:
    home.link("open_meteo")
    home.world.faults.add(e.GarbageJson(), server="open_meteo")
    desk.renew()
    desk.fetch_forecasts()
    assert issues(home) == 0
    assert home.connection.problem_kind == "AnswerNotUnderstood"


def test_the_table_of_jobs_has_them() -> None:
    assert {"solar_forecasts", "load_forecasts", "forecast_scores"} <= {job.id for job in JOBS}
    assert {"solar_forecasts", "load_forecasts"} <= set(START_UP)
