"""The retailer's data API: endpoints, the switches for what is unconfirmed, and each fault as a plain client meets it."""

import json
import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import requests

from app.simulators import effects as e
from app.simulators.market import NEM
from app.simulators.pace import SimulatedPace
from app.simulators.service import Request, Response
from app.simulators.world import World

from .conftest import EVENING


class Customer:
    """The service without a socket, with the right key."""

    def __init__(self, seed: int = 3) -> None:
        self.clock = SimulatedPace(EVENING)
        self.world = World(self.clock, seed=seed)
        self.kwatch, self.faults = self.world.kwatch, self.world.faults
        self.clock.advance(110)  # 17:57 NEM

    def post(self, endpoint: str, body: object = None, key: str | None = None, method: str = "POST") -> Response:
        headers = {"x-api-key": self.kwatch.account.key if key is None else key}
        return self.kwatch.handle(Request(method, f"/api/v1/{endpoint}", {}, headers, json.dumps(body or {}).encode()))

    def prices(self, endpoint: str = "dispatch5mins", period: int = 60, region: str = "nsw") -> Any:
        return json.loads(self.post(endpoint, {"regName": region, "period": period}).body)

    def at(self, minutes: int = 0) -> str:
        """The naive UTC start of the present interval, moved by `minutes`."""
        return f"{datetime(2026, 11, 20, 7, 55, tzinfo=UTC) + timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%S}"


@pytest.fixture
def customer() -> Customer:
    return Customer()


def test_prices_are_the_markets_with_start_labels_in_utc(customer):
    rows = customer.prices()
    assert [row["timestamp"] for row in rows] == [customer.at(minutes) for minutes in range(-55, 1, 5)]
    index = int(datetime.fromisoformat(rows[0]["timestamp"]).replace(tzinfo=UTC).timestamp()) // 300
    for offset, row in enumerate(rows):
        assert row["price"] == round(customer.world.market.settled_c(index + offset) / 1.1 * 10, 2)
    summary = json.loads(customer.world.aemo.handle(Request("GET", "/aemo/apps/api/report/ELEC_NEM_SUMMARY")).body)
    assert rows[-1]["price"] == summary["ELEC_NEM_SUMMARY_PRICES"][0]["RRP"]


def test_a_price_is_told_half_a_minute_into_its_interval(customer):
    customer.clock.advance_to(datetime(2026, 11, 20, 8, 0, 34, tzinfo=UTC))
    assert customer.prices()[-1]["timestamp"] == customer.at()
    customer.clock.advance(1)
    assert customer.prices()[-1]["timestamp"] == customer.at(5)
    assert customer.prices("predispatch5mins")[0]["timestamp"] == customer.at(5)


def test_forecasts_begin_with_the_present_and_are_as_long_as_asked(customer):
    fives, halves = customer.prices("predispatch5mins", 60), customer.prices("predispatch30mins", 2)
    assert [row["timestamp"] for row in fives] == [customer.at(minutes) for minutes in range(0, 60, 5)]
    assert fives[0] == customer.prices()[-1]
    starts = [datetime.fromisoformat(row["timestamp"]) for row in halves]
    assert (halves[0]["timestamp"], halves[-1]["timestamp"]) == ("2026-11-20T07:30:00", "2026-11-21T17:30:00")
    assert all(b - a == timedelta(minutes=30) for a, b in pairwise(starts))
    assert len(customer.prices("predispatch5mins", 20)) == 4
    customer.kwatch.shape.period_minutes["predispatch30mins"] = 60
    assert len(customer.prices("predispatch30mins", 2)) == 4


def test_each_region_has_its_own_prices(customer):
    last = [customer.prices(region=region)[-1]["price"] for region in ("nsw", "vic", "qld", "sa", "tas")]
    assert len(set(last)) == 5


def test_there_is_one_home_with_a_network_tariff(customer):
    [site] = json.loads(customer.post("GetResidentialSites").body)
    assert site == {"nmi": customer.kwatch.account.nmi, "networkTariff": "EA025"}
    assert json.loads(customer.post("GetResidentialSite", {"nmi": site["nmi"]}).body) == site
    for endpoint in ("GetResidentialSite", "GetResidentialSiteSummary"):
        assert customer.post(endpoint, {"nmi": "9"}).status == 404


def test_the_summary_has_the_documented_fields_and_moves_every_half_hour(customer):
    def summary() -> dict[str, float]:
        return json.loads(customer.post("GetResidentialSiteSummary", {"nmi": customer.kwatch.account.nmi}).body)

    first = summary()
    assert set(first) == {
        "LWAP", "LWAPImp", "LWAPActual", "LWAPImpActual", "TWAP", "TWAPImp", "AvgRRP", "AvgUsage", "AvgImpUsage", "MaxUsage",
        "TotalInterval", "PEA30Days", "PEA30ImportDays", "PEAActual", "PEATarget", "PEAActualImport", "PEATargetImport", "SiteLosses",
        "GST",
    }  # fmt: skip
    assert first["PEA30Days"] == pytest.approx(first["LWAP"] - first["TWAP"] - first["PEATarget"], abs=2e-4)
    customer.clock.advance(120)
    assert summary() == first
    customer.clock.advance(1800)
    assert summary() != first
    customer.kwatch.shape.gst = 10.0
    assert summary()["GST"] == 10.0


def test_wrong_keys_methods_and_questions_are_refused(customer):
    assert customer.post("GetResidentialSites", key="wrong").status == 401
    customer.kwatch.refusal = 403
    assert customer.post("GetResidentialSites", key="").status == 403
    assert customer.kwatch.handle(Request("POST", "/api/v1/GetResidentialSites", body=b"{}")).status == 403
    assert customer.post("dispatch5mins", method="GET").status == 405
    assert customer.post("Everything").status == 404
    for region, period in (("wa", 60), (None, 60), ("nsw", None), ("nsw", 0), ("nsw", True), ("nsw", "60")):
        assert customer.post("dispatch5mins", {"regName": region, "period": period}).status == 400
    key = {"x-api-key": customer.kwatch.account.key}
    for body in (b"", b"[1]", b"nsw"):
        assert customer.kwatch.handle(Request("POST", "/api/v1/dispatch5mins", {}, key, body)).status == 400


def test_an_answer_can_be_encoded_twice(customer):
    once = customer.prices()
    customer.kwatch.shape.is_encoded_twice = True
    twice = customer.prices()
    assert isinstance(twice, str)
    assert json.loads(twice) == once


@pytest.mark.parametrize("name", ["data", "result", "items"])
def test_a_list_can_be_wrapped(customer, name):
    bare = customer.prices()
    customer.kwatch.shape.wrapped_in = name
    assert customer.prices() == {name: bare}
    assert list(json.loads(customer.post("GetResidentialSites").body)) == [name]


def test_prices_can_be_an_object_by_time(customer):
    bare = customer.prices()
    customer.kwatch.shape.is_object = True
    assert customer.prices() == {row["timestamp"]: row["price"] for row in bare}


def test_times_can_be_ends_in_another_zone_with_an_offset(customer):
    shape = customer.kwatch.shape
    shape.labels_end = True
    assert customer.prices()[-1]["timestamp"] == customer.at(5)
    assert customer.prices("predispatch30mins", 1)[0]["timestamp"] == customer.at(5)
    shape.zone = NEM
    assert customer.prices()[-1]["timestamp"] == "2026-11-20T18:00:00"
    shape.has_offset = True
    assert customer.prices()[-1]["timestamp"] == "2026-11-20T18:00:00+10:00"


def test_keys_can_be_others(customer):
    customer.kwatch.shape.time_key, customer.kwatch.shape.price_key = "dt", "rrp"
    assert set(customer.prices()[0]) == {"dt", "rrp"}
    customer.faults.add(e.RenamedField("rrp", "cost"))
    assert set(customer.prices()[0]) == {"dt", "cost"}


def test_half_hours_are_missing_and_the_horizon_is_cut(customer):
    number = customer.faults.add(e.PriceGap(half_hours=1, ahead_half_hours=1))
    assert [row["timestamp"] for row in customer.prices("predispatch30mins", 1)[:2]] == [customer.at(-25), customer.at(35)]
    customer.faults.remove(number)
    customer.faults.add(e.ShortHorizon(3))
    assert customer.prices("predispatch30mins", 2)[-1]["timestamp"] == customer.at(155)


@pytest.mark.parametrize("value", ["null", "nan", "infinity", "text", "absent", "absurd"])
def test_a_price_is_no_price(customer, value):
    customer.faults.add(e.BadPrice(value))
    price = customer.prices()[-1].get("price", "absent")
    assert {
        "null": price is None,
        "nan": isinstance(price, float) and math.isnan(price),
        "infinity": price == math.inf,
        "text": price == "n/a",
        "absent": price == "absent",
        "absurd": price == 987_654.0,
    }[value]


def test_data_freezes_when_the_fault_begins(customer):
    before = [customer.prices(endpoint) for endpoint in ("dispatch5mins", "predispatch5mins", "predispatch30mins")]
    customer.faults.add(e.Frozen())
    customer.clock.advance(3600)
    assert [customer.prices(endpoint) for endpoint in ("dispatch5mins", "predispatch5mins", "predispatch30mins")] == before


@pytest.mark.parametrize("code", [401, 403, 429, 500, 503])
def test_a_status_has_a_message(customer, code):
    customer.faults.add(e.Status(code))
    answer = customer.post("GetResidentialSites")
    assert answer.status == code
    assert json.loads(answer.body)["message"]


def test_the_same_seed_gives_the_same_answers():
    def lived(seed: int) -> list[Any]:
        customer = Customer(seed)
        nmi = {"nmi": customer.kwatch.account.nmi}
        return [customer.kwatch.account.key, customer.prices(), customer.post("GetResidentialSiteSummary", nmi).body]

    assert lived(3) == lived(3)
    assert all(mine != other for mine, other in zip(lived(3), lived(4), strict=True))


def test_the_api_answers_on_a_port(world):
    url = world.environment()["FLOW_POWER_API_URL"]
    assert url.endswith("/api/v1")
    answer = requests.post(f"{url}/GetResidentialSites", json={}, headers={"x-api-key": world.kwatch.account.key}, timeout=2)
    assert [site["nmi"] for site in answer.json()] == [world.kwatch.account.nmi]
