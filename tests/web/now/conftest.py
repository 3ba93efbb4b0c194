"""The Now page at NOW, for an owner who is signed in."""

from datetime import datetime

import pytest
from flask.testing import FlaskClient

from app.models.user import User
from app.web.now import views
from tests.conftest import NOW
from tests.web.browser import sign_in


@pytest.fixture(autouse=True)
def at(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The clock of the page: set `at[0]` to move it."""
    clock = [NOW]
    monkeypatch.setattr(views, "utc_now", lambda: clock[0])
    return clock


@pytest.fixture
def signed_in(client: FlaskClient, owner: User) -> FlaskClient:
    sign_in(client)
    return client
