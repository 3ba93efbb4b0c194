"""What is particular to each source: directions, times, budgets, keys."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from app.domain.forecasts.series import mean_temperature_c
from app.domain.forecasts.sun import Place
from app.feeds.forecasts.forecast_solar.answer import read_estimate
from app.feeds.forecasts.open_meteo.answer import read_answer
from app.feeds.forecasts.open_meteo.panels import panel_power_w
from app.feeds.forecasts.roof import Roof, from_south_deg
from app.feeds.forecasts.solcast.answer import read_forecasts
from app.feeds.forecasts.source import DailyLimitReached, SourceState
from app.simulators import effects as e
from app.transports.errors import AnswerNotUnderstood, CredentialsRefused, RateLimited, RequestRefused
from tests.feeds.forecasts.bench import MORNING, SourceBench

PLANE = {"peak_kw": 5, "tilt_deg": 20, "azimuth_deg": 0}
BRISBANE = Place(-27.5, 153.0)


@pytest.mark.parametrize(("compass", "from_south"), [(0, -180), (90, -90), (180, 0), (270, 90), (360, -180), (45, -135), (315, 135)])
def test_a_compass_is_turned_to_what_the_services_count_from(compass: float, from_south: float) -> None:
    assert from_south_deg(compass) == from_south


@pytest.mark.parametrize(
    "wrong",
    [
        {"latitude": 91},
        {"longitude": -181},
        {"planes": []},
        {"planes": [PLANE] * 5},
        {"planes": [PLANE | {"tilt_deg": 91}]},
        {"planes": [PLANE | {"azimuth_deg": -90}]},
        {"planes": [PLANE | {"peak_kw": 0}]},
        {"latitude": float("nan")},
        {"colour": "red"},
    ],
)
def test_a_roof_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Roof(**({"latitude": -33.87, "longitude": 151.21, "planes": [PLANE]} | wrong))


@pytest.mark.parametrize("brand", ["open_meteo", "forecast_solar"])
def test_the_home_is_told_to_a_kilometre(brand: str) -> None:
    with SourceBench(brand) as bench:
        bench.source(latitude=-33.876543, longitude=151.2098765).fetch(MORNING)
        [request] = bench.world.services[brand].requests
        assert "876543" not in f"{request.path}{request.query}"
        assert "-33.88" in f"{request.path}{request.query}"


def test_an_eastern_roof_has_its_sun_in_the_morning() -> None:
    for brand in ("open_meteo", "forecast_solar"):
        with SourceBench(brand) as bench:
            noon = {}
            for azimuth in (90, 270):
                solar = bench.source(planes=[{"peak_kw": 5, "tilt_deg": 60, "azimuth_deg": azimuth}]).fetch(MORNING).solar
                today = [each for each in solar if each.end < MORNING + timedelta(hours=14)]
                energy = sum(each.power_w for each in today)
                noon[azimuth] = sum(each.start.timestamp() * each.power_w for each in today) / energy
            assert noon[90] + 2 * 3600 < noon[270]


# -- Open-Meteo --------------------------------------------------------------------------------------------------------


def test_panels_make_what_the_reference_example_says() -> None:
    """6.6 kWp, 800 W/m², 30 °C: a cell of 57.36 °C, 4.597 kW of DC, 4.367 kW behind 95 %."""
    assert panel_power_w(6600, 800, 30, "on_roof", 1.0) == pytest.approx(4597, abs=1)
    assert panel_power_w(6600, 800, 30, "on_roof", 0.95) == pytest.approx(4367, abs=1)
    assert panel_power_w(6600, 800, None, "on_roof", 1.0) == pytest.approx(5280)
    assert panel_power_w(6600, 0, 30, "on_roof", 1.0) == 0


def lists(**changed: Any) -> dict[str, Any]:
    start = 1_795_122_000
    return {
        "utc_offset_seconds": 0,
        "minutely_15_units": {"time": "unixtime", "global_tilted_irradiance": "W/m²", "temperature_2m": "°C"},
        "minutely_15": {
            "time": [start + 900 * number for number in range(4)],
            "global_tilted_irradiance": [100.0, -3.0, None, 400.0],
            "temperature_2m": [20.0, 22.0, None, 26.0],
        }
        | changed,
    }


def test_a_stamp_is_the_end_and_what_is_null_is_not_known() -> None:
    read = read_answer(lists())
    first = datetime.fromtimestamp(1_795_122_000, UTC)
    assert [(each.start, each.tilted_w_per_m2) for each in read.sun] == [
        (first - timedelta(minutes=15), 100),
        (first, 0),
        (first + timedelta(minutes=30), 400),
    ]
    assert [each.temperature_c for each in read.sun] == [20, 21, 26]
    assert [each.temperature_c for each in read.temperatures] == [21]
    assert read.refused == 0


@pytest.mark.parametrize(
    "wrong",
    [
        lists(time=[1_795_122_000, 1_795_122_900, 1_795_123_800]),
        lists(time=[1_795_122_000, 1_795_122_900, 1_795_125_600, 1_795_126_500]),
        lists(time=["2026-11-20T01:00"] * 4),
        lists(temperature_2m="warm"),
        lists() | {"minutely_15": None},
        lists() | {"minutely_15_units": {"global_tilted_irradiance": "MJ/m²", "temperature_2m": "°C"}},
        lists() | {"minutely_15_units": {"global_tilted_irradiance": "W/m²", "temperature_2m": "°F"}},
        lists() | {"utc_offset_seconds": 36_000},
    ],
)
def test_lists_in_another_form_are_not_understood(wrong: dict[str, Any]) -> None:
    with pytest.raises(AnswerNotUnderstood):
        read_answer(wrong)


def test_temperatures_come_with_the_sun_and_reach_back_as_far_as_asked() -> None:
    with SourceBench("open_meteo") as bench:
        answer = bench.source().fetch(MORNING, MORNING - timedelta(days=30))
        assert answer.temperatures[0].start <= MORNING - timedelta(days=30)
        hour = MORNING.replace(minute=0, second=0)
        told = mean_temperature_c(answer.temperatures, hour, hour + timedelta(hours=1))
        true = bench.world.weather.temperature_c(151.21, hour.timestamp() + 1800)
        assert told == pytest.approx(true, abs=0.3)
        assert [request.query["past_days"] for request in bench.world.open_meteo.requests] == ["30"]


def test_the_end_that_is_not_known_yet_is_left_out() -> None:
    with SourceBench("open_meteo") as bench:
        whole = bench.source().fetch(MORNING).solar[-1].end
        bench.world.open_meteo.ends_with_null = True
        answer = bench.source().fetch(MORNING)
        assert answer.solar[-1].end == whole - timedelta(hours=1)
        assert answer.quarantined == ()


def test_open_meteos_reason_is_told() -> None:
    with SourceBench("open_meteo") as bench:
        bench.world.faults.add(e.Status(400), server="open_meteo")
        with pytest.raises(RequestRefused, match="The request was refused"):
            bench.source().fetch(MORNING)


# -- forecast.solar ----------------------------------------------------------------------------------------------------


def test_energies_become_means_between_odd_stamps() -> None:
    result = {
        "watt_hours_period": {
            "2026-11-19T18:45:00+00:00": 0,
            "2026-11-19T19:00:00+00:00": 25,
            "2026-11-19T20:00:00+00:00": 145,
            "2026-11-19T20:30:00+00:00": 100,
        }
    }
    intervals, refused = read_estimate(result, 6600, BRISBANE)
    assert refused == 0
    assert [each.power_w for each in intervals] == [0, 100, 145, 200]
    assert intervals[0].end == datetime(2026, 11, 19, 18, 45, tzinfo=UTC)


def test_a_night_has_no_energy_or_is_not_known() -> None:
    evening, morning = "2026-11-20T08:30:00+00:00", "2026-11-20T18:45:00+00:00"
    dark, _ = read_estimate({"watt_hours_period": {evening: 10, morning: 0}}, 6600, BRISBANE)
    assert [each.power_w for each in dark] == [0, 0] or [each.power_w for each in dark] == [0]
    lit, refused = read_estimate({"watt_hours_period": {evening: 10, morning: 900}}, 6600, BRISBANE)
    assert refused == 1
    assert all(each.power_w == 0 for each in lit)


def test_an_hour_that_is_used_up_is_waited_for_until_it_says() -> None:
    with SourceBench("forecast_solar") as bench:
        source = bench.source(planes=[PLANE] * 4)
        for _ in range(3):
            source.fetch(MORNING)
        assert bench.budget.away_s == [3600], "the twelfth answer said that none is left"
        with pytest.raises(RateLimited) as caught:
            source.fetch(MORNING)
        assert caught.value.retry_after_s == pytest.approx(3600, abs=2)
        assert bench.requests() == 13


def test_answers_without_limits_in_their_headers_are_taken_too() -> None:
    with SourceBench("forecast_solar") as bench:
        bench.world.forecast_solar.tells_limits = False
        assert bench.source().fetch(MORNING).solar
        assert bench.budget.away_s == []


def test_a_roof_that_it_cannot_work_out_is_told_once() -> None:
    with SourceBench("forecast_solar") as bench:
        bench.world.faults.add(e.Status(422), server="forecast_solar")
        with pytest.raises(RequestRefused, match="Unprocessable"):
            bench.source().fetch(MORNING)
        assert bench.requests() == 1


# -- Solcast -----------------------------------------------------------------------------------------------------------

ROW = {
    "pv_estimate": 2.0579,
    "pv_estimate10": 0.4116,
    "pv_estimate90": 4.9201,
    "period_end": "2026-11-20T01:30:00.0000000Z",
    "period": "PT30M",
}


def test_a_row_is_the_half_hour_before_its_stamp() -> None:
    [interval], refused = read_forecasts([ROW])
    assert (interval.start, interval.end) == (datetime(2026, 11, 20, 1, tzinfo=UTC), datetime(2026, 11, 20, 1, 30, tzinfo=UTC))
    assert (interval.power_w, interval.low_w, interval.high_w) == (pytest.approx(2057.9), pytest.approx(411.6), pytest.approx(4920.1))
    assert refused == 0


def test_a_row_without_its_cases_has_no_band() -> None:
    [interval], _ = read_forecasts([{name: value for name, value in ROW.items() if not name.endswith("0")}])
    assert (interval.low_w, interval.high_w) == (None, None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"period": "P1D"},
        {"period": None},
        {"period_end": "yesterday"},
        {"period_end": "2026-11-20T01:30:00"},
        {"pv_estimate": "2"},
        {"pv_estimate": -1},
    ],
)
def test_a_row_in_another_form_is_refused(wrong: dict[str, Any]) -> None:
    later = ROW | {"period_end": "2026-11-20T02:00:00.0000000Z"}
    intervals, refused = read_forecasts([ROW | wrong, later])
    assert (len(intervals), refused) == (1, 1)
    with pytest.raises(AnswerNotUnderstood):
        read_forecasts([ROW | wrong])


def test_rows_that_overlap_are_not_understood() -> None:
    with pytest.raises(AnswerNotUnderstood, match="overlap"):
        read_forecasts([ROW, ROW])


def test_the_only_rooftop_site_is_taken_and_of_several_one_must_be_chosen() -> None:
    with SourceBench("solcast") as bench:
        with pytest.raises(RequestRefused, match="2 rooftop sites"):
            bench.source(resource_id="").fetch(MORNING)
        del bench.world.solcast.account.sites[1]
        assert bench.source(resource_id="").fetch(MORNING).solar


def test_two_rooftop_sites_are_added() -> None:
    with SourceBench("solcast") as bench:
        first, second = bench.world.solcast.account.sites
        source = bench.source(second_resource_id=second.resource_id)
        assert source.calls_per_fetch == 2
        both = source.fetch(MORNING).solar
        alone = [bench.source(resource_id=each.resource_id).fetch(MORNING).solar for each in (first, second)]
        for total, one, other in zip(both, *alone, strict=True):
            assert total.power_w == pytest.approx(one.power_w + other.power_w)
            assert total.high_w == pytest.approx((one.high_w or 0) + (other.high_w or 0))


def test_a_refused_key_is_asked_about_once_and_not_shown() -> None:
    with SourceBench("solcast") as bench:
        with pytest.raises(CredentialsRefused) as caught:
            bench.source(api_key="wrongwrongwrong").fetch(MORNING)
        assert bench.requests() == 1
        assert "wrongwrong" not in str(caught.value)
        assert "Devices" in str(caught.value)


def test_the_sites_of_the_account_are_offered_with_size_and_direction() -> None:
    with SourceBench("solcast") as bench:
        fields = bench.declared.fields(**bench.entry)
        choices = bench.declared.choices["resource_id"](fields, bench.context())
        assert [(choice.label, choice.note) for choice in choices] == [
            ("Home", "7.2\u202fkW, looks north, tilt 20°"),
            ("Shed", "2.7\u202fkW, looks east, tilt 20°"),
        ]
        assert bench.world.solcast.calls_today == 0


def test_the_end_of_the_days_calls_is_known_from_a_busy_moment() -> None:
    with SourceBench("solcast") as bench:
        number = bench.world.faults.add(e.DailyLimit(), server="solcast")
        with pytest.raises(DailyLimitReached, match="00:00 UTC"):
            bench.source().fetch(MORNING)
        bench.world.faults.remove(number)
        bench.trouble("rate limited")
        with pytest.raises(RateLimited) as caught:
            bench.source().fetch(MORNING)
        assert not isinstance(caught.value, DailyLimitReached)


@pytest.mark.parametrize(
    ("calls_per_day", "both", "least", "most"), [(10, False, 8, 9), (10, True, 3, 4), (50, False, 40, 49), (2, False, 1, 1)]
)
def test_the_days_calls_last_from_morning_to_evening(calls_per_day: int, both: bool, least: int, most: int) -> None:
    """A week of asking every five minutes: on no UTC day more than allowed but one, and the last of a day late in the afternoon."""
    zone = ZoneInfo("Australia/Sydney")
    with SourceBench("solcast") as bench:
        second = bench.world.solcast.account.sites[1].resource_id if both else ""
        source = bench.source(calls_per_day=calls_per_day, second_resource_id=second)
    state, fetched, calls, day = SourceState(), [], 0, ""
    for minute in range(0, 7 * 1440, 5):
        now = MORNING + timedelta(minutes=minute)
        calls, day = (0, now.date().isoformat()) if now.date().isoformat() != day else (calls, day)
        if source.is_due(SourceState(state.as_of, calls), now):
            calls += source.calls_per_fetch
            assert calls <= calls_per_day - 1
            state = SourceState(now)
            fetched.append(now.astimezone(zone))
    whole_days = {each.date() for each in fetched} - {fetched[0].date(), fetched[-1].date()}
    for date in whole_days:
        hours = [each.hour for each in fetched if each.date() == date]
        assert least <= len(hours) <= most
        assert all(5 <= hour < 20 for hour in hours)
        assert calls_per_day < 10 or max(hours) >= 16
