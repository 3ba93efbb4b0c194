"""Every address states who may call it, and nobody else gets in."""

import sqlite3
import threading
from collections.abc import Callable

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from app.config import Config
from app.models.site import Site
from app.models.user import User
from app.services import accounts
from app.services.passwords import Passwords
from app.web.access import Access, access, access_of, current_site_or_404, is_local_path, recently_authenticated, refuse_unclassified
from tests.conftest import NOW, PASSWORD
from tests.web.browser import send, sign_in


def _address(app: Flask, rule: Rule, **values: int) -> str:
    with app.test_request_context():
        return rule.build({name: values.get(name, 1) for name in rule.arguments}, append_unknown=False)[1]


def _requests(app: Flask) -> list[tuple[Rule, str]]:
    return [(rule, method) for rule in app.url_map.iter_rules() for method in sorted(rule.methods - {"HEAD", "OPTIONS"})]


def test_every_address_is_classified(app: Flask):
    assert [name for name, view in app.view_functions.items() if access_of(view) is None] == []


def test_an_app_with_an_unclassified_view_does_not_start(app: Flask):
    app._got_first_request = False
    app.add_url_rule("/forgotten", "forgotten", lambda: "open")
    with pytest.raises(RuntimeError, match="forgotten"):
        refuse_unclassified(app)


def test_an_unclassified_view_is_refused_even_if_it_got_in(app: Flask, client: FlaskClient):
    app.add_url_rule("/forgotten", "forgotten", lambda: "open")
    assert client.get("/forgotten").status_code == 403


def test_a_stranger_gets_nowhere_but_to_public_addresses(owner: User, app: Flask, client: FlaskClient):
    app.config["WTF_CSRF_ENABLED"] = False
    for rule, method in _requests(app):
        if access_of(app.view_functions[rule.endpoint]) is Access.PUBLIC:
            continue
        answer = client.open(_address(app, rule), method=method)
        assert answer.status_code in (302, 401, 403, 404), (method, rule.rule)
        if answer.status_code == 302:
            assert answer.location.startswith("/sign-in"), rule.rule


@pytest.fixture
def other(session: Session, passwords: Passwords) -> User:
    return accounts.create_account(session, passwords, "other@example.com", PASSWORD, NOW)


@pytest.fixture
def site_pages(app: Flask) -> Flask:
    """Views of every level on a site, as the areas of the app have them."""
    for level in (Access.VIEWER, Access.OWNER, Access.CONTROL):

        @access(level)
        def view(site_id: int) -> str:
            return current_site_or_404().name

        app.add_url_rule(f"/sites/<int:site_id>/{level.name.lower()}", f"test_{level.name.lower()}", view, methods=["GET", "POST"])

    @access(Access.VIEWER)
    def here() -> str:
        return current_site_or_404().name

    @access(Access.USER)
    @recently_authenticated
    def secret() -> str:
        return "secret"

    app.add_url_rule("/here", "test_here", here)
    app.add_url_rule("/secret", "test_secret", secret, methods=["GET", "POST"])
    return app


@pytest.mark.parametrize("level", ["viewer", "owner", "control"])
def test_anothers_site_does_not_exist(owner: User, other: User, a_site: Callable[..., Site], site_pages: Flask, level: str):
    theirs = a_site(other)
    client = site_pages.test_client()
    sign_in(client)
    assert client.get(f"/sites/{theirs.id}/{level}").status_code == 404
    assert client.get(f"/sites/{theirs.id + 1000}/{level}").status_code == 404


def test_a_viewer_looks_and_does_not_touch(owner: User, other: User, a_site: Callable[..., Site], site_pages: Flask):
    site = a_site(other, role="viewer")
    client = site_pages.test_client()
    sign_in(client, "other@example.com")
    assert client.get(f"/sites/{site.id}/viewer").text == "Home"
    assert client.get(f"/sites/{site.id}/owner").status_code == 403
    assert client.get(f"/sites/{site.id}/control").status_code == 403


def test_an_owner_controls_after_entering_the_password(owner: User, a_site: Callable[..., Site], site_pages: Flask):
    site = a_site(owner)
    client = site_pages.test_client()
    with time_machine.travel(NOW, tick=False) as clock:
        sign_in(client, remember="y")
        control = f"/sites/{site.id}/control"
        assert client.get(control).text == "Home"
        clock.shift(601)
        asked = client.get(control)
        assert asked.location == f"/confirm?next={control}"
        back = send(client, asked.location, "/confirm", password=PASSWORD, next=control)
        assert back.location == control
        assert client.get(control).status_code == 200


def test_a_wrong_password_does_not_confirm(owner: User, site_pages: Flask):
    client = site_pages.test_client()
    with time_machine.travel(NOW, tick=False) as clock:
        sign_in(client, remember="y")
        clock.shift(601)
        assert send(client, "/confirm", password="wrong password").status_code == 401
        assert client.get("/secret").status_code == 302


def test_a_button_pressed_too_late_leads_back_to_its_page(owner: User, site_pages: Flask):
    client = site_pages.test_client()
    with time_machine.travel(NOW, tick=False) as clock:
        sign_in(client, remember="y")
        clock.shift(601)
        answer = send(client, "/account", "/secret", headers={"Referer": "http://localhost/account"})
        assert answer.location == "/confirm?next=/account"
        answer = send(client, "/account", "/secret", headers={"Referer": "http://evil.example/account"})
        assert answer.location == "/confirm"


def test_a_script_that_is_signed_out_gets_401_and_no_page(owner: User, client: FlaskClient):
    assert client.get("/account", headers={"Sec-Fetch-Mode": "cors"}).status_code == 401


def test_without_a_site_a_site_page_is_not_there(owner: User, site_pages: Flask):
    client = site_pages.test_client()
    sign_in(client)
    assert client.get("/here").status_code == 404


def test_the_browser_remembers_which_site_it_shows(owner: User, other: User, a_site: Callable[..., Site], site_pages: Flask):
    a_site(owner, name="Beach")
    town, theirs = a_site(owner, name="Town"), a_site(other, name="Elsewhere")
    client = site_pages.test_client()
    sign_in(client)
    assert client.get("/here").text == "Beach"
    assert send(client, "/account", "/account/site", site_id=town.id).status_code == 302
    assert client.get("/here").text == "Town"
    assert send(client, "/account", "/account/site", site_id=theirs.id).status_code == 404
    client.set_cookie("powersync_site", str(theirs.id))
    assert client.get("/here").text == "Beach"


@pytest.mark.parametrize(
    ("target", "local"),
    [
        ("/", True),
        ("/account?x=1", True),
        ("", False),
        (None, False),
        ("account", False),
        ("//evil.example", False),
        ("/\\evil.example", False),
        ("\\\\evil.example", False),
        ("/ok\n/evil", False),
        ("/\x00", False),
        ("https:/evil.example", False),
    ],
)
def test_only_a_path_of_this_server_is_local(target: str | None, local: bool):
    assert is_local_path(target) is local


def test_the_check_leaves_no_transaction_that_holds_others_up(owner: User, a_site: Callable[..., Site], app: Flask, config: Config):
    """A view may talk to a vendor for seconds: meanwhile others write."""
    site = a_site(owner)
    inside, go_on = threading.Event(), threading.Event()

    @access(Access.OWNER)
    def slow(site_id: int) -> str:
        inside.set()
        go_on.wait(5)
        return "done"

    app.add_url_rule("/sites/<int:site_id>/slow", "test_slow", slow, methods=["POST"])
    client = app.test_client()
    sign_in(client)
    app.config["WTF_CSRF_ENABLED"] = False
    waiting = threading.Thread(target=client.post, args=(f"/sites/{site.id}/slow",))
    waiting.start()
    try:
        assert inside.wait(5)
        with sqlite3.connect(config.data_dir / "app.db", timeout=0.05) as connection:
            connection.execute("UPDATE site SET name = 'Renamed'")
    finally:
        go_on.set()
        waiting.join()
