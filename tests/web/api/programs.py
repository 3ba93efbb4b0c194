"""A program with a token."""

from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.models.site import Site
from app.models.user import User
from app.services import api_tokens
from tests.conftest import NOW


class Program:
    """Sends requests to /api/v1 with its token."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self._client, self.token = client, token

    def ask(self, path: str, method: str = "GET", headers: dict[str, str] | None = None, **more: Any) -> TestResponse:
        sent = {"Authorization": f"Bearer {self.token}"} | (headers or {})
        return self._client.open(f"/api/v1{path}", method=method, headers=sent, **more)

    def wish(self, key: str = "a-1", **body: Any) -> TestResponse:
        return self.ask("/wishes", "POST", {"Idempotency-Key": key}, json=body)


def a_program(client: FlaskClient, session: Session, site: Site, user: User, scope: str = "read") -> Program:
    """One with a token of `site`, which `user` made."""
    return Program(client, api_tokens.make(session, site.id, user.id, "A program", scope, timedelta(days=30), NOW))
