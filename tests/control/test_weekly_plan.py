"""A plan of fixed prices on its way to the Powerwall: the whole year once, hour by hour while a price differs, and back."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from app.control.connections import load
from app.control.price_rows import store
from app.control.sample import sample
from app.devices.tesla.schedule import same_plan
from app.domain.charges import StandingCharges
from app.domain.codec import from_json
from app.domain.tariffs.seasonal import SeasonalTariff, Tariff
from app.domain.tariffs.time_of_use import TimeOfUse, half_hours
from app.feeds.capabilities import PriceAnswer
from app.models.control import TariffUpload
from app.models.site import Site
from app.services import tariff_view
from app.simulators.gateway_tariff import GatewayTariff, read_back
from tests.control.conftest import Home
from tests.domain.builders import SYDNEY
from tests.domain.plans import ALL, WEEKDAYS, WEEKEND, a_period, a_year, two_seasons

FRIDAY = datetime(2026, 11, 20, 3, 0, 10, tzinfo=UTC)  # 14:00 in Sydney
A_YEAR = a_year(
    a_period("Weekday peak", WEEKDAYS, "15:00", "21:00", 35, 7),
    a_period("Weekend", WEEKEND, "15:00", "21:00", 20, 7),
    a_period("Rest", ALL, "21:00", "15:00", 12, 7),
    name="Example TOU",
)
DAILY = a_year(a_period("Peak", ALL, "15:00", "21:00", 52, 14), a_period("Rest", ALL, "21:00", "15:00", 20, 5))


@pytest.fixture
def quick_home(engine: Engine, home_of: Callable[..., Home]) -> Home:
    return home_of(engine, start=FRIDAY, is_in_process=True)


def publish(home: Home, plan: TimeOfUse, free: tuple[datetime, datetime] | None = None) -> None:
    """The retailer gives its plan and the prices of two days; electricity costs nothing within `free`."""
    now = home.pace.now()
    start = now.replace(minute=now.minute // 30 * 30, second=0, microsecond=0)
    given = half_hours(plan, SYDNEY, start - timedelta(hours=24), start + timedelta(hours=48), "amber")
    if free is not None:
        given = tuple(replace(each, import_c_per_kwh=0.0) if free[0] <= each.start < free[1] else each for each in given)
    answer = PriceAnswer(given, now, given[-1].end, frozenset({"import", "feed_in"}), charges=StandingCharges(112.0, 900.0), plan=plan)
    with home.session() as session:
        retailer = load(session, home.site_id, "retailer")
        assert retailer is not None
        store(session, retailer, answer, is_published_ahead=True)
        session.commit()


def step(home: Home, **later: float) -> None:
    """Time passes, the battery is read, the loop ticks."""
    home.later(**later)
    sample(home.around, home.opener, home.battery_id, home.pace.now())
    home.tick(fresh=False)


def uploads(home: Home) -> list[TariffUpload]:
    with home.session() as session:
        return list(session.query(TariffUpload).order_by(TariffUpload.id))


def held(home: Home) -> dict[str, Any]:
    plan: dict[str, Any] = home.world.powerwall.settings()["tariff_content_v2"]
    return plan


def test_the_whole_plan_reaches_the_powerwall_is_read_back_and_means_the_same(any_engine: Engine, home_of: Callable[..., Home]) -> None:
    home = home_of(any_engine, start=FRIDAY)
    publish(home, A_YEAR)
    step(home)
    assert home.plan == "POWERSYNC:TOU"
    assert home.outcome.is_confirmed
    assert home.world.powerwall.tariff_problems == []
    (upload,) = uploads(home)
    assert upload.confirmed_at is not None
    tariff = from_json(Tariff, upload.tariff)  # type: ignore[arg-type]
    assert isinstance(tariff, SeasonalTariff)
    sent = held(home)
    assert (sent["name"], sent["monthly_charges"], sent["daily_charges"]) == (
        "Example TOU (PowerSync)",
        9.0,
        [{"name": "Supply", "amount": 1.12}],
    )
    assert same_plan(sent, read_back(sent))
    gateway = GatewayTariff(read_back(sent))
    for day in range(14):
        for slot in range(48):
            local = datetime(2026, 11, 16, tzinfo=SYDNEY) + day * timedelta(days=1) + slot * timedelta(minutes=30)
            period = A_YEAR.period_at(local.date(), slot)
            assert period is not None
            assert gateway.prices(local) == (period.import_c_per_kwh / 100, period.feed_in_c_per_kwh / 100)
    assert [gateway.prices(datetime(2026, 11, day, 16, tzinfo=SYDNEY))[0] for day in (20, 21)] == [0.35, 0.20], (
        "weekday and weekend both survive"
    )


def test_a_plan_is_sent_once_and_never_again_over_days(quick_home: Home) -> None:
    publish(quick_home, two_seasons())
    step(quick_home)
    for _ in range(24):
        publish(quick_home, two_seasons())
        step(quick_home, hours=2, minutes=45)
    assert quick_home.posts() == ["time_of_use_settings"]
    assert len(uploads(quick_home)) == 1
    assert quick_home.outcome.is_confirmed


def test_a_feed_that_is_dead_for_days_neither_restores_nor_sends_anything(quick_home: Home) -> None:
    publish(quick_home, two_seasons())
    step(quick_home)
    for _ in range(8):
        step(quick_home, hours=30)
    assert quick_home.posts() == ["time_of_use_settings"]
    assert quick_home.plan == "POWERSYNC:TOU"
    assert quick_home.baseline is not None


@pytest.mark.parametrize(("minutes", "more_uploads"), [(30, 2), (60, 4)])
def test_a_free_time_is_told_from_a_day_before_and_the_plan_returns_after_it(quick_home: Home, minutes: int, more_uploads: int) -> None:
    """Half an hour: the day, then the plan again. Of a longer time each half-hour that comes into sight or is over is another day."""
    began = quick_home.pace.now()
    start = began.replace(second=0) + timedelta(hours=26)
    free = (start, start + timedelta(minutes=minutes))
    publish(quick_home, DAILY)
    step(quick_home)
    plans = {}
    for hours in (1.0, 2.0, 2.5, 3.0, 9.0, 17.0, 25.5, 26.0, 26.5, 27.0, 27.5, 33.0):
        publish(quick_home, DAILY, free)
        step(quick_home, seconds=(began + timedelta(hours=hours) - quick_home.pace.now()).total_seconds())
        plans[hours] = quick_home.plan
    told_as_a_day = [hours for hours, plan in plans.items() if plan == "POWERSYNC:SYNC"]
    assert told_as_a_day == [hours for hours in plans if 2.5 <= hours < 26 + minutes / 60], "until its last half-hour is over"
    assert set(plans.values()) == {"POWERSYNC:SYNC", "POWERSYNC:TOU"}
    assert len(uploads(quick_home)) == 1 + more_uploads


def test_a_free_time_in_force_is_what_the_battery_buys_at(quick_home: Home) -> None:
    publish(quick_home, DAILY, (FRIDAY.replace(second=0), FRIDAY.replace(second=0) + timedelta(hours=2)))
    step(quick_home)
    rates = held(quick_home)["energy_charges"]["Summer"]["rates"]
    assert [period for period, rate in rates.items() if rate == 0.0] == ["PERIOD_14_00", "PERIOD_14_30", "PERIOD_15_00", "PERIOD_15_30"]


def test_a_changed_plan_is_sent_and_a_renamed_period_is_not(quick_home: Home) -> None:
    publish(quick_home, DAILY)
    step(quick_home)
    renamed = a_year(*(replace(each, name="Other") for each in DAILY.seasons[0].periods))
    publish(quick_home, renamed)
    step(quick_home, minutes=6)
    assert len(uploads(quick_home)) == 1
    dearer = a_year(*(replace(each, import_c_per_kwh=each.import_c_per_kwh + 1) for each in DAILY.seasons[0].periods))
    publish(quick_home, dearer)
    step(quick_home, minutes=6)
    assert len(uploads(quick_home)) == 2
    assert held(quick_home)["energy_charges"]["Summer"]["rates"] == {"ON_PEAK": 0.53, "OFF_PEAK": 0.21}


def test_demand_rates_of_the_settings_are_sent_when_they_change_and_not_again(quick_home: Home) -> None:
    publish(quick_home, DAILY)
    step(quick_home)
    window = {"start": "15:00", "end": "21:00", "days": "weekdays", "rate_c_per_kw": 40.0, "months": [11, 12, 1, 2, 3]}
    quick_home.policy("demand", enabled=True, windows=[window], apply_to="buy")
    step(quick_home, minutes=6)
    assert len(uploads(quick_home)) == 2
    rates = held(quick_home)["demand_charges"]
    assert rates == {
        "ALL": {"rates": {"ALL": 0}},
        "Summer": {"rates": {"ON_PEAK": 0.4, "PARTIAL_PEAK": 0.0, "OFF_PEAK": 0.0}},
        "Winter": {},
    }
    assert [(each["fromMonth"], each["toMonth"]) for each in held(quick_home)["seasons"].values()] == [(11, 3), (4, 10)]
    for _ in range(5):
        step(quick_home, minutes=20)
    assert len(uploads(quick_home)) == 2


def test_the_owners_button_wins_and_the_plan_returns(quick_home: Home) -> None:
    publish(quick_home, DAILY)
    step(quick_home)
    quick_home.press("charge", 30)
    step(quick_home, seconds=5)
    assert quick_home.plan == "POWERSYNC:CHARGE"
    step(quick_home, minutes=31)
    assert quick_home.plan == "POWERSYNC:TOU"


def test_the_preview_is_what_is_sent_with_the_weeks_of_the_plan(quick_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(quick_home, two_seasons())
    step(quick_home)
    monkeypatch.setattr(tariff_view, "known_prices", lambda *_: None)  # the plan of this test has no retailer to ask
    with quick_home.session() as session:
        site = session.get_one(Site, quick_home.site_id)
    view = tariff_view.present(quick_home.around, site, quick_home.pace.now())
    shown = view.as_json()
    assert shown["payload"] == held(quick_home)
    assert len(shown["slots"]) == 48
    assert list(shown) == ["slots", "weeks", "payload"]
    summer, winter = shown["weeks"]
    assert (summer["name"], summer["from"], summer["to"], winter["from"], winter["to"]) == ("Summer", "10-01", "03-31", "04-01", "09-30")
    assert [day["days"] for day in summer["days"]] == [["mon", "tue", "wed", "thu", "fri"], ["sat", "sun"]]
    assert summer["days"][0]["periods"][2:4] == [
        {"name": "Peak", "start": "15:00", "end": "16:00", "import_c_per_kwh": 52.0, "feed_in_c_per_kwh": 4.0, "demand_c_per_kw": 0.0},
        {"name": "Peak", "start": "16:00", "end": "20:00", "import_c_per_kwh": 52.0, "feed_in_c_per_kwh": 14.0, "demand_c_per_kw": 0.0},
    ]
    assert summer["days"][0]["periods"][-1]["end"] == "24:00"
    assert view.today == date(2026, 11, 20)
    assert "  Mon–Fri     16:00 – 20:00     52.0 c     14.0 c  Peak" in view.as_text()
