"""The Fleet API: tokens that end, refresh tokens that work once, regions, and what Tesla means by its refusals."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Barrier, Thread
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from app.devices.tesla import BRANDS
from app.devices.tesla.driver import Powerwall
from app.devices.tesla.fields import TeslaFields
from app.devices.tesla.oauth import Application, TokenService, authorize_url
from app.devices.tesla.regions import REGIONS, api_url, auth_url, region_of_code, token_url
from app.domain.pace import Pace
from app.simulators import effects
from app.simulators.pace import SimulatedPace
from app.simulators.powerwall import Behaviour
from app.simulators.world import World
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood, CredentialsRefused, RequestRefused, Unreachable, VendorError
from tests.devices.tesla.kept_sign_in import KeptSignIn, signed_in
from tests.devices.tesla.test_driver import START

VERIFIER = "a" * 64
REDIRECT = "http://localhost/settings/tesla/callback"


class Home:
    """A home signed in at the simulated Tesla."""

    def __init__(self, world: World, clock: SimulatedPace) -> None:
        self.world, self.clock = world, clock
        self.account = world.tesla_account
        self.tokens = signed_in(world)
        self.context = Context(clock, world.environment(), sign_in=self.tokens)
        self.application = Application(self.account.client_id, self.account.client_secret, REDIRECT, "na")
        self.battery = self.opened()

    def opened(self, tokens: KeptSignIn | None = None, pace: Pace | None = None) -> Powerwall:
        context = Context(pace or self.clock, self.world.environment(), sign_in=tokens or self.tokens)
        battery: Powerwall = BRANDS[0].open(TeslaFields(connection="fleet"), context)
        return battery

    def renewals(self) -> int:
        return len(self.world.tesla_auth.writes())

    def code(self, state: str = "s-1", **changed: str) -> dict[str, list[str]]:
        """What the browser brings back from Tesla's page."""
        url = authorize_url(self.context, self.application, state, VERIFIER)
        for old, new in changed.items():
            url = url.replace(old, new)
        answer = requests.get(url, allow_redirects=False, timeout=5)
        assert answer.status_code == 302, answer.text
        return parse_qs(urlsplit(answer.headers["Location"]).query)


@pytest.fixture
def home() -> Iterator[Home]:
    clock = SimulatedPace(START)
    with World(clock, behaviour=Behaviour.prompt(), teslemetry_quota=None, has_fleet=True) as world:
        yield Home(world, clock)


def test_a_call_carries_the_homes_own_token_and_the_only_site_is_found(home: Home) -> None:
    assert home.battery.read_live(home.clock.now()).soc_pct is not None
    assert home.renewals() == 0
    assert home.world.teslemetry.requests == []


def test_a_token_is_renewed_before_it_ends_and_stored_before_it_is_used(home: Home) -> None:
    first = home.tokens.saved[-1]
    home.clock.advance(timedelta(hours=7, minutes=51).total_seconds())
    home.battery.read_live(home.clock.now())
    assert home.renewals() == 1
    renewed = home.tokens.saved[-1]
    assert renewed["refresh_token"] != first["refresh_token"]
    assert renewed["access_token"] != first["access_token"]
    assert (renewed["client_id"], renewed["account"], renewed["region"]) == (first["client_id"], "home", "na")
    assert home.tokens.load().left_s == pytest.approx(28_800, abs=30)
    home.battery.read_live(home.clock.now())
    assert home.renewals() == 1


def test_nothing_is_asked_with_a_token_that_is_not_stored(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    home.clock.advance(timedelta(hours=7, minutes=55).total_seconds())
    monkeypatch.setattr(home.tokens, "save", killed)
    asked = len(home.world.tesla_fleet.requests)
    with pytest.raises(Killed):
        home.battery.read_live(home.clock.now())
    assert len(home.world.tesla_fleet.requests) == asked


def test_a_token_that_ended_early_is_renewed_once_and_the_call_made_again(home: Home) -> None:
    home.account.end_access()
    assert home.battery.read_settings()
    assert home.renewals() == 1


def test_a_token_that_is_refused_even_when_new_is_told(home: Home) -> None:
    home.world.faults.add(effects.Status(401), server="tesla_fleet")
    with pytest.raises(CredentialsRefused, match="sign in at Tesla again"):
        home.battery.read_settings()
    assert home.renewals() == 1


def test_a_sign_in_that_was_taken_back_says_what_to_do(home: Home) -> None:
    home.account.revoked = True
    home.clock.advance(timedelta(hours=8).total_seconds())
    with pytest.raises(CredentialsRefused, match="sign in at Tesla again under Settings, Tesla") as told:
        home.battery.read_live(home.clock.now())
    assert home.tokens.saved[-1]["refresh_token"] not in str(told.value)


def test_while_the_token_service_is_out_of_reach_the_present_token_serves_to_its_end(home: Home) -> None:
    home.world.faults.add(effects.Status(503), server="tesla_auth")
    home.clock.advance(timedelta(hours=7, minutes=55).total_seconds())
    assert home.battery.read_live(home.clock.now()).soc_pct is not None
    home.clock.advance(timedelta(minutes=6).total_seconds())
    with pytest.raises(Unreachable):
        home.battery.read_live(home.clock.now())


def test_many_at_once_renew_once(home: Home) -> None:
    home.clock.advance(timedelta(hours=8).total_seconds())
    batteries = [home.opened() for _ in range(6)]
    together, failures = Barrier(6), []

    def read(battery: Powerwall) -> None:
        together.wait()
        try:
            battery.read_facts()
        except VendorError as error:
            failures.append(error)

    threads = [Thread(target=read, args=(each,)) for each in batteries]
    for each in threads:
        each.start()
    for each in threads:
        each.join(20)
    assert failures == []
    assert home.renewals() == 1


def test_without_a_sign_in_it_is_said_and_nobody_is_asked(home: Home) -> None:
    battery = home.opened(KeptSignIn(home.clock.now))
    with pytest.raises(CredentialsRefused, match="nobody has signed in"):
        battery.read_settings()
    assert home.world.tesla_fleet.requests == []


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (403, CredentialsRefused, "consent does not cover"),
        (412, RequestRefused, "not registered in this region"),
        (421, RequestRefused, "another region"),
        (423, CredentialsRefused, "locked"),
        (408, Unreachable, "offline"),
    ],
)
def test_what_tesla_means_by_a_status(home: Home, status: int, kind: type[Exception], words: str) -> None:
    home.world.faults.add(effects.Status(status), server="tesla_fleet")
    with pytest.raises(kind, match=words):
        home.battery.read_settings()


def test_an_application_that_is_not_registered_is_named_by_the_simulator_too(home: Home) -> None:
    home.account.registered.clear()
    with pytest.raises(RequestRefused, match="register it under Settings"):
        home.battery.read_settings()


# Signing in


def test_a_code_becomes_tokens_and_works_once(home: Home) -> None:
    told = home.code()
    assert told["state"] == ["s-1"]
    service = TokenService(home.context, home.account.client_id, "na")
    granted = service.exchange(home.application, told["code"][0], VERIFIER)
    assert granted.refresh_token is not None
    assert granted.lasts_s == 28_800
    assert granted.access_token not in repr(granted)
    with pytest.raises(CredentialsRefused, match="took too long"):
        service.exchange(home.application, told["code"][0], VERIFIER)


def test_a_code_is_worth_nothing_without_the_verifier_of_its_browser(home: Home) -> None:
    service = TokenService(home.context, home.account.client_id, "na")
    with pytest.raises(CredentialsRefused):
        service.exchange(home.application, home.code()["code"][0], "b" * 64)


def test_an_old_code_is_refused(home: Home) -> None:
    code = home.code()["code"][0]
    home.clock.advance(301)
    with pytest.raises(CredentialsRefused, match="took too long"):
        TokenService(home.context, home.account.client_id, "na").exchange(home.application, code, VERIFIER)


def test_a_wrong_secret_is_told_and_not_repeated(home: Home) -> None:
    wrong = Application(home.account.client_id, "ta-secret.wrong-wrong", REDIRECT, "na")
    with pytest.raises(CredentialsRefused, match="client secret is not accepted") as told:
        TokenService(home.context, home.account.client_id, "na").partner_token(wrong)
    assert "wrong-wrong" not in str(told.value)


def test_an_owner_who_refuses_comes_back_without_a_code(home: Home) -> None:
    home.account.consents = False
    assert home.code()["error"] == ["access_denied"]


def test_the_page_asks_for_energy_alone_and_for_a_lasting_sign_in(home: Home) -> None:
    asked = parse_qs(urlsplit(authorize_url(home.context, home.application, "s-1", VERIFIER)).query)
    assert asked["scope"] == ["openid offline_access energy_device_data energy_cmds"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["prompt"] == ["login"]
    assert VERIFIER not in str(asked)


def test_an_answer_without_a_token_is_not_taken_for_one(home: Home) -> None:
    home.world.faults.add(effects.EmptyBody(), server="tesla_auth")
    with pytest.raises(AnswerNotUnderstood):
        TokenService(home.context, home.account.client_id, "na").refresh(home.tokens.saved[-1]["refresh_token"])


# Regions


def test_each_region_has_its_own_addresses_until_the_environment_names_others() -> None:
    here = Context(SimulatedPace(datetime.fromisoformat("2026-03-14T00:00:00+00:00")))
    assert api_url(here, "eu") == "https://fleet-api.prd.eu.vn.cloud.tesla.com"
    assert auth_url(here, "cn") == "https://auth.tesla.cn"
    assert token_url(here, "na") == "https://fleet-auth.prd.vn.cloud.tesla.com"
    proxy = Context(here.pace, {"TESLA_FLEET_API_URL": "http://proxy:1/"})
    assert {api_url(proxy, region) for region in REGIONS} == {"http://proxy:1"}


def test_a_copied_example_of_the_environment_does_not_move_an_account_to_another_region() -> None:
    copied = Context(SimulatedPace(START), {"TESLA_FLEET_API_URL": "https://fleet-api.prd.na.vn.cloud.tesla.com"})
    assert api_url(copied, "eu") == "https://fleet-api.prd.eu.vn.cloud.tesla.com"


@pytest.mark.parametrize(("code", "region"), [("EU_4f1a", "eu"), ("NA_4f1a", "na"), ("4f1a", "na"), ("XX_1", "na")])
def test_a_code_names_its_region(code: str, region: str) -> None:
    assert region_of_code(code, "na") == region


def test_the_account_tells_its_region(home: Home) -> None:
    from app.devices.tesla.access import FleetAccess
    from app.devices.tesla.client import EnergyApi

    assert EnergyApi(home.context, FleetAccess(home.context)).region() == "na"
