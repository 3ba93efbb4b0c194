"""Prices move like the market's: cheap sun, dear evenings, spikes; and nobody knows them exactly beforehand."""

from datetime import UTC, datetime, timedelta
from statistics import fmean, median

from app.simulators.market import SLOT_S, Market
from app.simulators.places import place_in

START = datetime(2026, 11, 20, 14, tzinfo=UTC)
FIRST = int(START.timestamp()) // SLOT_S


def a_market(seed: int = 3, zone: str = "Australia/Sydney", **settings: object) -> Market:
    return Market(place_in(zone), seed, **settings)


def settled(market: Market, hours: tuple[int, int], days: int = 60) -> list[float]:
    """Prices between two hours of the NEM day."""
    return [
        market.settled_c(FIRST + day * 288 + index)
        for day in range(days)
        for index in range(hours[0] * 12, hours[1] * 12)
    ]  # fmt: skip


def test_nights_are_moderate_noons_cheap_evenings_dear():
    market = a_market()
    night, noon, evening = (median(settled(market, hours)) for hours in ((1, 4), (11, 14), (17, 20)))
    assert 7 < night < 13
    assert noon < 6
    assert 18 < evening < 40


def test_sunny_noons_go_below_zero_and_some_evenings_to_several_dollars():
    market = a_market()
    assert min(settled(market, (10, 15))) < -2
    assert max(settled(market, (0, 24))) > 300
    spikes = sum(price > 100 for price in settled(market, (0, 24)))
    assert 0 < spikes < 0.03 * 60 * 288


def test_the_same_seed_gives_the_same_prices_in_any_order_of_asking():
    forward, backward = a_market(), a_market()
    wanted = range(FIRST, FIRST + 500)
    assert [forward.settled_c(i) for i in wanted] == [backward.settled_c(i) for i in reversed(wanted)][::-1]
    assert [a_market(seed=4).settled_c(i) for i in wanted] != [forward.settled_c(i) for i in wanted]


def test_regions_have_prices_of_their_own():
    assert a_market(zone="Australia/Brisbane").settled_c(FIRST) != a_market().settled_c(FIRST)


def test_forecasts_are_worse_the_further_ahead_they_look():
    market = a_market()

    def mean_error(lead: int) -> float:
        errors = []
        for index in range(FIRST, FIRST + 30 * 288, 7):
            truth = market.settled_c(index)
            if abs(truth) < 60:
                said = market.quote(index, datetime.fromtimestamp((index - lead) * SLOT_S, UTC)).spot_c
                errors.append(abs(said - truth))
        return fmean(errors)

    near, middle, far = (mean_error(lead) for lead in (1, 36, 200))
    assert near < middle < far
    assert far < 8


def test_low_middle_and_high_are_in_order_and_widen():
    market = a_market()
    quotes = [market.quote(FIRST + lead, START) for lead in range(1, 280)]
    assert all(quote.low_c <= quote.spot_c <= quote.high_c for quote in quotes)
    widths = [quote.high_c - quote.low_c for quote in quotes]
    assert fmean(widths[:20]) < fmean(widths[-20:])


def test_an_estimate_becomes_final_with_a_small_change():
    market = a_market(confirm_after_s=25)
    changes = []
    for index in range(FIRST, FIRST + 200):
        start = datetime.fromtimestamp(index * SLOT_S, UTC)
        before, after = market.quote(index, start + timedelta(seconds=24)), market.quote(index, start + timedelta(seconds=25))
        assert (before.estimate, after.estimate) == (True, False)
        assert after.spot_c == market.settled_c(index)
        changes.append(abs(after.spot_c - before.spot_c))
    assert 0 < median(changes) < 1


def test_confirmations_come_17_to_37_seconds_after_the_start_when_drawn():
    market = a_market(confirm_after_s=None)
    delays = [market.confirmed_at(index).timestamp() - index * SLOT_S for index in range(FIRST, FIRST + 500)]
    assert 17 <= min(delays) < 19
    assert 33 < max(delays) <= 37
    assert 21 < median(delays) < 25


def test_the_horizon_jumps_a_day_forward_at_half_past_twelve_market_time():
    market = a_market()

    def hours_ahead(nem: str) -> float:
        now = datetime.fromisoformat(nem + "+10:00").astimezone(UTC)
        return (market.horizon(now) * SLOT_S - now.timestamp()) / 3600

    assert hours_ahead("2026-11-20T12:25") == 15 + 35 / 60
    assert hours_ahead("2026-11-20T12:30") == 39.5
    assert hours_ahead("2026-11-20T02:00") == 26
    assert a_market(horizon_h=3).horizon(START) == FIRST + 36


def test_a_peak_costs_more_network_than_a_sponge_by_the_local_clock():
    market = a_market()
    at = {hour: int(datetime.fromisoformat(f"2026-11-20T{hour:02}:00+11:00").timestamp()) // SLOT_S for hour in (3, 12, 15)}
    assert {hour: market.period(index).name for hour, index in at.items()} == {3: "offPeak", 12: "solarSponge", 15: "peak"}
    assert market.import_c(at[15], 10.0) > market.import_c(at[3], 10.0) > market.import_c(at[12], 10.0)
    assert market.feed_in_c(11.0) == 10.0
