"""A simulated home with its vendors' servers on localhost, linked or not yet."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.clock import utc_now
from app.config import Config
from app.control import collect
from app.control.connections import Opener, load
from app.control.sample import sample
from app.control.surroundings import Surroundings
from app.models.connection import Connection
from app.models.control import Baseline
from app.models.energy import Reading
from app.models.site import Site
from app.models.user import User
from app.services import health, sites
from app.services.site_file import validate
from app.simulators.pace import SimulatedPace
from app.simulators.world import World
from app.surroundings import surroundings_of_app


@pytest.fixture
def world() -> Iterator[World]:
    """Amber and Teslemetry as they answer now."""
    with World(SimulatedPace(utc_now()), soc_pct=62) as running:
        yield running


@pytest.fixture
def config(config: Config, world: World) -> Config:
    """The installation asks the simulated vendors."""
    return replace(config, environment=world.environment())


@pytest.fixture
def around(app: Flask) -> Surroundings:
    with app.app_context():
        return surroundings_of_app()


@pytest.fixture
def linked(session: Session, owner: User, world: World) -> Site:
    """A home with both vendors linked, watched, of which nothing has been read yet."""
    return sites.import_file(session, validate(world.site_file("Home", "watch", owner.email)), utc_now())


@pytest.fixture
def read(session: Session, linked: Site, around: Surroundings) -> Site:
    """The same home after the scheduler's first minute."""
    now = utc_now()
    health.beat(session, "scheduler", now)
    opener = Opener(around, utc_now)
    assert collect.fetch(around, opener, connection(session, linked, "retailer").id, now) is not None
    assert sample(around, opener, connection(session, linked, "battery").id, now) is not None
    session.expire_all()
    return linked


def connection(session: Session, site: Site, role: str) -> Connection:
    found = load(session, site.id, role)
    assert found is not None
    session.commit()
    return found


def let_reading_age(session: Session, site: Site, by: timedelta) -> datetime:
    """The newest reading becomes that old. Returns when it was taken."""
    session.execute(delete(Reading).where(Reading.site_id == site.id))
    taken_at = (utc_now() - by).replace(microsecond=0)
    session.add(Reading(site_id=site.id, taken_at=taken_at, soc_pct=62.0, solar_w=900, grid_w=-400, battery_w=0, load_w=500, on_grid=True))
    session.commit()
    return taken_at


def steer(session: Session, site: Site) -> None:
    """The battery runs on PowerSync's settings: the owner's are still to be given back."""
    now = utc_now()
    battery = connection(session, site, "battery")
    session.add(Baseline(connection_id=battery.id, settings={"mode": "autonomous"}, stored_at=now, changed_at=now, refused={}))
    session.commit()


__all__ = ["around", "config", "connection", "let_reading_age", "linked", "read", "steer", "world"]
