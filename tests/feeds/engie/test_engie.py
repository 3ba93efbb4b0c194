"""ENGIE: the owner's own rates and nothing else; no payment for events is assumed."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.domain.bill_rules import HasBillRules
from app.feeds.registry import retailer_brands
from app.services.site_file import SiteFileError, validate
from app.simulators.pace import SimulatedPace
from app.transports.context import Context
from tests.feeds.contract.bench_plans import WEEK

SITE = {"name": "Home", "timezone": "Australia/Melbourne", "owner": "a@example.com"}
NOW = datetime(2026, 11, 20, 3, 2, tzinfo=UTC)
ONE_OF = "write one of import_c (one price at all hours), periods (hours of the week) or seasons"


def fields_of(**entry: Any) -> Any:
    return validate({**SITE, "retailer": {"brand": "engie", **entry}}).connections[0].fields


def test_prices_are_those_of_the_bill() -> None:
    fields = fields_of(feed_in_c=4, periods=[{**period, "feed_in_c": None} for period in WEEK])
    feed = retailer_brands()["engie"].open(fields, Context(SimulatedPace(NOW), zone=ZoneInfo("Australia/Melbourne")))
    found = {(each.import_c_per_kwh, each.feed_in_c_per_kwh) for each in feed.fetch_ahead(NOW).intervals}
    assert found == {(52, 4), (20, 4), (26, 4)}
    assert not isinstance(feed, HasBillRules)


def test_the_owner_is_told_who_controls_the_battery_in_the_power_plant() -> None:
    assert "ENGIE controls the battery" in retailer_brands()["engie"].how_to_get


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"import_c": 30}, "retailer.feed_in_c: missing"),
        (
            {"feed_in_c": 4},
            f"retailer: no import price is given; {ONE_OF}",
        ),
        (
            {"feed_in_c": 4, "import_c": 30, "periods": WEEK},
            f"retailer: import_c and periods are given; {ONE_OF}",
        ),
        ({"feed_in_c": 4, "periods": WEEK[:2]}, "retailer.periods: season All year: nothing covers Sat and Sun 00:00–24:00"),
        (
            {"feed_in_c": 4, "seasons": [{"name": "Summer", "from": "11-01", "to": "03-31", "periods": WEEK}]},
            "retailer.seasons: no season covers 1 Apr to 31 Oct",
        ),
        (
            {"feed_in_c": 4, "seasons": [{"name": "Year", "from": "01-01", "to": "12-31", "periods": WEEK[1:]}]},
            "retailer.seasons.0: season Year: nothing covers Mon–Fri 15:00–21:00",
        ),
        (
            {"feed_in_c": 4, "periods": [{**period, "import_c": period["import_c"] / 100} for period in WEEK]},
            "retailer.periods: 0.52 looks like dollars: did you mean 52 c? 0.26 looks like dollars: did you mean 26 c? "
            "0.2 looks like dollars: did you mean 20 c?",
        ),
    ],
)
def test_rates_that_leave_an_hour_open_are_refused_by_their_place(entry: dict[str, Any], problem: str) -> None:
    with pytest.raises(SiteFileError) as refused:
        fields_of(**entry)
    assert refused.value.problems == [problem]
