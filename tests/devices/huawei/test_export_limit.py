"""What a limit becomes in the export settings of a Huawei inverter."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.devices.huawei.export_limit import differing, limit_w_in, narrowed
from app.devices.huawei.registers import EXPORT_SETTINGS

FREE = {"export_control": 0, "export_limit_w": 70_000, "export_limit_pct": 100}
RATED_W = 5000

settings = st.fixed_dictionaries(
    {
        "export_control": st.sampled_from([0, 5, 6, 7]),
        "export_limit_w": st.integers(-5000, 100_000),
        "export_limit_pct": st.floats(-100, 100),
    }
)


def test_nothing_may_be_fed_in() -> None:
    assert narrowed(FREE, 0, RATED_W) == {**FREE, "export_control": 5, "export_limit_w": 0}


def test_a_limit_is_one_in_whole_watts() -> None:
    assert narrowed(FREE, 1500.9, RATED_W) == {**FREE, "export_control": 6, "export_limit_w": 1500}


def test_a_percentage_of_an_unknown_power_becomes_no_export() -> None:
    owners = {**FREE, "export_control": 7, "export_limit_pct": 50}
    assert narrowed(owners, 3000, None)["export_control"] == 5


@pytest.mark.parametrize("way", [1, 2, 99])
def test_other_ways_stay(way: int) -> None:
    owners = {**FREE, "export_control": way}
    assert narrowed(owners, 0, RATED_W) == owners
    assert limit_w_in(owners, RATED_W) is None


def test_a_limit_of_nothing_is_no_export_and_another_is_not() -> None:
    wanted = {**FREE, "export_control": 5, "export_limit_w": 0}
    assert differing(wanted, {**FREE, "export_control": 6, "export_limit_w": 0}) == frozenset()
    assert differing(wanted, {**FREE, "export_control": 6, "export_limit_w": 10}) == {"export_control", "export_limit_w"}
    assert differing(wanted, FREE) == {"export_control", "export_limit_w"}
    assert differing({"export_control": 5}, {**FREE, "export_control": 6, "export_limit_w": 0}) == frozenset()
    assert differing(FREE, {**FREE, "export_control": 6, "export_limit_w": 0}) == {"export_control", "export_limit_w"}


@given(settings, st.integers(0, 100_000))
def test_a_limit_is_kept_and_the_owners_never_lifted(owners: dict[str, Any], limit_w: int) -> None:
    wanted = narrowed(owners, limit_w, RATED_W)
    in_force_w, owners_w = limit_w_in(wanted, RATED_W), limit_w_in(owners, RATED_W)
    assert in_force_w is not None
    assert in_force_w <= limit_w
    assert owners_w is None or in_force_w <= owners_w
    for name, value in wanted.items():
        EXPORT_SETTINGS.point(name).encode(value)
