"""An owner's plan goes back to the Powerwall with every field written."""

from typing import Any

import pytest

from app.devices.tesla.schedule import same_plan
from app.devices.tesla.tariff import neutral_tariff
from app.devices.tesla.written_plan import written_out
from tests.devices.tesla.samples import entry, read_back, season, two_seasons


@pytest.mark.parametrize("make", [two_seasons, neutral_tariff])
@pytest.mark.parametrize("midnight_as_zero", [False, True])
def test_a_plan_that_was_read_back_is_sent_as_it_was_written(make: Any, midnight_as_zero: bool) -> None:
    assert written_out(read_back(make(), midnight_as_zero=midnight_as_zero)) == make()
    assert written_out(make()) == make()


def test_a_monday_keeps_its_day() -> None:
    plan = {
        "demand_charges": {"ALL": {"rates": {"ALL": 0}}, "Summer": {}},
        "energy_charges": {"ALL": {"rates": {"ALL": 0}}, "Summer": {"rates": {"MONDAY": 0.5, "REST": 0.2}}},
        "seasons": {"Summer": season((1, 1), (12, 31), MONDAY=[entry(0, 0, (0, 0), (24, 0))], REST=[entry(1, 6, (0, 0), (24, 0))])},
    }
    assert written_out(read_back(plan)) == plan


def test_a_rate_of_zero_is_written_again() -> None:
    plan = two_seasons()
    plan["energy_charges"]["Summer"]["rates"]["OFF_PEAK"] = 0
    found = read_back(plan)
    del found["energy_charges"]["Summer"]["rates"]["OFF_PEAK"]
    sent = written_out(found)
    assert sent["energy_charges"]["Summer"]["rates"]["OFF_PEAK"] == 0
    assert same_plan(plan, sent)


def test_a_plan_without_seasons_goes_back_as_it_came() -> None:
    linked = {"code": "LINKED", "name": "Retailer plan", "utility": "Example Power"}
    assert written_out(linked) == linked
