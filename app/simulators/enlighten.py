"""Enphase's clouds as they give tokens for a gateway: Enlighten signs in, Entrez gives the token.

Source: what owners' programs send: POST /login/login.json, POST /tokens. A token is a JWT; here its signature is of this cloud's own
making."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from app.simulators import effects as e
from app.simulators.faults import Faults
from app.simulators.pace import Clock
from app.simulators.service import Request, Response, Service, Taken, json_response

_KEY = b"of this simulation alone"
OWNERS_LIFE, INSTALLERS_LIFE = timedelta(days=365), timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class EnphaseAccount:
    """Who may sign in. `kind`: "owner" or "installer"."""

    email: str = "owner@example.com"
    password: str = "Passw0rd!"  # noqa: S105 - of nobody
    kind: str = "installer"
    has_second_factor: bool = False


class Enlighten(Service):
    """Both clouds at one address. `life`: how long the tokens last that it gives from now on, in place of the usual time."""

    name: ClassVar[str] = "http.enlighten"

    def __init__(self, clock: Clock, faults: Faults, account: EnphaseAccount | None = None) -> None:
        super().__init__(clock, faults)
        self.account = account or EnphaseAccount()
        self.life: timedelta | None = None
        self._sessions: set[str] = set()

    def tokens_given(self) -> int:
        """How often a token was asked for."""
        return sum(recorded.path == "/tokens" for recorded in self.requests)

    def error(self, status: int, fault: e.Status | None = None) -> Response:
        return json_response({"message": "error"}, status)

    def answer(self, request: Request, taken: Taken) -> Response:
        match request.method, request.path:
            case "POST", "/login/login.json":
                return self._login(dict(parse_qsl(request.body.decode(), keep_blank_values=True)))
            case "POST", "/tokens":
                return self._token(json.loads(request.body))
        return self.error(404)

    def _login(self, form: dict[str, str]) -> Response:
        if (form.get("user[email]"), form.get("user[password]")) != (self.account.email, self.account.password):
            return json_response({"message": "Invalid email or password"}, 401)
        if self.account.has_second_factor:
            return json_response({"message": "success", "requires_mfa": True})
        session = hashlib.sha256(f"session {len(self._sessions)}".encode()).hexdigest()[:32]
        self._sessions.add(session)
        is_owner = self.account.kind == "owner"
        return json_response({"message": "success", "session_id": session, "manager_token": "m-1", "is_consumer": is_owner})

    def _token(self, asked: dict[str, Any]) -> Response:
        if asked.get("session_id") not in self._sessions or asked.get("username") != self.account.email or not asked.get("serial_num"):
            return self.error(401)
        usual = OWNERS_LIFE if self.account.kind == "owner" else INSTALLERS_LIFE
        token = token_for(str(asked["serial_num"]), self.account.kind, self.clock.now(), self.life or usual)
        return Response(200, token.encode(), {"Content-Type": "text/plain"})


def token_for(serial: str, kind: str, now: datetime, life: timedelta = OWNERS_LIFE, username: str = "owner@example.com") -> str:
    """A token for the gateway of that serial number."""
    told = {
        "aud": serial,
        "iss": "Entrez",
        "enphaseUser": kind,
        "exp": round((now + life).timestamp()),
        "iat": round(now.timestamp()),
        "username": username,
    }
    signed = f"{_part({'kid': '1', 'typ': 'JWT', 'alg': 'ES256'})}.{_part(told)}"
    return f"{signed}.{_signature(signed)}"


def told_by(token: str, serial: str, now: datetime) -> dict[str, Any] | None:
    """What a token for this gateway says; None for one that is of another gateway, over, or of nobody."""
    signed, _, signature = token.rpartition(".")
    if not signed or not hmac.compare_digest(signature, _signature(signed)):
        return None
    body = signed.partition(".")[2]
    told: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return told if told["aud"] == serial and told["exp"] > now.timestamp() else None


def _part(data: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


def _signature(signed: str) -> str:
    return base64.urlsafe_b64encode(hmac.new(_KEY, signed.encode(), hashlib.sha256).digest()).rstrip(b"=").decode()
