"""Calls are counted where a restart does not forget them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.control.budget import BREAKS_AFTER, StoredBudget
from app.models.control import VendorBudget
from app.transports.errors import RateLimited
from tests.conftest import NOW


class At:
    now: datetime = NOW


def a_budget(engine: Engine, at: At, **more: int) -> StoredBudget:
    return StoredBudget(lambda: Session(engine), lambda: Session(engine), lambda: at.now, **more)


def test_a_pause_that_the_vendor_asked_for_outlives_the_process(any_engine: Engine) -> None:
    at = At()
    a_budget(any_engine, at).stay_away("Amber", "a", 60)
    with pytest.raises(RateLimited) as refused:
        a_budget(any_engine, at).spend("Amber", "a", "read")
    assert refused.value.retry_after_s == 60
    a_budget(any_engine, at).spend("Amber", "other", "read")
    at.now = NOW + timedelta(seconds=61)
    a_budget(any_engine, at).spend("Amber", "a", "read")


def test_the_breaker_opens_after_failures_in_a_row_and_closes_with_an_answer(any_engine: Engine) -> None:
    at = At()
    budget = a_budget(any_engine, at)
    for _ in range(BREAKS_AFTER):
        budget.spend("Tesla", "a", "read")
        budget.failed("Tesla", "a")
    with pytest.raises(RateLimited):
        budget.spend("Tesla", "a", "read")
    at.now = NOW + timedelta(seconds=31)
    budget.spend("Tesla", "a", "read")
    budget.answered("Tesla", "a")
    budget.failed("Tesla", "a")
    budget.spend("Tesla", "a", "read")


def test_a_tenth_of_the_day_is_kept_for_restores(any_engine: Engine) -> None:
    at = At()
    budget = a_budget(any_engine, at, daily_calls=10)
    for _ in range(9):
        budget.spend("Tesla", "a", "command")
    with pytest.raises(RateLimited, match="used up"):
        budget.spend("Tesla", "a", "command")
    budget.spend("Tesla", "a", "restore")
    with pytest.raises(RateLimited):
        budget.spend("Tesla", "a", "restore")
    at.now = NOW + timedelta(days=1)
    budget.spend("Tesla", "a", "command")


def test_the_first_calls_of_two_processes_at_the_same_moment_are_both_counted(any_engine: Engine) -> None:
    both_are_here = Barrier(2)

    def its_session() -> Session:
        both_are_here.wait(10)  # both have seen that the account has no row yet
        return Session(any_engine)

    def ask(_: int) -> None:
        StoredBudget(its_session, lambda: Session(any_engine), lambda: NOW).spend("Amber", "a", "read")

    with ThreadPoolExecutor(2) as processes:
        list(processes.map(ask, range(2)))
    with Session(any_engine) as session:
        assert session.get_one(VendorBudget, ("Amber", "a")).calls == 2
