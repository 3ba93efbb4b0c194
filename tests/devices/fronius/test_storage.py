"""The driver of GEN24 batteries: order of writes, powers, and what may not be written to."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.devices.fronius.storage import Gen24Storage, open_storage
from app.devices.fronius.storage_fields import StorageFields
from app.domain.opinions import NO_LIMITS, BatteryCommand, BatteryLimits, Charge, Discharge, Hold
from app.simulators.pace import SimulatedPace
from app.simulators.powerwall import Flow
from app.simulators.sunspec_storage import Gen24, StorageQuirks
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood, RequestRefused
from tests.devices.contract.modbus_rig import ModbusRig
from tests.devices.contract.rig import START

ZONE = ZoneInfo("Australia/Sydney")
MODE, RESERVE, OUT, IN, FROM_GRID = 40_348, 40_350, 40_355, 40_356, 40_360


class StorageBench(ModbusRig):
    def __init__(self, device: Gen24, clock: SimulatedPace, fields: dict[str, Any]) -> None:
        super().__init__(device, clock)
        self.device = device
        self.battery: Gen24Storage = open_storage(StorageFields(host=self.server.host, port=self.server.port, **fields), Context(clock))

    def target(self, command: BatteryCommand | None, baseline: Any, limits: BatteryLimits = NO_LIMITS) -> Any:
        return self.battery.target(command, limits, baseline, now=START, until=None, zone=ZONE)

    def bring_about(self, command: BatteryCommand | None, baseline: Any, limits: BatteryLimits = NO_LIMITS) -> list[tuple[int, int]]:
        """Register and word of each write that it took."""
        self.server.record.writes.clear()
        wanted = self.target(command, baseline, limits)
        self.battery.write(wanted, self.battery.differing(wanted, self.battery.read_settings()), None)
        assert self.battery.differing(wanted, self.battery.read_settings()) == frozenset()
        return [(write.address, write.words[0]) for write in self.server.record.writes]


@contextmanager
def gen24(quirks: StorageQuirks | None = None, **fields: Any) -> Iterator[StorageBench]:
    clock = SimulatedPace(START)
    bench = StorageBench(Gen24(START, quirks=quirks), clock, fields)
    try:
        yield bench
    finally:
        bench.stop()


def showing(bench: StorageBench, flow: Flow) -> StorageBench:
    """The device with these powers, whatever sun and house say."""
    bench.device.plant.step_to = lambda now: flow  # type: ignore[method-assign]
    return bench


def test_commands_and_their_end_are_sent_in_the_order_of_the_sheet() -> None:
    with gen24() as bench:
        baseline = bench.battery.read_settings()
        assert bench.bring_about(Charge(3000), baseline) == [(MODE, 2), (OUT, 0xF0BE)]
        assert bench.bring_about(Discharge(7680), baseline) == [(MODE, 1), (IN, 0xD8F0), (OUT, 0x2710), (RESERVE, 1000)]
        assert bench.bring_about(Hold(), baseline) == [(MODE, 2), (IN, 0x2710), (OUT, 0), (RESERVE, 700)]
        assert bench.bring_about(None, baseline) == [(MODE, 0), (OUT, 0x2710)]


def test_charging_from_the_grid_is_forbidden_first_and_given_back_last() -> None:
    with gen24() as bench:
        bench.device.owner_sets({17: 1})
        baseline = bench.battery.read_settings()
        limits = BatteryLimits(grid_charging_allowed=False)
        assert bench.bring_about(Charge(3000), baseline, limits) == [(FROM_GRID, 0), (MODE, 2), (OUT, 0xF0BE)]
        assert bench.bring_about(None, baseline) == [(MODE, 0), (OUT, 0x2710), (FROM_GRID, 1)]


@pytest.mark.parametrize("is_float", [False, True])
def test_powers_have_the_apps_signs(is_float: bool) -> None:
    for battery_w in (-1500.0, 900.0):
        flow = Flow(solar_w=2500, battery_w=battery_w, grid_w=-350, load_w=2150 + battery_w)
        with gen24(StorageQuirks(is_float=is_float)) as bench:
            live = showing(bench, flow).battery.read_live(START)
            assert (live.solar_w, live.battery_w, live.grid_w, live.load_w) == (2500, battery_w, -350, 2150 + battery_w)
            assert live.soc_pct == pytest.approx(55, abs=0.01)


def test_a_tracker_without_a_figure_stands_still() -> None:
    with gen24(StorageQuirks(idle_is_not_available=True)) as bench:
        live = showing(bench, Flow(solar_w=0, battery_w=900, grid_w=100, load_w=1000)).battery.read_live(START)
        assert (live.solar_w, live.battery_w) == (0, 900)


def test_without_a_scale_nothing_is_made_up() -> None:
    with gen24() as bench:
        showing(bench, Flow(0, 0, 100, 100)).device._tell = lambda solar_w, battery_w: None  # type: ignore[method-assign]
        bench.device.trackers.put_words(4, 0x8000)
        bench.device.storage.put(8, 7840)
        live = bench.battery.read_live(START)
        assert (live.solar_w, live.battery_w, live.load_w, live.soc_pct) == (None, None, None, pytest.approx(78.4))


def test_what_100_percent_are_is_read_anew() -> None:
    with gen24() as bench:
        baseline = bench.battery.read_settings()
        bench.device.storage.put(2, 5000)
        assert bench.bring_about(Charge(2500), bench.battery.read_settings()) == [(MODE, 2), (OUT, 0x10000 - 5000)]
        assert bench.bring_about(None, baseline) == [(MODE, 0), (OUT, 0x2710)]


def test_an_inverter_that_tells_no_sizes_has_those_of_its_storage() -> None:
    with gen24(StorageQuirks(tells_sizes=False)) as bench:
        facts = bench.battery.read_facts()
        assert (facts.capacity_wh, facts.max_charge_w, facts.max_discharge_w) == (None, 7680, 7680)


def test_an_inverter_without_a_battery_says_so() -> None:
    with gen24(StorageQuirks(has_battery=False)) as bench:
        for call in (lambda: bench.battery.read_live(START), bench.battery.read_settings):
            with pytest.raises(AnswerNotUnderstood, match="battery"):
                call()


def test_another_inverter_at_its_address_is_not_written_to() -> None:
    with gen24() as bench:
        wanted = bench.target(Hold(), bench.battery.read_settings())
        bench.device.common.put_words(50, 0x3939)
        with pytest.raises(RequestRefused, match="another device"):
            bench.battery.write(wanted, {"mode"}, None)
        assert bench.writes() == 0


@pytest.mark.parametrize("offset", [21, 25])
def test_settings_that_count_otherwise_than_before_are_not_written(offset: int) -> None:
    with gen24() as bench:
        wanted = bench.target(Hold(), bench.battery.read_settings())
        bench.device.storage.put(offset, -1, "s16")
        with pytest.raises(AnswerNotUnderstood, match="otherwise"):
            bench.battery.write(wanted, {"mode"}, None)
        assert bench.writes() == 0


def test_registers_that_have_moved_are_walked_anew_before_anything_is_written() -> None:
    with gen24() as bench:
        baseline = bench.battery.read_settings()
        wanted = bench.target(Hold(), baseline)
        bench.server.device = bench.device = Gen24(START, quirks=StorageQuirks(is_float=True))
        with pytest.raises(AnswerNotUnderstood, match="moved"):
            bench.battery.write(wanted, {"mode", "discharge_pct"}, None)
        assert bench.writes() == 0
        assert bench.bring_about(Hold(), baseline) == [(MODE + 10, 2), (OUT + 10, 0)]
