"""The custom plan in a site file: what is understood comes back, what leaves an hour without exactly one price is refused by its place."""

import json
from copy import deepcopy
from typing import Any

import pytest

from app.control.connections import split_secrets
from app.domain.charges import StandingCharges
from app.domain.codec import from_json, to_json
from app.domain.tariffs.time_of_use import TimeOfUse, faults_of
from app.feeds.retailers.custom_tou import CustomTouFields, fields_of_plan, plan_of
from app.services.site_file import SiteFileError, schema, validate

SITE = {"name": "Home", "timezone": "Australia/Sydney", "owner": "a@example.com"}
PLAN: dict[str, Any] = {
    "brand": "custom_tou",
    "name": "Solar Saver",
    "utility": "Red",
    "seasons": [
        {
            "name": "Summer",
            "from": "11-01",
            "to": "03-31",
            "periods": [
                {"name": "Peak", "days": "mon-fri", "start": "15:00", "end": "21:00", "import_c": 52, "feed_in_c": 8},
                {"name": "Off-peak", "days": "mon-fri", "start": "21:00", "end": "15:00", "import_c": 20, "feed_in_c": 5},
                {"name": "Weekend", "days": "sat,sun", "start": "00:00", "end": "24:00", "import_c": 26, "feed_in_c": 5},
            ],
        },
        {
            "name": "Winter",
            "from": "04-01",
            "to": "10-31",
            "periods": [
                {"name": "Flat", "days": "all", "start": "00:00", "end": "00:00", "import_c": 30, "feed_in_c": 4, "demand_c_per_kw": 39.5}
            ],
        },
    ],
    "daily_charge_c": 110,
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """PLAN with the value at "seasons.0.periods.1.days"; None takes it away."""
    plan = deepcopy(PLAN)
    place: Any = plan
    *way, last = path.split(".")
    for part in way:
        place = place[int(part)] if part.isdigit() else place[part]
    key: Any = int(last) if last.isdigit() else last
    if value is None:
        del place[key]
    else:
        place[key] = value
    return plan


def read(plan: dict[str, Any]) -> CustomTouFields:
    fields = validate({**SITE, "retailer": plan}).connections[0].fields
    assert isinstance(fields, CustomTouFields)
    return fields


def problems(plan: dict[str, Any]) -> list[str]:
    with pytest.raises(SiteFileError) as refused:
        validate({**SITE, "retailer": plan})
    return refused.value.problems


def test_the_documented_shape_is_read() -> None:
    plan = plan_of(read(PLAN))
    assert faults_of(plan) == ()
    assert (plan.name, plan.utility, plan.code) == ("Solar Saver", "Red", "")
    assert [(season.name, season.first, season.last) for season in plan.seasons] == [
        ("Summer", (11, 1), (3, 31)),
        ("Winter", (4, 1), (10, 31)),
    ]
    assert plan.seasons[1].periods[0].demand_c_per_kw == 39.5
    assert read(PLAN).charges() == StandingCharges(110.0, None)


def test_what_is_stored_and_exported_is_the_site_files_shape() -> None:
    stored, secrets = split_secrets(read(PLAN))
    assert secrets == {}
    assert set(stored["seasons"][0]) == {"name", "from", "to", "periods"}
    again = read({"brand": "custom_tou", **json.loads(json.dumps(stored))})
    assert again == read(PLAN)


def test_fields_become_a_plan_and_fields_again() -> None:
    fields = read(PLAN)
    plan = plan_of(fields)
    assert plan_of(fields_of_plan(plan, fields.charges())) == plan
    assert fields_of_plan(plan, fields.charges()).charges() == fields.charges()
    assert from_json(TimeOfUse, json.loads(json.dumps(to_json(plan)))) == plan


@pytest.mark.parametrize(
    ("plan", "problem"),
    [
        (
            changed("seasons.0.periods.2.end", "15:00"),
            "retailer.seasons.0: season Summer: nothing covers Sat and Sun 15:00–24:00",
        ),
        (
            changed("seasons.0.periods.1.start", "20:30"),
            "retailer.seasons.0: season Summer: Peak and Off-peak both cover Mon–Fri 20:30–21:00",
        ),
        (
            changed("seasons.0.periods.2.days", "fri-sun"),
            "retailer.seasons.0: season Summer: Off-peak and Weekend both cover Fri 00:00–15:00; "
            "Peak and Weekend both cover Fri 15:00–21:00; Off-peak and Weekend both cover Fri 21:00–24:00",
        ),
        (changed("seasons.0.to", "03-30"), "retailer.seasons: no season covers 31 Mar"),
        (changed("seasons.1.to", "11-02"), "retailer.seasons: Summer and Winter both cover 1 Nov to 2 Nov"),
        (changed("seasons.1", None), "retailer.seasons: no season covers 1 Apr to 31 Oct"),
        (
            changed("seasons.0.periods.1.days", "mon-fry"),
            "retailer.seasons.0.periods.1.days: not understood; write all, weekdays, weekends, or days such as mon-fri or sat,sun",
        ),
        (
            changed("seasons.0.periods.0.start", "15:10"),
            "retailer.seasons.0.periods.0.start: a plan's prices change on the hour or half-hour, such as 15:00 or 15:30",
        ),
        (
            changed("seasons.0.periods.0.start", 900),
            'retailer.seasons.0.periods.0.start: a number is no time; write it in quotes, such as "15:00"',
        ),
        (changed("seasons.0.periods.0.start", "24:00"), 'retailer.seasons.0.periods.0.start: not a time; write one such as "15:00"'),
        (
            changed("seasons.0.from", "02-30"),
            'retailer.seasons.0.from: not a day of the year; write month and day such as "11-01" for 1 November',
        ),
        (changed("seasons.0.to", None), "retailer.seasons.0.to: missing"),
        (changed("seasons.0.periods.0.feed_in_c", None), "retailer.seasons.0.periods.0.feed_in_c: missing"),
        (changed("seasons.0.periods.0.import_c", float("nan")), "retailer.seasons.0.periods.0.import_c: Input should be a finite number"),
        (
            changed("seasons.0.periods.0.import_c", 1000.5),
            "retailer.seasons.0.periods.0.import_c: Input should be less than or equal to 1000",
        ),
        (
            changed("seasons.0.periods.0.import_c", -100.5),
            "retailer.seasons.0.periods.0.import_c: Input should be greater than or equal to -100",
        ),
        (changed("seasons.0.periods.0.import_c", True), "retailer.seasons.0.periods.0.import_c: not a number"),
        (changed("monthly_charge_c", 25), "retailer.monthly_charge_c: 25 looks like dollars: did you mean 2500 c?"),
        (changed("daily_charge_c", 1.1), "retailer.daily_charge_c: 1.1 looks like dollars: did you mean 110 c?"),
    ],
)
def test_what_is_wrong_is_told_in_one_line_with_its_place(plan: dict[str, Any], problem: str) -> None:
    assert problems(plan) == [problem]


def test_prices_in_dollars_are_refused_with_the_cents_they_mean() -> None:
    plan = changed("seasons.1", None)
    plan["seasons"][0].update({"from": "01-01", "to": "12-31"})
    for period, price in zip(plan["seasons"][0]["periods"], (0.52, 0.2, 0), strict=True):
        period["import_c"] = price
    assert problems(plan) == ["retailer.seasons: 0.52 looks like dollars: did you mean 52 c? 0.2 looks like dollars: did you mean 20 c?"]
    plan["seasons"][0]["periods"][0]["import_c"] = 52
    assert read(plan).seasons[0].periods[1].import_c == 0.2


@pytest.mark.parametrize("price_c", [-100, -0.5, 0, 1000])
def test_prices_at_the_bounds_are_taken(price_c: float) -> None:
    assert read(changed("seasons.0.periods.0.feed_in_c", price_c)).seasons[0].periods[0].feed_in_c == price_c


def test_a_leap_day_may_begin_a_season() -> None:
    plan = changed("seasons.0.to", "02-28")
    plan["seasons"][1]["from"] = "02-29"
    assert faults_of(plan_of(read(plan))) == ()


def test_the_schema_of_site_files_names_the_plans_keys() -> None:
    whole = schema()
    kinds = whole["properties"]["retailer"]["oneOf"]
    custom = next(kind for kind in kinds if kind["properties"]["brand"] == {"const": "custom_tou"})
    assert {"from", "to"} <= set(whole["$defs"]["custom_tou.SeasonFields"]["properties"])
    assert "seasons" in custom["required"]
