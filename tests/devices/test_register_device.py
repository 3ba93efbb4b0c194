"""What a device declines: missing for good, missing for now, or a device that has lost what stands behind it."""

import pytest

from app.devices.register_device import RegisterDevice
from app.devices.registers import Point
from app.transports.modbus import RegisterRefused
from tests.devices.three_registers import FAILURE, NO_SUCH, three_registers

POINTS = (Point("a", 10), Point("b", 11), Point("c", 12))


@pytest.mark.parametrize("fails_at_missing", [False, True])
def test_a_register_that_does_not_exist_is_not_asked_for_again(fails_at_missing: bool) -> None:
    with three_registers() as (bench, three):
        three.declined = {11: NO_SUCH}
        device = RegisterDevice(1, fails_at_missing=fails_at_missing)
        assert bench.read(device, *POINTS) == (1, None, 3)
        three.declined, three.asked = {}, []
        assert bench.read(device, *POINTS) == (1, None, 3)
        assert (11, 1) not in three.asked


def test_a_failure_is_told_by_devices_that_know_of_missing_registers() -> None:
    with three_registers() as (bench, three):
        three.declined = {11: FAILURE}
        with pytest.raises(RegisterRefused) as refused:
            bench.read(RegisterDevice(1), *POINTS)
        assert refused.value.code == FAILURE


def test_a_dongle_that_fails_at_a_register_has_no_figure_this_time_and_is_asked_again() -> None:
    with three_registers() as (bench, three):
        three.declined = {11: FAILURE}
        device = RegisterDevice(1, fails_at_missing=True)
        assert bench.read(device, *POINTS) == (1, None, 3)
        three.declined = {}
        assert bench.read(device, *POINTS) == (1, 2, 3)


def test_a_dongle_that_fails_at_everything_has_failed_and_nothing_is_learnt() -> None:
    with three_registers() as (bench, three):
        three.declined = {10: NO_SUCH, 11: FAILURE, 12: NO_SUCH}
        device = RegisterDevice(1, fails_at_missing=True)
        with pytest.raises(RegisterRefused) as refused:
            bench.read(device, *POINTS)
        assert refused.value.code == FAILURE
        three.declined, three.asked = {}, []
        assert bench.read(device, *POINTS) == (1, 2, 3)
        assert three.asked == [(10, 3)]
