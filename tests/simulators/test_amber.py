"""Amber's REST answers: form, labels, order, quota, quirks."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from app.simulators.effects import MixedDurations
from app.simulators.pace import SimulatedPace
from app.simulators.world import World

from .conftest import Client

ALWAYS = {
    "type", "date", "duration", "startTime", "endTime", "nemTime", "perKwh", "renewables", "spotPerKwh", "channelType",
    "spikeStatus", "tariffInformation", "descriptor",
}  # fmt: skip


def test_an_account_has_a_closed_site_first_and_one_of_thirty_minutes(client):
    sites = client.amber("/sites").json()
    assert [site["status"] for site in sites] == ["closed", "active", "active"]
    assert [site["intervalLength"] for site in sites] == [5, 5, 30]
    assert sites[1]["id"] == client.world.amber.account.site_id
    assert len(sites[1]["id"]) == 26
    assert "closedOn" in sites[0]
    assert "closedOn" not in sites[1]
    assert [channel["type"] for channel in sites[1]["channels"]] == ["general", "feedIn"]


def test_rows_carry_end_labels_a_late_start_and_the_market_date(client):
    rows = client.prices(next=80, previous=2).json()
    for row in rows:
        assert set(row) >= ALWAYS
        end = datetime.fromisoformat(row["nemTime"])
        assert end.utcoffset() == timedelta(hours=10)
        assert row["endTime"].endswith("Z")
        assert datetime.fromisoformat(row["endTime"]) == end
        assert end - datetime.fromisoformat(row["startTime"]) == timedelta(minutes=5, seconds=-1)
        assert row["date"] == (end - timedelta(minutes=5)).date().isoformat()
    midnight = [row for row in rows if row["nemTime"].endswith("T00:00:00+10:00")]
    assert {row["date"] for row in midnight} == {"2026-11-20"}


def test_channels_follow_one_another_each_in_order_of_time(client):
    rows = client.prices(next=4, previous=3).json()
    assert [row["channelType"] for row in rows] == ["general"] * 8 + ["feedIn"] * 8
    for first, second in pairwise(rows[:8]):
        assert first["endTime"] < second["endTime"]
    kinds = ["ActualInterval"] * 3 + ["CurrentInterval"] + ["ForecastInterval"] * 4
    assert [row["type"] for row in rows[:8]] == kinds
    assert [("estimate" in row) for row in rows[:8]] == [kind == "CurrentInterval" for kind in kinds]
    assert [("advancedPrice" in row) for row in rows[:8]] == [kind != "ActualInterval" for kind in kinds]


def test_a_feed_in_price_is_negative_when_the_owner_is_paid(client):
    general, feed_in = (row for row in client.prices().json())
    assert general["spotPerKwh"] == feed_in["spotPerKwh"] > 0
    assert feed_in["perKwh"] == pytest.approx(-general["spotPerKwh"] / 1.1, abs=1e-4)
    assert feed_in["advancedPrice"]["high"] < feed_in["advancedPrice"]["low"] < 0


def test_at_a_negative_noon_export_costs_money(clock, client):
    market = client.world.market
    index = next(i for i in range(int(clock.now().timestamp()) // 300, 10**9) if market.settled_c(i) < -1)
    clock.advance_to(datetime.fromtimestamp(index * 300 + 60, UTC))
    general, feed_in = client.prices().json()
    assert general["spotPerKwh"] < -1
    assert feed_in["perKwh"] > 0
    assert feed_in["tariffInformation"] is None


def test_the_estimate_is_confirmed_25_seconds_into_the_interval(clock, client):
    assert client.prices().json()[0]["estimate"] is True
    clock.advance(15)
    row = client.prices().json()[0]
    assert row["estimate"] is False
    clock.advance(300)
    assert client.prices(previous=1).json()[0]["perKwh"] == row["perKwh"]


def test_half_hours_blend_what_is_settled_with_what_is_forecast(clock, client):
    fives = {row["nemTime"]: row for row in client.prices(previous=5, next=1).json() if row["channelType"] == "general"}
    half = next(row for row in client.prices(resolution=30).json() if row["channelType"] == "general")
    assert half["duration"] == 30
    assert half["nemTime"] == "2026-11-20T18:00:00+10:00"
    ends = [f"2026-11-20T17:{minute}:00+10:00" for minute in (35, 40, 45, 50, 55)] + ["2026-11-20T18:00:00+10:00"]
    assert half["spotPerKwh"] == pytest.approx(sum(fives[end]["spotPerKwh"] for end in ends) / 6, abs=1e-3)
    assert "advancedPrice" not in half
    clock.advance(300)
    assert "advancedPrice" in client.prices(resolution=30).json()[0]


def test_the_list_stops_where_the_forecast_ends_and_the_far_end_has_no_advanced_price(client):
    rows = [row for row in client.prices(next=2048).json() if row["channelType"] == "general"]
    assert rows[-1]["nemTime"] == "2026-11-22T04:00:00+10:00"
    far = [row for row in rows if "advancedPrice" not in row]
    assert far
    assert far[0]["nemTime"] > "2026-11-21T19"


def test_durations_can_be_mixed(world, client):
    world.faults.add(MixedDurations(2))
    rows = [row for row in client.prices(next=100).json() if row["channelType"] == "general"]
    assert {row["duration"] for row in rows} == {5, 30}
    for first, second in pairwise(rows):
        start = datetime.fromisoformat(second["endTime"]) - timedelta(minutes=second["duration"])
        assert start == datetime.fromisoformat(first["endTime"])


def test_a_thirty_minute_site_answers_in_half_hours_unless_asked(client):
    site = client.world.amber.account.sites[2]
    rows = client.amber(f"/sites/{site.id}/prices/current", next=2).json()
    assert [row["duration"] for row in rows] == [30, 30, 30]
    assert {row["channelType"] for row in rows} == {"general"}


def test_whole_days_are_market_days(client):
    rows = client.amber(f"/sites/{client.world.amber.account.site_id}/prices", startDate="2026-11-19", endDate="2026-11-19", resolution=30)
    general = [row for row in rows.json() if row["channelType"] == "general"]
    assert len(general) == 48
    assert (general[0]["nemTime"], general[-1]["nemTime"]) == ("2026-11-19T00:30:00+10:00", "2026-11-20T00:00:00+10:00")
    assert {row["date"] for row in general} == {"2026-11-19"}


def test_prices_without_a_start_fail_just_before_market_midnight(clock, client):
    path = f"/sites/{client.world.amber.account.site_id}/prices"
    assert client.amber(path).status_code == 200
    clock.advance_to(datetime(2026, 11, 20, 13, 55, tzinfo=UTC))
    assert client.amber(path).status_code == 502
    assert client.amber(path, startDate="2026-11-20").status_code == 200


def test_usage_is_the_homes_own_meter(clock, client):
    clock.advance(3600)
    path = f"/sites/{client.world.amber.account.site_id}/usage"
    rows = client.amber(path, startDate="2026-11-20", endDate="2026-11-20").json()
    general = sum(row["kwh"] for row in rows if row["channelType"] == "general")
    assert general == pytest.approx(sum(bucket.import_wh for bucket in client.world.household.buckets.values()) / 1000, abs=0.05)
    assert all(row["kwh"] <= 0 for row in rows if row["channelType"] == "feedIn")
    assert {row["type"] for row in rows} == {"Usage"}
    assert client.amber(path).status_code == 400
    assert client.amber(path, startDate="2026-01-01", endDate="2026-11-20").status_code == 400


def test_renewables_need_no_token_and_know_four_states(client):
    url = client.world.amber_url + "/state/{}/renewables/current"
    rows = client.session.get(url.format("nsw"), params={"next": 1, "previous": 1}, timeout=2).json()
    assert [row["type"] for row in rows] == ["ActualRenewable", "CurrentRenewable", "ForecastRenewable"]
    assert all(0 <= row["renewables"] <= 100 for row in rows)
    assert client.session.get(url.format("wa"), timeout=2).status_code == 404


@pytest.mark.parametrize("query", [{"resolution": 15}, {"next": -1}, {"next": 5000}, {"next": "many"}])
def test_a_bad_question_is_refused(client, query):
    assert client.prices(**query).status_code == 400


def test_wrong_tokens_and_unknown_sites_are_refused(client):
    url = client.world.amber_url
    assert client.session.get(f"{url}/sites", timeout=2).status_code == 401
    wrong = client.session.get(f"{url}/sites", headers={"Authorization": "Bearer psk_wrong"}, timeout=2)
    assert (wrong.status_code, wrong.json()) == (401, {"message": "Unauthorized"})
    client.world.amber.refusal = 403
    assert client.session.get(f"{url}/sites", timeout=2).status_code == 403
    assert client.amber("/sites/01ABCDEFGHJKMNPQRSTVWXYZ00/prices/current").status_code == 404
    assert client.amber(f"/sites/{client.world.amber.account.sites[0].id}/prices/current").json() == []


def test_the_quota_counts_down_ends_in_429_and_comes_back(clock, client):
    answers = [client.amber("/sites") for _ in range(51)]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers[:3]] == ["49", "48", "47"]
    assert answers[0].headers["RateLimit-Policy"] == "50;w=300"
    assert [answer.status_code for answer in answers[-2:]] == [200, 429]
    assert answers[-1].headers["RateLimit-Remaining"] == "0"
    clock.advance(int(answers[-1].headers["RateLimit-Reset"]))
    assert client.amber("/sites").status_code == 200


def test_every_answer_carries_the_simulated_date(client):
    assert client.amber("/sites").headers["Date"] == "Fri, 20 Nov 2026 07:55:10 GMT"


def test_a_controlled_load_stands_between_the_other_channels():
    with World(SimulatedPace(datetime(2026, 11, 20, tzinfo=UTC)), controlled_load=True, demand_tariff=True) as world:
        rows = Client(world).prices().json()
    assert [row["channelType"] for row in rows] == ["general", "controlledLoad", "feedIn"]
    assert rows[0]["tariffInformation"]["demandWindow"] is False
