"""What is remembered comes back as it was."""

import json
from datetime import time, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.domain.codec import from_json, to_json
from app.domain.opinions import BATTERY, Charge, Command, Curtail, Discharge, FollowTariff, Hold, Priority, Wish
from app.domain.policies.tariff_sync import follow_prices
from app.domain.reasons import because
from app.domain.sentences import sentence
from app.domain.settings.demand import Demand, DemandWindow
from app.domain.settings.export_boost import ExportBoost
from app.domain.snapshot import SiteLimits, Snapshot, StandingWish
from app.domain.tariffs.seasonal import SeasonalTariff, Tariff
from app.domain.tariffs.shaping import Shaped
from app.domain.tariffs.todays import next_day, whole_year
from tests.domain.builders import NOW, SYDNEY, a_snapshot, before
from tests.domain.plans import a_home_on, two_seasons


def through_json(value: object) -> object:
    return json.loads(json.dumps(to_json(value)))


def test_a_wish_with_a_tariff_survives() -> None:
    wish = follow_prices(a_snapshot())
    assert isinstance(wish, Wish)
    again = from_json(Wish, through_json(wish))
    assert (again.axis, again.command, again.priority, again.expires_at) == (wish.axis, wish.command, wish.priority, wish.expires_at)
    assert sentence(again.reason, SYDNEY) == sentence(wish.reason, SYDNEY)


def test_a_wish_with_the_plan_of_a_year_survives() -> None:
    wish = follow_prices(a_home_on(two_seasons()))
    assert isinstance(wish, Wish)
    assert isinstance(wish.command, FollowTariff)
    assert isinstance(wish.command.tariff, SeasonalTariff)
    assert from_json(Wish, through_json(wish)).command == wish.command


def test_a_stored_tariff_of_either_kind_is_known_by_its_name() -> None:
    day, year = next_day(a_home_on(two_seasons())), whole_year(a_home_on(two_seasons()))
    assert isinstance(day, Shaped)
    assert year is not None
    for tariff in (day.result, year.result):
        assert from_json(Tariff, through_json(tariff)) == tariff  # type: ignore[arg-type]


def test_a_tariff_stored_before_there_were_kinds_is_that_of_a_day() -> None:
    wish = follow_prices(a_snapshot())
    assert isinstance(wish, Wish)
    stored: Any = through_json(wish)
    del stored["command"]["tariff"]["is"], stored["command"]["tariff"]["monthly_charge_c"], stored["command"]["tariff"]["demand_applies_to"]
    for slot in stored["command"]["tariff"]["slots"]:
        del slot["demand_c_per_kw"]
    assert from_json(Wish, stored).command == wish.command


def test_a_snapshot_with_a_plan_decides_the_same_again() -> None:
    home = a_home_on(
        two_seasons(), settings={"demand": Demand(enabled=True, windows=(DemandWindow(time(15), time(21), rate_c_per_kw=30.0),))}
    )
    again = from_json(Snapshot, through_json(home))
    assert again.plan == home.plan
    wish, repeated = follow_prices(home), follow_prices(again)
    assert isinstance(wish, Wish)
    assert isinstance(repeated, Wish)
    assert repeated.command == wish.command


def test_a_snapshot_survives_with_all_that_decides() -> None:
    wish = Wish(BATTERY, Hold(), Priority.OWNER, because("owner_hold", until=NOW), NOW + timedelta(minutes=30))
    snapshot = a_snapshot(
        settings={"export_boost": ExportBoost(enabled=True, offset_c=5)},
        limits=SiteLimits(max_import_w=15000),
        owner_wishes=(StandingWish(wish, NOW),),
        before=before("tariff_sync", wish, NOW),
    )
    again = from_json(Snapshot, through_json(snapshot))
    assert again.settings.of(ExportBoost) == snapshot.settings.of(ExportBoost)
    assert (again.now, again.zone, again.prices, again.live, again.limits) == (
        snapshot.now,
        snapshot.zone,
        snapshot.prices,
        snapshot.live,
        snapshot.limits,
    )
    assert again.owner_wishes[0].wish.command == Hold()
    assert again.before["tariff_sync"].began_at == NOW


@given(
    st.one_of(
        st.builds(Charge, st.none() | st.integers(1, 9000)), st.builds(Discharge, st.none()), st.builds(Curtail, st.integers(0, 9000))
    )
)
def test_commands_survive(command: Command) -> None:
    assert from_json(Command, through_json(command)) == command  # type: ignore[arg-type]
