"""What a limit becomes in the settings of an SG inverter."""

from hypothesis import given
from hypothesis import strategies as st

from app.devices.sungrow.string_registers import BEGIN, END, OFF, ON, SETTINGS
from app.devices.sungrow.string_targets import limit_from, target_settings
from app.domain.opinions import Curtail, Run

OWNERS = {"run": BEGIN, "limit_switch": OFF, "limit_pct": 100.0}


def test_a_limit_is_a_share_of_the_rated_power_rounded_down() -> None:
    wanted = target_settings(Curtail(1234), OWNERS, 5000, is_stopped_at_zero=True)
    assert wanted == {"run": BEGIN, "limit_switch": ON, "limit_pct": 24.6}


def test_nothing_is_a_limit_of_0_and_a_stop_where_the_model_needs_one() -> None:
    assert target_settings(Curtail(0), OWNERS, 5000, is_stopped_at_zero=True) == {"run": END, "limit_switch": ON, "limit_pct": 0.0}
    assert target_settings(Curtail(0), OWNERS, 5000, is_stopped_at_zero=False) == {"run": BEGIN, "limit_switch": ON, "limit_pct": 0.0}


def test_all_that_it_can_make_is_no_limit() -> None:
    for command in (None, Run(), Curtail(5000), Curtail(9000)):
        assert target_settings(command, OWNERS, 5000, is_stopped_at_zero=True) == OWNERS


@given(st.integers(0, 400_000), st.integers(500, 350_000), st.sampled_from([ON, OFF]), st.integers(0, 1000), st.booleans())
def test_a_limit_is_never_above_what_was_asked_nor_above_the_owners(
    most_w: int, rated_w: int, switch: int, tenths: int, is_stopped: bool
) -> None:
    owners = {"run": BEGIN, "limit_switch": switch, "limit_pct": tenths / 10}
    wanted = target_settings(Curtail(most_w), owners, rated_w, is_stopped_at_zero=is_stopped)
    for name, value in wanted.items():
        SETTINGS.point(name).encode(value)
    limit_w, owners_w = limit_from(wanted, rated_w), limit_from(owners, rated_w)
    in_force_w = rated_w if limit_w is None else limit_w
    assert in_force_w <= max(most_w, 0) + 1e-6 or in_force_w == rated_w <= most_w
    if owners_w is not None:
        assert in_force_w <= owners_w + 1e-6
    assert in_force_w >= min(most_w, rated_w if owners_w is None else owners_w) - rated_w / 1000 - 1e-6
