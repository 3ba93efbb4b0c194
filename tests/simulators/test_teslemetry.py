"""Teslemetry's answers: reads, read-back, refusals, and the record of writes."""

import json
from datetime import datetime, timedelta

import pytest

from app.simulators import effects as e
from app.simulators.gateway_tariff import read_back
from app.simulators.pace import SimulatedPace
from app.simulators.world import World, owners_plan

from .conftest import EVENING, Client

PLAN = owners_plan() | {"name": "Another plan", "code": "OTHER"}


def upload(client: Client, plan: dict = PLAN):
    return client.tesla("time_of_use_settings", {"tou_settings": {"tariff_content_v2": plan}})


def test_products_hold_a_car_a_site_and_a_ghost(client):
    url, token = client.world.teslemetry_url, client.world.teslemetry.site.token
    answer = client.session.get(f"{url}/api/1/products", headers={"Authorization": f"Bearer {token}"}, timeout=2).json()
    assert answer["count"] == len(answer["response"]) == 3
    real = [item for item in answer["response"] if item.get("energy_site_id") and item["components"]["battery"]]
    assert [item["energy_site_id"] for item in real] == [client.world.teslemetry.site.energy_site_id]


def test_live_status_balances_and_is_of_now(clock, client):
    for _ in range(30):
        clock.advance(700)
        live = client.tesla("live_status").json()["response"]
        assert live["solar_power"] + live["battery_power"] + live["grid_power"] == live["load_power"]
        assert live["solar_power"] >= 0
        stamp = datetime.fromisoformat(live["timestamp"])
        assert abs(stamp - clock.now()) < timedelta(seconds=1)
        assert stamp.utcoffset() == timedelta(hours=11)
        assert live["energy_left"] == pytest.approx(live["percentage_charged"] * 135, abs=0.1)


def test_an_outage_shows_in_live_status(clock, client):
    client.world.powerwall.grid_is_down = True
    clock.advance(60)
    live = client.tesla("live_status").json()["response"]
    assert (live["island_status"], live["grid_status"], live["grid_power"]) == ("off_grid_unintentional", "Inactive", 0)


def test_site_info_words_the_settings(client):
    info = client.info()
    assert (info["default_real_mode"], info["backup_reserve_percent"]) == ("autonomous", 20)
    assert info["installation_time_zone"] == "Australia/Sydney"
    assert info["components"]["customer_preferred_export_rule"] == "battery_ok"
    assert "disallow_charge_from_grid_with_solar_installed" not in info["components"]
    assert "non_export_configured" not in info["components"]
    assert info["tariff_content_v2"] == read_back(owners_plan())


@pytest.mark.parametrize(
    ("path", "body", "where", "value"),
    [
        ("backup", {"backup_reserve_percent": 35}, ("backup_reserve_percent",), 35),
        ("backup", {"backup_reserve_percent": 95}, ("backup_reserve_percent",), 80),
        ("operation", {"default_real_mode": "backup"}, ("default_real_mode",), "backup"),
        ("grid_import_export", {"customer_preferred_export_rule": "never"}, ("components", "non_export_configured"), True),
        (
            "grid_import_export",
            {"disallow_charge_from_grid_with_solar_installed": True},
            ("components", "disallow_charge_from_grid_with_solar_installed"),
            True,
        ),
        ("storm_mode", {"enabled": False}, ("user_settings", "storm_mode_enabled"), False),
        (
            "off_grid_vehicle_charging_reserve",
            {"off_grid_vehicle_charging_reserve_percent": 60},
            ("off_grid_vehicle_charging_reserve_percent",),
            60,
        ),
    ],
)
def test_a_write_shows_in_site_info(client, path, body, where, value):
    answer = client.tesla(path, body)
    assert (answer.status_code, answer.json()) == (200, {"response": {"code": 201, "message": "Updated"}})
    shown = client.info()
    for key in where:
        shown = shown[key]
    assert shown == value


def test_a_plan_comes_back_without_its_zeros(client):
    assert upload(client).json()["response"]["code"] == 201
    shown = client.info()["tariff_content_v2"]
    assert shown["name"] == "Another plan"
    assert shown != PLAN
    assert shown["seasons"]["Summer"]["tou_periods"]["OFF_PEAK"]["periods"][0] == {"toDayOfWeek": 6, "toHour": 7}


def test_settings_show_only_after_a_while():
    with World(SimulatedPace(EVENING), seed=3) as world:
        client = Client(world)
        upload(client)
        client.tesla("backup", {"backup_reserve_percent": 35})
        info = client.info()
        assert (info["backup_reserve_percent"], info["tariff_content_v2"]["name"]) == (20, "My time of use")
        world.clock.sleep(26)
        info = client.info()
        assert (info["backup_reserve_percent"], info["tariff_content_v2"]["name"]) == (35, "Another plan")


@pytest.mark.parametrize(
    ("path", "body", "status", "error"),
    [
        ("backup", {"backup_reserve_percent": 101}, 400, "invalid_field"),
        ("backup", {"backup_reserve_percent": 20.5}, 400, "invalid_field"),
        ("backup", {}, 400, "invalid_field"),
        ("operation", {"default_real_mode": "savings"}, 400, "invalid_field"),
        ("grid_import_export", {"customer_preferred_export_rule": "everything"}, 400, "invalid_field"),
        ("grid_import_export", {}, 400, "invalid_request"),
        ("storm_mode", {"enabled": "yes"}, 400, "invalid_field"),
        (
            "time_of_use_settings",
            {"tou_settings": {"optimization_strategy": "economics"}},
            400,
            "Must provide either a valid TOU setting or tariffID",
        ),
        ("fly", {"now": True}, 404, "not_found"),
    ],
)
def test_a_bad_write_is_refused_and_changes_nothing(client, path, body, status, error):
    before = client.world.powerwall.settings()
    answer = client.tesla(path, body)
    assert (answer.status_code, answer.json()["error"], answer.json()["response"]) == (status, error, None)
    assert client.world.powerwall.settings() == before


def test_a_broken_plan_is_refused_inside_http_200(client):
    answer = upload(client, {"name": "Broken"})
    assert answer.status_code == 200
    assert answer.json()["response"]["code"] == 400


def test_a_write_that_is_not_json_is_not_acceptable(client):
    site = client.world.teslemetry.site
    url = f"{client.world.teslemetry_url}/api/1/energy_sites/{site.energy_site_id}/backup"
    answer = client.session.post(url, data="x=1", headers={"Authorization": f"Bearer {site.token}"}, timeout=2)
    assert (answer.status_code, answer.json()["error"]) == (406, "not_a_JSON_request")


def test_tokens_are_checked_except_for_a_ping(client):
    url = client.world.teslemetry_url
    assert client.session.get(f"{url}/api/ping", timeout=2).json() == {"response": True}
    missing = client.session.get(f"{url}/api/test", timeout=2)
    wrong = client.session.get(f"{url}/api/test", headers={"Authorization": "Bearer x"}, timeout=2)
    assert [(a.status_code, a.json()["error"]) for a in (missing, wrong)] == [(401, "missing_token"), (401, "invalid_token")]


def test_metadata_is_not_wrapped(client):
    url, token = client.world.teslemetry_url, client.world.teslemetry.site.token
    metadata = client.session.get(f"{url}/api/metadata", headers={"Authorization": f"Bearer {token}"}, timeout=2).json()
    assert "energy_cmds" in metadata["scopes"]
    assert list(metadata["energy_sites"]) == [str(client.world.teslemetry.site.energy_site_id)]


@pytest.mark.parametrize(
    ("form", "status", "body"),
    [
        ("capitals", 200, {"response": {"Code": 201, "Message": "Updated"}}),
        ("result", 200, {"response": {"code": 201, "message": "", "result": True}}),
        ("null", 200, {"response": None}),
        ("empty", 200, None),
        ("created", 201, {"response": {"code": 201, "message": "Updated"}}),
    ],
)
def test_every_form_of_an_accepted_write(client, form, status, body):
    client.world.faults.add(e.AnswerForm(form))
    answer = client.tesla("backup", {"backup_reserve_percent": 35})
    assert answer.status_code == status
    assert (json.loads(answer.text) if answer.text else None) == body
    assert client.info()["backup_reserve_percent"] == 35


def test_more_calls_than_the_quota_get_429_with_a_wait():
    clock = SimulatedPace(EVENING)
    with World(clock, teslemetry_quota=3) as world:
        client = Client(world)
        answers = [client.tesla("live_status") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        clock.advance(int(answers[-1].headers["Retry-After"]))
        assert client.tesla("live_status").ok


def test_requests_are_recorded_and_writes_can_be_counted(clock, client):
    client.info()
    client.tesla("backup", {"backup_reserve_percent": 35})
    [write] = client.world.teslemetry.writes()
    assert write.path.endswith("/backup")
    assert (write.body, write.at) == ({"backup_reserve_percent": 35}, clock.now())
    assert len(client.world.teslemetry.requests) == 2


def test_a_history_day_adds_up_to_the_homes_meter(clock, client):
    clock.advance(6 * 3600)
    client.world.step()
    rows = client.tesla(
        "calendar_history", kind="energy", period="day", end_date="2026-11-20T23:59:59+11:00", time_zone="Australia/Sydney"
    ).json()["response"]["time_series"]
    stamps = [datetime.fromisoformat(row["timestamp"]) for row in rows]
    assert stamps == sorted(stamps)
    assert {stamp.date().isoformat() for stamp in stamps} == {"2026-11-20"}
    meter = [client.world.household.buckets[int(stamp.timestamp())] for stamp in stamps]
    assert sum(row["grid_energy_imported"] for row in rows) == pytest.approx(sum(bucket.import_wh for bucket in meter), abs=1)
    for row in rows:
        home = sum(row[f"consumer_energy_imported_from_{source}"] for source in ("grid", "solar", "battery"))
        assert row.get("total_home_usage", 0) == pytest.approx(home, abs=0.01)


def test_a_history_day_holds_nothing_of_the_day_before(clock, client):
    clock.advance(6 * 3600)
    answer = client.tesla("calendar_history", kind="energy", period="day", end_date="2026-11-21T23:59:59+11:00").json()
    stamps = [row["timestamp"] for row in answer["response"]["time_series"]]
    assert stamps[0] == "2026-11-21T00:00:00+11:00"
    assert len(stamps) == 12


def test_an_end_at_midnight_gives_an_empty_day(clock, client):
    clock.advance(3600)
    answer = client.tesla("calendar_history", kind="energy", period="day", end_date="2026-11-20T00:00:00+11:00").json()
    assert "time_series" not in answer["response"]
    assert client.tesla("calendar_history", kind="weather").status_code == 400


def test_power_history_has_the_signs_of_live_status(clock, client):
    clock.advance(3600)
    rows = client.tesla("calendar_history", kind="power").json()["response"]["time_series"]
    buckets = client.world.household.buckets
    for row in rows:
        bucket = buckets[int(datetime.fromisoformat(row["timestamp"]).timestamp())]
        assert row["grid_power"] == pytest.approx((bucket.import_wh - bucket.export_wh) * 12, abs=0.1)
        assert "load_power" not in row
