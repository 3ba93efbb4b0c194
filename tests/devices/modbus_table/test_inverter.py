"""The driver of a described solar inverter: its words, its state, and what a limit comes to."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.devices.modbus_table.load import plan_from
from app.devices.modbus_table.targets import Ratings, limit_in_force_w, limit_settings
from app.devices.solar import InverterState
from app.domain.opinions import Curtail
from app.transports.errors import AnswerNotUnderstood, RequestRefused
from tests.devices.contract.inverter_rig import NOON
from tests.devices.modbus_table.benches import PlainBench, plain
from tests.devices.modbus_table.tables import HYBRID, INVERTER, changed

RATED = Ratings(rated_w=5000)


def curtail(bench: PlainBench, max_w: int) -> list[tuple[int, int, tuple[int, ...]]]:
    settings = bench.inverter.read_settings()
    wanted = bench.inverter.target(Curtail(max_w), settings, until=None)
    bench.inverter.write(wanted, bench.inverter.differing(wanted, settings), None)
    return [(write.function, write.address, write.words) for write in bench.server.record.writes]


def test_a_limit_is_written_before_its_switch_with_the_function_of_the_table() -> None:
    with plain(NOON) as bench:
        assert curtail(bench, 1234) == [(16, 61, (246,)), (16, 60, (0xAA,))]


def test_figures_come_from_the_words_of_the_documentation() -> None:
    with plain(NOON) as bench:
        found = bench.inverter.read_status(NOON)
        assert found.ac_w == pytest.approx(bench.device.power_w(NOON), abs=0.1)
        assert found.rated_w == pytest.approx(5000)
        assert (found.state, found.limit_w) == (InverterState.RUNNING, None)
        curtail(bench, 1500)
        held = bench.inverter.read_status(NOON)
        assert (held.state, held.limit_w) == (InverterState.LIMITED, pytest.approx(1500))
        night = NOON + timedelta(hours=10)
        bench.clock.advance_to(night)
        assert bench.inverter.read_status(night).state is InverterState.ASLEEP


def test_without_a_state_of_its_own_it_is_limited_when_it_makes_what_it_may() -> None:
    def stateless(data: dict[str, Any]) -> None:
        del data["read"]["state"]

    with plain(NOON, changed(INVERTER, stateless)) as bench:
        assert bench.inverter.read_status(NOON).state is InverterState.RUNNING
        bench.inverter.read_settings()
        curtail(bench, 1500)
        assert bench.inverter.read_status(NOON).state is InverterState.LIMITED


def test_a_rated_power_that_nobody_knows_stops_a_limit_in_percent() -> None:
    def elsewhere(data: dict[str, Any]) -> None:
        data["read"]["rated_w"]["address"] = 52

    with plain(NOON, changed(INVERTER, elsewhere)) as bench, pytest.raises(AnswerNotUnderstood, match="rated power"):
        bench.inverter.read_settings()


def test_a_value_that_does_not_belong_there_is_not_sent() -> None:
    with plain(NOON) as bench, pytest.raises(RequestRefused, match="was not sent"):
        bench.inverter.write({"limit": 120}, {"limit"}, None)


@pytest.mark.parametrize(("max_w", "pct"), [(0, 0), (1234, 24.6), (4999, 99.9), (5000, 100), (9000, 100)])
def test_a_limit_in_percent_is_rounded_down_to_what_the_register_holds(max_w: int, pct: float) -> None:
    wanted = limit_settings(plan_from(INVERTER), "limit_power", max_w, {"limitation": 0x55, "limit": 100.0}, RATED)
    assert wanted == {"limit": pytest.approx(pct), "limitation": 0xAA}


@pytest.mark.parametrize(("switch", "expected"), [(0xAA, 40.0), (0x55, 60.0)], ids=["in force", "switched off"])
def test_the_owners_limit_counts_where_it_is_in_force(switch: int, expected: float) -> None:
    wanted = limit_settings(plan_from(INVERTER), "limit_power", 3000, {"limitation": switch, "limit": 40.0}, RATED)
    assert wanted["limit"] == pytest.approx(expected)


def test_a_limit_without_a_switch_is_always_in_force_below_its_most() -> None:
    def switchless(data: dict[str, Any]) -> None:
        del data["settings"]["limitation"]
        data["commands"]["limit_power"].pop()
        data["give_back"].remove("limitation")

    plan = plan_from(changed(INVERTER, switchless))
    assert limit_settings(plan, "limit_power", 3000, {"limit": 40.0}, RATED) == {"limit": 40.0}
    assert limit_in_force_w(plan, "limit_power", {"limit": 40.0}, RATED) == 2000
    assert limit_in_force_w(plan, "limit_power", {"limit": 100.0}, RATED) is None


def test_a_limit_that_nobody_can_tell_is_none() -> None:
    plan = plan_from(INVERTER)
    in_force = {"limitation": 0xAA, "limit": 40.0}
    assert limit_in_force_w(plan, "limit_power", in_force, RATED) == 2000
    assert limit_in_force_w(plan, "limit_power", in_force, replace(RATED, rated_w=None)) is None
    assert limit_in_force_w(plan, "limit_power", {"limitation": 0x55, "limit": 40.0}, RATED) is None
    assert limit_in_force_w(plan_from(HYBRID), "limit_export", {"export_limitation": 1, "export_limit": 2000.0}, Ratings()) == 2000


def test_a_limit_whose_settings_the_owner_does_not_have_is_left_out() -> None:
    assert limit_settings(plan_from(INVERTER), "limit_power", 3000, {"limit": 40.0}, RATED) == {}
