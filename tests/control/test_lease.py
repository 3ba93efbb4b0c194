"""Exactly one holder acts; a dead one's lease ends; the epoch is checked at the write."""

import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.control import lease
from app.control.act import Hand
from app.control.lease import LeaseHeld
from app.control.loop import tick
from app.control.memory import LeaseLost
from app.models.connection import Connection
from app.models.site import Site
from tests.conftest import NOW
from tests.control.conftest import Home

FAR = "scheduler@elsewhere:1:1"


@pytest.fixture
def site_id(any_engine: Engine) -> int:
    with Session(any_engine) as session:
        site = Site(name="Home", timezone="Australia/Sydney", currency="AUD", control="on", created_at=NOW)
        session.add(site)
        session.commit()
        return site.id


def test_a_second_holder_waits_until_the_lease_ends(any_engine: Engine, site_id: int) -> None:
    with Session(any_engine) as session:
        first = lease.take(session, site_id, FAR, NOW)
        with pytest.raises(LeaseHeld, match="elsewhere"):
            lease.take(session, site_id, "scheduler@other:2:2", NOW + timedelta(seconds=89))
        second = lease.take(session, site_id, "scheduler@other:2:2", NOW + timedelta(seconds=91))
        assert second.epoch == first.epoch + 1
        assert not lease.still_holds(session, first)
        assert lease.still_holds(session, second)


def test_renewing_keeps_the_epoch(any_engine: Engine, site_id: int) -> None:
    with Session(any_engine) as session:
        first = lease.take(session, site_id, FAR, NOW)
        (again,) = lease.take_all(session, FAR, NOW + timedelta(seconds=60))
        assert again == first
        with pytest.raises(LeaseHeld):
            lease.take(session, site_id, "scheduler@other:2:2", NOW + timedelta(seconds=140))


def test_of_many_at_once_one_gets_it(any_engine: Engine, site_id: int) -> None:
    def attempt(number: int) -> bool:
        with Session(any_engine) as session:
            try:
                lease.take(session, site_id, f"scheduler@host{number}:1:1", NOW)
            except LeaseHeld:
                return False
            return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1


def test_a_killed_process_of_this_host_is_succeeded_at_once(any_engine: Engine, site_id: int) -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    started = lease._started_at_now(process.pid)
    dead = f"scheduler@{socket.gethostname()}:{process.pid}:{started}"
    with Session(any_engine) as session:
        lease.take(session, site_id, dead, NOW)
        with pytest.raises(LeaseHeld):
            lease.take(session, site_id, lease.holder_name("scheduler"), NOW)
        process.kill()
        process.wait()
        assert lease.take(session, site_id, lease.holder_name("scheduler"), NOW).epoch == 2


def test_a_process_that_reused_the_number_is_not_the_holder() -> None:
    assert lease.is_gone(f"scheduler@{socket.gethostname()}:{os.getpid()}:1")
    assert not lease.is_gone(lease.holder_name("scheduler"))
    assert not lease.is_gone("nonsense")


def test_released_leases_are_free(any_engine: Engine, site_id: int) -> None:
    with Session(any_engine) as session:
        lease.take(session, site_id, FAR, NOW)
        lease.release(session, FAR, NOW)
        assert lease.take(session, site_id, "scheduler@other:2:2", NOW).epoch == 2


def test_who_lost_the_lease_writes_nothing(home: Home) -> None:
    home.refresh()
    with home.session() as session:
        grant = lease.take(session, home.site_id, FAR, home.pace.now())
        judgement = tick(session, session.get_one(Site, home.site_id), home.pace.now(), grant)
        lease.take(session, home.site_id, "scheduler@other:2:2", home.pace.now() + timedelta(seconds=100))
        (order,) = judgement.orders
        battery = home.opener.battery(session.get_one(Connection, order.connection_id))
    with pytest.raises(LeaseLost):
        Hand(home.around, battery, order, home.pace.now).carry_out()
    assert home.posts() == []


def test_a_zombie_holds_nothing() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    holder = f"scheduler@{socket.gethostname()}:{process.pid}:{lease._started_at_now(process.pid)}"
    assert not lease.is_gone(holder)
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, and not yet reaped
    assert lease.is_gone(holder)
    process.wait()
