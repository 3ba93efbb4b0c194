"""A home with a string inverter beside its battery: one sun, one balance, and a limit that shows at the meter."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymodbus.client import ModbusTcpClient

from app.simulators.history import prepared_day
from app.simulators.pace import SimulatedPace
from app.simulators.powerwall import Behaviour
from app.simulators.world import World

NOON = datetime(2026, 12, 14, 2, 0, tzinfo=UTC)  # 13:00 in Sydney
MIDNIGHT = datetime(2026, 12, 14, 13, 0, tzinfo=UTC)
SWITCH, LIMIT, AC_W = 5006, 5007, 5030  # wire addresses of the limit's switch (0xAA on), the limit in 0.1 %, and the power


class Home:
    """A world with its inverter, asked as a Modbus client asks."""

    def __init__(self, world: World, clock: SimulatedPace) -> None:
        assert world.solar_inverter is not None
        self.world, self.clock = world, clock
        self.client = ModbusTcpClient(world.solar_inverter.host, port=world.solar_inverter.port)

    def makes_w(self) -> int:
        low, high = self.client.read_input_registers(AC_W, count=2, device_id=1).registers
        return low + (high << 16)

    def limits_to(self, tenths_pct: int) -> None:
        assert not self.client.write_registers(SWITCH, [0xAA, tenths_pct], device_id=1).isError()

    def flow(self) -> Any:
        self.world.step()
        return self.world.household.flow


@pytest.fixture
def clock() -> SimulatedPace:
    return SimulatedPace(NOON)


@pytest.fixture
def home(clock: SimulatedPace) -> Iterator[Home]:
    with World(clock, seed=3, soc_pct=100, behaviour=Behaviour.prompt(), solar_inverter=True) as world:
        built = Home(world, clock)
        yield built
        built.client.close()


def test_both_roofs_together_make_what_one_made(home: Home, clock: SimulatedPace) -> None:
    with World(clock, seed=3, soc_pct=100, behaviour=Behaviour.prompt()) as other:
        for _ in range(12):
            clock.advance(600)
            other.step()
            assert home.flow().solar_w == pytest.approx(other.household.flow.solar_w)


def test_what_it_makes_is_part_of_the_homes_solar(home: Home, clock: SimulatedPace) -> None:
    clock.advance(60)
    made_w, flow = home.makes_w(), home.flow()
    assert 1000 < made_w < flow.solar_w
    assert made_w == pytest.approx(flow.solar_w * 5 / 8, rel=0.02)
    assert flow.load_w == pytest.approx(flow.solar_w + flow.grid_w + flow.battery_w)


def test_a_limit_shows_at_the_meter_from_its_moment_on(home: Home, clock: SimulatedPace) -> None:
    clock.advance(600)
    before, made_w = home.flow(), home.makes_w()
    clock.advance(600)
    home.limits_to(0)
    at_its_moment = home.world.household.at
    clock.advance(60)
    after = home.flow()
    assert home.makes_w() == 0
    assert at_its_moment == NOON + timedelta(seconds=1200), "the time before ran without the limit"
    assert after.solar_w == pytest.approx(before.solar_w - made_w, rel=0.1)
    assert after.grid_w > before.grid_w + 1000
    assert after.load_w == pytest.approx(after.solar_w + after.grid_w + after.battery_w)


def test_what_the_battery_keeps_off_the_grid_the_inverter_does_not_tell_as_made(home: Home, clock: SimulatedPace) -> None:
    home.world.powerwall.owner_sets(customer_preferred_export_rule="never")
    clock.advance(60)
    flow = home.flow()
    assert flow.curtailed_w > 500
    assert home.makes_w() < flow.solar_w


def test_at_night_it_makes_nothing(home: Home, clock: SimulatedPace) -> None:
    clock.advance_to(MIDNIGHT)
    assert home.makes_w() == 0
    assert home.flow().solar_w == 0


def test_the_site_file_names_it_and_a_home_without_one_does_not(home: Home, clock: SimulatedPace) -> None:
    server = home.world.solar_inverter
    assert server is not None
    assert home.world.site_file()["inverters"] == [{"brand": "sungrow_sg", "host": "127.0.0.1", "port": server.port, "unit_id": 1}]
    with World(clock) as other:
        assert "inverters" not in other.site_file()


def test_its_past_has_the_sun_of_both(clock: SimulatedPace) -> None:
    with World(clock, seed=3, history_days=1, solar_inverter=True) as world, World(clock, seed=3, history_days=1) as other:
        past = [[reading.solar_w for reading in prepared_day(each, NOON, reading_minutes=60).readings] for each in (world, other)]
    assert past[0] == pytest.approx(past[1])
    assert max(past[0]) > 3000
