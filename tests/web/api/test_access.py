"""Who gets in with a token, to what, and how often."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.models.api_token import ApiToken
from app.models.control import OwnerWish
from app.models.site import Membership
from app.models.user import User
from app.services import accounts, api_tokens
from app.services.passwords import Passwords
from tests.conftest import NOW, PASSWORD
from tests.services.overview.homes import Home, running_home
from tests.web.api.programs import Program, a_program
from tests.web.browser import sign_in

READS = ("/site", "/prices", "/tariff", "/energy", "/journal", "/settings", "/wishes")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer pws_invented"},
        {"Authorization": "Bearer wröng"},
        {"Authorization": "Basic b3duZXI6eA=="},
    ],
)
def test_without_a_good_token_nothing_is_told(client: FlaskClient, home: Home, headers: dict[str, str]):
    for path in READS:
        answer = client.get(f"/api/v1{path}", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.content_type == "application/problem+json"
        assert answer.json["status"] == 401
        assert "Home" not in answer.text


def test_a_session_of_a_browser_is_no_token(client: FlaskClient, home: Home):
    sign_in(client)
    assert client.get("/api/v1/site").status_code == 401


def test_a_token_opens_no_page(client: FlaskClient, reader: Program):
    answer = client.get("/settings", headers={"Authorization": f"Bearer {reader.token}"})
    assert answer.location.startswith("/sign-in")


def test_a_token_that_may_read_changes_nothing(reader: Program, session: Session):
    for method in ("POST", "DELETE"):
        answer = reader.ask("/wishes", method, {"Idempotency-Key": "1"}, json={"kind": "charge"})
        assert answer.status_code == 403
        assert answer.json["detail"] == "This token may only read."
    assert session.scalars(select(OwnerWish)).all() == []


def test_a_token_that_may_control_also_reads(controller: Program):
    assert {controller.ask(path).status_code for path in READS} == {200}


def test_a_token_knows_one_site_alone(client: FlaskClient, session: Session, home: Home, passwords: Passwords, owner: User):
    other = accounts.create_account(session, passwords, "other@example.com", PASSWORD, NOW)
    theirs = running_home(session, other, name="Elsewhere")
    mine, strange = a_program(client, session, home.site, owner, "control"), a_program(client, session, theirs.site, other, "control")
    assert strange.ask("/site").json["site"]["name"] == "Elsewhere"
    strange.wish(kind="charge")
    assert mine.ask("/wishes").json == {"wishes": []}
    assert [each["name"] for each in (mine.ask("/site").json["site"],)] == ["Home"]
    assert mine.ask("/wishes", "DELETE").json == {"ended": 0}
    assert len(strange.ask("/wishes").json["wishes"]) == 1
    home.changed_by_somebody()
    assert len(mine.ask("/journal").json["entries"]) == 1
    assert strange.ask("/journal").json["entries"] == []


def test_a_revoked_token_ends_at_once(reader: Program, session: Session, home: Home):
    token_id = session.scalars(select(ApiToken.id)).one()
    assert api_tokens.revoke(session, home.site.id + 1, token_id) is False
    assert reader.ask("/site").status_code == 200
    assert api_tokens.revoke(session, home.site.id, token_id) is True
    assert reader.ask("/site").status_code == 401


def test_a_token_ends_in_time(reader: Program, clock: Any):
    clock.shift(timedelta(days=30, seconds=-1))
    assert reader.ask("/settings").status_code == 200
    clock.shift(1)
    assert reader.ask("/settings").status_code == 401


@pytest.mark.parametrize("change", [update(Membership).values(role="viewer"), delete(Membership), delete(User)])
def test_a_token_ends_with_the_ownership_of_its_maker(reader: Program, session: Session, change: Any):
    session.execute(change)
    session.commit()
    assert reader.ask("/site").status_code == 401


def test_only_the_hash_of_a_token_is_stored(reader: Program, session: Session):
    assert reader.token.startswith("pws_")
    assert len(reader.token) >= 47
    row = session.execute(text("SELECT * FROM api_token")).one()
    assert reader.token not in [str(each) for each in row]


def test_when_a_token_was_used_is_noted_every_five_minutes(reader: Program, session: Session, clock: Any):
    def used() -> Any:
        found = session.scalars(select(ApiToken.last_used_at)).one()
        session.rollback()
        return found

    assert used() is None
    reader.ask("/settings")
    assert used() == NOW
    clock.shift(120)
    reader.ask("/settings")
    assert used() == NOW
    clock.shift(180)
    reader.ask("/settings")
    assert used() == NOW + timedelta(minutes=5)


def test_a_full_disk_does_not_keep_programs_from_reading(reader: Program, monkeypatch: pytest.MonkeyPatch):
    def full(*_args: Any) -> None:
        raise OperationalError("UPDATE", {}, Exception("database or disk is full"))

    monkeypatch.setattr(api_tokens, "mark_used", full)
    assert reader.ask("/settings").status_code == 200


def test_a_token_is_answered_120_times_a_minute(reader: Program, controller: Program):
    codes = [reader.ask("/wishes").status_code for _ in range(121)]
    assert codes == [200] * 120 + [429]
    answer = reader.ask("/wishes")
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.json["title"] == "Too Many Requests"
    assert controller.ask("/wishes").status_code == 200  # each token has its own


def test_nobody_tries_tokens_without_end(client: FlaskClient, home: Home):
    codes = [client.get("/api/v1/site", headers={"Authorization": f"Bearer pws_{number}"}).status_code for number in range(301)]
    assert codes == [401] * 300 + [429]


def test_a_mistake_tells_nothing_of_the_inside(app: Flask, reader: Program, monkeypatch: pytest.MonkeyPatch):
    def broken(*_args: Any) -> None:
        raise RuntimeError("canary-of-the-inside")

    monkeypatch.setattr("app.web.api.views.observe", broken)
    answer = reader.ask("/tariff")
    assert answer.status_code == 500
    assert answer.content_type == "application/problem+json"
    assert "canary" not in answer.text


@pytest.mark.parametrize(("path", "method", "status"), [("/nowhere", "GET", 404), ("/site", "PUT", 405)])
def test_what_is_not_there_is_a_problem_too(reader: Program, path: str, method: str, status: int):
    answer = reader.ask(path, method)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert set(answer.json) == {"type", "title", "status", "detail", "id", "errors"}
    if status == 405:
        assert "GET" in answer.headers["Allow"]


def test_a_page_of_another_host_gets_no_leave_to_read(reader: Program):
    answer = reader.ask("/site", headers={"Origin": "https://evil.example"})
    assert not [name for name in answer.headers.keys() if name.startswith("Access-Control")]  # noqa: SIM118
