"""Headers, origins, tokens of forms, proxies, error pages, limits."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask, jsonify, request
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from app import create_app
from app.config import Config
from app.models.user import User
from app.services import sign_in as sign_in_service
from app.web.access import OF_PROGRAMS, Access, access, access_of
from app.web.security import revalidated
from tests.conftest import PASSWORD
from tests.web.browser import csrf_token, send, sign_in

TEMPLATES = Path(__file__).parents[2] / "app" / "web" / "templates"


@pytest.mark.parametrize("page", ["/sign-in", "/account", "/nowhere", "/healthz", "/static/css/tokens.css"])
def test_every_answer_carries_the_headers(owner: User, client: FlaskClient, page: str):
    headers = client.get(page).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers


def test_https_is_remembered_only_over_https(client: FlaskClient):
    assert "Strict-Transport-Security" in client.get("/sign-in", base_url="https://localhost").headers


def test_pages_are_not_stored_and_static_files_are(owner: User, client: FlaskClient):
    sign_in(client)
    page = client.get("/account")
    assert page.headers["Cache-Control"] == "no-store"
    styles = re.findall(r'href="(/static/[^"]+)"', page.text)
    assert styles
    for address in styles:
        assert "immutable" in client.get(address).headers["Cache-Control"]


def test_a_part_that_is_polled_is_answered_with_304_while_nothing_changes(app: Flask, client: FlaskClient):
    @access(Access.PUBLIC)
    def part():
        return revalidated(jsonify(soc_pct=62))

    app.add_url_rule("/part", "test_part", part)
    first = client.get("/part")
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = client.get("/part", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_no_template_needs_an_inline_script_or_style():
    inline = re.compile(r"""<script(?![^>]*\bsrc=)|\son[a-z]+=|\sstyle=|<style|\|\s*safe""")
    found = [path.name for path in TEMPLATES.rglob("*.html") if inline.search(path.read_text())]
    assert found == []


def test_whatever_changes_something_needs_the_token_of_a_form(owner: User, app: Flask, client: FlaskClient):
    sign_in(client)
    for rule in app.url_map.iter_rules():
        for method in rule.methods & {"POST", "PUT", "PATCH", "DELETE"}:
            address = re.sub(r"<[^>]+>", "1", rule.rule)
            # What asks for a bearer token, which no browser sends by itself, has no form.
            refused = 401 if access_of(app.view_functions[rule.endpoint]) in OF_PROGRAMS else 400
            assert client.open(address, method=method).status_code == refused, (method, address)


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({}, True),
        ({"Origin": "http://localhost"}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://localhost"}, True),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://localhost:8080"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
    ],
)
def test_a_form_from_another_origin_is_refused(owner: User, client: FlaskClient, headers: dict[str, str], passes: bool):
    answer = send(client, "/sign-in", email="owner@example.com", password=PASSWORD, headers=headers)
    assert answer.status_code == (302 if passes else 403)


def test_the_wrong_token_of_a_form_is_refused_in_words(owner: User, client: FlaskClient):
    csrf_token(client, "/sign-in")
    answer = client.post("/sign-in", data={"csrf_token": "wrong", "email": "owner@example.com", "password": PASSWORD})
    assert answer.status_code == 400
    assert "expired" in answer.text


def _sees(config: Config, hops: int, forwarded: str) -> str:
    app = create_app(replace(config, trusted_proxies=hops))

    @access(Access.PUBLIC)
    def address() -> str:
        return request.remote_addr or ""

    app.add_url_rule("/address", "test_address", address)
    return app.test_client().get("/address", headers={"X-Forwarded-For": forwarded}).text


def test_a_forwarded_address_is_believed_only_from_counted_proxies(config: Config):
    assert _sees(config, 0, "203.0.113.9") == "127.0.0.1"
    assert _sees(config, 1, "203.0.113.9") == "203.0.113.9"
    assert _sees(config, 1, "10.0.0.1, 203.0.113.9") == "203.0.113.9"
    assert _sees(config, 2, "6.6.6.6, 10.0.0.1, 203.0.113.9") == "10.0.0.1"


def test_an_invented_forwarded_address_does_not_evade_the_throttle(owner: User, client: FlaskClient):
    codes = [
        send(
            client, "/sign-in", email=f"x{n}@example.com", password="wrong password", headers={"X-Forwarded-For": f"198.51.100.{n}"}
        ).status_code
        for n in range(6)
    ]
    assert codes[-1] == 429


def test_a_mistake_shows_an_id_and_nothing_of_the_inside(app: Flask, client: FlaskClient, config: Config):
    @access(Access.PUBLIC)
    def broken():
        raise RuntimeError("canary-of-the-inside")

    app.add_url_rule("/broken", "test_broken", broken)
    answer = client.get("/broken")
    assert answer.status_code == 500
    assert "canary-of-the-inside" not in answer.text
    assert "Traceback" not in answer.text
    error_id = re.search(r'id <span class="code">([0-9a-f]{8})<', answer.text).group(1)
    logged = (config.data_dir / "powersync.log").read_text()
    assert error_id in logged
    assert "canary-of-the-inside" in logged


def test_a_lost_database_is_told_as_503_also_to_a_signed_in_browser(owner: User, app: Flask, client: FlaskClient, monkeypatch):
    sign_in(client)

    def away(*_args, **_kwargs):
        raise OperationalError("SELECT", {}, Exception("disk I/O error"))

    monkeypatch.setattr(sign_in_service, "signed_in", away)
    answer = client.get("/account")
    assert answer.status_code == 503
    assert "disk" not in answer.text
    assert answer.headers["Retry-After"] == "5"


def test_a_program_gets_its_error_as_json(client: FlaskClient):
    answer = client.get("/nowhere", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert set(answer.json) == {"error", "id"}


def test_a_body_of_more_than_a_megabyte_is_refused(owner: User, client: FlaskClient):
    assert client.post("/sign-in", data={"email": "x" * 1_100_000}).status_code == 413


def test_a_get_changes_nothing(owner: User, app: Flask, client: FlaskClient, config: Config):
    import sqlite3

    def content() -> list[str]:
        with sqlite3.connect(config.data_dir / "app.db") as connection:
            return list(connection.iterdump())

    sign_in(client)
    before = content()
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods:
            client.get(re.sub(r"<[^>]+>", "1", rule.rule))
    assert content() == before
