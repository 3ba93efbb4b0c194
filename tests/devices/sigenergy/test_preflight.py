"""What a connection test says before anything is steered."""

import pytest

from app.devices.capabilities import ChecksBeforehand
from app.simulators.sigenergy import PlantQuirks
from tests.devices.contract.troubles import Trouble
from tests.devices.sigenergy.benches import Bench, a_plant

CLOUD = {"cloud_username": "owner@example.com", "cloud_password": "Passw0rd!"}


def states(bench: Bench) -> dict[str, str]:
    assert isinstance(bench.battery, ChecksBeforehand)
    rows = bench.battery.preflight()
    assert bench.writes() == 0
    assert all(row.words.endswith(".") for row in rows)
    return {row.title: row.state for row in rows}


def test_a_plant_that_is_ready_is_all_well() -> None:
    with a_plant() as bench:
        assert set(states(bench).values()) == {"ok"}


def test_a_modbus_server_that_is_off_is_the_only_row() -> None:
    with a_plant() as bench:
        bench.befall(Trouble.NOBODY_LISTENS)
        rows = bench.battery.preflight()
        assert [(row.title, row.state) for row in rows] == [("Modbus server", "lost")]
        assert "installer" in rows[0].words


@pytest.mark.parametrize(
    ("native_mode", "cloud", "state"),
    [(1, {}, "late"), (0, {}, "ok"), (1, CLOUD, "ok"), (0, CLOUD, "late"), (2, CLOUD, "late"), (3, {}, "late")],
)
def test_its_own_plan_is_a_second_mind_unless_it_follows_our_prices(native_mode: int, cloud: dict[str, str], state: str) -> None:
    with a_plant(native_mode=native_mode, **cloud) as bench:
        assert states(bench)["Its own plan"] == state


def test_remote_control_that_is_on_already_is_another_controller() -> None:
    with a_plant() as bench:
        bench.device.owner_sets({40029: 1})
        assert states(bench)["Another controller"] == "late"


def test_a_missing_grid_sensor_is_told() -> None:
    with a_plant(PlantQuirks(has_grid_sensor=False)) as bench:
        assert states(bench)["Grid sensor"] == "late"


def test_remote_control_that_cannot_be_read_is_lost() -> None:
    with a_plant() as bench:
        for address in (40029, 40031):
            del bench.device.holding.words[address]
        assert states(bench)["Remote control"] == "lost"
