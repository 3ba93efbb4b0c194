"""A home on Amber whose owner is signed in, and a still clock."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.models.site import Site
from app.models.tariffs import TouPlan
from app.models.user import User
from app.services import accounts
from app.services.passwords import Passwords
from app.services.tou_plans import kept
from app.services.tou_plans.season import Values
from app.web.tou import editing, once, views
from tests.conftest import PASSWORD
from tests.services.tou_plans.plans import whole
from tests.web.browser import sign_in
from tests.web.prices.home import NOW, a_home


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Sets what the pages of this area take for now."""

    def at(now: Any) -> None:
        for module in (editing, once, views):
            monkeypatch.setattr(module, "utc_now", lambda: now)

    at(NOW)
    return at


@pytest.fixture
def home(owner: User, session: Session, client: FlaskClient, clock: Any) -> Site:
    site = a_home(session)
    sign_in(client)
    return site


@pytest.fixture
def plan(session: Session, home: Site) -> TouPlan:
    return a_plan_of(session, home, whole(daily_charge_c="110"))


def a_plan_of(session: Session, site: Site, values: Values) -> TouPlan:
    """Kept, not in use."""
    row = kept.begin(session, session.get_one(Site, site.id), values, NOW)
    session.commit()
    return row


@pytest.fixture
def stranger(session: Session, passwords: Passwords) -> User:
    return accounts.create_account(session, passwords, "viewer@example.com", PASSWORD, NOW)
