"""Backtests in the scheduler: one at a time, with progress; cancelled, failed and abandoned ones end as they should."""

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, undefer

from app.control.surroundings import Surroundings
from app.jobs import backtests as job
from app.jobs.backtests import Backtests
from app.jobs.schedule import JOBS
from app.models.backtest import CANCELLED, DONE, FAILED, RUNNING, WAITING, Backtest
from app.optimizer.backtest import Strategy
from app.services import records
from app.services.backtesting import requests
from app.services.backtesting.meter import NotBacktestable
from app.services.backtesting.run import Asked
from app.simulators.pace import SimulatedPace
from tests.conftest import NOW
from tests.services.summaries.homes import RecordedHome

MONDAY, TUESDAY = date(2026, 11, 16), date(2026, 11, 17)
ASKED = Asked(MONDAY, TUESDAY, (Strategy.SELF_CONSUMPTION, Strategy.PERFECT))


@pytest.fixture
def home(session: Session) -> RecordedHome:
    return RecordedHome(session).metered(MONDAY, TUESDAY).priced(MONDAY, TUESDAY)


@pytest.fixture
def clock() -> list[datetime]:
    return [NOW]


@pytest.fixture
def worker(engine: Engine, clock: list[datetime]) -> Backtests:
    return Backtests(Surroundings(engine, SimulatedPace(NOW)), lambda: clock[0])


def ask(home: RecordedHome, asked: Asked = ASKED, file: bytes | None = None, now: datetime = NOW) -> int:
    return requests.ask(home.session, home.site, asked, file, "meter.csv", now).id


def seen(home: RecordedHome, backtest_id: int) -> Backtest:
    """As it is stored now, its file and its result read with it."""
    with Session(home.session.get_bind()) as session:
        return session.get_one(Backtest, backtest_id, options=[undefer(Backtest.file), undefer(Backtest.result)])


def work(worker: Backtests, home: RecordedHome) -> None:
    site_id = home.site.id
    home.session.rollback()  # on SQLite an open session holds up every writer
    worker.begin([site_id])
    worker.wait(60)


def test_a_request_is_worked_off_and_its_result_kept(home: RecordedHome, worker: Backtests):
    asked = ask(home)
    work(worker, home)
    row = seen(home, asked)
    assert (row.state, row.done, row.total, row.attempts) == (DONE, 4, 4, 1)
    assert row.result is not None
    assert [each["strategy"] for each in row.result["strategies"]] == ["self-consumption", "perfect"]


def test_a_file_is_read_and_not_kept(home: RecordedHome, worker: Backtests):
    lines = [f"2026-11-16 {hour:02d}:{minute:02d},1,0" for hour in range(24) for minute in (0, 30)]
    asked = ask(home, Asked(strategies=(Strategy.NO_BATTERY,)), "\n".join(["start,load_kwh,solar_kwh", *lines]).encode())
    assert seen(home, asked).file is not None
    work(worker, home)
    row = seen(home, asked)
    assert (row.state, row.file, row.file_name) == (DONE, None, "meter.csv")
    assert row.result is not None
    assert row.result["strategies"][0]["days"][0]["import_kwh"] == 48.0


def test_what_cannot_be_worked_out_is_told_in_words(home: RecordedHome, worker: Backtests):
    asked = ask(home, Asked(date(2020, 1, 1), date(2020, 1, 2)))
    work(worker, home)
    row = seen(home, asked)
    assert row.state == FAILED
    assert "nothing was measured in this time" in (row.problem or "")


def test_a_mistake_of_ours_ends_the_run_and_not_the_worker(home: RecordedHome, worker: Backtests, monkeypatch: pytest.MonkeyPatch):
    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(job, "run", broken)
        asked = ask(home)
        work(worker, home)
        assert (seen(home, asked).state, seen(home, asked).problem) == (FAILED, job.STOPPED_BY_MISTAKE)
    again = ask(home)
    work(worker, home)
    assert seen(home, again).state == DONE


def test_only_one_is_worked_on_at_a_time(home: RecordedHome, worker: Backtests, monkeypatch: pytest.MonkeyPatch):
    began, go_on = threading.Event(), threading.Event()
    real = job.run

    def held(*args: Any) -> Any:
        began.set()
        assert go_on.wait(30)
        return real(*args)

    monkeypatch.setattr(job, "run", held)
    first = ask(home)
    with pytest.raises(NotBacktestable, match="under way"):
        ask(home)
    other = RecordedHome(home.session, name="Other").metered(MONDAY, TUESDAY).priced(MONDAY, TUESDAY)
    second = ask(other)
    ids = [home.site.id, other.site.id]
    home.session.rollback()
    worker.begin(ids)
    assert began.wait(30)
    worker.begin(ids)
    assert (seen(home, first).state, seen(home, second).state) == (RUNNING, WAITING)
    go_on.set()
    worker.wait(60)
    worker.begin(ids)
    worker.wait(60)
    assert (seen(home, first).state, seen(home, second).state) == (DONE, DONE)


def test_a_cancelled_one_ends_while_it_runs(home: RecordedHome, worker: Backtests, monkeypatch: pytest.MonkeyPatch):
    asked, went_on = ask(home), list[int]()
    real = job.run

    def cancelled_midway(prepared: Any, on_progress: Callable[[int, int], None]) -> Any:
        assert requests.cancel(home.session, home.site.id, asked, NOW)
        result = real(prepared, on_progress)
        went_on.append(asked)
        return result

    monkeypatch.setattr(job, "run", cancelled_midway)
    work(worker, home)
    assert went_on == []
    row = seen(home, asked)
    assert (row.state, row.result, row.ended_at) == (CANCELLED, None, NOW)
    assert not requests.cancel(home.session, home.site.id, asked, NOW)


def test_a_request_of_another_scheduler_s_home_is_left_alone(home: RecordedHome, worker: Backtests):
    asked = ask(home)
    worker.begin([])
    worker.begin([home.site.id + 1])
    assert seen(home, asked).state == WAITING


def test_what_a_killed_scheduler_left_is_begun_anew_and_not_for_ever(home: RecordedHome, worker: Backtests, clock: list[datetime]):
    asked, site_id = ask(home), home.site.id
    for attempt in range(requests.MOST_ATTEMPTS):
        assert requests.claim(home.session, [site_id], clock[0]) == asked, attempt
        assert requests.claim(home.session, [site_id], clock[0]) is None
        clock[0] += requests.SILENT_FOR + timedelta(seconds=1)
    home.session.rollback()
    worker.begin([site_id])
    row = seen(home, asked)
    assert (row.state, row.problem) == (FAILED, requests.STOPPED)


def test_results_are_kept_for_30_days(home: RecordedHome, session: Session):
    old, young = ask(home, now=NOW - timedelta(days=31)), 0
    requests.cancel(session, home.site.id, old, NOW)
    young = ask(home, now=NOW - timedelta(days=29))
    records.clean(session, NOW)
    assert session.get(Backtest, young) is not None
    assert session.query(Backtest).count() == 1


def test_the_scheduler_looks_for_requests_every_few_seconds():
    (found,) = [each for each in JOBS if each.id == "backtests"]
    assert found.trigger.interval <= timedelta(seconds=5)
