"""One row of Amber's lists: labels, signs, which of the figures counts, and what is refused."""

import json
import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.prices import Quality, Range, Spike
from app.feeds.retailers.amber.intervals import joined, read_rows
from app.feeds.retailers.amber.rows import Row, RowRefused, row_from
from tests.feeds.amber.payloads import NOW, advanced, at, row


def read(item: dict[str, Any], model: str = "predicted") -> Row:
    found = row_from(item, model, NOW)  # type: ignore[arg-type]
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("label", "minutes", "start"),
    [
        ("2026-11-20T18:00:00+10:00", 30, "2026-11-20 07:30"),
        ("2026-11-20T18:00:00+10:00", 5, "2026-11-20 07:55"),
        ("2026-11-20T00:00:00+10:00", 30, "2026-11-19 13:30"),
        ("2026-11-20T00:05:00+10:00", 5, "2026-11-19 14:00"),
        ("2026-11-20T08:00:00Z", 15, "2026-11-20 07:45"),
        ("2026-11-20T18:00:00", 5, "2026-11-20 07:55"),  # without an offset a NEM label is NEM time
        ("2026-11-20T18:00:01+10:00", 5, "2026-11-20 07:55"),  # seconds are not to be trusted
        ("2026-11-20T17:59:59.9+10:00", 5, "2026-11-20 07:55"),
    ],
)
def test_an_end_label_becomes_the_start(label: str, minutes: int, start: str) -> None:
    found = read(row("08:00", minutes=minutes, nemTime=label, endTime=...))
    assert (found.start, found.end) == (at(start), at(start) + timedelta(minutes=minutes))
    assert found.start.tzinfo is UTC


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-10-04", 24), ("2026-04-05", 24)]
)  # market days have 24 hours on the days when Sydney's have 23 and 25
def test_market_days_have_no_daylight_saving(day: str, hours: int) -> None:
    midnight = datetime.fromisoformat(f"{day}T00:00:00+10:00")
    labels = [midnight + timedelta(minutes=30 * (number + 1)) for number in range(hours * 2)]
    rows = [row_from(row(label.astimezone(UTC), minutes=30), "predicted", midnight.astimezone(UTC)) for label in labels]
    assert all(a and b and a.end == b.start for a, b in pairwise(rows))


def test_the_end_in_utc_serves_where_the_market_label_is_missing() -> None:
    assert read(row("08:00", nemTime=...)).end == at("08:00")


@pytest.mark.parametrize("model", ["predicted", "low", "high"])
@pytest.mark.parametrize(
    "settled",
    [
        row("07:55", "Actual", c=33.2, advancedPrice=advanced(1, 2, 3)),
        row("08:00", "Current", c=33.2, estimate=False, advancedPrice=advanced(1, 2, 3)),
    ],
)
def test_a_settled_price_is_what_is_billed_in_every_model(settled: dict[str, Any], model: str) -> None:
    found = read(settled, model)
    assert (found.price_c_per_kwh, found.quality, found.range) == (33.2, Quality.SETTLED, None)


@pytest.mark.parametrize(
    ("kind", "quality"), [("Current", Quality.CURRENT), ("Forecast", Quality.FORECAST), ("Surprise", Quality.FORECAST)]
)
@pytest.mark.parametrize(("model", "price"), [("predicted", 37.655), ("low", 34.02), ("high", 52.8)])
def test_a_price_to_come_follows_the_chosen_model(kind: str, quality: Quality, model: str, price: float) -> None:
    found = read(row("08:00", kind, c=38.2, advancedPrice=advanced(34.02, 37.655, 52.8)), model)
    assert (found.price_c_per_kwh, found.quality, found.range) == (price, quality, Range(34.02, 52.8))


@pytest.mark.parametrize("without", [..., None, {}, {"low": 1.0}])
@pytest.mark.parametrize("model", ["predicted", "high"])
def test_without_a_forecast_of_its_own_the_market_based_price_counts(without: Any, model: str) -> None:
    found = read(row("08:05", "Forecast", c=38.2, advancedPrice=without), model)
    assert (found.price_c_per_kwh, found.range) == (38.2, None)


@pytest.mark.parametrize(("low", "high"), [(-12.1, -19.2), (-19.2, -12.1)])
@pytest.mark.parametrize(("model", "price"), [("predicted", 13.61), ("low", 12.1), ("high", 19.2)])
def test_feed_in_is_turned_round_once_and_its_range_is_ordered(low: float, high: float, model: str, price: float) -> None:
    found = read(row("08:05", "Forecast", "feedIn", c=-13.2, advancedPrice=advanced(low, -13.61, high)), model)
    assert (found.channel, found.price_c_per_kwh, found.range) == ("feed_in", price, Range(12.1, 19.2))


def test_paying_to_export_is_negative_and_zero_has_no_sign() -> None:
    assert read(row("07:55", channel="feedIn", c=4.5)).price_c_per_kwh == -4.5
    assert math.copysign(1, read(row("07:55", channel="feedIn", c=0.0)).price_c_per_kwh) == 1
    assert read(row("07:55", c=-5.0)).price_c_per_kwh == -5.0


def test_controlled_load_keeps_its_channel() -> None:
    assert read(row("07:55", channel="controlledLoad", c=18.2)).channel == "controlled_load"


def test_the_running_interval_of_the_stream_needs_no_kind() -> None:
    assert read(row("08:00", type=..., estimate=False)).quality is Quality.SETTLED
    assert read(row("08:00", type=...)).quality is Quality.CURRENT


@pytest.mark.parametrize(
    ("told", "spike"), [("none", Spike.NONE), ("potential", Spike.POTENTIAL), ("spike", Spike.SPIKE), ("new", Spike.NONE), ([], Spike.NONE)]
)
def test_spike_warnings_are_carried_and_unknown_ones_tolerated(told: Any, spike: Spike) -> None:
    assert read(row("08:05", "Forecast", spikeStatus=told)).spike is spike


@pytest.mark.parametrize(
    ("told", "kept"),
    [("extremelyLow", "extremelyLow"), ("negative", "negative"), (None, None), (7, None), ("<b>", None), ("x" * 500, None)],
)
def test_a_descriptor_is_kept_as_sent_when_it_is_a_word(told: Any, kept: str | None) -> None:
    assert read(row("08:05", "Forecast", descriptor=told)).descriptor == kept


@pytest.mark.parametrize(("told", "kept"), [(33.4, 33.4), (0, 0.0), (None, None), ("33", None), (101, None), (math.nan, None)])
def test_a_share_of_renewables_that_is_none_is_left_out(told: Any, kept: float | None) -> None:
    assert read(row("08:05", "Forecast", renewables=told)).renewables_pct == kept


def test_an_unknown_channel_is_passed_over() -> None:
    assert row_from(row("07:55", channel="battery"), "predicted", NOW) is None


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (None, "not an object"),
        ([], "not an object"),
        (row("07:55", perKwh=None), "perKwh is missing"),
        (row("07:55", perKwh=...), "perKwh is missing"),
        (row("07:55", perKwh="33.1"), "perKwh is not a number"),
        (row("07:55", perKwh=True), "perKwh is not a number"),
        (row("07:55", perKwh=math.nan), "perKwh is not a finite number"),
        (row("07:55", perKwh=math.inf), "perKwh is not a finite number"),
        (row("07:55", perKwh=10**400), "perKwh is not a finite number"),
        (row("08:05", "Forecast", advancedPrice=advanced(1, math.nan, 3)), "advancedPrice.predicted is not a finite number"),
        (row("08:05", "Forecast", advancedPrice={"predicted": "37"}), "advancedPrice.predicted is not a number"),
        (row("08:05", "Forecast", advancedPrice=[1, 2, 3]), "advancedPrice is not an object"),
        (row("07:55", duration=0), "duration"),
        (row("07:55", duration=-5), "duration"),
        (row("07:55", duration=True), "duration"),
        (row("07:55", duration="5"), "duration"),
        (row("07:55", duration=math.nan), "duration"),
        (row("07:55", nemTime=..., endTime=...), "nemTime and endTime are missing"),
        (row("07:55", endTime="2026-11-20T08:00:00Z"), "disagree"),
        (row("07:55", nemTime="yesterday"), "nemTime is not an instant"),
        (row("07:55", nemTime=1763625300), "nemTime is not an instant"),
        (row("07:55", nemTime=..., endTime="2026-11-20T07:55:00"), "endTime has no time zone"),
        (row("07:55", nemTime="0001-01-01T00:00:00+10:00", endTime=...), "nemTime is not an instant"),
        (row("07:55", nemTime="9999-12-31T23:59:59-10:00", endTime=...), "nemTime is not an instant"),
        (row("2026-11-25 07:55", "Forecast"), "out of reach"),
        (row("2025-11-20 07:55"), "out of reach"),
        (row("07:55", channelType=None), "channelType"),
        (row("07:55", channelType=["general"]), "channelType"),
    ],
)
def test_what_is_not_in_the_documented_form_is_refused_by_the_name_of_the_field(item: Any, said: str) -> None:
    with pytest.raises(RowRefused, match=said):
        row_from(item, "predicted", NOW)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
_FIELDS = sorted(row("08:05", "Current", advancedPrice=advanced(1, 2, 3)))


@given(
    st.dictionaries(st.sampled_from(_FIELDS), anything, max_size=4),
    st.sampled_from(["predicted", "low", "high"]),
    st.sampled_from(["general", "feedIn"]),
)
def test_garbage_in_any_field_is_refused_or_gives_a_sound_row(damage: dict[str, Any], model: Any, channel: str) -> None:
    item = {**row("08:05", "Current", channel, advancedPrice=advanced(1, 2, 3)), **damage}
    try:
        found = row_from(item, model, NOW)
    except RowRefused:
        return
    if found is None:
        return
    assert math.isfinite(found.price_c_per_kwh)
    assert found.start < found.end
    assert found.range is None or (found.range.low <= found.range.high and math.isfinite(found.range.high - found.range.low))


@given(st.lists(anything, max_size=6))
def test_a_list_of_anything_gives_sound_intervals_or_none(items: list[Any]) -> None:
    good = row("08:05", "Forecast", c=12.5)
    read_all = read_rows([*items, good], "predicted", NOW)
    assert read_all.rows[-1].price_c_per_kwh == 12.5
    assert all(interval.end > interval.start for interval in joined(read_all.rows, has_feed_in=True))


@given(st.floats(-150, 2300), st.floats(-150, 2300))
def test_reading_what_json_carries_loses_nothing(general: float, feed_in: float) -> None:
    items = json.loads(json.dumps([row("08:05", c=general), row("08:05", channel="feedIn", c=-feed_in)]))
    (interval,) = joined(read_rows(items, "predicted", NOW).rows, has_feed_in=True)
    assert (interval.import_c_per_kwh, interval.feed_in_c_per_kwh) == (general, feed_in)
