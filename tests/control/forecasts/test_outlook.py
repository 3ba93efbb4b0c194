"""What a plan may expect: the corrected forecast, its band, and the estimate where there is nothing better."""

from datetime import UTC, datetime, timedelta

import pytest

from app.control.forecasts.load import AHEAD, renew_due
from app.control.forecasts.outlook import load_ahead, solar_ahead, temperatures_ahead
from app.control.forecasts.rows import keep_power, newest
from app.control.forecasts.scores import score
from app.control.forecasts.setup import setup_of
from app.domain.forecasts.series import PowerInterval, gaps, mean_power
from app.models.site_forecast import LOAD, SOLAR, OutdoorTemperature
from app.simulators import effects as e
from tests.control.forecasts.homes import HALF_HOUR, MORNING, Home, clear_wh

UNTIL = MORNING + timedelta(hours=48)
NOON = datetime(2026, 11, 20, 2, tzinfo=UTC)


def sunny(start: datetime) -> dict[str, float]:
    return {"solar_wh": clear_wh(start), "export_wh": 0.8 * clear_wh(start)}


def history_of_forecasts(home: Home, days: int, factor: float) -> None:
    """A source that told each hour of the last days `factor` times what came, and was compared."""
    site, setup = home.site, setup_of(home.connection)
    with home.session() as session:
        for hour in range(days * 24):
            at = MORNING.replace(minute=0, second=0) - timedelta(hours=days * 24 - hour)
            series = [at + number * HALF_HOUR for number in range(8)]
            intervals = [told_of(start, factor) for start in series]
            keep_power(session, site.id, SOLAR, "open_meteo", setup, at, intervals)
        session.commit()
        for day in range(days):
            score(session, site.id, MORNING - timedelta(days=days - 1 - day))


def told_of(start: datetime, factor: float) -> PowerInterval:
    return PowerInterval(start, start + HALF_HOUR, factor * 2 * clear_wh(start))


def test_a_source_is_corrected_by_what_the_roof_made(home: Home) -> None:
    home.link("open_meteo")
    home.live(10, MORNING, sunny)
    history_of_forecasts(home, 10, 1.25)
    answer = home.fetch()
    assert answer is not None
    with home.session() as session:
        outlook = solar_ahead(session, home.site, MORNING, UNTIL)
    assert outlook is not None
    assert outlook.learnt_from_days >= 9
    raw = mean_power(answer.solar, NOON, NOON + HALF_HOUR)
    told = mean_power(outlook.forecast, NOON, NOON + HALF_HOUR)
    assert raw is not None
    assert told is not None
    assert told.power_w == pytest.approx(0.8 * raw.power_w, rel=0.02)
    assert (outlook.source, outlook.issued_at) == ("open_meteo", MORNING)
    assert told.low_w is not None
    assert told.high_w is not None
    assert told.low_w == pytest.approx(told.power_w, rel=0.05) == told.high_w, (
        "a source that erred by a factor alone is sure once corrected"
    )


def test_what_was_learnt_of_another_roof_does_not_count(home: Home) -> None:
    home.link("open_meteo")
    home.live(10, MORNING, sunny)
    history_of_forecasts(home, 10, 1.25)
    home.link("open_meteo", inverter_w=50_000)
    answer = home.fetch()
    assert answer is not None
    with home.session() as session:
        outlook = solar_ahead(session, home.site, MORNING, UNTIL)
    assert outlook is not None
    assert outlook.learnt_from_days == 0
    told, raw = (mean_power(each, NOON, NOON + HALF_HOUR) for each in (outlook.forecast, answer.solar))
    assert told is not None
    assert raw is not None
    assert told.power_w == pytest.approx(raw.power_w, abs=0.1)
    assert told.low_w is None


def test_solcasts_own_band_is_kept(home: Home) -> None:
    home.link("solcast")
    answer = home.fetch()
    assert answer is not None
    with home.session() as session:
        outlook = solar_ahead(session, home.site, MORNING, UNTIL)
    assert outlook is not None
    told, raw = (mean_power(each, NOON, NOON + HALF_HOUR) for each in (outlook.forecast, answer.solar))
    assert told is not None
    assert raw is not None
    assert (told.low_w, told.high_w) == (pytest.approx(raw.low_w, abs=0.1), pytest.approx(raw.high_w, abs=0.1))


def test_beyond_a_short_forecast_the_estimate_goes_on_and_is_marked(home: Home) -> None:
    home.link("forecast_solar")
    home.live(14, MORNING, sunny)
    home.world.faults.add(e.ShortSun(), server="forecast_solar")
    home.fetch()
    with home.session() as session:
        outlook = solar_ahead(session, home.site, MORNING, UNTIL)
    assert outlook is not None
    assert not gaps(outlook.intervals, MORNING, UNTIL)
    assert not outlook.is_estimate_at(MORNING + timedelta(hours=1))
    assert outlook.is_estimate_at(UNTIL - timedelta(hours=20))
    tomorrow = mean_power(outlook.estimate, NOON + timedelta(days=1), NOON + timedelta(days=1, minutes=30))
    assert tomorrow is not None
    assert tomorrow.power_w == pytest.approx(2 * clear_wh(NOON + timedelta(days=1)), rel=0.03)


def test_a_home_without_a_source_plans_with_an_estimate(any_home: Home) -> None:
    any_home.link(None)
    any_home.live(14, MORNING, sunny)
    with any_home.session() as session:
        outlook = solar_ahead(session, any_home.site, MORNING, UNTIL)
    assert outlook is not None
    assert (outlook.forecast, outlook.issued_at, outlook.source) == ((), None, None)
    assert not gaps(outlook.intervals, MORNING, UNTIL)
    assert all(outlook.is_estimate_at(each.start) for each in outlook.intervals)


def test_days_on_which_the_sun_was_held_back_do_not_dim_the_estimate(home: Home) -> None:
    home.link(None)
    home.live(14, MORNING, lambda start: sunny(start) if start.day % 2 else {"solar_wh": 0.2 * clear_wh(start), "soc_pct": 100.0})
    with home.session() as session:
        outlook = solar_ahead(session, home.site, MORNING, UNTIL)
    assert outlook is not None
    noon = mean_power(outlook.estimate, NOON, NOON + HALF_HOUR)
    assert noon is not None
    assert noon.power_w == pytest.approx(2 * clear_wh(NOON), rel=0.05)


def test_with_nothing_known_nothing_is_told(home: Home) -> None:
    home.link(None)
    with home.session() as session:
        assert solar_ahead(session, home.site, MORNING, UNTIL) is None
        assert load_ahead(session, home.site, MORNING, UNTIL) is None
        assert temperatures_ahead(session, home.site, MORNING) == ()


def family(start: datetime) -> dict[str, float]:
    """450 W, and 1.5 kW from 17 to 21 in Sydney."""
    return {"load_wh": 225.0 + (525.0 if (start.hour + 11) % 24 in range(17, 21) else 0.0), "import_wh": 225.0}


def test_the_load_is_learnt_once_a_local_day(any_home: Home) -> None:
    site = any_home.link(None)
    any_home.live(28, MORNING, family)
    with any_home.session() as session:
        assert renew_due(session, site, MORNING)
        assert not renew_due(session, site, MORNING + timedelta(hours=16))
        assert renew_due(session, site, MORNING + timedelta(hours=17)), "midnight has passed in Sydney"
        row = newest(session, site.id, LOAD)
        assert row is not None
        assert row.ends_at >= MORNING + timedelta(hours=17) + AHEAD - HALF_HOUR
        outlook = load_ahead(session, site, MORNING + timedelta(hours=18), UNTIL)
    assert outlook is not None
    evening = datetime(2026, 11, 21, 7, tzinfo=UTC)
    told = mean_power(outlook.forecast, evening, evening + HALF_HOUR)
    assert told is not None
    assert told.power_w == pytest.approx(1500, rel=0.02)
    assert outlook.source == "history"


def test_a_home_that_moved_in_yesterday_has_no_load_forecast_yet(home: Home) -> None:
    site = home.link(None)
    home.live(1.5, MORNING, family)
    with home.session() as session:
        assert not renew_due(session, site, MORNING)
        assert load_ahead(session, site, MORNING, UNTIL) is None


def test_the_weather_to_come_is_in_the_load(home: Home) -> None:
    """Two months in which each degree above 23 took 300 W; the forecast follows the temperatures that are told ahead."""
    home.link("open_meteo")
    home.fetch()
    with home.session() as session:
        degrees = {row.start: row.temperature_c for row in session.query(OutdoorTemperature)}
    home.live(50, MORNING, lambda start: {"load_wh": (500 + 300 * max(0.0, degrees[start.replace(minute=0)] - 23)) / 2, "import_wh": 250.0})
    with home.session() as session:
        assert renew_due(session, home.site, MORNING)
        outlook = load_ahead(session, home.site, MORNING, UNTIL)
        ahead = temperatures_ahead(session, home.site, MORNING)
    assert outlook is not None
    warmest = max(ahead[: 4 * 40], key=lambda each: each.temperature_c)
    start = warmest.start - timedelta(seconds=warmest.start.timestamp() % 1800)
    told = mean_power(outlook.forecast, start, start + HALF_HOUR)
    assert told is not None
    assert told.power_w == pytest.approx(500 + 300 * max(0.0, warmest.temperature_c - 23), rel=0.05, abs=40)
