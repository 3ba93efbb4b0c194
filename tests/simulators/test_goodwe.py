"""A simulated GoodWe inverter answers as the sheet says, word by word."""

from datetime import UTC, datetime, timedelta

import pytest

from app.simulators.goodwe import EtQuirks, GoodWeEt
from app.simulators.modbus import READ_HOLDING, READ_INPUT, WRITE_MULTIPLE, Declined
from app.simulators.powerwall import Flow

NOON = datetime(2026, 3, 14, 2, 0, tzinfo=UTC)


@pytest.fixture
def et() -> GoodWeEt:
    return GoodWeEt(NOON)


def words(device: GoodWeEt, address: int, count: int = 1, after_s: float = 0, function: int = READ_HOLDING) -> list[int]:
    return device.read(247, function, address, count, NOON + timedelta(seconds=after_s))


def signed(device: GoodWeEt, address: int, after_s: float) -> int:
    high, low = words(device, address, 2, after_s)
    return ((high << 16 | low) + 0x80000000) % 0x100000000 - 0x80000000


def write(device: GoodWeEt, address: int, *sent: int, after_s: float = 0) -> None:
    device.write(247, WRITE_MULTIPLE, address, list(sent), NOON + timedelta(seconds=after_s))


def declined(device: GoodWeEt, address: int, *sent: int) -> int:
    with pytest.raises(Declined) as caught:
        write(device, address, *sent)
    return caught.value.code


def showing(device: GoodWeEt, flow: Flow) -> GoodWeEt:
    """The device with these powers, whatever sun and house say."""
    device.plant.step_to = lambda now: flow  # type: ignore[method-assign]
    return device


def test_the_examples_of_the_sheet(et: GoodWeEt) -> None:
    showing(et, Flow(solar_w=3456, battery_w=-2512, grid_w=3, load_w=580))
    assert words(et, 35140) == [0xFFFD]
    assert words(et, 35180) == [2560]
    assert words(et, 35181) == [0xFF9E]
    assert words(et, 35182, 2) == [0xFFFF, 0xF630]
    assert words(et, 35184) == [3]
    assert words(et, 35172) == [0x020A]
    assert words(showing(et, Flow(0, -2500, 300, 0)), 35182, 2) == [0xFFFF, 0xF63C]
    assert words(et, 36008) == [0xFED4]
    assert words(et, 36025, 2) == [0xFFFF, 0xFED4]
    assert len(words(et, 0x891C, 0x7D)) == 125
    assert words(et, 0xB995, 2) == [0, 10_000]


def test_there_are_holding_registers_alone(et: GoodWeEt) -> None:
    with pytest.raises(Declined) as caught:
        words(et, 35182, 2, function=READ_INPUT)
    assert caught.value.code == 1


def test_writes_are_declined_with_the_code_of_the_reason_and_take_whole_or_not_at_all(et: GoodWeEt) -> None:
    assert declined(et, 35182, 1) == 2
    assert declined(et, 47511, 13) == 3
    assert declined(et, 47511, 11, 10_001) == 3
    assert words(et, 47511, 2) == [1, 0]
    assert declined(et, 45356, 101) == 3
    assert declined(et, 47509, 2) == 3
    assert declined(GoodWeEt(NOON, quirks=EtQuirks(limit_is_in_percent=True)), 47510, 101) == 3


@pytest.mark.parametrize(
    ("mode", "power_w", "battery_w"), [(11, 3000, -3000), (12, 2500, 2500), (3, 1000, 1000), (8, 4000, 0)], ids=["11", "12", "3", "8"]
)
def test_a_mode_moves_the_battery_by_its_power(et: GoodWeEt, mode: int, power_w: int, battery_w: int) -> None:
    write(et, 47511, mode, power_w)
    assert signed(et, 35182, after_s=1) == battery_w


@pytest.mark.parametrize(("mode", "export_w"), [(4, -2000), (9, -2000), (5, 2000), (10, 2000)])
def test_a_mode_holds_the_meter_at_its_power(et: GoodWeEt, mode: int, export_w: int) -> None:
    et.plant.sun.power_w = lambda now: 500.0  # type: ignore[method-assign]
    write(et, 47511, mode, 2000)
    assert signed(et, 36025, after_s=1) == export_w


@pytest.mark.parametrize("mode", [2, 6])
def test_a_mode_charges_from_the_sun_alone(et: GoodWeEt, mode: int) -> None:
    write(et, 47511, mode, 0)
    assert signed(et, 35182, after_s=1) < -500
    assert signed(et, 35182, after_s=10 * 3600) == 0


def test_charging_from_the_sun_may_take_a_little_from_the_grid(et: GoodWeEt) -> None:
    et.plant.sun.power_w = lambda now: 0.0  # type: ignore[method-assign]
    write(et, 47511, 2, 3000)
    assert signed(et, 36025, after_s=1) == -3000
    assert signed(et, 35182, after_s=1) < 0


def test_off_grid_is_told(et: GoodWeEt) -> None:
    assert (words(et, 35136), words(et, 35187)) == ([1], [1])
    write(et, 47511, 7, 0)
    assert (words(et, 35136, after_s=1), words(et, 35187, after_s=1)) == ([0], [2])
    assert signed(et, 36025, after_s=1) == 0


def test_an_export_limit_ends_in_less_sun_once_the_battery_is_full(et: GoodWeEt) -> None:
    et.plant.pack.soc_pct = 100
    assert signed(et, 36025, after_s=1) > 2000
    write(et, 47510, 700, after_s=2)
    assert signed(et, 36025, after_s=3) > 2000
    write(et, 47509, 1, after_s=4)
    assert signed(et, 36025, after_s=5) == 700


def test_the_lowest_charge_or_the_depth_ends_a_discharge() -> None:
    for device in (GoodWeEt(NOON), GoodWeEt(NOON, quirks=EtQuirks(keeps_depth=True))):
        write(device, 45356, 70 if device.quirks.keeps_depth else 30)
        write(device, 47511, 12, 6000)
        assert words(device, 37007, after_s=4 * 3600) == [30]


def test_some_kits_acknowledge_a_work_mode_and_forget_it() -> None:
    device = GoodWeEt(NOON, quirks=EtQuirks(ignores_work_mode=True))
    write(device, 47000, 2)
    assert words(device, 47000) == [0]
    write(device, 47511, 11, 1000)
    assert words(device, 47511, 2) == [11, 1000]


def test_a_backup_mode_keeps_what_is_stored(et: GoodWeEt) -> None:
    write(et, 47000, 2)
    assert signed(et, 35182, after_s=10 * 3600) == 0
