"""The simulated AlphaESS inverter answers as its sheet says."""

from datetime import UTC, datetime, timedelta

import pytest

from app.simulators.alphaess import AlphaEss, Quirks
from app.simulators.modbus import Declined
from app.simulators.register_bank import figure_of

NOON = datetime(2026, 3, 14, 2, tzinfo=UTC)
EVENING = datetime(2026, 3, 14, 9, tzinfo=UTC)
UNIT = 0x55


def words(device: AlphaEss, address: int, count: int = 1, at: datetime = NOON) -> list[int]:
    return device.read(UNIT, 3, address, count, at)


def write(device: AlphaEss, address: int, *values: int, at: datetime = NOON, function: int = 16) -> None:
    device.write(UNIT, function, address, list(values), at)


def dispatch(device: AlphaEss, power_w: int, *, mode: int = 2, cutoff: int, seconds: int = 600, at: datetime = NOON) -> None:
    write(device, 0x0880, 1, at=at)
    write(device, 0x0881, 0, 32_000 + power_w, at=at)
    write(device, 0x0887, 0, seconds, at=at)
    write(device, 0x0886, cutoff, at=at)
    write(device, 0x0885, mode, at=at)


def battery_w(device: AlphaEss, at: datetime) -> float:
    return figure_of(words(device, 0x0126, at=at), "s16")


def test_it_answers_for_its_unit_alone() -> None:
    device = AlphaEss(NOON)
    assert device.answers_for(85)
    assert not device.answers_for(1)


def test_figures_have_the_signs_and_scales_of_the_sheet() -> None:
    device = AlphaEss(NOON)
    device.plant.pack.soc_pct = 78.4
    dispatch(device, -2500, cutoff=250)
    at = NOON + timedelta(seconds=1)
    assert words(device, 0x0102, at=at) == [784]
    assert words(device, 0x0126, at=at) == [0xF63C]
    assert words(device, 0x0119, at=at) == [0x0086]
    assert figure_of(words(device, 0x0021, 2, at=at), "s32") == pytest.approx(device.plant.flow.grid_w, abs=1)


@pytest.mark.parametrize(
    ("function", "address", "values", "code"),
    [(6, 0x0800, (50,), 1), (16, 0x0102, (500,), 2), (16, 0x0900, (1,), 2), (16, 0x0800, (101,), 3), (16, 0x0850, (3,), 3)],
    ids=["function 6", "a figure", "nothing there", "more than all", "a reserve below 4"],
)
def test_what_cannot_be_written_is_declined_and_changes_nothing(function: int, address: int, values: tuple[int, ...], code: int) -> None:
    device = AlphaEss(NOON)
    before = device.held()
    with pytest.raises(Declined) as declined:
        write(device, address, *values, function=function)
    assert declined.value.code == code
    assert device.held() == before


def test_input_registers_do_not_exist() -> None:
    with pytest.raises(Declined) as declined:
        AlphaEss(NOON).read(UNIT, 4, 0x0102, 1, NOON)
    assert declined.value.code == 1


def test_a_dispatch_is_in_force_when_its_mode_is_written_and_for_its_seconds() -> None:
    device = AlphaEss(EVENING)
    write(device, 0x0880, 1, at=EVENING)
    write(device, 0x0881, 0, 27_000, at=EVENING)
    assert not device.is_dispatching
    dispatch(device, -5000, cutoff=250, seconds=600, at=EVENING)
    assert battery_w(device, EVENING + timedelta(seconds=599)) == -5000
    after = EVENING + timedelta(seconds=601)
    assert battery_w(device, after) > 0
    assert words(device, 0x0880, at=after) == [0]


def test_a_discharge_needs_a_cutoff_below_the_charge() -> None:
    device = AlphaEss(EVENING)
    dispatch(device, 3000, cutoff=150, at=EVENING)
    assert battery_w(device, EVENING + timedelta(seconds=1)) == 0
    dispatch(device, 3000, cutoff=50, at=EVENING)
    assert battery_w(device, EVENING + timedelta(seconds=2)) == 3000


@pytest.mark.parametrize(("quirks", "is_kept"), [(Quirks(), False), (Quirks(dispatch_lifts_limit=False), True)], ids=["lifted", "kept"])
def test_a_dispatch_lifts_the_feed_in_limit(quirks: Quirks, is_kept: bool) -> None:
    device = AlphaEss(NOON, quirks=quirks)
    write(device, 0x0800, 0)
    dispatch(device, 0, cutoff=250)
    exported_w = -device.plant.step_to(NOON + timedelta(seconds=1)).grid_w
    assert (exported_w <= 0) == is_kept


def test_a_limit_is_kept_in_its_register_and_ignored_without_external_control() -> None:
    for takes, exports in ((True, False), (False, True)):
        device = AlphaEss(NOON, quirks=Quirks(takes_feed_in_limit=takes))
        device.plant.pack.soc_pct = 100.0
        write(device, 0x0800, 0)
        assert words(device, 0x0800) == [0]
        assert (device.plant.step_to(NOON + timedelta(seconds=1)).grid_w < -100) == exports
