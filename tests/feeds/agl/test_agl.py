"""AGL Battery Rewards: own rates, 28 c for feed-in in the evening and 3 c otherwise unless the owner says otherwise."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.bill_rules import HasBillRules
from app.domain.charges import StandingCharges
from app.domain.tariffs.time_of_use import faults_of
from app.feeds.registry import retailer_brands
from app.services.site_file import validate
from app.simulators.pace import SimulatedPace
from app.transports.context import Context
from tests.feeds.contract.bench_plans import SUMMER, WEEK, WINTER

SYDNEY = ZoneInfo("Australia/Sydney")
SITE = {"name": "Home", "timezone": "Australia/Sydney", "owner": "a@example.com"}
NOW = datetime(2026, 11, 20, 3, 2, tzinfo=UTC)


def feed_of(**entry: Any) -> Any:
    fields = validate({**SITE, "retailer": {"brand": "agl", **entry}}).connections[0].fields
    return retailer_brands()["agl"].open(fields, Context(SimulatedPace(NOW), zone=SYDNEY))


def prices(*clocks: str, **entry: Any) -> list[tuple[float, float]]:
    answer = feed_of(**entry).fetch_ahead(NOW)
    assert faults_of(answer.plan) == ()
    starts = [datetime.fromisoformat(f"2026-11-20 {clock}").replace(tzinfo=SYDNEY) for clock in clocks]
    by_start = {each.start: (each.import_c_per_kwh, each.feed_in_c_per_kwh) for each in answer.intervals}
    return [by_start[start.astimezone(UTC)] for start in starts]


def test_the_evening_pays_28_cents_in_all_and_the_rest_3() -> None:
    assert prices("16:30", "17:00", "20:30", "21:00", import_c=33) == [(33, 3), (33, 28), (33, 28), (33, 3)]


def test_every_figure_can_be_replaced() -> None:
    entry = {"import_c": 33, "feed_in_c": 4, "evening_feed_in_c": 20, "evening_start": "16:00", "evening_end": "24:00"}
    assert prices("15:30", "16:00", "23:30", **entry) == [(33, 4), (33, 20), (33, 20)]


def test_rates_by_the_hour_and_by_season_are_taken() -> None:
    assert prices("14:30", "15:00", "17:00", periods=WEEK) == [(20, 5), (52, 8), (52, 28)]
    seasons = [{**SUMMER, "periods": WEEK}, {**WINTER, "periods": WEEK}]
    assert prices("14:30", "15:00", "17:00", seasons=seasons) == [(20, 5), (52, 8), (52, 28)]


def test_charges_are_passed_on_and_nothing_more_is_promised() -> None:
    feed = feed_of(import_c=33, daily_charge_c=98.5, monthly_charge_c=500)
    assert feed.fetch_ahead(NOW).charges == StandingCharges(98.5, 500)
    assert not isinstance(feed, HasBillRules)
