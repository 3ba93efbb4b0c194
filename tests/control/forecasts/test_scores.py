"""Forecasts against what came: each half-hour once, and not where the sun was held back."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.control.forecasts.rows import forget, keep_power
from app.control.forecasts.scores import LEADS_MIN, score
from app.domain.forecasts.series import PowerInterval
from app.models.energy import EnergyInterval
from app.models.site import Site
from app.models.site_forecast import LOAD, SOLAR, ForecastCalls, OutdoorTemperature, SiteForecast, SiteForecastSample, SiteForecastScore
from tests.control.forecasts.homes import HALF_HOUR, Home

NOON = datetime(2026, 11, 20, 2, tzinfo=UTC)


def issue(home: Home, site: Site, hours_before: float, power_w: float, quantity: str = SOLAR) -> None:
    at = NOON - timedelta(hours=hours_before)
    with home.session() as session:
        keep_power(session, site.id, quantity, "open_meteo", "s", at, [PowerInterval(at, NOON + timedelta(hours=6), power_w)])
        session.commit()


def samples(home: Home, quantity: str = SOLAR) -> list[tuple[int, float, float, bool]]:
    with home.session() as session:
        query = select(SiteForecastSample).where(SiteForecastSample.quantity == quantity)
        rows = session.scalars(query.order_by(SiteForecastSample.start, SiteForecastSample.lead_min))
        return [(row.lead_min, row.forecast_w, row.measured_w, row.is_held_back) for row in rows]


def run(home: Home, site: Site, after: timedelta = timedelta(minutes=41)) -> int:
    with home.session() as session:
        return score(session, site.id, NOON + after)


def noon_only(home: Home, **measured: float) -> None:
    home.live(1 / 48, NOON + HALF_HOUR, lambda start: measured)


def test_each_lead_time_takes_the_last_forecast_that_was_older(any_home: Home) -> None:
    site = any_home.link(None)
    for hours, power_w in ((25, 1000.0), (14, 1500.0), (10, 2000.0), (3, 3000.0), (0.75, 4000.0), (0.1, 5000.0)):
        issue(any_home, site, hours, power_w)
    noon_only(any_home, solar_wh=1750, export_wh=900)
    assert run(any_home, site) == len(LEADS_MIN)
    assert [(lead, forecast, measured) for lead, forecast, measured, _ in samples(any_home)] == [
        (30, 4000, 3500),
        (60, 3000, 3500),
        (120, 3000, 3500),
        (240, 2000, 3500),
        (480, 2000, 3500),
        (720, 1500, 3500),
        (1440, 1000, 3500),
    ]
    with any_home.session() as session:
        total = session.get(SiteForecastScore, (site.id, SOLAR, NOON.date(), 30))
        assert total is not None
        assert (total.count, total.sum_w, total.abs_sum_w, total.measured_sum_w) == (1, 500, 500, 3500)


def test_a_half_hour_is_compared_once_and_after_its_readings_are_in(home: Home) -> None:
    site = home.link(None)
    issue(home, site, 1, 3000.0)
    noon_only(home, solar_wh=1500, export_wh=900)
    assert run(home, site, timedelta(minutes=39)) == 0
    assert run(home, site) == 2
    assert run(home, site, timedelta(minutes=70)) == 0


def test_an_issue_that_was_outlived_long_ago_says_nothing(home: Home) -> None:
    site = home.link(None)
    issue(home, site, 15, 3000.0)
    noon_only(home, solar_wh=1500, export_wh=900)
    run(home, site)
    assert [lead for lead, *_ in samples(home)] == [120, 240, 480, 720]


@pytest.mark.parametrize(
    ("measured", "is_held_back"),
    [
        ({"solar_wh": 1000, "export_wh": 500}, False),
        ({"solar_wh": 1000, "soc_pct": 97.0}, True),  # nothing could take more
        ({"solar_wh": 1000, "soc_pct": None}, True),
        ({"solar_wh": 1000, "soc_pct": 60.0, "charge_wh": 400}, False),
        ({"solar_wh": 1000, "soc_pct": 97.0, "import_wh": 300}, False),  # the home would have taken more
        ({"solar_wh": 5, "import_wh": 300}, True),  # switched off: no cloud is so dark
        ({"solar_wh": 200, "import_wh": 300}, False),
    ],
)
def test_sun_that_was_held_back_is_told_apart_and_not_counted(home: Home, measured: dict[str, float], is_held_back: bool) -> None:
    site = home.link(None)
    issue(home, site, 1, 3000.0)
    noon_only(home, **measured)
    run(home, site)
    assert {held for *_, held in samples(home)} == {is_held_back}
    with home.session() as session:
        assert (session.get(SiteForecastScore, (site.id, SOLAR, NOON.date(), 30)) is None) is is_held_back


def test_a_half_hour_with_a_hole_is_not_compared(home: Home) -> None:
    site = home.link(None)
    issue(home, site, 1, 3000.0)
    noon_only(home, solar_wh=1000, export_wh=500, covered_s=1200)
    assert run(home, site) == 0


def test_what_was_measured_in_part_is_taken_to_go_on(home: Home) -> None:
    site = home.link(None)
    issue(home, site, 1, 3000.0)
    noon_only(home, solar_wh=1200, export_wh=500, covered_s=1440)
    run(home, site)
    assert samples(home)[0][2] == 3000


def test_load_is_compared_too_and_is_never_held_back(home: Home) -> None:
    site = home.link(None)
    issue(home, site, 5, 800.0, LOAD)
    noon_only(home, load_wh=500)
    run(home, site)
    assert samples(home, LOAD)[0] == (30, 800, 1000, False)


def test_old_forecasts_are_forgotten_and_their_scores_stay(any_home: Home) -> None:
    site = any_home.link(None)
    issue(any_home, site, 1, 3000.0)
    noon_only(any_home, solar_wh=1500, export_wh=900)
    run(any_home, site)
    with any_home.session() as session:
        session.add(OutdoorTemperature(site_id=site.id, start=NOON, temperature_c=20.0))
        session.add(ForecastCalls(brand="solcast", account="a", day=NOON.date(), calls=3))
        session.commit()
        kept = {}
        for days in (29, 31, 397):
            forget(session, NOON + timedelta(days=days))
            session.commit()
            kept[days] = [
                session.scalars(select(each)).first() is not None
                for each in (SiteForecast, SiteForecastSample, SiteForecastScore, OutdoorTemperature, ForecastCalls)
            ]
        assert session.scalars(select(EnergyInterval)).first() is not None
    assert kept == {
        29: [True, True, True, True, False],
        31: [False, False, True, True, False],
        397: [False, False, False, False, False],
    }
