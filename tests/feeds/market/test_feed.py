"""The feed at the simulated operator: what it gives, what it asks and how often, and what becomes of missed prices."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from app.domain.prices import PriceInterval, Quality
from app.feeds.capabilities import FeedState, PriceAnswer
from app.feeds.market.aemo import MARKET
from app.feeds.registry import markets
from app.simulators import effects as e
from app.transports.context import Context
from tests.feeds.market.market import FILES, SUMMARY, Market, book, price_at, state_after
from tests.feeds.market.samples import at

REGIONS = {"NSW1", "QLD1", "VIC1", "SA1", "TAS1"}
FIRST = ["ELEC_NEM_SUMMARY", "5MIN", "P5_Reports/", "PUBLIC_P5MIN", "PredispatchIS_Reports/", "PUBLIC_PREDISPATCHIS"]


def intervals(answers: Mapping[str, PriceAnswer]) -> dict[str, tuple[PriceInterval, ...]]:
    return {region: answer.intervals for region, answer in answers.items()}


@pytest.fixture(scope="module")
def usual() -> Market:
    """A market that has been fetched once, for looking at what came."""
    return Market()


@pytest.fixture(scope="module")
def answers(usual: Market) -> Mapping[str, PriceAnswer]:
    return usual.fetch()


def test_the_market_declares_itself() -> None:
    assert markets()["aemo"] is MARKET
    assert set(MARKET.regions) == REGIONS
    assert [base.env for base in MARKET.base_urls] == ["AEMO_SUMMARY_URL", "AEMO_NEMWEB_URL"]
    assert MARKET.base_urls[0].default == "https://visualisations.aemo.com.au/aemo/apps/api/report/ELEC_NEM_SUMMARY"
    assert MARKET.base_urls[1].default == "https://nemweb.com.au"


def test_opening_asks_nobody() -> None:
    market = Market()
    MARKET.open(Context(market.clock))
    assert market.asked() == []


def test_the_first_fetch_brings_all_regions_with_six_calls() -> None:
    market = Market()
    answers = market.fetch()
    assert set(answers) == REGIONS
    assert market.asked() == FIRST
    assert market.budget.calls == 6
    for answer in answers.values():
        assert answer.as_of == market.now
        assert answer.quarantined == ()
        assert answer.channels == {"import", "feed_in"}


@pytest.mark.parametrize("region", sorted(REGIONS))
def test_prices_are_wholesale_cents_on_both_sides(usual: Market, answers: Mapping[str, PriceAnswer], region: str) -> None:
    answer = answers[region]
    for interval in answer.intervals:
        assert interval.import_c_per_kwh == interval.feed_in_c_per_kwh == interval.spot_c_per_kwh
        assert interval.source == "aemo"
    settled = [each for each in answer.intervals if each.quality is Quality.SETTLED]
    assert [each.start for each in settled] == [at("17:55") - n * timedelta(minutes=5) for n in range(287, -1, -1)]
    assert all(each.import_c_per_kwh == pytest.approx(usual.settled(region, each.start)) for each in settled)


def test_the_hour_ahead_comes_by_five_minutes_and_the_rest_by_half_hours_to_the_end_of_the_trading_day(
    answers: Mapping[str, PriceAnswer],
) -> None:
    answer = answers["NSW1"]
    assert answer.known_until == at("2026-11-22T04:00")
    ahead = book(answer).between(answer.as_of, answer.known_until)
    assert all(a.end == b.start for a, b in pairwise(ahead))
    assert (ahead[0].start, ahead[0].quality) == (at("17:55"), Quality.SETTLED)
    assert {each.quality for each in ahead[1:]} == {Quality.FORECAST}
    minutes = [round((each.end - each.start).total_seconds() / 60) for each in ahead]
    assert minutes == [5] * 12 + [5] + [30] * 66  # 17:55 to 18:55, what is left of that half-hour, then 19:00 to 04:00 the day after next
    assert ahead[-1].end == answer.known_until


def test_before_bids_are_in_the_horizon_is_shorter_and_nothing_is_made_up() -> None:
    market = Market("2026-11-20T09:03")
    answer = market.fetch()["SA1"]
    assert answer.known_until == max(each.end for each in answer.intervals) == at("2026-11-21T04:00")


def hour_of_jobs(market: Market) -> FeedState:
    """An hour of the scheduler's looks at second 20 and 40 of each minute, of the region NSW1."""
    state = state_after(market.fetch()["NSW1"])
    market.asked()
    end = market.now + timedelta(hours=1)
    while market.now < end:
        market.clock.advance_to(_next_look(market.now))
        if market.feed.is_due(state, market.now):
            state = state_after(market.fetch()["NSW1"], state)
    return state


def _next_look(now: datetime) -> datetime:
    minute = now.replace(second=0, microsecond=0)
    return next(each for second in (20, 40, 80) if (each := minute + timedelta(seconds=second)) > now)


def test_an_hour_takes_few_calls_and_each_file_is_downloaded_once() -> None:
    market = Market("2026-11-20T17:57:10")
    state = hour_of_jobs(market)
    names = [request.path for request in market.service.requests if request.path.endswith(".zip")]
    asked = market.asked()
    assert len(names) == len(set(names))
    assert asked.count("PUBLIC_P5MIN") == asked.count("P5_Reports/") == 12
    assert asked.count("PUBLIC_PREDISPATCHIS") == asked.count("PredispatchIS_Reports/") == 2
    assert asked.count("ELEC_NEM_SUMMARY") <= 12 * 3 + 2
    assert set(asked) == set(FIRST) - {"5MIN"}
    assert state.actual_until == at("19:00")


def test_a_file_that_comes_late_is_looked_for_again_and_the_old_one_not_downloaded_twice() -> None:
    market = Market()
    market.fetch()
    market.service.publication.p5min_s = 100.0
    market.asked()
    market.at("18:01:20").fetch()
    assert market.asked() == ["ELEC_NEM_SUMMARY", "P5_Reports/"]
    market.at("18:01:50").fetch()
    assert market.asked() == ["ELEC_NEM_SUMMARY", "P5_Reports/", "PUBLIC_P5MIN"]
    market.at("18:02:20").fetch()
    assert market.asked() == ["ELEC_NEM_SUMMARY"]


def test_the_operator_is_told_who_asks() -> None:
    market = Market()
    market.fetch()
    assert {headers["User-Agent"].partition("/")[0] for headers in market.wire.headers} == {"PowerSync"}


def test_a_new_feed_repeats_the_same_prices() -> None:
    market = Market()
    before = market.fetch()
    market.restart()
    assert intervals(market.fetch()) == intervals(before)


def test_the_present_replaces_its_forecast() -> None:
    market = Market()
    market.fetch()
    market.at("18:02")
    answer = market.fetch()["NSW1"]
    running = price_at(answer, market.now)
    assert (running.start, running.quality) == (at("18:00"), Quality.SETTLED)
    assert running.import_c_per_kwh == pytest.approx(market.settled("NSW1", at("18:00")))
    assert len([each for each in answer.intervals if each.start == at("18:00") and each.end == at("18:05")]) == 1


def test_until_the_price_is_out_the_forecast_stands_for_it() -> None:
    market = Market()
    market.fetch()
    market.at("18:00:10")
    running = price_at(market.fetch()["NSW1"], market.now)
    assert (running.start, running.quality) == (at("18:00"), Quality.FORECAST)


def test_a_price_that_is_not_firm_may_change_and_settles_with_the_next_interval() -> None:
    market = Market()
    market.fetch()
    market.asked()
    market.fault(e.UnfirmPrice())
    answer = market.at("18:01").fetch()["NSW1"]
    assert price_at(answer, at("18:00")).quality is Quality.CURRENT
    assert market.asked()[0] == "ELEC_NEM_SUMMARY"
    market.calm()
    answer = market.at("18:05:45").fetch()["NSW1"]
    assert [price_at(answer, at(start)).quality for start in ("18:00", "18:05")] == [Quality.SETTLED, Quality.SETTLED]
    assert market.asked()[:2] == ["ELEC_NEM_SUMMARY", "5MIN"]


def test_what_was_missed_is_asked_for_with_one_call() -> None:
    market = Market()
    market.fetch()
    market.asked()
    answer = market.at("20:02").fetch()["TAS1"]
    assert market.asked()[:2] == ["ELEC_NEM_SUMMARY", "5MIN"]
    past = book(answer).between(at("17:55"), at("20:05"))
    assert {each.quality for each in past} == {Quality.SETTLED}
    assert len(past) == 26


def test_without_the_report_what_was_missed_comes_from_the_files_a_few_at_a_time() -> None:
    market = Market()
    market.fetch()
    market.fault(e.Status(404), "5MIN")
    market.asked()
    market.at("18:57").fetch()
    assert market.asked()[:10] == ["ELEC_NEM_SUMMARY", "5MIN", "DispatchIS_Reports/", *["PUBLIC_DISPATCHIS"] * 6, "P5_Reports/"]
    answer = market.later(seconds=30).fetch()["NSW1"]
    assert {each.quality for each in book(answer).between(at("17:00"), at("19:00"))} == {Quality.SETTLED}


def test_a_price_that_the_operator_never_gave_stays_missing_and_is_asked_for_now_and_then() -> None:
    market = Market("2026-11-20T18:00:10")
    market.fault(e.PriceGap(half_hours=1, ahead_half_hours=0), start=at("18:00"), end=at("18:30"))
    market.fetch()
    market.at("18:31")
    market.fault(e.PriceGap(half_hours=1, ahead_half_hours=-1), end=at("19:00"))
    market.asked()
    answer = market.fetch()["NSW1"]
    assert "5MIN" in market.asked()
    gap = [each for each in answer.intervals if at("18:00") <= each.start < at("18:30")]
    assert gap == []
    asked = []
    for _ in range(5):
        market.later(minutes=5).fetch()
        asked += market.asked()
    assert asked.count("5MIN") <= 3


IS_DUE = [
    # now, last answer, last full one, end of the newest price that is in force → due
    ("18:00:10", "17:57:00", "17:57:00", "18:00", False, "the price is not out yet"),
    ("18:00:20", "17:57:00", "17:57:00", "18:00", True, "it may be out"),
    ("18:00:30", "18:00:20", "18:00:20", "18:00", False, "it was asked for a moment ago"),
    ("18:00:40", "18:00:20", "18:00:20", "18:00", True, "it is still not there"),
    ("18:04:40", "18:04:20", "18:04:20", "18:00", True, "nor is it now"),
    ("18:00:40", "18:00:20", "18:00:20", "18:05", False, "it is there"),
    ("18:01:20", "18:00:20", "18:00:20", "18:05", True, "the 5-minute forecast is out"),
    ("18:01:40", "18:01:20", "18:01:20", "18:05", False, "it has been read"),
    ("18:02:40", "18:01:20", "18:01:20", "18:05", True, "the half-hourly forecast is out"),
    ("18:03:20", "18:02:40", "18:02:40", "18:05", False, "everything is there"),
    ("18:32:40", "18:31:20", "18:31:20", "18:35", True, "a new half-hourly forecast is out"),
    ("18:12:40", "18:11:20", "18:11:20", "18:15", False, "there is none at ten past"),
    ("18:00:05", "17:50:00", "17:50:00", "17:55", True, "an interval was missed"),
    ("18:00:05", "17:59:55", "17:59:55", "17:55", False, "but it was asked for a moment ago"),
    ("18:03:00", "18:02:40", None, "18:05", False, "forecasts have never come, and were asked for just now"),
    ("18:03:20", "18:02:40", None, "18:05", True, "and a while ago"),
    ("18:00:40", "18:10:00", "18:10:00", "18:15", True, "the clock was set back"),
]


@pytest.mark.parametrize(("now", "as_of", "ahead_at", "actual_until", "is_due", "why"), IS_DUE, ids=[row[-1] for row in IS_DUE])
def test_when_it_is_due(now: str, as_of: str, ahead_at: str | None, actual_until: str, is_due: bool, why: str) -> None:
    state = FeedState(at(as_of), at(ahead_at) if ahead_at else None, at("2026-11-22T04:00"), at(actual_until))
    assert Market().feed.is_due(state, at(now)) is is_due


def test_the_first_time_is_always_due() -> None:
    assert Market().feed.is_due(FeedState(), at("18:00:10"))
    assert Market().feed.is_due(FeedState(as_of=at("17:59")), at("18:00:10"))


@pytest.mark.parametrize("effect", [e.Intervention(), e.Intervention(first=True), e.MovedColumns(), e.UnknownRegion()])
def test_what_files_may_hold_changes_no_price(effect: e.Effect) -> None:
    market = Market()
    usual = market.fetch()
    market.restart()
    market.fault(effect)
    market.fault(e.Status(404), SUMMARY)
    assert intervals(market.fetch()) == intervals(usual)
    assert "PUBLIC_DISPATCHIS" in market.asked()


def test_capped_prices_are_taken_as_they_are() -> None:
    market = Market()
    market.fault(e.AdministeredPricing(6.0), FILES)
    market.fault(e.AdministeredPricing(6.0), "report")
    assert max(abs(each.import_c_per_kwh or 0) for each in market.fetch()["NSW1"].intervals) <= 0.6
