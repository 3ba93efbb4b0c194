"""A test client that behaves like a person: it opens a page and sends the form that it finds there."""

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import PASSWORD

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def csrf_token(client: FlaskClient, page: str) -> str:
    found = _TOKEN.search(client.get(page).text)
    assert found, f"{page} has no form"
    return found.group(1)


def send(client: FlaskClient, page: str, to: str | None = None, headers: dict[str, str] | None = None, **fields: Any) -> TestResponse:
    """Open `page`, then send its form with `fields` to the same address, or to another."""
    return client.post(to or page, data={"csrf_token": csrf_token(client, page), **fields}, headers=headers or {})


def sign_in(client: FlaskClient, email: str = "owner@example.com", password: str = PASSWORD, **fields: Any) -> TestResponse:
    return send(client, "/sign-in", email=email, password=password, **fields)
