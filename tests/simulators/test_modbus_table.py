"""The invented devices answer as their register maps in docs/modbus/README.md say."""

from datetime import UTC, datetime, timedelta

import pytest

from app.simulators.modbus import Declined
from app.simulators.modbus_table import ExampleHybrid, ExampleInverter, HybridQuirks
from app.simulators.register_bank import figure_of

NOON = datetime(2026, 3, 14, 2, tzinfo=UTC)
EVENING = datetime(2026, 3, 14, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def put(device: ExampleHybrid, at: datetime, *writes: tuple[int, int]) -> None:
    for address, word in writes:
        device.write(3, 6, address, [word & 0xFFFF], at)


def declined(device: ExampleHybrid | ExampleInverter, function: int, address: int, *words: int) -> int:
    with pytest.raises(Declined) as caught:
        device.write(device.unit, function, address, list(words), NOON)
    return caught.value.code


def battery_w(device: ExampleHybrid, at: datetime) -> float:
    """+ charging, as the device has it."""
    return 10 * figure_of(device.read(3, 4, 124, 1, at), "s16")


def test_figures_have_the_signs_scales_and_order_of_the_map() -> None:
    device = ExampleHybrid(NOON)
    device.plant.pack.soc_pct = 78.5
    put(device, NOON, (212, 30), (211, 2000), (210, 1))
    at = NOON + timedelta(seconds=1)
    flow = device.plant.step_to(at)
    assert device.read(3, 4, 110, 4, at) == [500, 102, 500, 500]
    assert figure_of(device.read(3, 4, 120, 2, at), "u32") == pytest.approx(flow.solar_w, abs=1)
    assert figure_of(device.read(3, 4, 122, 2, at), "s32") == pytest.approx(-flow.grid_w, abs=1)
    assert -flow.grid_w > 1000
    assert battery_w(device, at) == 2000
    assert device.read(3, 4, 126, 1, at) == [157]
    assert bytes.fromhex("".join(f"{word:04x}" for word in device.read(3, 4, 100, 8, at))).rstrip(b"\0") == b"EH5000012345"


def test_while_it_starts_it_has_no_charge() -> None:
    assert ExampleHybrid(NOON, quirks=HybridQuirks(is_booting=True)).read(3, 4, 126, 1, NOON) == [0xFF00]


def test_a_command_runs_for_its_minutes_counts_down_and_falls_to_nothing() -> None:
    device = ExampleHybrid(EVENING)
    put(device, EVENING, (211, -1500), (212, 10), (210, 1))
    assert battery_w(device, EVENING + 3 * MINUTE) == -1500
    assert device.read(3, 3, 212, 1, EVENING + 3 * MINUTE) == [7]
    put(device, EVENING + 3 * MINUTE, (212, 10))
    assert battery_w(device, EVENING + 12 * MINUTE) == -1500
    assert device.read(3, 3, 210, 3, EVENING + 13 * MINUTE) == [0, 0, 0]
    assert not device.is_commanded
    assert battery_w(device, EVENING + 13 * MINUTE) == pytest.approx(-device.plant.flow.load_w, abs=10)


def test_a_command_without_a_time_is_declined() -> None:
    assert declined(ExampleHybrid(NOON), 6, 210, 1) == 3


def test_what_cannot_be_written_is_declined_and_changes_nothing() -> None:
    device = ExampleHybrid(NOON)
    before = device.held()
    codes = [declined(device, 6, address, word) for address, word in ((205, 1), (126, 50), (201, 4), (204, 1001), (211, 5001))]
    assert codes == [2, 2, 3, 3, 3]
    assert device.held() == before


def test_an_export_limit_counts_while_it_is_switched_on() -> None:
    device = ExampleHybrid(NOON)
    device.plant.pack.soc_pct = 100.0
    put(device, NOON, (204, 70))
    assert -device.plant.step_to(NOON + MINUTE).grid_w > 2000
    put(device, NOON + MINUTE, (203, 1))
    assert -device.plant.step_to(NOON + 2 * MINUTE).grid_w == pytest.approx(700)


def test_in_backup_the_battery_waits() -> None:
    device = ExampleHybrid(EVENING)
    assert battery_w(device, EVENING + MINUTE) < 0
    put(device, EVENING + MINUTE, (200, 1))
    assert battery_w(device, EVENING + 2 * MINUTE) == 0


def test_the_plain_inverter_has_its_low_word_first_and_a_float() -> None:
    device = ExampleInverter(NOON)
    assert figure_of(device.read(1, 3, 40, 2, NOON), "u32", low_word_first=True) == pytest.approx(10 * device.power_w(NOON), abs=1)
    assert device.read(1, 3, 50, 2, NOON) == [0x0000, 0x40A0]
    device.write(1, 16, 61, [200], NOON)
    assert device.power_w(NOON) > 2000
    device.write(1, 16, 60, [0xAA], NOON)
    assert device.power_w(NOON) == 1000
    assert device.read(1, 3, 42, 1, NOON) == [3]


def test_the_plain_inverter_knows_functions_3_and_16_alone() -> None:
    device = ExampleInverter(NOON)
    assert declined(device, 6, 61, 200) == 1
    assert [declined(device, 16, address, word) for address, word in ((40, 1), (60, 1), (61, 1001))] == [2, 3, 3]
    for function, count, code in ((4, 1, 1), (3, 21, 3)):
        with pytest.raises(Declined) as caught:
            device.read(1, function, 40, count, NOON)
        assert caught.value.code == code
