"""When prices are sent: staged, twice in five minutes at most, never on a guess."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain.opinions import BATTERY, FollowTariff, Nothing, Priority, Unknown, Wish
from app.domain.policies.tariff_sync import follow_prices
from app.domain.prices import PriceBook, Quality
from app.domain.reasons import because
from app.domain.sentences import sentence
from app.domain.settings.tariff_sync import TariffSync
from app.domain.snapshot import BatteryView, Snapshot
from app.domain.tariffs.half_hourly import RollingTariff
from tests.domain.builders import NOW, a_book, a_reading, a_snapshot, before


def tariff_in(opinion: object) -> RollingTariff:
    assert isinstance(opinion, Wish), opinion
    assert isinstance(opinion.command, FollowTariff)
    return opinion.command.tariff


def followed(snapshot: Snapshot, tariff: RollingTariff, **more: Any) -> Snapshot:
    wish = Wish(BATTERY, FollowTariff(tariff), Priority.TARIFF_SYNC, because("no_prices"), NOW + timedelta(hours=6))
    return replace(snapshot, before=before("tariff_sync", wish, NOW - timedelta(hours=1)), **more)


def test_prices_become_a_tariff_until_they_are_too_old_to_trust() -> None:
    opinion = follow_prices(a_snapshot())
    assert len(tariff_in(opinion).slots) == 48
    assert isinstance(opinion, Wish)
    assert (opinion.axis, opinion.priority, opinion.expires_at) == (BATTERY, Priority.TARIFF_SYNC, NOW + timedelta(hours=6))


def test_published_prices_may_stay_while_they_last() -> None:
    opinion = follow_prices(a_snapshot(prices=a_book(is_published_ahead=True)))
    assert isinstance(opinion, Wish)
    assert opinion.expires_at == datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def test_the_owner_says_how_long_a_forecast_may_stay() -> None:
    opinion = follow_prices(a_snapshot(settings={"tariff_sync": TariffSync(forecast_max_age_h=2)}))
    assert isinstance(opinion, Wish)
    assert opinion.expires_at == NOW + timedelta(hours=2)


@pytest.mark.parametrize(
    ("prices", "code"),
    [
        (None, "no_prices"),
        (a_book(hours_ahead=3), "horizon_short"),
        (a_book(without=[datetime(2026, 11, 20, 5, 0, tzinfo=UTC)]), "prices_missing"),
        (a_book(NOW - timedelta(minutes=40)), "prices_old"),
    ],
)
def test_what_is_missing_is_unknown_and_named(prices: PriceBook | None, code: str) -> None:
    opinion = follow_prices(a_snapshot(prices=prices))
    assert isinstance(opinion, Unknown)
    assert opinion.reason.code == code


def test_switched_off_it_wishes_nothing() -> None:
    assert isinstance(follow_prices(a_snapshot(settings={"tariff_sync": TariffSync(enabled=False)})), Nothing)


def test_a_battery_that_takes_no_tariff_gets_none() -> None:
    assert isinstance(follow_prices(a_snapshot(battery=BatteryView(frozenset({"Charge"}), None, None))), Nothing)


def test_the_first_upload_of_a_period_takes_any_change() -> None:
    snapshot = a_snapshot(prices=a_book(feed_in_c=lambda start: 8.1))
    tariff = tariff_in(follow_prices(followed(snapshot, tariff_in(follow_prices(a_snapshot())))))
    assert tariff.slots[0].feed_in_c_per_kwh == 8.1


@pytest.mark.parametrize(("moved_c", "uploads", "is_taken"), [(0.49, 1, False), (0.5, 1, True), (5.0, 2, False)])
def test_the_second_upload_needs_half_a_cent_and_there_is_no_third(moved_c: float, uploads: int, is_taken: bool) -> None:
    snapshot = a_snapshot(prices=a_book(feed_in_c=lambda start: 8.0 + moved_c), tariff_uploads_in_period=uploads)
    tariff = tariff_in(follow_prices(followed(snapshot, tariff_in(follow_prices(a_snapshot())))))
    assert (tariff.slots[0].feed_in_c_per_kwh > 8.0) is is_taken


def test_with_settled_prices_only_an_estimate_waits() -> None:
    settings = {"tariff_sync": TariffSync(settled_prices_only=True)}
    waiting = follow_prices(a_snapshot(settings=settings, prices=a_book(current=Quality.CURRENT)))
    assert isinstance(waiting, Unknown)
    assert waiting.reason.code == "waits_for_settled_price"
    assert tariff_in(follow_prices(a_snapshot(settings=settings)))


def test_with_settled_prices_only_the_earlier_tariff_stays_meanwhile() -> None:
    earlier = tariff_in(follow_prices(a_snapshot()))
    settings = {"tariff_sync": TariffSync(settled_prices_only=True)}
    snapshot = a_snapshot(settings=settings, prices=a_book(current=Quality.CURRENT, feed_in_c=lambda start: 50.0))
    assert tariff_in(follow_prices(followed(snapshot, earlier))) == earlier


@pytest.mark.parametrize(
    ("current", "grid_w", "battery_w", "replans"),
    [
        (Quality.SETTLED, 500.0, 0.0, True),
        (Quality.CURRENT, 500.0, 0.0, False),
        (Quality.SETTLED, -500.0, 500.0, False),
        (Quality.SETTLED, 500.0, -500.0, False),
    ],
)
def test_the_battery_is_made_to_replan_only_when_that_costs_nothing(
    current: Quality, grid_w: float, battery_w: float, replans: bool
) -> None:
    snapshot = a_snapshot(
        settings={"tariff_sync": TariffSync(mode_toggle=True)},
        prices=a_book(current=current),
        live=a_reading(grid_w=grid_w, battery_w=battery_w),
    )
    opinion = follow_prices(snapshot)
    assert isinstance(opinion, Wish)
    assert isinstance(opinion.command, FollowTariff)
    assert opinion.command.replan is replans


def test_without_a_reading_the_battery_is_not_made_to_replan() -> None:
    opinion = follow_prices(a_snapshot(settings={"tariff_sync": TariffSync(mode_toggle=True)}, live=None))
    assert isinstance(opinion, Wish)
    assert isinstance(opinion.command, FollowTariff)
    assert opinion.command.replan is False


def estimated_book(hours_ahead: float = 20) -> PriceBook:
    book = a_book(NOW, hours_ahead=hours_ahead, import_c=lambda _start: 77.0)
    intervals = tuple(replace(each, quality=Quality.ESTIMATE, source="aemo") for each in book.intervals if each.end > NOW)
    return replace(book, intervals=intervals, as_of=NOW)


def test_a_short_horizon_is_widened_by_the_market_and_said_so() -> None:
    snapshot = replace(a_snapshot(prices=a_book(NOW, hours_ahead=3)), estimates=estimated_book())
    wish = follow_prices(snapshot)
    assert isinstance(wish, Wish)
    assert wish.reason.code == "follows_prices"
    assert "as estimates from the wholesale market" in sentence(wish.reason, snapshot.zone)


def test_a_retailer_that_has_been_silent_for_long_is_replaced_by_the_market_and_said_so() -> None:
    old = a_book(NOW - timedelta(hours=7), hours_ahead=24)
    assert isinstance(follow_prices(a_snapshot(prices=old)), Unknown)
    wish = follow_prices(replace(a_snapshot(prices=old), estimates=estimated_book()))
    assert isinstance(wish, Wish)
    assert wish.reason.code == "follows_market"
    assert "is silent" in sentence(wish.reason)
    assert isinstance(wish.command, FollowTariff)
    assert {slot.quality for slot in wish.command.tariff.slots} == {Quality.ESTIMATE}


def test_a_silent_retailers_last_forecast_keeps_the_tariff_that_is_in_force() -> None:
    old = a_book(NOW - timedelta(hours=2), hours_ahead=24)
    opinion = follow_prices(replace(a_snapshot(prices=old), estimates=estimated_book()))
    assert isinstance(opinion, Unknown)
    assert opinion.reason.code == "prices_old"
