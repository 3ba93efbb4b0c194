"""Roll-ups by the day: energy and money in three ways, made anew when something changes, and never at the cost of what was known."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.control.bill_rules import bill_rules_of
from app.control.connections import Opener
from app.control.surroundings import Surroundings
from app.domain.bill_rules import BillRules, FreeImport
from app.domain.tariffs.time_of_use import Period, Season, TimeOfUse
from app.domain.windows import Window
from app.models.price import Price
from app.models.summary import DayCost, DaySummary
from app.services import summaries
from app.transports.errors import CredentialsRefused
from app.transports.pace import RealPace
from tests.conftest import NOW
from tests.services.summaries.homes import RecordedHome

MONDAY, TUESDAY, TODAY = date(2026, 11, 16), date(2026, 11, 17), date(2026, 11, 20)
FLAT = TimeOfUse((Season("All year", (1, 1), (12, 31), (Period("Flat", frozenset(range(7)), time(0), time(0), 30.0, 5.0),)),))


def summary(home: RecordedHome, day: date = MONDAY) -> DaySummary:
    home.session.expire_all()
    return home.session.get_one(DaySummary, (home.site.id, day))


def cost(home: RecordedHome, way: str, day: date = MONDAY) -> DayCost:
    return home.session.get_one(DayCost, (home.site.id, day, way))


def test_a_day_is_summed_up_in_three_ways(any_engine: Engine) -> None:
    with Session(any_engine) as session:
        home = RecordedHome(session).metered(MONDAY).priced(MONDAY).rolled_up()
        day = summary(home)
        assert (day.covered_s, day.priced_s) == (86_400, 86_400)
        # 48 stretches of noon, 48 of evening, 192 at night
        assert (day.solar_wh, day.import_wh, day.export_wh) == (14_400, 4_800, 4_800)
        assert (day.charge_wh, day.discharge_wh, day.load_wh) == (7_200, 4_800, 12_000 - 4_800 + 4_800)
        metered, none, alone = (cost(home, way) for way in ("metered", "no_battery", "on_its_own"))
        assert (metered.import_c, metered.feed_in_c) == (pytest.approx(144), pytest.approx(24))
        assert (none.import_wh, none.export_wh) == (9_600, 12_000)
        assert (none.import_c, none.feed_in_c) == (pytest.approx(288), pytest.approx(60))
        assert none.stored_wh is None
        assert alone.import_wh < metered.import_wh  # it carries the night too
        assert alone.stored_wh is not None


def test_the_simulated_battery_goes_on_from_day_to_day(session: Session) -> None:
    home = RecordedHome(session).metered(MONDAY, TUESDAY).priced(MONDAY, TUESDAY).rolled_up()
    first, second = cost(home, "on_its_own"), cost(home, "on_its_own", TUESDAY)
    assert first.stored_wh is not None
    assert second.stored_wh is not None
    assert first.gained_wh == pytest.approx(first.stored_wh - 5_000, abs=0.2)  # it began as full as the real one
    assert second.gained_wh == pytest.approx(second.stored_wh - first.stored_wh, abs=0.2)


def test_without_the_size_of_the_battery_that_way_is_left_out(session: Session) -> None:
    home = RecordedHome(session, facts={"capacity_wh": 10_000.0}).metered(MONDAY).priced(MONDAY).rolled_up()
    assert {row.way for row in session.query(DayCost)} == {"metered", "no_battery"}
    home.settings("own_battery", max_charge_w=5000, max_discharge_w=5000).rolled_up()
    assert {row.way for row in session.query(DayCost)} == {"metered", "no_battery", "on_its_own"}


def test_a_device_that_forgets_its_size_for_a_while_costs_no_day_its_figures(session: Session) -> None:
    home = RecordedHome(session).metered(MONDAY, TODAY).priced(MONDAY, TODAY).rolled_up()
    made_at = summary(home).made_at
    battery = home.session.query(type(home.retailer)).filter_by(role="battery").one()
    battery.facts = {}
    session.commit()
    home.rolled_up(NOW + timedelta(minutes=5))
    assert summary(home).made_at == made_at
    assert cost(home, "on_its_own").stored_wh is not None


def test_only_settled_prices_are_billed(session: Session) -> None:
    home = RecordedHome(session).metered(MONDAY, TUESDAY).priced(MONDAY, quality="forecast").priced(TUESDAY, quality="current").rolled_up()
    assert (summary(home).covered_s, summary(home).priced_s) == (86_400, 0)
    assert summary(home, TUESDAY).priced_s == 86_400


def test_what_was_not_measured_is_not_counted_as_measured(session: Session) -> None:
    home = RecordedHome(session).metered(MONDAY, hours=(0, 6)).priced(MONDAY).rolled_up()
    assert summary(home).covered_s == 6 * 3600
    assert summary(home).import_wh == 72 * 25


def test_a_price_that_settles_late_changes_the_day(session: Session) -> None:
    home = RecordedHome(session).metered(MONDAY, TODAY).priced(MONDAY, TODAY).rolled_up()
    before = cost(home, "metered").import_c
    home.priced(MONDAY, import_c=60.0, as_of=NOW + timedelta(minutes=2)).rolled_up(NOW + timedelta(minutes=5))
    session.expire_all()
    assert cost(home, "metered").import_c == pytest.approx(2 * before)


def test_a_day_that_is_over_is_not_made_again_for_nothing(session: Session) -> None:
    home = RecordedHome(session).metered(MONDAY, TODAY).priced(MONDAY, TODAY).rolled_up()
    made_at = summary(home).made_at
    home.rolled_up(NOW + timedelta(minutes=5))
    assert summary(home).made_at == made_at
    assert summary(home, TODAY).made_at == NOW + timedelta(minutes=5)


def test_readings_that_come_in_after_midnight_are_taken_in(session: Session) -> None:
    midnight = datetime(2026, 11, 16, 13, tzinfo=UTC)
    home = RecordedHome(session).metered(MONDAY, hours=(0, 23.5)).priced(MONDAY, as_of=midnight - timedelta(hours=1))
    home.rolled_up(midnight + timedelta(minutes=10))
    home.metered(MONDAY, hours=(23.5, 24)).rolled_up(midnight + timedelta(minutes=15))
    assert summary(home).covered_s == 86_400


def test_a_new_size_of_the_battery_makes_every_day_anew(session: Session) -> None:
    home = RecordedHome(session).metered(MONDAY, TODAY).priced(MONDAY, TODAY).rolled_up()
    before = cost(home, "on_its_own").import_wh
    home.settings("own_battery", usable_wh=1000).rolled_up()
    session.expire_all()
    assert cost(home, "on_its_own").import_wh > before


def test_a_day_whose_prices_are_gone_keeps_its_money(session: Session) -> None:
    home = RecordedHome(session).metered(MONDAY, TODAY).priced(MONDAY, TODAY).rolled_up()
    before = cost(home, "metered").import_c
    session.query(Price).delete()
    session.commit()
    home.settings("own_battery", usable_wh=1000).rolled_up()
    session.expire_all()
    assert (summary(home).priced_s, cost(home, "metered").import_c) == (86_400, before)


def test_a_pool_of_free_energy_is_used_up_over_the_month(session: Session) -> None:
    rules = BillRules(FLAT, free_import=FreeImport(Window(time(0), time(6)), 100.0))  # 3 kWh in November
    home = RecordedHome(session).metered(MONDAY, TUESDAY, until=NOW).rolled_up(rules_of=lambda _: rules)
    assert (cost(home, "metered").free_wh, cost(home, "metered", TUESDAY).free_wh) == (1_800, 1_200)
    assert cost(home, "metered").import_c == pytest.approx((4_800 - 1_800) * 0.03)


def test_a_plan_that_cannot_be_read_gives_energy_and_no_money(session: Session) -> None:
    def unreadable(_: object) -> None:
        raise CredentialsRefused("GloBird", "enter it again")

    home = RecordedHome(session).metered(MONDAY).priced(MONDAY).rolled_up(rules_of=unreadable)
    assert (summary(home).covered_s, summary(home).priced_s) == (86_400, 0)
    assert session.query(DayCost).count() == 0


def test_a_plan_that_cannot_be_read_for_a_while_costs_no_day_its_money(session: Session) -> None:
    def unreadable(_: object) -> None:
        raise CredentialsRefused("GloBird", "enter it again")

    home = RecordedHome(session).metered(MONDAY, TODAY).priced(MONDAY, TODAY).rolled_up()
    home.rolled_up(NOW + timedelta(minutes=5), unreadable)
    assert summary(home).priced_s == 86_400
    home.rolled_up(NOW + timedelta(minutes=10))
    assert summary(home, TODAY).priced_s > 0


def test_the_rules_come_from_the_retailer(session: Session, engine: Engine) -> None:
    home = RecordedHome(session, brand="globird")
    opener = Opener(Surroundings(engine, RealPace()), lambda: NOW)
    home.retailer.config = {"preset": "zerohero_jul_2026", "import_c": 40.0, "feed_in_c": 2.0}
    session.commit()
    assert isinstance(bill_rules_of(opener, home.retailer), BillRules)


def test_the_demand_peaks_of_each_way_are_kept(session: Session) -> None:
    window = {"start": "18:00", "end": "22:00", "days": "all", "rate_c_per_kw": 40.0}
    home = RecordedHome(session).settings("demand", enabled=True, windows=[window]).metered(MONDAY).priced(MONDAY).rolled_up()
    metered, none = cost(home, "metered").peaks, cost(home, "no_battery").peaks
    assert (metered[0]["kw"], none[0]["kw"]) == (0.0, pytest.approx(1.2))


def test_a_long_past_is_made_by_and_by_and_the_present_at_once(session: Session) -> None:
    first = TODAY - timedelta(days=40)
    home = RecordedHome(session).metered(first, TODAY, hours=(12, 12.2))
    left = summaries.bring_up(session, home.site, NOW, lambda _: None)
    assert left == 41 - summaries.MOST_DAYS
    assert session.get(DaySummary, (home.site.id, first)) is not None
    assert session.get(DaySummary, (home.site.id, TODAY)) is not None
    home.rolled_up()
    assert session.query(DaySummary).count() == 41


def test_a_home_without_records_has_no_days(session: Session) -> None:
    RecordedHome(session).rolled_up()
    assert session.query(DaySummary).count() == 0
