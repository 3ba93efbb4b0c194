"""Simulated SunSpec inverters answer as the models' definitions say, word by word."""

from datetime import UTC, datetime, timedelta

import pytest

from app.simulators.modbus import READ_HOLDING, READ_INPUT, WRITE_SINGLE, Declined
from app.simulators.sunspec import SunSpecInverter, SunSpecQuirks

NOON = datetime(2026, 3, 14, 2, 0, tzinfo=UTC)


def words(device: SunSpecInverter, address: int, count: int = 1, after_s: float = 0, unit: int = 1) -> list[int]:
    return device.read(unit, READ_HOLDING, address, count, NOON + timedelta(seconds=after_s))


def write(device: SunSpecInverter, address: int, word: int, after_s: float = 0) -> None:
    device.write(1, WRITE_SINGLE, address, [word], NOON + timedelta(seconds=after_s))


def declined(device: SunSpecInverter, address: int, word: int) -> int:
    with pytest.raises(Declined) as caught:
        write(device, address, word)
    return caught.value.code


def test_the_models_follow_one_another_as_in_the_fronius_maps() -> None:
    for quirks, heads in (
        (SunSpecQuirks(), {40_002: (1, 65), 40_069: (103, 50), 40_121: (120, 26), 40_149: (121, 30), 40_181: (122, 44), 40_227: (123, 24)}),
        (SunSpecQuirks(is_float=True), {40_069: (113, 60), 40_131: (120, 26), 40_237: (123, 24), 40_263: (160, 48)}),
    ):
        device = SunSpecInverter(NOON, quirks=quirks)
        assert words(device, 40_000, 2) == [0x5375, 0x6E53]
        assert {address: tuple(words(device, address, 2)) for address in heads} == heads


def test_the_examples_of_the_sheet() -> None:
    device = SunSpecInverter(NOON)
    write(device, 40_232, 0x0EA6)
    write(device, 40_236, 1)
    assert device.power_w(NOON) == 1875
    assert words(device, 40_083, 2) == [1875, 0]
    assert words(device, 40_107) == [5]
    assert words(device, 40_124, 2) == [500, 1]
    assert words(device, 40_250) == [0xFFFE]
    write(device, 40_236, 0)
    write(device, 40_232, 0x0E10)
    write(device, 40_236, 1)
    assert device.power_w(NOON) == 1800


def test_a_limit_ends_when_its_time_has_passed_since_the_switch() -> None:
    device = SunSpecInverter(NOON)
    for address, word in ((40_232, 2000), (40_234, 60), (40_236, 1)):
        write(device, address, word)
    write(device, 40_236, 1, after_s=50)
    assert words(device, 40_236, after_s=109) == [1]
    assert words(device, 40_236, after_s=110) == [0]
    assert device.power_w(NOON + timedelta(seconds=110)) > 3000


def test_some_firmware_ignores_a_new_limit_while_one_is_in_force() -> None:
    for ignores, power_w in ((False, 1000), (True, 2000)):
        device = SunSpecInverter(NOON, quirks=SunSpecQuirks(ignores_change_while_limited=ignores))
        for address, word in ((40_232, 4000), (40_236, 1), (40_232, 2000), (40_236, 1)):
            write(device, address, word)
        assert words(device, 40_232) == [2000]
        assert device.power_w(NOON) == power_w
        write(device, 40_236, 0)
        write(device, 40_236, 1)
        assert device.power_w(NOON) == 1000


def test_what_it_declines() -> None:
    device = SunSpecInverter(NOON)
    assert declined(device, 40_083, 1) == 2
    assert declined(device, 40_232, 10_001) == 3
    assert declined(device, 40_234, 28_801) == 3
    assert declined(device, 40_236, 2) == 3
    with pytest.raises(Declined) as caught:
        device.read(1, READ_INPUT, 40_000, 2, NOON)
    assert caught.value.code == 1
    with pytest.raises(Declined) as caught:
        words(device, 40_400, 40)
    assert caught.value.code == 2


def test_the_installers_export_limit_counts_while_the_switch_is_off() -> None:
    device = SunSpecInverter(NOON, quirks=SunSpecQuirks(export_limit_w=0, meter_unit=200))
    assert device.power_w(NOON) == device.load.power_w(NOON)
    assert words(device, 40_087, unit=200) == [0]
    write(device, 40_236, 1)
    assert device.power_w(NOON) > 3000
