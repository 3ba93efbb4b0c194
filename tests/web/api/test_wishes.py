"""A program asks something of the battery: recorded once, for the scheduler to carry out."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.models.api_token import IdempotencyKey
from app.models.control import OwnerWish, Signal
from app.models.user import User
from app.services import api_tokens, idempotency, wishes
from app.services.idempotency import KeyUsedOtherwise
from tests.conftest import NOW
from tests.services.overview.homes import Home
from tests.web.api.programs import Program


def recorded(session: Session) -> list[OwnerWish]:
    found = list(session.scalars(select(OwnerWish).order_by(OwnerWish.id)))
    session.commit()
    return found


def test_a_wish_is_recorded_and_the_scheduler_is_woken(controller: Program, session: Session, home: Home, owner: User):
    answer = controller.wish(kind="charge", minutes=45)
    assert answer.status_code == 201
    wish = recorded(session)[0]
    assert answer.json == {
        "id": wish.id,
        "kind": "charge",
        "power_w": None,
        "asked_at": "2026-11-20T05:42:00Z",
        "until": "2026-11-20T06:27:00Z",
    }
    assert (wish.command["is"], wish.expires_at, wish.user_id) == ("Charge", NOW + timedelta(minutes=45), owner.id)
    assert session.get_one(Signal, home.site.id).count == 1
    assert controller.ask("/wishes").json["wishes"] == [answer.json]
    assert controller.ask("/site").json["wish"] == answer.json


def test_without_minutes_it_is_the_usual_half_hour(controller: Program, session: Session):
    controller.wish(kind="hold")
    assert recorded(session)[0].expires_at == NOW + timedelta(minutes=30)


def test_the_same_request_again_is_carried_out_once(controller: Program, session: Session, clock: Any):
    first = controller.wish("k", kind="charge", minutes=60)
    clock.shift(90)
    again = controller.wish("k", kind="charge", minutes=60)
    assert (again.status_code, again.json) == (201, first.json)
    assert len(recorded(session)) == 1
    assert recorded(session)[0].expires_at == NOW + timedelta(minutes=60)  # not prolonged
    other = controller.wish("l", kind="charge", minutes=60)
    assert other.json["id"] != first.json["id"]


def test_a_key_with_another_request_is_refused(controller: Program, session: Session):
    controller.wish("k", kind="charge")
    answer = controller.wish("k", kind="discharge")
    assert answer.status_code == 422
    assert "another request before" in answer.json["detail"]
    assert len(recorded(session)) == 1


def test_a_key_is_forgotten_after_a_day(controller: Program, session: Session, clock: Any):
    controller.wish("k", kind="charge")
    clock.shift(timedelta(hours=24, seconds=1))
    assert controller.wish("k", kind="hold").status_code == 201
    assert session.scalar(select(func.count()).select_from(IdempotencyKey)) == 1


def test_what_was_refused_may_be_tried_again_with_the_same_key(controller: Program, session: Session, home: Home):
    home.site.control = "watch"
    session.commit()
    refused = controller.wish("k", kind="charge")
    assert (refused.status_code, refused.json["detail"]) == (409, "PowerSync only watches this site: its owner switches control on first.")
    powered = controller.wish("p", kind="charge", power_w=2000)
    assert powered.status_code == 409
    home.site.control = "on"
    session.commit()
    too_exact = controller.wish("p", kind="charge", power_w=2000)
    assert too_exact.status_code == 409
    assert "chooses its power itself" in too_exact.json["detail"]
    assert session.scalars(select(IdempotencyKey)).all() == []
    session.rollback()
    assert controller.wish("k", kind="charge").status_code == 201


@pytest.mark.parametrize("key", [None, "", "a b", "ä", "x" * 256])
def test_a_wish_needs_a_key(controller: Program, session: Session, key: str | None):
    headers = {} if key is None else {"Idempotency-Key": key}
    answer = controller.ask("/wishes", "POST", headers, json={"kind": "charge"})
    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json["detail"]
    assert recorded(session) == []


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "kind"),
        ({"kind": "explode"}, "kind"),
        ({"kind": "charge", "minutes": 14}, "minutes"),
        ({"kind": "charge", "minutes": 241}, "minutes"),
        ({"kind": "charge", "minutes": "30"}, "minutes"),
        ({"kind": "charge", "minutes": True}, "minutes"),
        ({"kind": "charge", "power_w": 0}, "power_w"),
        ({"kind": "charge", "for": 30}, "for"),
    ],
)
def test_a_slip_in_the_body_is_named(controller: Program, session: Session, body: dict[str, Any], where: str):
    answer = controller.wish(**body)
    assert answer.status_code == 422
    assert [each["where"] for each in answer.json["errors"]] == [where]
    assert recorded(session) == []


@pytest.mark.parametrize(
    ("sent", "kind", "status"),
    [(b"{", "application/json", 400), (b"[]", "application/json", 422), (b"kind=charge", "application/x-www-form-urlencoded", 415)],
)
def test_what_is_no_json_is_refused(controller: Program, sent: bytes, kind: str, status: int):
    answer = controller.ask("/wishes", "POST", {"Idempotency-Key": "k"}, data=sent, content_type=kind)
    assert answer.status_code == status


def test_a_wish_can_be_ended(controller: Program, session: Session):
    controller.wish(kind="charge")
    assert controller.ask("/wishes", "DELETE").json == {"ended": 1}
    assert controller.ask("/wishes").json == {"wishes": []}
    assert controller.ask("/wishes", "DELETE").json == {"ended": 0}


def test_of_many_at_once_with_one_key_one_is_carried_out(any_engine: Engine):
    with Session(any_engine, expire_on_commit=False) as session:
        user = User(email="owner@example.com", created_at=NOW)
        session.add(user)
        session.commit()
        home = Home(session, user).link()
        api_tokens.make(session, home.site.id, user.id, "A program", "control", None, NOW)
        site = home.site
    answers: list[Any] = []

    def go() -> None:
        with Session(any_engine, expire_on_commit=False) as mine:

            def place() -> dict[str, Any]:
                wish = wishes.place(mine, site, "charge", 30, NOW)
                mine.flush()
                return {"id": wish.id}

            answers.append(idempotency.once(mine, 1, "k", b"{}", NOW, place))

    crowd = [threading.Thread(target=go) for _ in range(5)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()
    assert len(answers) == 5
    assert len({answer["id"] for answer in answers}) == 1
    with Session(any_engine) as session:
        assert session.scalar(select(func.count()).select_from(OwnerWish)) == 1
        with pytest.raises(KeyUsedOtherwise):
            idempotency.once(session, 1, "k", b"{ }", NOW, dict)
