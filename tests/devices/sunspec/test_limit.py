"""What a limit becomes in SunSpec's immediate controls."""

from hypothesis import given
from hypothesis import strategies as st

from app.devices.sunspec_limit import Rating, differing, in_words, limit_w_from, target_settings
from app.domain.opinions import Curtail, Run

FREE = {"limit_switch": 0, "limit_pct": 100.0, "revert_s": 0}
OWN = {"limit_switch": 1, "limit_pct": 40.0, "revert_s": 0}
RATING = Rating(5000)


def test_a_limit_is_a_share_of_the_rated_power_and_timed() -> None:
    assert target_settings(Curtail(1800), FREE, RATING) == {"limit_switch": 1, "limit_pct": 36.0, "revert_s": 1200, "timer": 1}


def test_where_the_owner_has_a_limit_the_timer_would_lift_it() -> None:
    assert target_settings(Curtail(1800), OWN, RATING) == {**OWN, "limit_pct": 36.0}
    assert target_settings(Curtail(4000), OWN, RATING) == OWN


def test_an_inverter_without_a_timer_is_limited_without_one() -> None:
    free = {"limit_switch": 0, "limit_pct": 100.0}
    assert target_settings(Curtail(0), free, RATING) == {"limit_switch": 1, "limit_pct": 0}


def test_a_limit_counts_in_the_steps_that_the_inverter_knows_rounded_down() -> None:
    assert target_settings(Curtail(1849), FREE, Rating(5000, 1.0))["limit_pct"] == 36
    assert target_settings(Curtail(1849), FREE, RATING)["limit_pct"] == 36.98


def test_running_free_is_what_the_owner_has_set_without_the_timer() -> None:
    for command in (None, Run(), Curtail(5000), Curtail(90_000)):
        assert target_settings(command, {**FREE, "timer": 0}, RATING) == FREE


def test_the_installers_export_limit_counts_while_the_switch_is_off() -> None:
    on = {"limit_switch": 1, "limit_pct": 100.0, "revert_s": 0}
    assert target_settings(Curtail(0), on, RATING, has_soft_limit=True) == {**on, "limit_switch": 0}
    assert target_settings(Curtail(0), FREE, RATING, has_soft_limit=True) == FREE
    assert target_settings(Curtail(0), OWN, RATING, has_soft_limit=True) == {**OWN, "limit_pct": 0}
    assert limit_w_from({**on, "limit_switch": 0}, 5000, has_soft_limit=True) == 0
    assert limit_w_from(on, 5000, has_soft_limit=True) is None


def test_a_timer_that_wants_renewing_is_different() -> None:
    wanted = target_settings(Curtail(1800), FREE, RATING)
    assert differing(wanted, wanted) == frozenset()
    assert differing(wanted, {**wanted, "timer": 0}) == {"timer"}
    assert differing(OWN, {**OWN, "timer": 0}) == frozenset()


def test_a_reading_one_hundredth_beside_is_the_same() -> None:
    assert differing({"limit_pct": 36.98}, {"limit_pct": 36.99}) == frozenset()
    assert differing({"limit_pct": 36.98}, {"limit_pct": 37.0}) == {"limit_pct"}


def test_settings_in_words() -> None:
    assert set(in_words({**FREE, "timer": 1}).values()) == {"off", "100\u202f%", "never", "set"}


@given(st.integers(0, 400_000), st.integers(100, 350_000), st.sampled_from([0, 1]), st.integers(0, 100), st.sampled_from([0.01, 0.1, 1.0]))
def test_a_limit_is_never_above_what_was_asked_nor_above_the_owners(most_w: int, rated_w: int, switch: int, pct: int, step: float) -> None:
    owners = {"limit_switch": switch, "limit_pct": float(pct), "revert_s": 0}
    wanted = target_settings(Curtail(most_w), owners, Rating(rated_w, step))
    told_w, owners_w = limit_w_from(wanted, rated_w), limit_w_from(owners, rated_w)
    in_force_w = rated_w if told_w is None else told_w
    assert in_force_w <= min(rated_w, most_w) + 1e-6
    assert owners_w is None or in_force_w <= owners_w + 1e-6
    assert in_force_w >= min(most_w, rated_w if owners_w is None else owners_w) - rated_w * step / 100 - 1e-6
