"""Prices through the cloud: signing in, choosing the station, sending, and what is said when that fails."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests

from app.devices.sigenergy.cloud import Account, Cloud, open_cloud
from app.devices.sigenergy.fields import SigenergyFields
from app.devices.sigenergy.stations import station_choices
from app.devices.sigenergy.tariff import payload, plan_of
from app.domain.opinions import NO_LIMITS, Discharge, FollowTariff
from app.domain.prices import Quality
from app.domain.tariffs.half_hourly import RollingTariff, Slot, rolling_places
from app.domain.tariffs.seasonal import seasonal
from app.simulators.faults import Faults
from app.simulators.in_process import InProcess
from app.simulators.pace import SimulatedPace
from app.simulators.service import Request, Response, Taken, json_response
from app.simulators.sigenergy_cloud import CloudAccount, CloudQuirks, SigenergyCloud
from app.simulators.sockets import HttpServer
from app.transports.context import Context
from app.transports.errors import CredentialsRefused, RequestRefused, Unreachable
from tests.devices.contract.rig import ZONE
from tests.devices.sigenergy.benches import NOON, a_plant
from tests.domain.plans import two_seasons

URL = "http://sigenergy.test"
ENTERED = {"host": "192.0.2.7", "cloud_username": "owner@example.com", "cloud_password": "Passw0rd!"}
STATION = "102025092300219"


def a_tariff(shift_c: float = 0.0) -> RollingTariff:
    slots = (
        Slot(index, place.date, place.start, 20.126 + index + shift_c, 3.5 - index / 4, Quality.FORECAST)
        for index, place in enumerate(rolling_places(ZONE, NOON))
    )
    return RollingTariff(ZONE.key, "AUD", tuple(slots), provider="Example Power")


PLAN = plan_of(a_tariff())


class Desk:
    """A simulated cloud in this process, and the client to it."""

    def __init__(self, quirks: CloudQuirks | None = None, life_s: float = 43_199, stations: Any = None, **fields: Any) -> None:
        self.clock = SimulatedPace(NOON)
        account = CloudAccount() if stations is None else CloudAccount(stations=stations)
        self.service = SigenergyCloud(self.clock, Faults(self.clock.now), account, quirks, life_s)
        session = requests.Session()
        session.mount(URL, InProcess(self.service, self.clock))
        self.context = Context(self.clock, {"SIGENERGY_CLOUD_URL": URL}, session=session)
        self.cloud: Cloud = open_cloud(SigenergyFields.model_validate({**ENTERED, **fields}), self.context)

    def grants(self) -> list[str]:
        """The kind of each sign-in."""
        return [form["grant_type"] for form in self.service.sign_ins]


# Signing in


@pytest.mark.parametrize(
    "quirks",
    [
        CloudQuirks(),
        CloudQuirks(needs_device=True),
        CloudQuirks(sign_in="newer"),
        CloudQuirks(tokens_at_top=True),
        CloudQuirks(tells_life=False),
        CloudQuirks(stations_in="rows"),
    ],
    ids=str,
)
def test_every_known_form_of_the_cloud_is_understood(quirks: CloudQuirks) -> None:
    desk = Desk(quirks)
    desk.cloud.send_prices(PLAN, "command")
    assert desk.service.prices.keys() == {STATION}


def test_the_older_sign_in_is_a_setting() -> None:
    with pytest.raises(CredentialsRefused):
        Desk(CloudQuirks(sign_in="older")).cloud.stations()
    assert Desk(CloudQuirks(sign_in="older"), cloud_older_sign_in=True).cloud.stations()


def test_a_password_may_be_encrypted_already() -> None:
    assert Desk(cloud_password="t4wDM8TwqY1th2wVvaPrug==", cloud_password_is_encrypted=True).cloud.stations()


@pytest.mark.parametrize("by_status", [False, True], ids=["a code in a success", "401"])
def test_a_wrong_password_is_named_and_not_repeated(by_status: bool) -> None:
    desk = Desk(CloudQuirks(refuses_by_status=by_status), cloud_password="wrong-password")
    with pytest.raises(CredentialsRefused, match="did not accept the e-mail and password") as caught:
        desk.cloud.stations()
    assert desk.grants() == ["password"]
    assert "wrong-password" not in str(caught.value)


def test_a_password_that_the_cloud_repeats_is_blanked_out() -> None:
    class Echo(SigenergyCloud):
        def answer(self, request: Request, taken: Taken) -> Response:
            return json_response({"message": f"what is {dict(parse_qsl(request.body.decode()))['password']} for"}, 500)

    clock = SimulatedPace(NOON)
    session = requests.Session()
    session.mount(URL, InProcess(Echo(clock, Faults(clock.now)), clock))
    with pytest.raises(Unreachable, match="what is ••• for"):
        open_cloud(SigenergyFields.model_validate(ENTERED), Context(clock, {"SIGENERGY_CLOUD_URL": URL}, session=session)).stations()


def test_a_token_is_used_until_five_minutes_before_its_end_and_then_refreshed() -> None:
    desk = Desk(life_s=3600)
    desk.cloud.stations()
    desk.clock.advance(3299)
    desk.cloud.stations()
    assert desk.grants() == ["password"]
    desk.clock.advance(2)
    desk.cloud.stations()
    assert desk.grants() == ["password", "refresh_token"]


def test_a_refresh_that_fails_is_a_sign_in() -> None:
    desk = Desk(CloudQuirks(refresh_works=False), life_s=3600)
    desk.cloud.stations()
    desk.clock.advance(3500)
    desk.cloud.stations()
    assert desk.grants() == ["password", "refresh_token", "password"]


def test_a_token_that_was_ended_early_is_replaced_once() -> None:
    desk = Desk()
    desk.cloud.stations()
    desk.service.end_tokens()
    desk.cloud.send_prices(PLAN, "command")
    assert desk.grants() == ["password", "password"]
    assert desk.service.prices


def test_the_device_number_is_13_digits_and_stays_the_same() -> None:
    first, other = (Account.of(SigenergyFields.model_validate({**ENTERED, "cloud_username": name})) for name in ("a@b.c", "d@e.f"))
    assert first.device != other.device
    assert len(first.device) == len(other.device) == 13
    assert first == Account.of(SigenergyFields.model_validate({**ENTERED, "cloud_username": "a@b.c"}))
    assert Account.of(SigenergyFields.model_validate({**ENTERED, "cloud_device": "1234567890123"})).device == "1234567890123"
    assert first.password not in repr(first)


def test_each_region_has_its_own_address_unless_one_is_set() -> None:
    seen: list[str] = []

    class Nowhere(InProcess):
        def send(self, request: requests.PreparedRequest, *args: Any, **named: Any) -> requests.Response:
            seen.append(request.url or "")
            return super().send(request, *args, **named)

    clock = SimulatedPace(NOON)
    session = requests.Session()
    session.mount("https://", Nowhere(SigenergyCloud(clock, Faults(clock.now)), clock))
    for region in ("aus", "eu"):
        open_cloud(SigenergyFields.model_validate({**ENTERED, "cloud_region": region}), Context(clock, session=session)).stations()
    assert seen[0] == "https://api-aus.sigencloud.com/auth/oauth/token"
    assert seen[2] == "https://api-eu.sigencloud.com/auth/oauth/token"


# Stations


def test_the_only_station_is_taken_and_asked_for_once() -> None:
    desk = Desk()
    for _ in range(2):
        desk.cloud.send_prices(PLAN, "command")
    assert sum(recorded.method == "GET" for recorded in desk.service.requests) == 1


@pytest.mark.parametrize(
    ("stations", "words"),
    [([], "no station with a number"), ([{"stationId": "AB12"}], "no station"), ([{"id": 1}, {"id": 2}], "set cloud.station_id")],
)
def test_a_station_that_is_not_clear_is_asked_of_the_owner(stations: Any, words: str) -> None:
    desk = Desk(stations=stations)
    with pytest.raises(RequestRefused, match=words):
        desk.cloud.send_prices(PLAN, "command")
    assert desk.service.saves() == 0


def test_the_form_offers_the_accounts_stations() -> None:
    stations = [{"stationId": int(STATION), "stationName": "Home"}, {"systemId": "AB12", "name": "Shed"}]
    with _with_cloud(stations) as (bench, _):
        offered = station_choices(bench.entered, bench.context)
        assert [(each.label, each.is_usable) for each in offered] == [("Home", True), ("Shed", False)]
        assert offered[0].value == STATION
        assert "16.1 kWh" in offered[0].note


def test_without_an_account_the_form_offers_the_plant_itself() -> None:
    with a_plant() as bench:
        fields = SigenergyFields(host=bench.server.host, port=bench.server.port)
        assert [(each.value, each.is_usable) for each in station_choices(fields, Context(bench.clock))] == [("", True)]
        bench.server.close()
        with pytest.raises(Unreachable):
            station_choices(fields, Context(bench.clock))


# Prices


def test_the_body_is_48_half_hours_of_cents() -> None:
    body = payload(PLAN, int(STATION))
    ranges = body["buyPrice"]["staticPricing"]["combinedPrices"][0]["weekPrices"][0]["timeRange"]
    assert (body["stationId"], body["priceMode"], len(ranges)) == (102025092300219, 1, 48)
    assert ranges[0] == {"timeRange": "00:00-00:30", "price": 20.13}
    assert ranges[47] == {"timeRange": "23:30-24:00", "price": 67.13}
    sold = body["sellPrice"]["staticPricing"]["combinedPrices"][0]["weekPrices"][0]["timeRange"]
    assert (sold[0]["price"], sold[47]["price"]) == (3.5, -8.25)  # negative: the owner pays to export


def test_a_plan_of_a_whole_year_is_not_for_it() -> None:
    with pytest.raises(ValueError, match="24 hours"):
        plan_of(seasonal(two_seasons(), ZONE.key, "AUD"))


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_outage_is_told_as_one_and_not_repeated(status: int) -> None:
    desk = Desk(cloud_station=STATION)
    desk.cloud.stations()
    desk.service.status = status
    with pytest.raises(Unreachable):
        desk.cloud.send_prices(PLAN, "command")
    assert desk.service.saves() == 1


def test_a_wrong_password_does_not_keep_the_plant_from_being_read() -> None:
    # CredentialsRefused and RateLimited would make the app stay away from the whole connection
    with pytest.raises(RequestRefused, match="prices were not sent: it did not accept"):
        Desk(cloud_password="wrong").cloud.send_prices(PLAN, "command")


def test_a_code_that_is_not_0_is_a_refusal() -> None:
    with pytest.raises(RequestRefused, match="no such station"):
        Desk(cloud_station="7").cloud.send_prices(PLAN, "command")


# The plant with its cloud


@contextmanager
def _with_cloud(stations: Any = None) -> Iterator[tuple[Any, SigenergyCloud]]:
    clock = SimulatedPace(NOON)
    account = CloudAccount() if stations is None else CloudAccount(stations=stations)
    service = SigenergyCloud(clock, Faults(clock.now), account)
    server = HttpServer(service, clock)
    server.listen()
    environment = {"SIGENERGY_CLOUD_URL": server.url}
    entered = {"cloud_username": "owner@example.com", "cloud_password": "Passw0rd!"}
    try:
        with a_plant(native_mode=1, environment=environment, **entered) as bench:
            bench.entered = SigenergyFields.model_validate({"host": bench.server.host, "port": bench.server.port, **entered})  # type: ignore[attr-defined]
            bench.context = Context(bench.clock, environment)  # type: ignore[attr-defined]
            yield bench, service
    finally:
        server.stop()


def test_following_prices_sends_them_and_leaves_the_plant_to_its_own_plan() -> None:
    with _with_cloud() as (bench, service):
        before = dict(bench.device.holding.words)
        found = bench.battery.read_settings()
        baseline = bench.battery.owners(found)
        assert "tariff" not in baseline
        assert bench.order(Discharge(3000), baseline) == frozenset()
        assert service.saves() == 0
        assert bench.order(FollowTariff(a_tariff()), baseline) == frozenset()
        assert not bench.device.is_remote
        assert dict(bench.device.holding.words) == before
        assert service.prices[STATION]["buyPrice"]["staticPricing"]["providerName"] == "Example Power"


def test_prices_are_sent_on_change_alone() -> None:
    with _with_cloud() as (bench, service):
        baseline = bench.battery.owners(bench.battery.read_settings())
        for shift_c, saves in ((0, 1), (0, 1), (2, 2)):
            assert bench.order(FollowTariff(a_tariff(shift_c)), baseline) == frozenset()
            assert service.saves() == saves


def test_what_is_said_of_the_prices_is_what_was_sent_and_no_more() -> None:
    with _with_cloud() as (bench, service):
        baseline = bench.battery.owners(bench.battery.read_settings())
        words = bench.battery.abilities.settable["tariff"]
        assert bench.battery.in_words(bench.battery.read_settings())[words] == "none from PowerSync"
        bench.order(FollowTariff(a_tariff()), baseline)
        assert "cannot be read back" in bench.battery.in_words(bench.battery.read_settings())[words]
        service.status = 500
        with pytest.raises(Unreachable):
            bench.order(FollowTariff(a_tariff(2)), baseline)
        wanted = bench.battery.target(FollowTariff(a_tariff(2)), NO_LIMITS, baseline, now=NOON, until=None, zone=ZONE)
        assert bench.battery.differing(wanted, bench.battery.read_settings()) == {"tariff"}


def test_a_cloud_that_does_not_answer_leaves_no_forced_command_in_force() -> None:
    with _with_cloud() as (bench, service):
        baseline = bench.battery.owners(bench.battery.read_settings())
        bench.order(Discharge(3000), baseline)
        service.status = 503
        with pytest.raises(Unreachable):
            bench.order(FollowTariff(a_tariff()), baseline)
        assert not bench.device.is_remote


def test_without_an_account_following_prices_is_refused_in_words() -> None:
    with a_plant() as bench:
        baseline = bench.battery.owners(bench.battery.read_settings())
        with pytest.raises(RequestRefused, match="no mySigen account"):
            bench.order(FollowTariff(a_tariff()), baseline)
