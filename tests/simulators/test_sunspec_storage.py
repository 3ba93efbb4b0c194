"""A simulated GEN24 does with its battery what the sheet says, word by word."""

from datetime import UTC, datetime, timedelta

import pytest

from app.simulators.modbus import READ_HOLDING, WRITE_SINGLE, Declined
from app.simulators.sunspec_storage import Gen24, StorageQuirks

NOON = datetime(2026, 3, 14, 2, 0, tzinfo=UTC)
MODE, RESERVE, OUT, IN, FROM_GRID = 40_348, 40_350, 40_355, 40_356, 40_360


def words(device: Gen24, address: int, count: int = 1, unit: int = 1) -> list[int]:
    return device.read(unit, READ_HOLDING, address, count, NOON)


def battery_w(device: Gen24, *writes: tuple[int, int]) -> float:
    """What the battery does once these are written, + discharging."""
    for address, word in writes:
        device.write(1, WRITE_SINGLE, address, [word], NOON)
    return device.plant.step_to(NOON).battery_w


def test_the_models_stand_where_the_fronius_maps_have_them() -> None:
    assert words(Gen24(NOON), 40_343, 2) == [124, 24]
    assert words(Gen24(NOON, quirks=StorageQuirks(is_float=True)), 40_353, 2) == [124, 24]
    assert words(Gen24(NOON, quirks=StorageQuirks(has_battery=False)), 40_303, 2) == [0xFFFF, 0]
    assert words(Gen24(NOON), 40_069, unit=200) == [203]


def test_the_examples_of_the_sheet() -> None:
    device = Gen24(NOON)
    device.plant.pack.soc_pct = 78.4
    assert words(device, 40_351) == [0x1EA0]
    assert words(device, 40_345) == [7680]
    assert words(device, 40_368) == [0xFFFE]


def test_each_command_of_the_sheet() -> None:
    surplus_w = -battery_w(Gen24(NOON))
    assert surplus_w > 1000, "without sun left over this proves nothing"
    assert battery_w(Gen24(NOON), (MODE, 1), (IN, 0)) == 0
    assert battery_w(Gen24(NOON), (FROM_GRID, 1), (MODE, 2), (OUT, 0xD8F0)) == -7680
    assert battery_w(Gen24(NOON), (MODE, 2), (OUT, 0xD8F0)) == -Gen24(NOON).plant.sun.power_w(NOON)
    assert battery_w(Gen24(NOON), (MODE, 1), (IN, 0xF0BE)) == pytest.approx(3000, abs=1)
    assert battery_w(Gen24(NOON), (MODE, 1), (IN, 1000)) == -768
    assert battery_w(Gen24(NOON), (IN, 0), (OUT, 0)) == -surplus_w


def test_no_discharge_below_the_reserve_and_none_while_it_is_held() -> None:
    night = NOON + timedelta(hours=10)
    device = Gen24(night)
    assert device.plant.step_to(night).battery_w > 100
    for address, word in ((RESERVE, 6000), (MODE, 0)):
        device.write(1, WRITE_SINGLE, address, [word], night)
    assert device.plant.step_to(night).battery_w == 0
    for address, word in ((RESERVE, 700), (MODE, 2), (OUT, 0)):
        device.write(1, WRITE_SINGLE, address, [word], night)
    assert device.plant.step_to(night).battery_w == 0


@pytest.mark.parametrize(("address", "word", "code"), [(40_351, 1, 2), (MODE, 4, 3), (OUT, 10_001, 3), (OUT, 0xD8EF, 3), (RESERVE, 499, 3)])
def test_what_it_declines(address: int, word: int, code: int) -> None:
    with pytest.raises(Declined) as caught:
        Gen24(NOON).write(1, WRITE_SINGLE, address, [word], NOON)
    assert caught.value.code == code
