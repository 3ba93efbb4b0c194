"""Solar forecasts into the tables: when they are due, within the calls of the day, with failures named and the last one kept."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.control.forecasts import calls
from app.control.forecasts.rows import keep_power, newest, power_of, temperatures_of
from app.domain.forecasts.series import PowerInterval
from app.models.site_forecast import SOLAR, TEMPERATURE, OutdoorTemperature, SiteForecast
from app.simulators import effects as e
from tests.control.forecasts.homes import MORNING, Home

BRANDS = ("forecast_solar", "open_meteo", "solcast")


def issues(home: Home, quantity: str = SOLAR) -> int:
    with home.session() as session:
        return session.scalar(select(func.count()).where(SiteForecast.quantity == quantity)) or 0


@pytest.mark.parametrize("brand", BRANDS)
def test_a_forecast_is_stored_as_it_came(any_home: Home, brand: str) -> None:
    any_home.link(brand)
    answer = any_home.fetch()
    assert answer is not None
    with any_home.session() as session:
        row = newest(session, any_home.site.id, SOLAR)
        assert row is not None
        assert (row.source, row.issued_at) == (brand, MORNING)
        assert abs(row.ends_at - answer.solar[-1].end) < timedelta(seconds=1)
        kept = power_of(row)
    assert len(kept) == len(answer.solar)
    for before, after in zip(answer.solar, kept, strict=True):
        assert after.power_w == pytest.approx(before.power_w, abs=0.06)
        assert (after.low_w is None) is (before.low_w is None)
        assert abs(after.start - before.start) < timedelta(seconds=1)
    connection = any_home.connection
    assert (connection.seen_at, connection.problem) == (MORNING, None)


def test_the_weather_source_brings_two_months_of_temperatures_once(home: Home) -> None:
    home.link("open_meteo")
    home.fetch()
    with home.session() as session:
        row = newest(session, home.site.id, TEMPERATURE)
        assert row is not None
        assert temperatures_of(row)[-1].end >= MORNING + timedelta(hours=72)
        hours = session.execute(select(OutdoorTemperature.start, OutdoorTemperature.temperature_c).order_by(OutdoorTemperature.start)).all()
    assert len(hours) >= 56 * 24
    assert hours[-1].start == datetime(2026, 11, 19, 19, tzinfo=UTC)
    assert hours[-1].temperature_c == pytest.approx(home.world.weather.temperature_c(151.21, hours[-1].start.timestamp() + 1800), abs=0.3)
    home.clock.advance(3600)
    home.fetch()
    assert [request.query["past_days"] for request in home.world.open_meteo.requests] == ["56", "1"]


@pytest.mark.parametrize("brand", BRANDS)
def test_it_is_asked_at_its_own_cadence(home: Home, brand: str) -> None:
    home.link(brand)
    pauses = []
    for _ in range(8 * 12):
        if home.fetch() is not None:
            pauses.append(home.clock.now())
        home.clock.advance(300)
    assert home.asked(brand) == len(pauses) == (8 if brand != "solcast" else 5)


@pytest.mark.parametrize("brand", BRANDS)
def test_a_failure_is_named_and_the_last_forecast_stays(home: Home, brand: str) -> None:
    home.link(brand)
    home.fetch()
    home.clock.advance(2 * 3600)
    number = home.world.faults.add(e.Status(503), server=brand)
    asked = home.asked(brand)
    assert home.fetch() is None
    failed = home.connection
    assert failed.problem is not None
    assert failed.problem_kind == "Unreachable"
    assert failed.retry_at is not None
    assert timedelta(minutes=4) < failed.retry_at - home.clock.now() <= timedelta(hours=1)
    assert issues(home) == 1
    tries = home.asked(brand) - asked
    assert tries == (3 if brand == "open_meteo" else 1), "where calls are few, none is repeated"
    assert home.fetch() is None
    assert home.asked(brand) == asked + tries, "not asked before the pause is over"
    home.world.faults.remove(number)
    home.clock.advance(3600)
    assert home.fetch() is not None
    assert home.connection.problem is None
    assert issues(home) == 2


def test_another_roof_is_fetched_at_once_and_told_apart(home: Home) -> None:
    home.link("open_meteo")
    home.fetch()
    home.clock.advance(60)
    assert home.fetch() is None
    home.link("open_meteo", inverter_w=2000)
    answer = home.fetch()
    assert answer is not None
    assert max(each.power_w for each in answer.solar) == 2000
    with home.session() as session:
        assert len(set(session.scalars(select(SiteForecast.setup).where(SiteForecast.quantity == SOLAR)))) == 2


def test_a_days_calls_are_never_exceeded_whatever_restarts(home: Home) -> None:
    """Three days with a restart after each call, failures among them: the service itself never refuses for its quota."""
    home.link("solcast")
    home.clock.advance_to(datetime(2026, 11, 20, 0, 1, tzinfo=UTC))
    dice = 0
    most = 0
    for _ in range(3 * 288):
        dice = (dice * 1_103_515_245 + 12_345) % 2**31
        if dice % 7 == 0:
            home.world.faults.add(e.Status(503), server="solcast", for_s=299)
        if home.fetch() is not None:
            home.restart()
        most = max(most, home.world.solcast.calls_today)
        home.clock.advance(300)
    assert most <= home.world.solcast.account.daily_calls - 1
    assert issues(home) >= 15


def test_calls_that_others_made_end_the_day(home: Home) -> None:
    home.link("solcast")
    number = home.world.faults.add(e.DailyLimit(), server="solcast")
    assert home.fetch() is None
    assert home.connection.problem_kind == "RateLimited"
    home.world.faults.remove(number)
    asked = home.asked("solcast")
    home.clock.advance(3 * 3600)
    assert home.fetch() is None
    assert home.asked("solcast") == asked
    home.clock.advance_to(datetime(2026, 11, 20, 0, 5, tzinfo=UTC))
    assert home.fetch() is not None


def test_a_refused_key_is_not_asked_about_again_for_an_hour(home: Home) -> None:
    home.link("solcast", api_key="wrongwrongwrong")
    assert home.fetch() is None
    assert home.connection.problem_kind == "CredentialsRefused"
    assert "wrongwrong" not in (home.connection.problem or "")
    home.clock.advance(1800)
    assert home.fetch() is None
    assert home.asked("solcast") == 1


def test_calls_are_counted_per_account_and_utc_day(home: Home) -> None:
    with home.session() as session:
        calls.spend(session, "solcast", "a", 2, MORNING)
        calls.spend(session, "solcast", "a", 1, MORNING)
        calls.spend(session, "solcast", "b", 1, MORNING)
        calls.use_up(session, "solcast", "b", 10, MORNING)
        assert [calls.made_today(session, "solcast", account, MORNING) for account in ("a", "b", "c")] == [3, 10, 0]
        assert calls.made_today(session, "solcast", "a", MORNING + timedelta(hours=5)) == 0


def test_one_issue_a_second_is_enough(any_home: Home) -> None:
    site = any_home.link(None)
    with any_home.session() as session:
        for power_w in (100.0, 200.0):
            interval = PowerInterval(MORNING, MORNING + timedelta(hours=1), power_w)
            keep_power(session, site.id, SOLAR, "open_meteo", "x", MORNING, [interval])
            session.commit()
        row = newest(session, site.id, SOLAR)
        assert row is not None
        assert [each.power_w for each in power_of(row)] == [200]
    assert issues(any_home) == 1
