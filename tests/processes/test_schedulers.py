"""Of two schedulers one acts; a wish reaches the one that acts on either database; a killed one is replaced at once."""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from app.models.control import LastDecision, Lease, OwnerWish
from app.simulators.world import World

from .installation import Installation, Running, until


@pytest.fixture
def home(installation_of: Callable[..., Installation], world: World, template_database: Path) -> Installation:
    """An installation with a steered home."""
    installation = installation_of(world, template=template_database)
    installation.store_home(world.site_file())
    return installation


def holder(installation: Installation) -> str | None:
    with installation.session() as session:
        return session.query(Lease.holder).scalar()


def acts(installation: Installation, running: Running) -> bool:
    name = holder(installation)
    return name is not None and f":{running.process.pid}:" in name


def last_policy(installation: Installation) -> tuple[str | None, float]:
    with installation.session() as session:
        row = session.query(LastDecision).one_or_none()
        return (row.policy, row.at.timestamp()) if row else (None, 0.0)


def seen_after(installation: Installation) -> timedelta | None:
    """From the newest wish's commit, or a little before, to the decision that follows it."""
    with installation.session() as session:
        wish = session.query(OwnerWish).order_by(OwnerWish.id.desc()).first()
        decision = session.query(LastDecision).one_or_none()
        if wish is None or decision is None or decision.policy != "owner" or decision.at < wish.created_at:
            return None
        return decision.at - wish.created_at


def test_of_two_schedulers_one_acts_and_a_killed_one_is_replaced_at_once(home: Installation):
    first = home.start("scheduler")
    until(lambda: acts(home, first), "the first acts", first)
    second, third = home.start("scheduler"), home.start("scheduler")
    for waiting in (second, third):
        waiting.waits_to_say("scheduler started")
    home.flask("wish", "Home", "hold")
    until(lambda: last_policy(home)[0] == "owner", "the wish is decided on")
    until(lambda: first.says('"event": "confirmed"'), "the first commands", first)
    assert acts(home, first)
    assert not second.says('"event": "(acting|confirmed)"')
    assert not third.says('"event": "(acting|confirmed)"')

    assert second.stop()[0] == 0  # one that only waited ends nothing of the other's
    with home.session() as session:
        assert session.query(OwnerWish).one().ended_at is None
    assert acts(home, first)

    killed_at = time.time()
    first.kill()
    until(lambda: acts(home, third), "the third takes over", third, patience_s=15)
    took_s = time.time() - killed_at
    print(f"taken over after {took_s:.1f} s")
    assert took_s < 12  # the lease itself ends only after 90 s
    until(lambda: last_policy(home)[1] > killed_at, "the third decides", patience_s=10)
    assert last_policy(home)[0] == "owner"  # what the first began is continued
    assert third.stop()[0] == 0
    assert holder(home) is None
    with home.session() as session:
        assert session.query(OwnerWish).one().ended_at is not None


@pytest.mark.postgres
def test_a_wish_is_seen_at_once_on_postgresql(installation_of: Callable[..., Installation], world: World, postgres_url: str):
    installation = installation_of(world, postgres_url)
    installation.store_home(world.site_file())
    scheduler = installation.start("scheduler")
    until(lambda: last_policy(installation)[0] == "tariff_sync", "a first decision", scheduler)
    installation.flask("wish", "Home", "charge")
    took = until(lambda: seen_after(installation), "the wish is seen", scheduler)
    print(f"wish seen after {took.total_seconds():.3f} s on PostgreSQL")
    assert took < timedelta(seconds=1.5)
    code, took_s = scheduler.stop()
    assert (code, took_s < 8) == (0, True)
