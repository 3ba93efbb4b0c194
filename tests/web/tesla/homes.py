"""A home whose vendors are simulated, Tesla's own API and sign-in among them."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.clock import utc_now
from app.config import Config
from app.models.site import Site
from app.models.user import User
from app.services import sites
from app.services.site_file import validate
from app.simulators.pace import SimulatedPace
from app.simulators.world import World
from tests.services.connecting.homes import around
from tests.web.browser import sign_in

CALLBACK = "http://localhost/settings/tesla/callback"
DOMAIN = "powerwall.example.com"


@pytest.fixture
def world() -> Iterator[World]:
    with World(SimulatedPace(utc_now()), soc_pct=62, has_fleet=True) as running:
        yield running


@pytest.fixture
def config(config: Config, world: World) -> Config:
    return replace(config, environment=world.environment())


@pytest.fixture
def home(session: Session, owner: User, world: World) -> Site:
    """A home with its retailer and no battery yet."""
    file = world.site_file("Home", "watch", owner.email)
    del file["battery"]
    return sites.import_file(session, validate(file), utc_now())


@pytest.fixture
def signed_in(client: FlaskClient, home: Site) -> FlaskClient:
    sign_in(client)
    return client


__all__ = ["around", "config", "home", "signed_in", "world"]
