"""The page of the battery's own settings."""

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.models.control import Baseline
from app.models.user import User
from tests.services.overview.homes import Home, running_home
from tests.web.browser import send


def test_the_owner_sees_and_changes_a_setting(session: Session, owner: User, signed_in: FlaskClient) -> None:
    home = running_home(session, owner)
    page = signed_in.get("/devices/battery-settings").text
    assert "Backup reserve" in page
    assert "Time-based control" in page
    answer = send(signed_in, "/devices/battery-settings", field="reserve_pct", value="45")
    assert answer.status_code == 302
    assert "Backup reserve: 45 %" in signed_in.get("/devices/battery-settings").text
    row = session.get(Baseline, home.battery.id, populate_existing=True)
    assert row is not None
    assert row.settings["reserve_pct"] == 45


def test_a_slip_is_told_at_its_place_and_changes_nothing(session: Session, owner: User, signed_in: FlaskClient) -> None:
    home = running_home(session, owner)
    answer = send(signed_in, "/devices/battery-settings", field="reserve_pct", value="450")
    assert answer.status_code == 422
    assert "Enter a number from 0 to 100." in answer.text
    row = session.get(Baseline, home.battery.id, populate_existing=True)
    assert row is not None
    assert row.settings["reserve_pct"] == 20


def test_a_home_without_a_battery_says_so(signed_in: FlaskClient, session: Session, owner: User) -> None:
    Home(session, owner)
    assert "Nothing to set here" in signed_in.get("/devices/battery-settings").text
