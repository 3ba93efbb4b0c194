"""Forecasts are kept at their lead times and compared with what settled, on both databases."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.control import forecast_quality
from app.control.price_rows import feed_of, store
from app.domain.prices import PriceInterval, Quality
from app.domain.tariffs.half_hourly import HALF_HOUR
from app.feeds.capabilities import PriceAnswer
from app.models.connection import Connection
from app.models.forecast import ForecastSample, ForecastScore
from app.models.site import Site
from app.services.forecast_scores import lead_scores
from tests.conftest import NOW
from tests.domain.builders import an_interval

RUNNING = NOW.replace(minute=30)
BOTH = frozenset({"import", "feed_in"})


@pytest.fixture
def retailer(any_engine: Engine) -> Connection:
    with Session(any_engine, expire_on_commit=False) as session:
        site = Site(name="Home", timezone="Australia/Sydney", currency="AUD", control="on", created_at=NOW)
        session.add(site)
        session.flush()
        row = Connection(site_id=site.id, role="retailer", brand="amber", config={}, created_at=NOW, facts={})
        session.add(row)
        session.commit()
        return row


def a_forecast(import_c: float = 30.0, hours: int = 30) -> list[PriceInterval]:
    return [an_interval(RUNNING + n * HALF_HOUR, 30, import_c, 8.0) for n in range(2 * hours)]


def remember(engine: Engine, retailer: Connection, intervals: list[PriceInterval], now: datetime = NOW) -> None:
    with Session(engine) as session:
        forecast_quality.remember(session, feed_of(session, retailer), intervals, now)
        session.commit()


def settle(engine: Engine, retailer: Connection, import_c: float, hours: int = 30, without: int | None = None) -> None:
    rows = [
        an_interval(RUNNING + timedelta(minutes=5 * n), 5, import_c, 7.0, quality=Quality.SETTLED)
        for n in range(12 * hours)
        if n != without
    ]
    with Session(engine) as session:
        store(session, retailer, PriceAnswer(tuple(rows), NOW, None, BOTH))
        session.commit()


def samples(engine: Engine) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(ForecastSample)) or 0


def test_each_lead_time_gets_the_error_of_its_half_hour(any_engine: Engine, retailer: Connection) -> None:
    remember(any_engine, retailer, a_forecast(33.0))
    settle(any_engine, retailer, 30.0)
    with Session(any_engine) as session:
        assert forecast_quality.score(session, NOW + timedelta(hours=30)) == len(forecast_quality.LEADS_MIN)
        scores = lead_scores(session, retailer.id, (NOW + timedelta(days=1)).date())
    assert [score.lead_min for score in scores] == list(forecast_quality.LEADS_MIN)
    assert all(score.import_error_c == pytest.approx(3.0) and score.import_bias_c == pytest.approx(3.0) for score in scores)
    assert all(score.feed_in_error_c == pytest.approx(1.0) for score in scores)
    assert samples(any_engine) == 0


def test_errors_of_opposite_sign_have_no_bias(any_engine: Engine, retailer: Connection) -> None:
    for number, price in enumerate((28.0, 32.0)):
        remember(any_engine, retailer, a_forecast(price), NOW + number * HALF_HOUR)
    settle(any_engine, retailer, 30.0)
    with Session(any_engine) as session:
        forecast_quality.score(session, NOW + timedelta(hours=2))
        (half_hour_ahead,) = [each for each in lead_scores(session, retailer.id, NOW.date()) if each.lead_min == 30]
    assert (half_hour_ahead.count, half_hour_ahead.import_bias_c, half_hour_ahead.import_error_c) == (2, 0.0, 2.0)


def test_what_has_not_settled_waits_and_is_given_up_after_three_days(any_engine: Engine, retailer: Connection) -> None:
    remember(any_engine, retailer, a_forecast())
    settle(any_engine, retailer, 30.0, hours=1, without=7)  # five minutes of the first half-hour ahead never settle
    with Session(any_engine) as session:
        assert forecast_quality.score(session, NOW + timedelta(hours=2)) == 0
        assert samples(any_engine) == len(forecast_quality.LEADS_MIN)
        forecast_quality.score(session, NOW + timedelta(days=5))
        assert session.scalar(select(func.count()).select_from(ForecastScore)) == 0
    assert samples(any_engine) == 0


def test_a_missing_forecast_is_no_sample_and_a_settled_price_is_no_forecast(any_engine: Engine, retailer: Connection) -> None:
    gap = RUNNING + timedelta(hours=1)
    known = [each for each in a_forecast(hours=3) if each.start != gap]
    known[1] = an_interval(RUNNING + HALF_HOUR, 30, 30.0, 8.0, quality=Quality.SETTLED)
    remember(any_engine, retailer, known)
    with Session(any_engine) as session:
        assert list(session.scalars(select(ForecastSample.lead_min))) == [120]


def test_one_forecast_is_kept_for_each_half_hour() -> None:
    assert forecast_quality.is_first_of_half_hour(None, NOW)
    assert not forecast_quality.is_first_of_half_hour(NOW - timedelta(minutes=5), NOW)
    assert forecast_quality.is_first_of_half_hour(NOW - HALF_HOUR, NOW)
