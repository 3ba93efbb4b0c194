"""What a limit becomes in the site limit of a SolarEdge inverter."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.devices.solaredge.site_limit import in_words, limit_w_in, narrowed

FREE = {"export_switch": 0, "other_limits": 8, "export_mode": 1, "export_limit_w": 9000.0}

settings = st.fixed_dictionaries(
    {
        "export_switch": st.integers(0, 1),
        "other_limits": st.sampled_from([0, 2, 8]),
        "export_mode": st.integers(0, 1),
        "export_limit_w": st.floats(0, 100_000),
    }
)


def test_a_limit_is_one_of_all_phases_together() -> None:
    assert narrowed(FREE, 1500.9) == {**FREE, "export_switch": 1, "export_mode": 0, "export_limit_w": 1500}


def test_an_owners_limit_of_each_phase_is_narrowed_in_its_own_way() -> None:
    owners = {**FREE, "export_switch": 1, "export_limit_w": 660.0}
    assert narrowed(owners, 1500) == {**owners, "export_limit_w": 500}
    assert narrowed(owners, 3000) == owners
    assert limit_w_in(owners) is None


def test_an_owners_limit_by_the_meter_of_the_consumption_stays_one() -> None:
    owners = {**FREE, "other_limits": 2, "export_mode": 0}
    assert narrowed(owners, 1500) == {**owners, "export_limit_w": 1500}


def test_a_limit_of_what_the_inverter_makes_stays() -> None:
    owners = {**FREE, "other_limits": 4}
    assert narrowed(owners, 0) == owners


def test_the_other_bits_are_told_in_words() -> None:
    assert in_words({**FREE, "other_limits": 6})["other limitations"] == (
        "of export, by the meter of the consumption and of what the inverter makes"
    )
    assert in_words(FREE)["export limitation"] == "off"


@given(settings, st.integers(0, 100_000))
def test_a_limit_is_kept_and_the_owners_never_lifted(owners: dict[str, Any], limit_w: int) -> None:
    wanted = narrowed(owners, limit_w)
    was_limited = bool(owners["export_switch"] or owners["other_limits"] & 2)
    assert wanted["export_switch"] or wanted["other_limits"] & 2
    assert wanted["export_limit_w"] * (3 if wanted["export_mode"] else 1) <= limit_w
    if was_limited:
        assert wanted["export_limit_w"] <= owners["export_limit_w"]
        assert wanted["export_mode"] == owners["export_mode"]
    assert wanted["other_limits"] == owners["other_limits"]
