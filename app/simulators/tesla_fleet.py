"""Tesla's Fleet API and its sign-in: the same Powerwall as behind Teslemetry, asked with tokens that end and are renewed."""

import json
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from app.simulators import effects as e
from app.simulators.amber import Quota
from app.simulators.faults import Faults
from app.simulators.household import Household
from app.simulators.pace import Clock
from app.simulators.service import Request, Response, Service, Taken, json_response
from app.simulators.tesla_account import GrantRefused, TeslaAccount
from app.simulators.tesla_energy import EnergyService, EnergySite, refused_with

_PAGE = "text/html; charset=utf-8"


class TeslaFleetService(EnergyService):
    """The Fleet API of one region. `is_other_region`: the account lives elsewhere (421)."""

    name = "tesla_fleet"

    def __init__(self, clock: Clock, faults: Faults, site: EnergySite, household: Household, quota: Quota, account: TeslaAccount) -> None:
        super().__init__(clock, faults, site, household, quota)
        self.account = account
        self.needs_registration = True
        self.is_other_region = False

    def answer(self, request: Request, taken: Taken) -> Response:
        if request.path == "/status":
            return Response(200, b"ok", {"Content-Type": "text/plain"})
        access = self.account.access(request.bearer(), self.clock.now())
        if access is None:
            return refused_with(401, "token expired (401)")
        if request.path.startswith("/api/1/partner_accounts"):
            return refused_with(403, "Unauthorized partner token") if access.of_owner else self._partner(request)
        if not access.of_owner:
            return refused_with(403, "Unauthorized missing scopes")
        if self.needs_registration and not self.account.registered:
            return refused_with(412, "account is not registered in the current region")
        if request.path == "/api/1/users/region" and request.method == "GET":
            return json_response({"response": {"region": self.account.region, "fleet_api_base_url": self.account.audience}})
        if self.is_other_region:
            return refused_with(421, "user out of region, use base URL of the user's region")
        return self.energy(request, taken, access.scopes)

    def _partner(self, request: Request) -> Response:
        """Registering the application's domain, and reading back which key stands there."""
        if request.method == "GET" and request.path == "/api/1/partner_accounts/public_key":
            known = self.account.registered.get(request.query.get("domain", ""))
            return json_response({"response": {"public_key": known}}) if known else refused_with(404, "not_found")
        if request.method != "POST" or request.path != "/api/1/partner_accounts":
            return refused_with(404, "not_found")
        try:
            domain = json.loads(request.body)["domain"]
        except (ValueError, KeyError, TypeError):
            return refused_with(400, "invalid_request", "domain is missing")
        if not isinstance(domain, str) or domain != domain.lower():
            return refused_with(400, "invalid_field", "domain must be in lower case")
        public_key = self._key_of(domain)
        if public_key is None:
            return refused_with(424, "Public key download failed", f"https://{domain}/.well-known/appspecific/com.tesla.3p.public-key.pem")
        if self.account.registered.get(domain) == public_key:
            return refused_with(409, "already_registered")
        self.account.registered[domain] = public_key
        told = {"client_id": self.account.client_id, "domain": domain, "ca": None, "enterprise_tier": "free", "public_key": public_key}
        return json_response({"response": told})

    def _key_of(self, domain: str) -> str | None:
        """The point of the key that the domain's page serves, in hex; None for anything but a P-256 key in PEM."""
        page = self.account.fetch_key(domain) if self.account.fetch_key is not None else None
        try:
            key = load_pem_public_key(page or b"")
        except (ValueError, UnsupportedAlgorithm):
            return None
        if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
            return None
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint).hex()


class TeslaAuthService(Service):
    """auth.tesla.com and the token host in one: the page consents at once, or refuses, as the account says."""

    name = "tesla_auth"

    def __init__(self, clock: Clock, faults: Faults, account: TeslaAccount) -> None:
        super().__init__(clock, faults)
        self.account = account

    def error(self, status: int, fault: e.Status | None = None) -> Response:
        return _oauth_error(status, "server_error" if status >= 500 else "invalid_request", "")

    def answer(self, request: Request, taken: Taken) -> Response:
        now = self.clock.now()
        match request.method, request.path:
            case "GET", "/oauth2/v3/authorize":
                return self._authorize(request.query, now)
            case "POST", "/oauth2/v3/token":
                try:
                    return json_response(self._token(_form(request), now))
                except GrantRefused as refused:
                    return _oauth_error(refused.status, refused.error, refused.description)
        return Response(404, b"not found", {"Content-Type": _PAGE})

    def _authorize(self, asked: dict[str, str], now: datetime) -> Response:
        """An error that concerns the application is a page; what concerns the owner goes back to the application."""
        account, redirect_uri = self.account, asked.get("redirect_uri", "")
        if asked.get("client_id") != account.client_id or asked.get("response_type") != "code":
            return Response(400, b"<h1>We don't recognize this application.</h1>", {"Content-Type": _PAGE})
        if redirect_uri not in account.redirect_uris:
            return Response(400, b"<h1>The redirect_uri is not allowed.</h1>", {"Content-Type": _PAGE})
        scopes = tuple(asked.get("scope", "").split())
        told = {"state": asked.get("state", ""), "issuer": "https://auth.tesla.com/oauth2/v3", "locale": asked.get("locale", "en-US")}
        if not set(scopes) <= set(account.allowed_scopes) or "openid" not in scopes:
            return _back(redirect_uri, {"error": "invalid_scope", "error_description": "The scope is not allowed."} | told)
        if not account.consents:
            return _back(redirect_uri, {"error": "access_denied", "error_description": "The owner did not consent."} | told)
        challenge = asked.get("code_challenge")
        if challenge is not None and asked.get("code_challenge_method") != "S256":
            return _back(redirect_uri, {"error": "invalid_request", "error_description": "S256 is needed."} | told)
        return _back(redirect_uri, {"code": account.new_code(redirect_uri, scopes, challenge, now)} | told)

    def _token(self, form: dict[str, str], now: datetime) -> dict[str, object]:
        """Raises GrantRefused."""
        account, kind = self.account, form.get("grant_type")
        if form.get("client_id") != account.client_id:
            raise GrantRefused(401, "invalid_client", "The client_id is not known.")
        if kind == "refresh_token":
            return account.by_refresh(form.get("refresh_token", ""), now)
        if form.get("client_secret") != account.client_secret:
            raise GrantRefused(401, "unauthorized_client", "The client_secret is wrong.")
        if account.audience and form.get("audience") != account.audience:
            raise GrantRefused(400, "invalid_request", "The audience is not a Fleet API address.")
        if kind == "authorization_code":
            return account.by_code(form.get("code", ""), form.get("redirect_uri", ""), form.get("code_verifier"), now)
        if kind == "client_credentials":
            scopes = tuple(form.get("scope", "").split())
            if not set(scopes) <= set(account.allowed_scopes):
                raise GrantRefused(400, "invalid_scope", "The scope is not allowed.")
            return account.by_secret(scopes, now)
        raise GrantRefused(400, "invalid_request", "grant_type is not supported.")


def _form(request: Request) -> dict[str, str]:
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True))
    return {}


def _back(redirect_uri: str, told: dict[str, str]) -> Response:
    return Response(302, b"", {"Location": f"{redirect_uri}?{urlencode(told)}"})


def _oauth_error(status: int, error: str, description: str) -> Response:
    return json_response({"error": error, "error_description": description, "referenceID": "b2c9c1d0-6e3f"}, status)
