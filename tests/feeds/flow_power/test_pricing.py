from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.prices import Quality, Spike
from app.feeds.retailers.flow_power.plan import Pea
from app.feeds.retailers.flow_power.pricing import pea_with_network_c
from tests.feeds.flow_power.views import NOW, SYDNEY, ZONES, a_feed, a_view, answer_to, price_at, wholesale

EVENING = datetime(2026, 11, 20, 7, 55, tzinfo=UTC)  # label 18:00 in NEM time
ENERGEX = {"region": "QLD1", "network": {"distributor": "energex", "tariff": "6900"}}
AUSGRID = {"network": {"distributor": "ausgrid", "tariff": "EA025"}}


@pytest.mark.parametrize(("spot_c", "import_c"), [(-0.5, 23.8), (8.0, 32.3), (15.0, 39.3), (-100.0, -75.7), (2320.0, 2344.3)])
def test_without_a_network_tariff_the_base_rate_moves_with_the_wholesale_price(spot_c: float, import_c: float) -> None:
    assert price_at(EVENING, spot_c).import_c_per_kwh == pytest.approx(import_c)


def test_the_adjustment_with_a_network_tariff_is_that_of_the_worked_example() -> None:
    adjustment_c = pea_with_network_c(15.0, 21.49, 9.10, Pea(), 8.0)
    assert adjustment_c == pytest.approx(18.39)
    assert 34.0 + adjustment_c == pytest.approx(52.39)


def test_with_a_network_tariff_the_tables_rates_are_taken() -> None:
    expected_c = 34.0 + 1.1 * 15.0 + 21.4863 - 1.1 * 8.0 - 8.47 - 1.7
    assert price_at(EVENING, 15.0, **ENERGEX).import_c_per_kwh == pytest.approx(expected_c, abs=1e-4)


@pytest.mark.parametrize(
    ("factors", "import_c"),
    [
        ({"dlf": 1.05, "mlf": 1.0, "market": 1.1}, 31.3038),
        ({"dlf": 1.0, "mlf": 1.0, "market": 1.0}, 29.9863),
        (None, 30.7676),
    ],
)
def test_without_the_pea_it_is_wholesale_times_factors_and_the_network(factors: dict[str, float] | None, import_c: float) -> None:
    found = price_at(EVENING, 8.5, pea={"enabled": False}, wholesale=factors, **ENERGEX)
    assert found.import_c_per_kwh == pytest.approx(import_c, abs=5e-5)


@pytest.mark.parametrize(
    ("region", "key", "code", "label", "import_c"),
    [
        ("QLD1", "energex", "6900", "16:00", 11.3966),
        ("QLD1", "energex", "6900", "16:05", 32.4055),
        ("QLD1", "energex", "6900", "09:00", 17.5951),
        ("QLD1", "energex", "8400", "18:00", 21.2493),
        ("NSW1", "ausgrid", "EA025", "14:00", 16.8119),
        ("NSW1", "ausgrid", "EA025", "14:05", 46.6872),
        ("SA1", "sapn", "RTOU", "18:00", 34.3822),
    ],
)
def test_the_measured_prices_at_100_dollars_are_met(region: str, key: str, code: str, label: str, import_c: float) -> None:
    start = datetime.fromisoformat(f"2026-11-20T{label}:00+10:00").astimezone(UTC) - timedelta(minutes=5)
    network = {"distributor": key, "tariff": code}
    found = price_at(start, 10.0, region=region, pea={"enabled": False}, network=network)
    assert found.import_c_per_kwh == pytest.approx(import_c, abs=5e-5)


def test_rates_by_hand_stand_beside_the_bare_wholesale_price_and_gst_is_not_on_it() -> None:
    by_hand = {"pea": {"enabled": False}, "network": {"manual": {"flat_c": 8.0, "other_c": 1.5, "gst": True}}}
    assert price_at(EVENING, 10.0, **by_hand).import_c_per_kwh == pytest.approx(10.0 + 1.1 * 9.5)
    by_hand["network"] = {"manual": {"other_c": 3.5, "gst": False}}
    assert price_at(EVENING, 10.0, **by_hand).import_c_per_kwh == pytest.approx(10.0 + 15 + 3.5)


def test_other_fees_beside_the_table_count_without_the_pea_and_cancel_with_it() -> None:
    fees = {"region": "QLD1", "network": {**ENERGEX["network"], "other_c": 3.0}}  # type: ignore[dict-item]
    without = price_at(EVENING, 8.5, pea={"enabled": False}, **ENERGEX).import_c_per_kwh
    assert without is not None
    assert price_at(EVENING, 8.5, pea={"enabled": False}, **fees).import_c_per_kwh == pytest.approx(without + 3.0)
    assert price_at(EVENING, 8.5, **fees) == price_at(EVENING, 8.5, **ENERGEX)


def test_a_fixed_pea_holds_whatever_the_market_does() -> None:
    for spot_c in (-100.0, 8.0, None):
        assert price_at(EVENING, spot_c, pea={"fixed_c": -2.5}, **AUSGRID).import_c_per_kwh == pytest.approx(31.5)


def test_a_missing_wholesale_price_stays_missing_and_feed_in_is_known() -> None:
    for entered in ({}, AUSGRID, {"pea": {"enabled": False}, **AUSGRID}):
        found = price_at(EVENING, None, **entered)
        assert found.import_c_per_kwh is None
        assert found.spot_c_per_kwh is None
        assert found.feed_in_c_per_kwh == 45.0


def test_a_rate_that_the_table_lacks_leaves_the_price_unknown_and_is_told_once() -> None:
    feed = a_feed(network={"distributor": "ergon", "tariff": "ERTDEMT1"})
    before = datetime(2026, 6, 30, 13, tzinfo=UTC)
    answer = feed.derive(a_view(*(wholesale(before + timedelta(minutes=30 * n), 8.0, 30) for n in range(4))), NOW)
    assert [interval.import_c_per_kwh is None for interval in answer.intervals] == [True, True, False, False]
    assert answer.quarantined == ("the table has no prices of ERTDEMT1 of Ergon Energy before July 2026",)


@pytest.mark.parametrize(
    ("mean_c", "import_c"),
    [(11.25, 34 + 15 - 11.25 - 1.7), (None, 34 + 15 - 8.0 - 1.7)],
)
def test_the_average_can_follow_the_market_and_falls_back_to_the_fixed_one(mean_c: float | None, import_c: float) -> None:
    asked = []

    def mean(back: timedelta) -> float | None:
        asked.append(back)
        return mean_c

    view = a_view(wholesale(EVENING, 15.0), wholesale(EVENING + timedelta(minutes=5), 15.0))
    view = type(view)(view.intervals, view.as_of, view.known_until, mean)
    answer = a_feed(pea={"twap": "rolling_30_days"}).derive(view, NOW)
    assert [interval.import_c_per_kwh for interval in answer.intervals] == pytest.approx([import_c] * 2)
    assert asked == [timedelta(days=30)]
    asked.clear()
    assert a_feed().derive(view, NOW).intervals[0].import_c_per_kwh == pytest.approx(39.3)
    assert asked == []


@pytest.mark.parametrize(("clock", "paid_c"), [("17:25", 0), ("17:30", 45), ("19:25", 45), ("19:30", 0), ("05:30", 0)])
def test_the_happy_hour_pays_inside_its_window_alone(clock: str, paid_c: float) -> None:
    start = datetime.fromisoformat(f"2026-11-20 {clock}").replace(tzinfo=SYDNEY).astimezone(UTC)
    assert price_at(start, 10.0).feed_in_c_per_kwh == paid_c


@pytest.mark.parametrize(("region", "paid_c"), [("NSW1", 45), ("QLD1", 45), ("SA1", 45), ("VIC1", 35), ("TAS1", 0)])
@pytest.mark.parametrize("day", ["2026-11-20", "2026-07-15", "2026-10-04", "2027-04-04"])
def test_the_happy_hour_of_each_state_goes_by_the_local_clock(region: str, paid_c: float, day: str) -> None:
    zone = ZONES[region]
    midnight = datetime.fromisoformat(f"{day} 00:00").replace(tzinfo=zone).astimezone(UTC)
    next_midnight = (datetime.fromisoformat(f"{day} 00:00") + timedelta(days=1)).replace(tzinfo=zone).astimezone(UTC)
    answer = answer_to(lambda start: 8.0, midnight, next_midnight, 5, region=region, export_c=0.125)
    paid = [interval.start.astimezone(zone).time() for interval in answer.intervals if interval.feed_in_c_per_kwh != 0.125]
    assert {interval.feed_in_c_per_kwh for interval in answer.intervals} == {0.125, paid_c}
    assert (len(paid), min(paid), max(paid)) == (24, time(17, 30), time(19, 25))


def test_older_plans_pay_a_flat_rate_and_newer_ones_their_own_hours() -> None:
    assert price_at(EVENING, 10.0, happy_hour={"enabled": False}, export_c=3.3).feed_in_c_per_kwh == 3.3
    late = datetime(2026, 11, 20, 10, 25, tzinfo=UTC)
    assert price_at(late, 10.0, happy_hour={"end": "21:30", "rate_c": 30}, export_c=3.3).feed_in_c_per_kwh == 30
    assert price_at(late + timedelta(minutes=5), 10.0, happy_hour={"end": "21:30", "rate_c": 30}, export_c=3.3).feed_in_c_per_kwh == 3.3


def test_what_the_market_says_about_an_interval_is_kept() -> None:
    interval = wholesale(EVENING, 12.5, quality=Quality.FORECAST)
    interval = type(interval)(EVENING, interval.end, 12.5, 12.5, Quality.FORECAST, "aemo", spike=Spike.SPIKE, renewables_pct=40.0)
    (found,) = a_feed().derive(a_view(interval), NOW).intervals
    assert (found.quality, found.spike, found.renewables_pct, found.spot_c_per_kwh) == (Quality.FORECAST, Spike.SPIKE, 40.0, 12.5)
    assert (found.source, found.start, found.end) == ("flow_power", interval.start, interval.end)


def test_an_hour_is_priced_by_its_half_hours() -> None:
    hour = wholesale(datetime(2026, 11, 20, 6, tzinfo=UTC), 10.0, 60)
    answer = a_feed().derive(a_view(hour), NOW)
    assert [interval.feed_in_c_per_kwh for interval in answer.intervals] == [0, 45]
    assert [(interval.start.minute, interval.end.minute) for interval in answer.intervals] == [(0, 30), (30, 0)]


@given(
    spot_c=st.floats(-100, 2400),
    base_c=st.floats(1, 200),
    twap_c=st.floats(1, 200),
    bpea_c=st.floats(-20, 20),
)
def test_over_a_day_the_network_only_moves_the_price_about(spot_c: float, base_c: float, twap_c: float, bpea_c: float) -> None:
    midnight = datetime(2026, 11, 19, 13, tzinfo=UTC)
    pea = {"base_c": base_c, "twap_c": twap_c, "bpea_c": bpea_c}
    answer = answer_to(lambda start: spot_c, midnight, midnight + timedelta(days=1), pea=pea, **AUSGRID)
    mean_c = sum(interval.import_c_per_kwh or 0 for interval in answer.intervals) / 48
    assert mean_c == pytest.approx(base_c + 1.1 * (spot_c - twap_c) - bpea_c, abs=1e-6)


# A year of days against another way of working it out: the clocks by the calendar's rule, Ausgrid's windows as printed.


def first_sunday(year: int, month: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(6 - first.weekday()) % 7)


def sydney(start: datetime) -> datetime:
    """The local clock: daylight time from 16:00 UTC on the Saturday before October's first Sunday until that before April's."""
    naive = start.replace(tzinfo=None)
    begins = datetime.combine(first_sunday(naive.year, 10), time(16)) - timedelta(days=1)
    ends = datetime.combine(first_sunday(naive.year, 4), time(16)) - timedelta(days=1)
    return naive + timedelta(hours=10 if ends <= naive < begins else 11)


def by_hand(start: datetime, spot_c: float) -> tuple[float, float]:
    local = sydney(start)
    is_high = local.month in (11, 12, 1, 2, 3, 6, 7, 8)
    peak_c, other_c = 32.5164 * 1.1, 5.3570 * 1.1
    tariff_c = peak_c if is_high and 15 <= local.hour < 21 else other_c
    mean_c = (12 * peak_c + 36 * other_c) / 48 if is_high else other_c
    is_happy = (17, 30) <= (local.hour, local.minute) < (19, 30)
    return 34.0 + 1.1 * spot_c + tariff_c - 1.1 * 8.0 - mean_c - 1.7, 45.0 if is_happy else 0.0


def test_a_year_of_days_agrees_with_another_way_of_working_it_out() -> None:
    def spot_c(start: datetime) -> float:
        return (start.timestamp() // 1800 * 37 % 4001) / 10 - 100

    first, last = (datetime(year, 6, 30, 14, tzinfo=UTC) for year in (2026, 2027))
    answer = answer_to(spot_c, first, last, **AUSGRID)
    assert len(answer.intervals) == 365 * 48
    for interval in answer.intervals:
        import_c, feed_in_c = by_hand(interval.start, spot_c(interval.start))
        assert interval.import_c_per_kwh == pytest.approx(import_c, abs=1e-9), interval.start
        assert interval.feed_in_c_per_kwh == feed_in_c, interval.start


# Dated changes


@pytest.mark.parametrize(("region", "midnight"), [("NSW1", "2026-10-03T14:00"), ("SA1", "2026-10-03T14:30"), ("QLD1", "2026-10-03T14:00")])
def test_a_change_holds_from_local_midnight_also_on_the_day_the_clocks_change(region: str, midnight: str) -> None:
    entered = {"region": region, "changes": [{"from": "2026-10-04", "pea": {"base_c": 36.0}, "export_c": 4.0}]}
    at = datetime.fromisoformat(midnight).replace(tzinfo=UTC)
    before, after = (price_at(at + timedelta(minutes=5 * number), 10.0, **entered) for number in (-1, 0))
    assert (before.import_c_per_kwh, before.feed_in_c_per_kwh) == (pytest.approx(34.3), 0.0)
    assert (after.import_c_per_kwh, after.feed_in_c_per_kwh) == (pytest.approx(36.3), 4.0)


def test_each_change_stands_on_those_before_it() -> None:
    entered: dict[str, Any] = {
        "daily_charge_c": 110,
        "changes": [
            {"from": "2027-01-01", "happy_hour": {"rate_c": 40}, "daily_charge_c": 125, "monthly_charge_c": 900},
            {"from": "2026-07-01", "pea": {"base_c": 36.0}, "network": {"manual": {"flat_c": 8.0}}},
            {"from": "2027-03-01", "pea": {"enabled": False}},
        ],
    }
    dates = ["2026-06-30", "2026-07-01", "2026-12-31", "2027-01-01", "2027-02-28", "2027-03-01"]
    evenings = [datetime.fromisoformat(f"{day} 18:00").replace(tzinfo=SYDNEY).astimezone(UTC) for day in dates]
    found = [price_at(start, 10.0, **entered) for start in evenings]
    with_network_c = 36.0 + 1.1 * 2.0 - 1.7
    assert [each.import_c_per_kwh for each in found] == pytest.approx([34.3, *[with_network_c] * 4, 10.0 + 1.1 * 9.5])
    assert [each.feed_in_c_per_kwh for each in found] == [45, 45, 45, 40, 40, 40]
    charges = [a_feed(**entered).derive(a_view(wholesale(start, 10.0)), start).charges for start in evenings]
    assert [(each.daily_c, each.monthly_c) for each in charges if each] == [(110, None)] * 3 + [(125, 900)] * 3
