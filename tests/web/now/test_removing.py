"""A device that is gone can be removed although nothing can be given back to it; one that is steered cannot."""

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.models.connection import Connection
from app.models.user import User
from tests.services.overview.homes import running_home
from tests.web.browser import send


def is_linked(session: Session, connection_id: int) -> bool:
    found = session.get(Connection, connection_id, populate_existing=True) is not None
    session.commit()
    return found


def test_while_control_is_on_it_stays(session: Session, owner: User, signed_in: FlaskClient) -> None:
    home = running_home(session, owner)
    address = f"/devices/{home.battery.id}/remove"
    answer = send(signed_in, address, gives_up="yes")
    assert answer.status_code == 409
    assert "without giving anything back" not in answer.text
    assert is_linked(session, home.battery.id)


def test_with_control_off_it_asks_once_more_and_then_goes(session: Session, owner: User, signed_in: FlaskClient) -> None:
    home = running_home(session, owner)
    home.site.control = "watch"
    session.commit()
    number = home.battery.id
    answer = send(signed_in, f"/devices/{number}/remove")
    assert answer.status_code == 409
    assert "without giving anything back" in answer.text
    assert is_linked(session, number)
    assert send(signed_in, f"/devices/{number}/remove", gives_up="yes").status_code == 302
    assert not is_linked(session, number)
