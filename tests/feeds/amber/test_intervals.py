"""From rows of channels to intervals of a site: what belongs together, what stays missing, what is held back."""

from datetime import timedelta
from itertools import permutations

import pytest

from app.domain.prices import Quality, Range, Spike
from app.feeds.retailers.amber.intervals import channels_of, joined, known_until, read_rows
from app.feeds.retailers.amber.quarantine import Quarantine
from tests.feeds.amber.payloads import NOW, ONE_ANSWER, advanced, at, row


def test_a_documented_answer_becomes_three_intervals() -> None:
    read = read_rows(ONE_ANSWER, "predicted", NOW)
    settled, current, forecast = joined(read.rows, has_feed_in=True)
    assert read.refused == ()
    assert (settled.start, settled.end) == (at("07:50"), at("07:55"))
    assert (settled.import_c_per_kwh, settled.feed_in_c_per_kwh, settled.quality) == (33.18214, 11.7, Quality.SETTLED)
    assert (current.import_c_per_kwh, current.feed_in_c_per_kwh, current.quality) == (35.4206, 13.61, Quality.CURRENT)
    assert (current.import_range, current.feed_in_range) == (Range(33.1, 41.9), Range(12.1, 19.2))
    assert (forecast.import_c_per_kwh, forecast.feed_in_c_per_kwh, forecast.quality) == (37.655, 15.5, Quality.FORECAST)
    assert (forecast.descriptor, forecast.renewables_pct, forecast.source) == ("high", 34.117, "amber")
    assert channels_of(read.rows) == {"import", "feed_in"}
    assert known_until(read.rows) == at("08:05")


def test_the_order_of_rows_and_channels_does_not_matter() -> None:
    expected = joined(read_rows(ONE_ANSWER, "predicted", NOW).rows, has_feed_in=True)
    for order in list(permutations(ONE_ANSWER))[::97]:
        assert joined(read_rows(order, "predicted", NOW).rows, has_feed_in=True) == expected


@pytest.mark.parametrize(("channel", "missing"), [("general", "feed_in_c_per_kwh"), ("feedIn", "import_c_per_kwh")])
def test_a_side_without_a_row_stays_missing(channel: str, missing: str) -> None:
    (interval,) = joined(read_rows([row("08:05", channel=channel)], "predicted", NOW).rows, has_feed_in=True)
    assert getattr(interval, missing) is None
    assert not interval.is_whole


def test_a_refused_row_leaves_its_side_missing_and_is_named() -> None:
    items = [row("08:05", c=31.0), row("08:05", channel="feedIn", perKwh=None)]
    read = read_rows(items, "predicted", NOW)
    (interval,) = joined(read.rows, has_feed_in=True)
    assert (interval.import_c_per_kwh, interval.feed_in_c_per_kwh) == (31.0, None)
    assert read.refused == ("price 2: perKwh is missing",)


def test_a_site_without_a_feed_in_meter_is_paid_nothing() -> None:
    rows = read_rows([row("08:05"), row("08:10")], "predicted", NOW).rows
    assert [interval.feed_in_c_per_kwh for interval in joined(rows, has_feed_in=False)] == [0.0, 0.0]
    assert channels_of(rows) == {"import"}


def test_a_feed_in_row_proves_a_meter_whatever_the_site_says() -> None:
    rows = read_rows([row("08:05"), row("08:10"), row("08:05", channel="feedIn", c=-9)], "predicted", NOW).rows
    assert [interval.feed_in_c_per_kwh for interval in joined(rows, has_feed_in=False)] == [9, None]


def test_controlled_load_joins_and_the_least_sure_row_decides_the_quality() -> None:
    items = [
        row("08:00", "Current", estimate=False),
        row("08:00", "Current", "feedIn", c=-8),
        row("08:00", "Actual", "controlledLoad", c=17),
    ]
    (interval,) = joined(read_rows(items, "predicted", NOW).rows, has_feed_in=True)
    assert (interval.controlled_load_c_per_kwh, interval.quality) == (17, Quality.CURRENT)


def test_the_loudest_spike_warning_counts() -> None:
    items = [row("08:05", spikeStatus="potential"), row("08:05", channel="feedIn", spikeStatus="spike")]
    (interval,) = joined(read_rows(items, "predicted", NOW).rows, has_feed_in=True)
    assert interval.spike is Spike.SPIKE


def test_durations_are_read_from_each_row() -> None:
    items = [row("08:00"), row("08:30", "Forecast", minutes=30), row("08:05", "Forecast")]
    spans = [(interval.start, interval.end) for interval in joined(read_rows(items, "predicted", NOW).rows, has_feed_in=True)]
    assert spans == [(at("07:55"), at("08:00")), (at("08:00"), at("08:05")), (at("08:00"), at("08:30"))]


def test_the_last_of_duplicated_rows_counts() -> None:
    (interval,) = joined(read_rows([row("08:05", c=1), row("08:05", c=2)], "predicted", NOW).rows, has_feed_in=True)
    assert interval.import_c_per_kwh == 2


def test_a_gap_does_not_shorten_the_horizon_and_a_refused_end_does() -> None:
    items = [row("08:05", "Forecast"), row("08:15", "Forecast"), row("08:20", "Forecast", perKwh=None), row("09:00", "Forecast", "feedIn")]
    assert known_until(read_rows(items, "predicted", NOW).rows) == at("08:15")


def test_old_prices_keep_their_old_times() -> None:
    items = [row("2026-11-20 05:00", "Current"), row("2026-11-20 05:05", "Forecast")]
    rows = read_rows(items, "predicted", NOW).rows
    assert known_until(rows) == at("05:05")
    assert all(interval.end < NOW - timedelta(hours=2) for interval in joined(rows, has_feed_in=True))


def test_many_refusals_are_counted_instead_of_listed() -> None:
    read = read_rows([{}] * 500, "predicted", NOW)
    assert len(read.refused) == 21
    assert read.refused[-1] == "and 480 more"


@pytest.mark.parametrize(("channel", "c"), [("general", 2401.0), ("general", -201.0), ("feedIn", -98_765.0), ("feedIn", 250.0)])
def test_an_absurd_price_counts_when_two_answers_in_a_row_agree(channel: str, c: float) -> None:
    quarantine = Quarantine()

    def answer(price: float) -> tuple[int, int]:
        read = read_rows([row("08:05", channel=channel, c=price)], "predicted", NOW, quarantine.admits)
        return len(read.rows), len(read.refused)

    assert answer(c) == (0, 1)
    assert answer(c * 1.5) == (0, 1)
    assert answer(c * 1.52) == (1, 0)
    assert answer(10.0) == (1, 0)
    assert answer(c * 1.52) == (0, 1)  # the one before was another price


@pytest.mark.parametrize("c", [2400.0, 2030.0, -200.0, -100.0])
def test_a_price_that_the_market_allows_is_believed_at_once(c: float) -> None:
    assert read_rows([row("08:05", c=c)], "predicted", NOW, Quarantine().admits).refused == ()


def test_what_is_held_is_forgotten_with_its_interval() -> None:
    quarantine = Quarantine()
    item = row("08:05", c=9999, advancedPrice=advanced(1, 2, 3))
    assert read_rows([item], "predicted", NOW, quarantine.admits).rows == ()
    quarantine.forget_before(at("08:06"))
    assert read_rows([item], "predicted", NOW, quarantine.admits).rows == ()
    assert len(read_rows([item], "predicted", NOW, quarantine.admits).rows) == 1
