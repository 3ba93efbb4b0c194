"""A backtest rests on what was measured and priced, says how much that is, and its money is that of the money page."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from app.domain.codec import to_json
from app.domain.day_costs import Way
from app.domain.tariffs.time_of_use import TimeOfUse
from app.models.summary import DayCost
from app.optimizer.backtest import Strategy
from app.services.backtesting.home import Size
from app.services.backtesting.meter import NotBacktestable
from app.services.backtesting.prices import plan_of_file
from app.services.backtesting.run import Asked, prepare, run
from app.simulators.pace import SimulatedPace
from tests.conftest import NOW
from tests.services.summaries.homes import RecordedHome

MONDAY, WEDNESDAY, THURSDAY = date(2026, 11, 16), date(2026, 11, 18), date(2026, 11, 19)
SYDNEY = ZoneInfo("Australia/Sydney")
PACE = SimulatedPace(NOW)
A_PLAN = {
    "brand": "custom_tou",
    "seasons": [
        {
            "name": "All year", "from": "01-01", "to": "12-31",
            "periods": [
                {"name": "Peak", "days": "all", "start": "15:00", "end": "21:00", "import_c": 50, "feed_in_c": 8},
                {"name": "Else", "days": "all", "start": "21:00", "end": "15:00", "import_c": 20, "feed_in_c": 4},
            ],
        }
    ],
}  # fmt: skip


@pytest.fixture
def home(session: Session) -> RecordedHome:
    home = RecordedHome(session)
    home.settings("optimizer", least_soc_pct=0.0, wear_c_per_kwh=0.0).settings("own_battery", round_trip_pct=90.25)
    return home


def result(home: RecordedHome, **asked: Any) -> dict[str, Any]:
    return run(prepare(home.session, home.site, Asked(**asked), NOW, PACE))


def refused(home: RecordedHome, **asked: Any) -> str:
    with pytest.raises(NotBacktestable) as caught:
        result(home, **asked)
    return str(caught.value)


def by_name(found: dict[str, Any]) -> dict[str, Any]:
    return {each["strategy"]: each for each in found["strategies"]}


def test_without_a_battery_it_costs_what_the_money_page_says(home: RecordedHome):
    home.metered(MONDAY, THURSDAY).priced(MONDAY, THURSDAY, import_c=lambda hour: 20 + hour).rolled_up()
    found = by_name(result(home, strategies=(Strategy.NO_BATTERY,), minutes=5))["no-battery"]
    told = {
        row.day.isoformat(): (row.import_c - row.feed_in_c) / 100
        for row in home.session.query(DayCost).filter_by(site_id=home.site.id, way=Way.NO_BATTERY.value)
    }
    assert len(found["days"]) == 4
    assert all(day["cost"] == pytest.approx(told[day["date"]], abs=1e-3) for day in found["days"])
    assert found["total_cost"] == pytest.approx(sum(day["cost"] for day in found["days"]), abs=1e-3)
    assert found["mean_cost_per_day"] == pytest.approx(found["total_cost"] / 4, abs=1e-3)


def test_strategies_stand_beside_each_other_with_the_worst_day_and_cycles(home: RecordedHome):
    home.metered(MONDAY, THURSDAY).priced(MONDAY, WEDNESDAY).priced(THURSDAY, import_c=90.0)
    found = by_name(result(home))
    assert list(found) == ["self-consumption", "optimizer", "perfect"]
    assert found["perfect"]["total_cost"] <= found["self-consumption"]["total_cost"]
    assert found["perfect"]["total_cost"] <= found["optimizer"]["total_cost"]
    for each in found.values():
        assert each["worst_day"]["cost"] == max(day["cost"] for day in each["days"])
        assert each["cycles"] == pytest.approx(sum(day["cycles"] for day in each["days"]), abs=0.01)
    assert found["self-consumption"]["cycles"] > 0.3
    assert found["optimizer"]["hours_without_forecast"] == 24


def test_a_gap_is_no_energy_and_no_money_but_coverage(home: RecordedHome):
    home.metered(MONDAY).metered(WEDNESDAY, hours=(0, 12)).metered(THURSDAY).priced(MONDAY, WEDNESDAY)
    found = result(home, strategies=(Strategy.SELF_CONSUMPTION,))
    days = by_name(found)["self-consumption"]["days"]
    assert [(day["date"], day["known_h"]) for day in days] == [("2026-11-16", 24.0), ("2026-11-18", 12.0)]
    assert found["measured_pct"] == pytest.approx(100 * 60 / 96, abs=0.01)
    assert found["covered_pct"] == pytest.approx(100 * 36 / 96, abs=0.01)


def test_an_interval_that_was_hardly_measured_is_a_gap(home: RecordedHome):
    home.metered(MONDAY, covered_s=200).priced(MONDAY, THURSDAY)
    assert "nothing was measured" in refused(home, first=MONDAY, last=MONDAY)


def test_a_larger_battery_earns_more_and_the_answer_names_its_size(home: RecordedHome):
    home.metered(MONDAY, THURSDAY).priced(MONDAY, THURSDAY, import_c=lambda hour: 60.0 if 16 <= hour < 22 else 10.0)
    small = result(home, strategies=(Strategy.PERFECT,), size=Size(1.0, 5.0))
    large = result(home, strategies=(Strategy.PERFECT,), size=Size(20.0, 5.0))
    assert (large["battery"]["capacity_kwh"], large["battery"]["charge_kw"]) == (20.0, 5.0)
    assert large["strategies"][0]["total_cost"] < small["strategies"][0]["total_cost"]
    assert result(home, strategies=(Strategy.PERFECT,))["battery"]["capacity_kwh"] == 10.0


def test_a_plan_of_fixed_prices_counts_for_all_days(home: RecordedHome):
    home.metered(MONDAY, THURSDAY)
    plan, title = plan_of_file(json.dumps(A_PLAN), SYDNEY, NOW, PACE)
    assert (title, isinstance(plan, TimeOfUse)) == ("Custom plan", True)
    home.feed.plan = to_json(plan)
    home.session.commit()
    own = result(home, strategies=(Strategy.NO_BATTERY,))
    other = result(home, strategies=(Strategy.NO_BATTERY,), retailer=json.dumps({"retailer": A_PLAN}))
    assert own["covered_pct"] == 100.0
    assert own["strategies"] == other["strategies"]
    # Of each hour: 600 Wh from 10:00 to 14:00 left over less export of the battery …: from the records themselves.
    day = own["strategies"][0]["days"][0]
    night, evening, noon = 16 * 12 * 25, 4 * 12 * 100, 4 * 12 * 250
    assert day["import_kwh"] * 1000 == pytest.approx(night + evening)
    assert day["export_kwh"] * 1000 == pytest.approx(noon)
    peak = (3 * 12 * 25 + 3 * 12 * 100) / 1000
    assert day["cost"] == pytest.approx(peak * 0.5 + ((night + evening) / 1000 - peak) * 0.2 - noon / 1000 * 0.04, abs=1e-3)


def a_csv(first: datetime, hours: int) -> str:
    starts = (first + timedelta(minutes=30 * number) for number in range(2 * hours))
    return "\n".join(["start,load_kwh,solar_kwh", *(f"{start.isoformat()},0.5,0.25" for start in starts)])


def test_a_file_is_lived_through_by_the_prices_of_a_plan(home: RecordedHome):
    text = a_csv(datetime(2025, 4, 4, 13, tzinfo=UTC), 49)  # 5 and 6 April: the second has 25 hours
    found = result(home, file=text, retailer=json.dumps(A_PLAN), strategies=(Strategy.NO_BATTERY,))
    assert (found["source"], found["from"], found["to"], found["covered_pct"]) == ("file", "2025-04-05", "2025-04-06", 100.0)
    days = found["strategies"][0]["days"]
    assert [day["import_kwh"] for day in days] == [12.0, 12.5]
    part = result(home, file=text, retailer=json.dumps(A_PLAN), strategies=(Strategy.NO_BATTERY,), first=date(2025, 4, 6))
    assert part["strategies"][0]["days"] == days[1:]


@pytest.mark.parametrize(
    ("retailer", "words"),
    [
        ("{", "not readable"),
        ("[]", "must be an object"),
        ('{"brand": "amber"}', "a retailer of fixed prices is needed; allowed: agl, custom_tou"),
        ('{"brand": "custom_tou"}', "seasons: missing"),
        ('{"brand": ["agl"]}', "a retailer of fixed prices is needed"),
    ],
)
def test_a_retailer_that_has_no_plan_is_refused_in_words(home: RecordedHome, retailer: str, words: str):
    home.metered(MONDAY)
    assert words in refused(home, retailer=retailer)


def test_what_cannot_be_lived_through_is_said(home: RecordedHome):
    assert refused(home) == "no whole day of this home is recorded yet"
    home.metered(MONDAY, THURSDAY)
    assert "both measured and priced" in refused(home)
    home.priced(MONDAY, THURSDAY)
    assert "ends before it begins" in refused(home, first=THURSDAY, last=MONDAY)
    assert "there is something from 2026-11-16 to 2026-11-19" in refused(home, first=date(2026, 1, 1), last=date(2026, 1, 2))
    assert "too many at once" in refused(home, first=date(2020, 1, 1))
    assert "the capacity, kWh, must be 0.5 to 1000" in refused(home, size=Size(0.0, 5.0))
    assert "the power, kW," in refused(home, size=Size(5.0, float("nan")))


def test_a_home_without_a_battery_tries_one_of_a_given_size(session: Session):
    home = RecordedHome(session, facts=None, name="Bare").metered(MONDAY, THURSDAY).priced(MONDAY, THURSDAY)
    assert "give capacity and power of the battery to try" in refused(home)
    found = result(home, size=Size(8.0, 4.0), strategies=(Strategy.SELF_CONSUMPTION,))
    assert found["battery"]["discharge_kw"] == 4.0


def test_progress_goes_from_nothing_to_all_and_can_end_the_run(home: RecordedHome):
    home.metered(MONDAY, THURSDAY).priced(MONDAY, THURSDAY)
    prepared = prepare(home.session, home.site, Asked(), NOW, PACE)
    seen: list[tuple[int, int]] = []
    run(prepared, lambda done, of: seen.append((done, of)))
    assert seen == [(done, 12) for done in range(13)]

    class Enough(Exception): ...

    def stop(done: int, of: int) -> None:
        if done == 5:
            raise Enough

    with pytest.raises(Enough):
        run(prepared, stop)
