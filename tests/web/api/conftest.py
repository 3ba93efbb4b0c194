"""A home in which all is well, at NOW, and programs that ask about it."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.extensions import limiter
from app.models.user import User
from tests.conftest import NOW
from tests.services.overview.homes import Home, running_home
from tests.web.api.programs import Program, a_program


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as travelling:
        yield travelling


@pytest.fixture
def home(session: Session, owner: User, clock: Any) -> Home:
    return running_home(session, owner)


@pytest.fixture
def reader(client: FlaskClient, session: Session, home: Home, owner: User) -> Program:
    return a_program(client, session, home.site, owner)


@pytest.fixture
def controller(client: FlaskClient, session: Session, home: Home, owner: User) -> Program:
    return a_program(client, session, home.site, owner, "control")


@pytest.fixture(autouse=True)
def counted_afresh() -> Iterator[None]:
    """What one test asked does not count in the next."""
    yield
    limiter.reset()
