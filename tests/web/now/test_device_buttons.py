"""The buttons of the Now page beside the battery: solar inverters, and a price spike that is tried out."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.models.connection import Connection
from app.models.control import OwnerWish
from app.models.policy_settings import PolicySettings
from app.models.user import User
from tests.conftest import NOW
from tests.services.overview.homes import Home, running_home
from tests.web.browser import send


def with_inverter(home: Home, **facts: object) -> int:
    row = Connection(
        site_id=home.site.id,
        role="inverter",
        key="0",
        brand="sungrow_sg",
        config={"host": "192.0.2.7", "port": 502, "unit_id": 1},
        created_at=NOW,
        seen_at=NOW,
        facts={"state": "running", "ac_w": 2400.0, "limit_w": None, "rated_w": 5000.0, **facts},
        facts_at=NOW,
    )
    home.session.add(row)
    home.session.commit()
    return row.id


def said_after(client: FlaskClient, to: str, **fields: object) -> str:
    """What the page says after a button was pressed."""
    send(client, "/", to, **fields)
    return client.get("/").text


def wishes(session: Session) -> list[OwnerWish]:
    rows = list(session.query(OwnerWish).order_by(OwnerWish.id).populate_existing())
    session.commit()
    return rows


def test_an_inverter_is_shown_with_what_it_makes_and_its_limit(session: Session, owner: User, signed_in: FlaskClient) -> None:
    with_inverter(running_home(session, owner), limit_w=1900.0)
    page = signed_in.get("/").text
    assert "Solar inverters" in page
    assert "2.4" in page
    assert "limited to 1.9" in page


def test_a_home_without_inverters_shows_no_card_of_them(session: Session, owner: User, signed_in: FlaskClient) -> None:
    running_home(session, owner)
    assert "Solar inverters" not in signed_in.get("/").text


def test_the_button_records_a_wish_for_this_inverter_and_restore_ends_it_alone(
    session: Session, owner: User, signed_in: FlaskClient
) -> None:
    home = running_home(session, owner)
    inverter = with_inverter(home)
    send(signed_in, "/", "/now/takeover", action="hold", minutes=30)
    answer = said_after(signed_in, f"/now/inverter/{inverter}", action="curtail", minutes=30)
    assert "The inverter makes nothing until" in answer
    assert [(wish.axis, wish.command["is"]) for wish in wishes(session)] == [("battery", "Hold"), (f"inverter:{inverter}", "Curtail")]
    send(signed_in, "/", f"/now/inverter/{inverter}", action="restore")
    assert [wish.ended_at is None for wish in wishes(session)] == [True, False]


@pytest.mark.parametrize("data", [{"action": "explode"}, {"action": "curtail", "minutes": 999}, {}])
def test_what_cannot_be_asked_is_refused_in_words(session: Session, owner: User, signed_in: FlaskClient, data: dict[str, object]) -> None:
    inverter = with_inverter(running_home(session, owner))
    answer = said_after(signed_in, f"/now/inverter/{inverter}", **data)
    assert answer
    assert wishes(session) == []


def test_the_inverter_of_another_home_is_out_of_reach(session: Session, owner: User, signed_in: FlaskClient) -> None:
    running_home(session, owner)
    foreign = with_inverter(Home(session, name="Elsewhere").link())
    send(signed_in, "/", f"/now/inverter/{foreign}", action="curtail", minutes=30)
    assert wishes(session) == []


def test_watching_records_nothing(session: Session, owner: User, signed_in: FlaskClient) -> None:
    home = running_home(session, owner)
    inverter = with_inverter(home)
    home.site.control = "watch"
    session.commit()
    answer = said_after(signed_in, f"/now/inverter/{inverter}", action="curtail", minutes=30)
    assert "switch control on first" in answer
    send(signed_in, "/", "/now/spike-trial")
    assert wishes(session) == []


def test_a_spike_is_tried_out_and_ended(session: Session, owner: User, signed_in: FlaskClient) -> None:
    home = running_home(session, owner)
    session.add(
        PolicySettings(site_id=home.site.id, policy="aemo_spike", version=1, values={"enabled": True, "region": "SA1"}, changed_at=NOW)
    )
    session.commit()
    page = signed_in.get("/").text
    assert "Wholesale price" in page
    assert "SA1" in page
    send(signed_in, "/", "/now/spike-trial")
    assert [wish.axis for wish in wishes(session)] == ["test:aemo_spike"]
    assert "left of the trial" in signed_in.get("/").text
    send(signed_in, "/", "/now/spike-trial", state="end")
    assert wishes(session)[0].ended_at is not None
