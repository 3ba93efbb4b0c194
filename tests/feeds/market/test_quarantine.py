"""Prices beyond the limits wait for a second answer; no figure that is only half known refuses a real price."""

from datetime import timedelta

import pytest

from app.domain.prices import Quality
from app.feeds.market.aemo.limits import MARKET_PRICE_CAPS, PriceCap, PriceLimits
from app.feeds.market.aemo.nem import FIVE_MINUTES, Reading, Spot
from app.feeds.market.aemo.quarantine import Quarantine
from tests.feeds.market.samples import NOW, at


def admitted(quarantine: Quarantine, price: float, origin: str, region: str = "NSW1", label: str = "18:00") -> bool:
    spot = Spot(region, at(label) - FIVE_MINUTES, at(label), price, Quality.SETTLED)
    passed = quarantine.passed(Reading((spot,)), origin)
    assert bool(passed.prices) is not bool(passed.refused)
    return bool(passed.prices)


@pytest.mark.parametrize("price", [-1000, -38.15, 0, 600, 17_500, 20_300, 20_301, 23_200])
def test_every_price_within_the_floor_and_the_highest_known_cap_counts_at_once(price: float) -> None:
    assert admitted(Quarantine(PriceLimits()), price, "a")


@pytest.mark.parametrize("price", [-1000.01, 23_200.01, 25_000, 987_654])
def test_a_price_beyond_them_counts_when_another_answer_agrees(price: float) -> None:
    quarantine = Quarantine(PriceLimits())
    assert not admitted(quarantine, price, "a")
    assert admitted(quarantine, price * 1.04, "b")
    assert admitted(quarantine, price, "c")


def test_the_same_file_again_is_no_second_answer() -> None:
    quarantine = Quarantine(PriceLimits())
    assert not admitted(quarantine, 25_000, "a")
    assert not admitted(quarantine, 25_000, "a")
    assert admitted(quarantine, 25_000, "b")


def test_answers_that_disagree_are_held_until_two_agree() -> None:
    quarantine = Quarantine(PriceLimits())
    assert not admitted(quarantine, 987_654, "a")
    assert not admitted(quarantine, 25_000, "b")
    assert admitted(quarantine, 25_000, "c")


def test_an_ordinary_price_in_between_ends_the_suspicion() -> None:
    quarantine = Quarantine(PriceLimits())
    assert not admitted(quarantine, 25_000, "a")
    assert admitted(quarantine, 85, "b")
    assert not admitted(quarantine, 25_000, "c")


def test_each_region_and_interval_is_held_for_itself() -> None:
    quarantine = Quarantine(PriceLimits())
    assert not admitted(quarantine, 25_000, "a")
    assert not admitted(quarantine, 25_000, "b", region="SA1")
    assert not admitted(quarantine, 25_000, "c", label="18:05")


def test_what_is_over_is_forgotten() -> None:
    quarantine = Quarantine(PriceLimits())
    assert not admitted(quarantine, 25_000, "a")
    quarantine.forget_before(NOW + timedelta(days=1))
    assert not admitted(quarantine, 25_000, "b")


def test_what_is_held_is_told_with_its_region_and_interval() -> None:
    spot = Spot("SA1", at("17:55"), at("18:00"), 25_000, Quality.SETTLED)
    [refusal] = Quarantine(PriceLimits()).passed(Reading((spot,)), "a").refused
    assert (refusal.region, refusal.words) == ("SA1", "SA1 at 2026-11-20 07:55Z: beyond the market's limits, held until it is given again")


def test_the_limits_can_be_set() -> None:
    limits = PriceLimits({**MARKET_PRICE_CAPS, 2027: PriceCap(26_000, is_confirmed=False)}, floor_aud_per_mwh=-2_000)
    assert limits.allow(26_000)
    assert limits.allow(-2_000)
    assert not limits.allow(26_001)


def test_the_known_caps_rise_from_year_to_year() -> None:
    caps = [cap.aud_per_mwh for _, cap in sorted(MARKET_PRICE_CAPS.items())]
    assert caps == sorted(caps)
    assert MARKET_PRICE_CAPS[2026].aud_per_mwh == 23_200
