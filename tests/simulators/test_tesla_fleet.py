"""Tesla's Fleet API and sign-in as simulated, asked by plain requests: what a wrong driver would run into."""

import base64
import hashlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from app.simulators.pace import SimulatedPace
from app.simulators.powerwall import Behaviour
from app.simulators.world import World
from tests.simulators.conftest import EVENING

REDIRECT = "http://localhost/settings/tesla/callback"
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


class Tesla:
    """A client that knows the protocol and nothing of PowerSync."""

    def __init__(self, world: World, clock: SimulatedPace) -> None:
        self.world, self.clock, self.account = world, clock, world.tesla_account

    def authorize(self, **changes: str) -> requests.Response:
        asked = {
            "response_type": "code",
            "client_id": self.account.client_id,
            "redirect_uri": REDIRECT,
            "scope": "openid offline_access energy_device_data energy_cmds",
            "state": "s",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        url = f"{self.world.tesla_auth_url}/oauth2/v3/authorize"
        return requests.get(url, params=asked | changes, allow_redirects=False, timeout=5)

    def code(self, **changes: str) -> str:
        return parse_qs(urlsplit(self.authorize(**changes).headers["Location"]).query)["code"][0]

    def token(self, **form: str) -> requests.Response:
        whole = {"client_id": self.account.client_id, "audience": self.account.audience, **form}
        return requests.post(f"{self.world.tesla_auth_url}/oauth2/v3/token", data=whole, timeout=5)

    def exchange(self, code: str, **changes: str) -> requests.Response:
        form = {"grant_type": "authorization_code", "client_secret": self.account.client_secret, "code": code}
        return self.token(**(form | {"redirect_uri": REDIRECT, "code_verifier": VERIFIER} | changes))

    def get(self, path: str, token: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return requests.get(f"{self.world.tesla_fleet_url}/api/1/{path}", headers=headers, timeout=5)


@pytest.fixture
def tesla() -> Iterator[Tesla]:
    clock = SimulatedPace(EVENING)
    with World(clock, behaviour=Behaviour.prompt(), teslemetry_quota=None, has_fleet=True) as world:
        world.tesla_account.registered["powerwall.example.com"] = "04"
        yield Tesla(world, clock)


def signed_in(tesla: Tesla) -> dict[str, Any]:
    answer = tesla.exchange(tesla.code())
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_a_sign_in_gives_an_access_token_of_8_hours_and_a_refresh_token(tesla: Tesla) -> None:
    told = signed_in(tesla)
    assert (told["expires_in"], told["token_type"]) == (28_800, "Bearer")
    assert told["refresh_token"].startswith("NA_")
    assert tesla.get("products", told["access_token"]).json()["count"] == 3


def test_it_is_the_same_powerwall_as_behind_teslemetry(tesla: Tesla) -> None:
    site = tesla.world.teslemetry.site
    fleet = tesla.get(f"energy_sites/{site.energy_site_id}/site_info", signed_in(tesla)["access_token"]).json()
    headers = {"Authorization": f"Bearer {site.token}"}
    url = f"{tesla.world.teslemetry_url}/api/1/energy_sites/{site.energy_site_id}/site_info"
    assert fleet == requests.get(url, headers=headers, timeout=5).json()


def test_an_access_token_ends_and_a_refresh_token_works_once(tesla: Tesla) -> None:
    told = signed_in(tesla)
    tesla.clock.advance(28_801)
    assert tesla.get("products", told["access_token"]).status_code == 401
    renewed = tesla.token(grant_type="refresh_token", refresh_token=told["refresh_token"])
    assert tesla.get("products", renewed.json()["access_token"]).status_code == 200
    again = tesla.token(grant_type="refresh_token", refresh_token=told["refresh_token"])
    assert (again.status_code, again.json()["error"]) == (401, "login_required")
    assert tesla.token(grant_type="refresh_token", refresh_token=renewed.json()["refresh_token"]).status_code == 200


def test_teslemetrys_token_is_none_of_teslas(tesla: Tesla) -> None:
    assert tesla.get("products", tesla.world.teslemetry.site.token).status_code == 401


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 50}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"redirect_uri": f"{REDIRECT}/"}, "invalid_redirect_url"),
        ({"client_secret": "ta-secret.wrong"}, "unauthorized_client"),
        ({"audience": "https://example.com"}, "invalid_request"),
        ({"client_id": "another"}, "invalid_client"),
    ],
)
def test_an_exchange_that_does_not_fit_is_refused(tesla: Tesla, changes: dict[str, str], error: str) -> None:
    answer = tesla.exchange(tesla.code(), **changes)
    assert answer.status_code in (400, 401)
    assert answer.json()["error"] == error


def test_a_code_works_once_and_for_minutes(tesla: Tesla) -> None:
    code = tesla.code()
    assert tesla.exchange(code).status_code == 200
    assert tesla.exchange(code).json()["error"] == "invalid_auth_code"
    late = tesla.code()
    tesla.clock.advance(301)
    assert tesla.exchange(late).json()["error"] == "invalid_auth_code"


def test_a_form_is_wanted_and_no_json_without_its_name(tesla: Tesla) -> None:
    url = f"{tesla.world.tesla_auth_url}/oauth2/v3/token"
    assert requests.post(url, data=b"grant_type=refresh_token", headers={"Content-Type": "text/plain"}, timeout=5).status_code == 401


def test_an_unknown_redirect_address_is_not_followed(tesla: Tesla) -> None:
    answer = tesla.authorize(redirect_uri="https://evil.example/callback")
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_without_a_registration_every_call_is_412(tesla: Tesla) -> None:
    tesla.account.registered.clear()
    assert tesla.get("products", signed_in(tesla)["access_token"]).status_code == 412


def test_another_region_is_421_and_tells_which(tesla: Tesla) -> None:
    tesla.world.tesla_fleet.is_other_region = True
    token = signed_in(tesla)["access_token"]
    assert tesla.get("products", token).status_code == 421
    assert tesla.get("users/region", token).json()["response"]["region"] == "na"


def test_a_scope_that_was_not_granted_is_403(tesla: Tesla) -> None:
    told = tesla.exchange(tesla.code(scope="openid offline_access energy_device_data")).json()
    site = f"energy_sites/{tesla.world.teslemetry.site.energy_site_id}"
    headers = {"Authorization": f"Bearer {told['access_token']}"}
    url = f"{tesla.world.tesla_fleet_url}/api/1/{site}/backup"
    assert requests.post(url, json={"backup_reserve_percent": 30}, headers=headers, timeout=5).status_code == 403
    assert tesla.get(f"{site}/live_status", told["access_token"]).status_code == 200
