"""A device is told from another at its address by its serial number."""

import pytest

from app.devices.register_device import RegisterDevice
from app.devices.registers import Kind, Point
from app.devices.same_device import SameDevice
from app.transports.errors import RequestRefused
from tests.devices.three_registers import FAILURE, NO_SUCH, three_registers

SERIAL, OTHER = Point("serial", 10, Kind.TEXT, length=1), Point("name", 11, Kind.TEXT, length=1)


def test_a_device_with_another_serial_number_is_refused_until_the_first_answers_again() -> None:
    with three_registers() as (bench, three):
        same = SameDevice("Three", RegisterDevice(1))
        three.words[10] = 0x4142
        bench.check(same, SERIAL)
        three.words[10] = 0x4143
        with pytest.raises(RequestRefused, match="serial number AC instead of AB"):
            bench.check(same, SERIAL)
        three.words[10] = 0x4142
        bench.check(same, SERIAL)


@pytest.mark.parametrize("word", [0xFFFF, 0x0000, 0x2020], ids=["not available", "empty", "blank"])
def test_a_serial_number_that_says_nothing_changes_nothing(word: int) -> None:
    with three_registers() as (bench, three):
        same = SameDevice("Three", RegisterDevice(1))
        three.words[10] = 0x4142
        bench.check(same, SERIAL)
        three.words[10] = word
        bench.check(same, SERIAL)
        three.words[10] = 0x4143
        with pytest.raises(RequestRefused):
            bench.check(same, SERIAL)


@pytest.mark.parametrize("code", [1, NO_SUCH, 3, FAILURE])
def test_a_device_that_declines_its_serial_number_is_taken_as_it_is(code: int) -> None:
    with three_registers() as (bench, three):
        three.declined = {10: code}
        bench.check(SameDevice("Three", RegisterDevice(1)), SERIAL)


def test_the_serial_number_may_stand_anywhere_under_any_name() -> None:
    with three_registers() as (bench, three):
        same = SameDevice("Three", RegisterDevice(1))
        three.words[11] = 0x4142
        bench.check(same, OTHER)
        three.words[11] = 0x4143
        with pytest.raises(RequestRefused):
            bench.check(same, OTHER)
