"""Each fault as a plain client meets it."""

import json
import math
import time
from datetime import timedelta

import pytest
import requests

from app.simulators import effects as e
from app.simulators.faults import BadFault, Fault, fault_plan
from app.simulators.pace import RealTime
from app.simulators.powerwall import Behaviour
from app.simulators.world import World

from .conftest import EVENING, Client

LOST = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)


@pytest.mark.parametrize("effect", [e.Silence(), e.Reset(), e.HalfAnswer(), e.WrongLength(20), e.Drip(), e.Refused()])
def test_an_answer_is_lost_on_the_line(world, client, effect):
    number = world.faults.add(effect, server="teslemetry")
    with pytest.raises(LOST):
        client.tesla("live_status")
    world.faults.remove(number)
    assert client.tesla("live_status").ok


def test_a_refused_connection_is_refused_until_its_time_is_over(world, clock, client):
    url = world.teslemetry_url
    world.faults.add(e.Refused(), server="teslemetry", for_s=60)
    with pytest.raises(requests.ConnectionError, match="refused"):
        client.tesla("live_status")
    assert client.prices().ok
    clock.advance(60)
    assert world.teslemetry_url == url
    assert client.tesla("live_status").ok


def test_silence_takes_virtual_time_alone(world, clock, client):
    world.faults.add(e.Silence(30), count=1)
    before, began = clock.monotonic(), time.monotonic()
    with pytest.raises(LOST):
        client.tesla("live_status")
    assert clock.monotonic() - before == 30
    assert time.monotonic() - began < 1


def test_in_real_time_silence_is_a_read_time_out():
    with World(RealTime(), behaviour=Behaviour.prompt()) as world:
        world.faults.add(e.Silence(5))
        with pytest.raises(requests.ReadTimeout):
            requests.get(f"{world.teslemetry_url}/api/ping", timeout=0.1)


@pytest.mark.parametrize("effect", [e.Silence(after=True), e.Reset(after=True), e.Status(504, after=True)])
def test_a_command_can_be_carried_out_although_its_answer_is_lost(world, client, effect):
    world.faults.add(effect, method="POST", count=1)
    try:
        assert client.tesla("backup", {"backup_reserve_percent": 35}).status_code == 504
    except LOST:
        assert not isinstance(effect, e.Status)
    assert client.info()["backup_reserve_percent"] == 35


def test_a_lost_command_changes_nothing(world, client):
    world.faults.add(e.Reset(), method="POST")
    with pytest.raises(LOST):
        client.tesla("backup", {"backup_reserve_percent": 35})
    assert client.info()["backup_reserve_percent"] == 20


def test_a_wrong_length_cuts_the_body(world, client):
    world.faults.add(e.WrongLength(-20))
    with pytest.raises(json.JSONDecodeError):
        client.prices().json()


def test_latency_passes_on_the_clock(world, clock, client):
    world.faults.add(e.Latency(7), count=1)
    assert client.prices().ok
    assert clock.monotonic() == 7


@pytest.mark.parametrize("code", [400, 401, 402, 403, 404, 408, 421, 429, 500, 502, 503, 504])
def test_each_status_has_the_vendors_form(world, client, code):
    world.faults.add(e.Status(code))
    tesla, amber = client.tesla("live_status"), client.prices()
    assert tesla.status_code == amber.status_code == code
    assert tesla.json()["response"] is None
    assert tesla.json()["error"]
    assert amber.json()["message"]


def test_a_429_comes_with_and_without_headers(world, client):
    world.faults.add(e.Status(429, retry_after_s=37), server="teslemetry", count=1)
    assert client.tesla("live_status").headers["Retry-After"] == "37"
    world.faults.add(e.Status(429), count=1)
    bare = client.prices()
    assert "RateLimit-Reset" not in bare.headers
    assert bare.headers["x-amzn-ErrorType"] == "TooManyRequestsException"
    assert bare.headers["Content-Length"] == "31"
    world.faults.add(e.Status(429, rate_limit_headers=True), count=1)
    assert client.prices().headers["RateLimit-Remaining"] == "0"


@pytest.mark.parametrize("effect", [e.GarbageJson(), e.Html(), e.EmptyBody()])
def test_a_body_can_be_no_json(world, client, effect):
    world.faults.add(effect)
    for answer in (client.tesla("live_status"), client.prices()):
        assert answer.status_code == 200
        with pytest.raises(json.JSONDecodeError):
            answer.json()


def test_a_huge_body_keeps_coming(world, client):
    world.faults.add(e.HugeBody(20_000_000))
    url = f"{world.teslemetry_url}/api/ping"
    with client.session.get(url, stream=True, timeout=2) as answer:
        assert int(answer.headers["Content-Length"]) == 20_000_000
        got = 0
        for block in answer.iter_content(65_536):
            got += len(block)
            if got > 5_000_000:
                break
    assert got > 5_000_000


def test_a_clock_that_is_wrong_shows_in_the_date(world, client):
    world.faults.add(e.SkewedDate(7200))
    assert client.prices().headers["Date"] == "Fri, 20 Nov 2026 09:55:10 GMT"


def test_no_data_in_http_200(world, client):
    world.faults.add(e.EmptyResponse(), path="live_status", count=1)
    assert client.tesla("live_status").json() == {"response": None}
    world.faults.add(e.EmptyResponse("object"), path="live_status", count=1)
    assert client.tesla("live_status").json() == {"response": {}}


def test_stale_readings_and_a_missing_charge(world, clock, client):
    world.faults.add(e.StaleTimestamp(1800))
    world.faults.add(e.MissingCharge())
    live = client.tesla("live_status").json()["response"]
    assert live["timestamp"] == "2026-11-20T18:25:10+11:00"
    assert "percentage_charged" not in live
    assert "solar_power" in live


def test_accepted_and_ignored(world, client):
    world.faults.add(e.IgnoreWrites())
    assert client.tesla("backup", {"backup_reserve_percent": 35}).json()["response"]["code"] == 201
    assert client.info()["backup_reserve_percent"] == 20


def test_accepted_and_late(world, clock, client):
    world.faults.add(e.DelayedEffect(240))
    client.tesla("backup", {"backup_reserve_percent": 35})
    clock.advance(239)
    assert client.info()["backup_reserve_percent"] == 20
    clock.advance(2)
    assert client.info()["backup_reserve_percent"] == 35


def test_accepted_and_taken_back(world, clock, client):
    world.faults.add(e.Revert(300))
    client.tesla("backup", {"backup_reserve_percent": 35})
    assert client.info()["backup_reserve_percent"] == 35
    clock.advance(301)
    assert client.info()["backup_reserve_percent"] == 20
    assert world.powerwall.acting["backup_reserve_percent"] == 20


@pytest.mark.parametrize(
    ("form", "body"),
    [
        ("result", {"response": {"result": False, "reason": "unable to update"}}),
        ("code", {"response": {"code": 400, "message": "Invalid tariff"}}),
        ("error", {"response": None, "error": "upstream internal error", "error_description": ""}),
    ],
)
def test_a_write_is_turned_down_inside_http_200(world, client, form, body):
    world.faults.add(e.Rejection(form))
    answer = client.tesla("backup", {"backup_reserve_percent": 35})
    assert (answer.status_code, answer.json()) == (200, body)
    assert client.info()["backup_reserve_percent"] == 20


def general(answer: requests.Response) -> list[dict]:
    return [row for row in answer.json() if row["channelType"] == "general"]


def test_half_hours_are_missing(world, client):
    whole = general(client.prices(next=40))
    world.faults.add(e.PriceGap(half_hours=2, ahead_half_hours=1))
    left = general(client.prices(next=40))
    gone = sorted({row["endTime"] for row in whole} - {row["endTime"] for row in left})
    assert len(gone) == 12
    assert (gone[0], gone[-1]) == ("2026-11-20T08:05:00Z", "2026-11-20T09:00:00Z")


def test_the_horizon_is_cut(world, client):
    world.faults.add(e.ShortHorizon(3))
    assert general(client.prices(next=200))[-1]["endTime"] == "2026-11-20T11:00:00Z"


@pytest.mark.parametrize("value", ["null", "nan", "infinity", "text", "absent", "absurd"])
def test_a_price_is_no_price(world, client, value):
    world.faults.add(e.BadPrice(value, 1, 1))
    bad = [row for row in general(client.prices(next=20)) if "2026-11-20T08:05" <= row["endTime"] <= "2026-11-20T08:30:00Z"]
    assert len(bad) == 6
    for row in bad:
        price = row.get("perKwh", "absent")
        assert {
            "null": price is None,
            "nan": isinstance(price, float) and math.isnan(price),
            "infinity": price == math.inf,
            "text": price == "n/a",
            "absent": price == "absent",
            "absurd": price == 987_654.0,
        }[value]


def test_the_feed_in_channel_is_missing(world, client):
    world.faults.add(e.NoFeedIn())
    assert {row["channelType"] for row in client.prices(next=3).json()} == {"general"}


def test_data_freezes_when_the_fault_begins(world, clock, client):
    before = client.prices(next=3).json()
    world.faults.add(e.Frozen())
    clock.advance(1800)
    assert client.prices(next=3).json() == before
    world.faults.clear()
    assert client.prices(next=3).json() != before


def test_a_field_has_another_name(world, client):
    world.faults.add(e.RenamedField("perKwh", "pricePerKwh"))
    [row] = general(client.prices())
    assert "perKwh" not in row
    assert "pricePerKwh" in row


def test_advanced_prices_are_missing(world, client):
    world.faults.add(e.NoAdvancedPrice())
    assert not any("advancedPrice" in row for row in client.prices(next=5).json())


def test_count_window_server_path_and_method_narrow_a_fault(world, clock, client):
    world.faults.add(e.Status(503), server="teslemetry", path="live_status", method="GET", count=2)
    world.faults.add(e.Status(500), server="amber", start=EVENING + timedelta(seconds=100), for_s=10)
    assert client.tesla("site_info").ok
    assert client.prices().ok
    assert [client.tesla("live_status").status_code for _ in range(3)] == [503, 503, 200]
    clock.advance(100)
    assert client.prices().status_code == 500
    clock.advance(10)
    assert client.prices().ok
    assert world.faults.listed() == {}


def test_faults_combine(world, clock, client):
    world.faults.add(e.Latency(3))
    world.faults.add(e.StaleTimestamp(600))
    world.faults.add(e.SkewedDate(60))
    answer = client.tesla("live_status")
    assert answer.json()["response"]["timestamp"] == "2026-11-20T18:45:13+11:00"
    assert answer.headers["Date"] == "Fri, 20 Nov 2026 07:56:13 GMT"


@pytest.mark.parametrize(
    "make", [lambda: Fault(e.Reset(), "nobody"), lambda: Fault(e.Reset(), count=0), lambda: Fault(e.Reset(), start=EVENING, end=EVENING)]
)
def test_an_impossible_fault_is_refused(make):
    with pytest.raises(BadFault):
        make()


def test_faults_are_set_and_ended_over_http(world, client):
    url = f"{world.amber_url.removesuffix('/v1')}/_simulator/faults"
    fault = {"kind": "status", "code": 429, "retry_after_s": 37, "server": "teslemetry", "path": "live_status", "for_s": 60}
    added = requests.post(url, json=[fault, {"kind": "no_feed_in"}], timeout=2).json()["faults"]
    assert [item["kind"] for item in added] == ["status", "no_feed_in"]
    assert client.tesla("live_status").status_code == 429
    assert requests.get(url, timeout=2).json()["faults"] == added
    assert requests.delete(url, params={"id": added[0]["id"]}, timeout=2).json()["faults"] == added[1:]
    assert client.tesla("live_status").ok
    assert requests.delete(url, timeout=2).json() == {"faults": []}


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"kind": "earthquake"}, "earthquake"),
        ({"kind": "status", "kode": 3}, "kode"),
        ({"kind": "status", "code": "many"}, "code"),
        ({"kind": "status", "server": "nobody"}, "nobody"),
        ({"kind": "status", "count": 0}, "count"),
        ({"kind": "status", "for_s": -1}, "for_s"),
        ("status", "object"),
    ],
)
def test_a_wrong_fault_over_http_is_refused_with_what_is_wrong(world, fault, message):
    url = f"{world.teslemetry_url}/_simulator/faults"
    answer = requests.post(url, json=fault, timeout=2)
    assert answer.status_code == 400
    assert message in answer.json()["error"]
    assert requests.post(url, data="x", timeout=2).status_code == 415
    assert requests.delete(url, params={"id": 99}, timeout=2).status_code == 404


def test_the_controls_refuse_other_machines(world):
    from app.simulators import control
    from app.simulators.service import Request

    request = Request("GET", control.PATH)
    assert control.handle(request, world.faults, EVENING, "192.0.2.7").status == 403
    assert control.handle(request, world.faults, EVENING, "127.0.0.1").status == 200


def test_a_plan_of_faults_is_seeded_bounded_and_mixed():
    end = EVENING + timedelta(days=10)
    plan = fault_plan(7, EVENING, end, intensity=1.0)
    assert plan == fault_plan(7, EVENING, end, intensity=1.0)
    assert plan != fault_plan(8, EVENING, end, intensity=1.0)
    assert 180 < len(plan) < 300
    assert all(EVENING <= fault.start < fault.end <= end for fault in plan)
    assert all(fault.server in fault.effect.servers for fault in plan)
    assert len({type(fault.effect) for fault in plan}) > 25
    assert fault_plan(7, EVENING, end, intensity=0) == []


def test_a_world_survives_a_plan_of_faults(world, clock):
    client = Client(world)
    world.faults.plan(fault_plan(11, EVENING, EVENING + timedelta(days=1), intensity=3))
    good = 0
    for _ in range(288):
        clock.advance(300)
        for ask in (lambda: client.prices(next=12), lambda: client.tesla("live_status")):
            try:
                good += ask().ok
            except LOST:
                continue
    assert 200 < good < 576
    world.faults.clear()
    assert client.prices().ok
    assert client.tesla("live_status").ok
