"""What every source of solar forecasts keeps, whoever it asks: run against each one's simulated service on a real socket."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from app.domain.forecasts.series import mean_power, on_grid
from app.domain.forecasts.sun import Place, elevation_deg
from app.feeds.forecasts.source import SolarSource, SourceState
from app.feeds.registry import solar_forecast_brands
from app.transports.errors import AnswerNotUnderstood, RateLimited, Unreachable, VendorError
from tests.feeds.forecasts.bench import MORNING, SourceBench

BRANDS = ("forecast_solar", "open_meteo", "solcast")
SYDNEY = Place(-33.87, 151.21)
HALF_HOUR = timedelta(minutes=30)


@pytest.fixture(params=BRANDS)
def bench(request: pytest.FixtureRequest) -> Iterator[SourceBench]:
    with SourceBench(request.param) as running:
        yield running


def test_every_source_keeps_the_contract() -> None:
    assert set(BRANDS) == set(solar_forecast_brands())


def test_it_is_a_source_that_waits_after_a_failure(bench: SourceBench) -> None:
    source = bench.source()
    assert isinstance(source, SolarSource)
    assert source.retry_after <= timedelta(hours=1)


def test_the_sun_is_known_without_a_gap_from_now_to_tomorrow_evening(bench: SourceBench) -> None:
    answer = bench.source().fetch(MORNING)
    assert answer.as_of == MORNING
    assert answer.solar[0].start <= MORNING < answer.solar[0].end
    assert all(a.end == b.start for a, b in pairwise(answer.solar))
    assert answer.solar[-1].end >= MORNING + timedelta(hours=36)
    assert answer.quarantined == ()


def test_there_is_sun_by_day_and_none_by_night(bench: SourceBench) -> None:
    for each in bench.source().fetch(MORNING).solar:
        heights = [elevation_deg(SYDNEY, each.start + part * (each.end - each.start) / 4) for part in range(5)]
        if max(heights) < -1.5:
            assert each.power_w == 0
        if min(heights) > 15:
            assert each.power_w > 100


def test_the_power_is_that_of_the_roof(bench: SourceBench) -> None:
    """The mean of each hour is what the plane gets by the service's own sun, times a plausible yield of 8 kW of panels."""
    answer = bench.source().fetch(MORNING)
    weather, facing = bench.world.weather, bench.world.solcast.account.sites[0].facing
    for cell in on_grid(answer.solar, datetime(2026, 11, 19, 22, tzinfo=UTC), timedelta(hours=1), 8):
        assert cell is not None
        sun = weather.mean_w_per_m2(facing, cell.start.timestamp(), cell.end.timestamp(), MORNING.timestamp())
        share = cell.power_w / (sun / 1000 * 8000)
        assert 0.75 < share < 1.0


def test_a_fetch_costs_the_calls_that_it_says(bench: SourceBench) -> None:
    source = bench.source()
    source.fetch(MORNING)
    assert bench.budget.calls == bench.requests() == source.calls_per_fetch == 1


def test_nothing_is_asked_before_it_is_asked(bench: SourceBench) -> None:
    source = bench.source()
    assert source.is_due(SourceState(), MORNING)
    assert bench.requests() == 0


def test_a_fresh_forecast_is_not_fetched_again_and_an_old_one_is(bench: SourceBench) -> None:
    source = bench.source()
    assert not source.is_due(SourceState(MORNING, 1), MORNING + timedelta(minutes=20))
    assert source.is_due(SourceState(MORNING, 1), MORNING + timedelta(hours=2))
    assert source.is_due(SourceState(MORNING + timedelta(hours=2), 1), MORNING), "the clock was set back"


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        ("down", Unreachable),
        ("silent", Unreachable),
        ("reset", Unreachable),
        ("half", Unreachable),
        ("garbage", AnswerNotUnderstood),
        ("web page", AnswerNotUnderstood),
        ("empty body", AnswerNotUnderstood),
        ("huge", AnswerNotUnderstood),
        ("empty list", AnswerNotUnderstood),
        ("renamed", AnswerNotUnderstood),
        ("nan", AnswerNotUnderstood),
        ("infinity", AnswerNotUnderstood),
        ("rate limited", RateLimited),
    ],
)
def test_a_failure_has_a_name_and_its_end_is_noticed(bench: SourceBench, trouble: str, error: type[VendorError]) -> None:
    source = bench.source()
    bench.trouble(trouble)
    with pytest.raises(error) as caught:
        source.fetch(MORNING)
    assert caught.value.vendor == bench.declared.vendor
    bench.calm()
    assert source.fetch(MORNING).solar


@pytest.mark.parametrize("trouble", ["null", "text", "true", "absurd", "negative"])
def test_what_is_no_sun_is_left_out_and_named(bench: SourceBench, trouble: str) -> None:
    bench.trouble(trouble)
    answer = bench.source().fetch(MORNING)
    hole = MORNING + timedelta(hours=2)
    assert mean_power(answer.solar, hole, hole + timedelta(minutes=20)) is None
    later = MORNING + timedelta(hours=5)
    assert mean_power(answer.solar, later, later + HALF_HOUR) is not None
    is_told_as_unknown = trouble == "null" and bench.brand == "open_meteo"  # where null is how the service says so
    assert bool(answer.quarantined) is not is_told_as_unknown


def test_a_short_forecast_is_short(bench: SourceBench) -> None:
    bench.trouble("short")
    sunny = [each for each in bench.source().fetch(MORNING).solar if each.power_w > 0]
    assert sunny[-1].end <= MORNING + timedelta(hours=3) + HALF_HOUR


def test_a_rate_limit_is_passed_on_with_its_pause_and_asked_once(bench: SourceBench) -> None:
    bench.trouble("rate limited")
    with pytest.raises(RateLimited) as caught:
        bench.source().fetch(MORNING)
    assert bench.budget.away_s == [caught.value.retry_after_s]
    assert 1 <= caught.value.retry_after_s <= 3600
    assert bench.requests() == 1


@pytest.mark.parametrize(
    ("zone", "local"),
    [
        ("Australia/Sydney", "2026-10-04 01:45"),
        ("Australia/Sydney", "2026-04-05 02:20"),
        ("Australia/Perth", "2026-11-20 00:10"),
        ("Europe/London", "2026-10-25 01:20"),
        ("Europe/London", "2026-12-21 23:50"),
    ],
)
@pytest.mark.parametrize("brand", BRANDS)
def test_any_hour_of_any_day_has_a_forecast_that_begins_now(brand: str, zone: str, local: str) -> None:
    now = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    with SourceBench(brand, now, zone) as bench:
        answer = bench.source().fetch(now)
    assert mean_power(answer.solar, now, now + timedelta(hours=20)) is not None


def test_an_inverter_holds_its_limit(bench: SourceBench) -> None:
    if bench.brand == "solcast":
        pytest.skip("Solcast knows the inverter from the account")
    answer = bench.source(inverter_w=3000).fetch(MORNING)
    assert max(each.power_w for each in answer.solar) == 3000


def test_faces_of_a_roof_are_added(bench: SourceBench) -> None:
    if bench.brand == "solcast":
        pytest.skip("Solcast's faces are rooftop sites: its own test")
    half = {"peak_kw": 4, "tilt_deg": 20, "azimuth_deg": 0}
    one, two = bench.source().fetch(MORNING), bench.source(planes=[half, half]).fetch(MORNING)
    for a, b in zip(one.solar, two.solar, strict=True):
        assert b.power_w == pytest.approx(a.power_w, rel=0.01, abs=5)
