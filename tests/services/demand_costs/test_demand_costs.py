"""What a home's demand charge and its month come to, from its stored energy."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.control.observe import observe
from app.domain.charges import StandingCharges
from app.domain.settings.demand import DemandPeriod
from app.services.demand_costs import DemandMonth, demand_month
from tests.conftest import NOW
from tests.services.demand_costs.homes import EVENING, HALF_HOUR, SYDNEY, MeteredHome, at

SHOULDER = {"start": "07:00", "end": "15:00", "days": "all", "name": "shoulder", "rate_c_per_kw": 8.0}


@pytest.fixture
def on_both(any_engine: Engine) -> Iterator[Session]:
    with Session(any_engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def home(session: Session) -> MeteredHome:
    return MeteredHome(session)


def view(home: MeteredHome, now: datetime = NOW) -> DemandMonth:
    return demand_month(home.session, home.site, now)


def test_the_month_of_a_home_reads_alike_on_both_databases(on_both: Session) -> None:
    home = MeteredHome(on_both).demand(EVENING, SHOULDER).settings("supply_charges", daily_c=110, monthly_c=1500)
    home.metered(at(12, 17), 1.10, 1.45, 2.60, 3.05, 2.20, 0.90).metered(at(13, 9), 2.0)
    home.metered(at(20, 16, 30), 0.1, 0.1, minutes=5).read(at(20, 16, 40), 3000, 3000, 3000, 3000)
    month = view(home)
    assert [(peak.period, round(peak.kw, 3), peak.start) for peak in month.peaks] == [
        (DemandPeriod.PEAK, 6.1, at(12, 18, 30)),
        (DemandPeriod.SHOULDER, 4.0, at(13, 9)),
    ]
    assert month.cost.expected_c == pytest.approx((6.1 * 39.485 + 4.0 * 8.0) * 30)
    assert month.cost.so_far_c == pytest.approx((6.1 * 39.485 + 4.0 * 8.0) * 20)
    assert (month.supply.so_far_c, month.supply.month_c) == (20 * 110 + 1500, 30 * 110 + 1500)
    assert month.energy.net_c == pytest.approx(7 * 8.0)
    assert month.days_to_reset == 11
    assert month.running_window is not None
    assert month.running_window.until == at(20, 21)
    assert month.running.kw == pytest.approx((200 + 100) / 1000 / (12 / 60))
    assert month.running.least_kw == pytest.approx(0.6)


def test_the_worked_example_of_a_bill(home: MeteredHome) -> None:
    home.demand().metered(at(12, 17), 1.10, 1.45, 2.60, 3.05, 2.20, 0.90)
    last = view(home, at(30, 23)).cost
    assert [round((each or 0) / 100, 2) for each in (last.so_far_c, last.expected_c)] == [72.26, 72.26]


def test_the_peak_starts_anew_on_the_billing_day(home: MeteredHome) -> None:
    home.demand(billing_day=15).metered(at(13, 17), 3.0).metered(at(16, 17), 1.0)
    month = view(home)
    assert (month.cycle.first, month.cycle.end, month.days_to_reset) == (date(2026, 11, 15), date(2026, 12, 15), 25)
    assert [peak.kw for peak in month.peaks] == [2.0]
    assert [peak.kw for peak in view(home, at(14, 23)).peaks] == [6.0]


def test_import_before_the_local_midnight_belongs_to_the_month_before(home: MeteredHome) -> None:
    home.demand({**EVENING, "start": "00:00", "end": "00:00", "days": "all"})
    home.metered(at(31, 23, 30, month=10), 4.0).metered(at(1, 0), 1.0)
    assert [(peak.kw, peak.start) for peak in view(home).peaks] == [(2.0, at(1, 0))]


def test_the_running_half_hour_sets_no_peak_yet(home: MeteredHome) -> None:
    home.demand().metered(at(20, 16, 30), 5.0, covered_s=600)
    assert view(home).peaks == ()
    assert [peak.kw for peak in view(home, at(20, 17)).peaks] == [10.0]  # 5 kWh in ten minutes are 10 kW of the half-hour at least


def test_readings_of_which_there_is_a_record_count_once(home: MeteredHome) -> None:
    home.demand().metered(at(20, 16, 30), 0.25, 0.25, minutes=5)
    home.read(at(20, 16, 30), *[3000] * 24)
    running = view(home).running
    assert running.kw == pytest.approx(3.0)
    assert running.least_kw == pytest.approx((0.25 + 0.25 + 3.0 / 30) / 0.5)


def test_a_half_hour_that_has_just_begun_has_no_figure(home: MeteredHome) -> None:
    home.demand().read(at(20, 16, 30), 9000, 9000)
    assert view(home, at(20, 16, 31)).running.kw is None
    assert view(home, at(20, 16, 33)).running.kw == pytest.approx(9.0)


def test_gaps_are_told_and_no_zero(home: MeteredHome) -> None:
    home.demand()
    assert (view(home).cost.so_far_c, view(home).coverage_pct) == (None, 0.0)
    home.metered(at(19, 15), *[0.5] * 12)
    month = view(home)
    assert month.coverage_pct == pytest.approx(100 * 12 / (14 * 12 + 3))
    unknown = [day.day.day for day in month.days if day.is_billed and day.peak is None]
    assert unknown == [2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 16, 17, 18, 20]
    assert [day.day.day for day in month.days if not day.is_billed] == [1, 7, 8, 14, 15]


def test_before_the_first_billed_half_hour_the_charge_is_nothing_so_far(home: MeteredHome) -> None:
    month = view(home.demand(), at(1, 12))  # a Sunday
    assert (month.cost.so_far_c, month.cost.expected_c, month.coverage_pct) == (0.0, None, None)
    assert month.next_window is not None
    assert month.next_window.start == at(2, 15)


def test_a_month_without_windows_has_no_charge(home: MeteredHome) -> None:
    month = view(home.demand({**EVENING, "months": "12-3"}).metered(at(12, 17), 3.0))
    assert (month.has_windows, month.cost.expected_c, month.peaks) == (False, 0.0, ())
    assert month.next_window is not None
    assert month.next_window.start == at(1, 15, month=12)


def test_without_a_demand_charge_the_month_has_energy_and_supply(home: MeteredHome) -> None:
    home.settings("supply_charges", daily_c=100).metered(at(1, 0), *[1.0] * 96)
    month = view(home, at(3, 0))
    assert (month.peaks, month.running_window, month.next_window) == ((), None, None)
    assert month.total.so_far_c == pytest.approx(96 * 8.0 + 3 * 100)
    assert month.total.expected_c == pytest.approx(30 * 48 * 8.0 + 30 * 100)
    assert month.total.without_expected == ()


def test_a_month_is_estimated_from_a_day_of_energy_at_least(home: MeteredHome) -> None:
    home.settings("supply_charges", daily_c=100).metered(at(19, 0), *[1.0] * 47)
    month = view(home)
    assert (month.energy.net_c, month.energy.expected_c, month.total.expected_c) == (pytest.approx(376.0), None, None)
    assert view(home.metered(at(19, 23, 30), 1.0)).energy.expected_c == pytest.approx(30 * 48 * 8.0)


def test_energy_without_a_price_is_not_free(home: MeteredHome) -> None:
    home.metered(at(1, 0), *[1.0] * 48).metered(at(2, 0), *[9.0] * 48, cost_c=None)
    energy = view(home, at(3, 0)).energy
    assert (energy.net_c, energy.coverage_pct) == (pytest.approx(384.0), pytest.approx(50.0))
    assert energy.expected_c == pytest.approx(30 * 48 * 8.0)


def test_a_sum_names_what_is_not_in_it(home: MeteredHome) -> None:
    total = view(home.demand().metered(at(1, 0), *[0.1] * 48), at(2, 12)).total
    assert (total.without_so_far, total.without_expected) == (("supply charges",), ("supply charges", "the demand charge"))
    assert total.so_far_c == pytest.approx(384.0)


def test_a_month_with_a_longer_day_is_estimated_over_its_real_hours(home: MeteredHome) -> None:
    home.metered(at(1, 0, month=4), *[1.0] * 48)
    month = view(home, at(2, 0, month=4))
    assert month.energy.expected_c == pytest.approx((30 * 48 + 2) * 8.0)


def test_each_local_day_is_charged_once(home: MeteredHome) -> None:
    home.settings("supply_charges", daily_c=100)
    for hour, days in ((1, 5), (2, 5), (3, 5), (23, 5)):
        assert view(home, at(5, hour, month=4)).supply.so_far_c == days * 100  # 25 hours
    assert view(home, at(6, 0, month=4)).supply.so_far_c == 600
    assert view(home, at(4, 23, 30, month=10)).supply.so_far_c == 400  # 23 hours
    assert view(home, at(5, 0, month=10)).supply.so_far_c == 500


@pytest.mark.parametrize(
    ("entered", "stated", "charges"),
    [
        ({}, (None, None), StandingCharges(None, None)),
        ({}, (98.0, 2500.0), StandingCharges(98.0, 2500.0)),
        ({"daily_c": 110}, (98.0, 2500.0), StandingCharges(110.0, 2500.0)),
        ({"daily_c": 0, "monthly_c": 1500}, (98.0, None), StandingCharges(0.0, 1500.0)),
    ],
)
def test_what_the_owner_entered_wins_over_what_the_retailer_states(
    home: MeteredHome, entered: dict[str, float], stated: tuple[float | None, float | None], charges: StandingCharges
) -> None:
    home.settings("supply_charges", **entered).states(*stated)
    assert view(home).supply.charges == charges
    assert observe(home.session, home.site, NOW).charges == charges


def test_another_home_changes_nothing(home: MeteredHome) -> None:
    home.demand().metered(at(12, 17), 1.0)
    other = MeteredHome(home.session, name="Shack").demand(billing_day=9).states(500.0)
    other.metered(at(12, 17), 9.0).metered(at(20, 16, 30), 9.0, minutes=5)
    month = view(home)
    assert ([peak.kw for peak in month.peaks], month.running.least_kw, month.supply.so_far_c) == ([2.0], 0.0, None)


def test_days_are_those_of_the_home(session: Session) -> None:
    """16:30 in Perth is 19:30 in Sydney: each home has its own clock."""
    home = MeteredHome(session, zone="Australia/Perth").demand().metered(at(19, 19, 30), 1.0)
    (peak,) = view(home).peaks
    assert peak.start == at(19, 19, 30)
    early = MeteredHome(session, zone="Australia/Perth", name="Shack").demand().metered(at(19, 17, 30), 1.0)  # 14:30 in Perth
    assert view(early).peaks == ()


def test_the_running_half_hour_ends_on_the_half_hour(home: MeteredHome) -> None:
    running = view(home.demand(), NOW + timedelta(microseconds=123_457)).running
    assert (running.start, running.end) == (at(20, 16, 30), at(20, 17))
    assert running.start.astimezone(SYDNEY).minute == 30
    assert running.end - running.start == HALF_HOUR
