"""The simulated FoxESS inverters answer as their sheet says."""

from datetime import UTC, datetime, timedelta

import pytest

from app.simulators.foxess import LAYOUTS, FoxEss, Quirks
from app.simulators.modbus import Declined
from app.simulators.register_bank import figure_of

EVENING = datetime(2026, 3, 14, 9, tzinfo=UTC)
UNIT = 247


def write(device: FoxEss, address: int, *words: int, at: datetime = EVENING) -> None:
    device.write(UNIT, 6 if len(words) == 1 else 16, address, list(words), at)


def battery_w(device: FoxEss, at: datetime) -> float:
    address, kind = device.layout.battery
    function = 4 if device.layout.keeps_figures_as_input else 3
    return figure_of(device.read(UNIT, function, address, 1 if kind == "s16" else 2, at), kind)


@pytest.mark.parametrize("family", LAYOUTS)
def test_a_remote_power_is_in_force_for_its_time(family: str) -> None:
    device = FoxEss(EVENING, family)
    own = device.layout
    write(device, own.enable, 1)
    write(device, own.timeout, 600)
    write(device, own.power, *([0xF448] if own.power_kind == "s16" else [0xFFFF, 0xF448]))
    assert battery_w(device, EVENING + timedelta(seconds=599)) == -3000
    after = EVENING + timedelta(seconds=601)
    assert battery_w(device, after) > 0
    assert device.read(UNIT, 3, own.enable, 1, after) == [0]


def test_writing_again_starts_the_time_anew() -> None:
    device = FoxEss(EVENING)
    write(device, 44000, 1)
    write(device, 44001, 600)
    write(device, 44002, 0xF448)
    write(device, 44002, 0xF448, at=EVENING + timedelta(seconds=500))
    assert battery_w(device, EVENING + timedelta(seconds=1000)) == -3000


@pytest.mark.parametrize(
    ("address", "words", "code"),
    [(31024, (50,), 2), (44000, (1, 600, 0), 2), (44001, (59,), 3), (41000, (3,), 3), (41009, (101,), 3), (44002, (5001,), 3)],
    ids=["a figure", "all in one piece", "too short", "an unknown mode", "above all", "more than it can"],
)
def test_what_cannot_be_written_is_declined_and_changes_nothing(address: int, words: tuple[int, ...], code: int) -> None:
    device = FoxEss(EVENING)
    before = dict(device.holding.words)
    with pytest.raises(Declined) as declined:
        write(device, address, *words)
    assert declined.value.code == code
    assert dict(device.holding.words) == before


@pytest.mark.parametrize(("family", "sign"), [("h1", 1), ("kh", -1), ("h3", 1)])
def test_the_sign_of_the_grid_is_the_familys(family: str, sign: int) -> None:
    device = FoxEss(EVENING, family)
    write(device, 44000, 1)
    write(device, 44002, 0xF448)
    at = EVENING + timedelta(seconds=10)
    told_w = figure_of(device.read(UNIT, 4, 31008, 1, at), "s16")
    assert told_w == pytest.approx(sign * device.plant.flow.grid_w, abs=1)
    assert device.plant.flow.grid_w > 2500


def test_the_newest_counts_the_grid_in_tenths_and_export_positive() -> None:
    device = FoxEss(EVENING, "h3_pro")
    write(device, 46001, 1)
    write(device, 46003, 0, 3000)
    at = EVENING + timedelta(seconds=10)
    told = figure_of(device.read(UNIT, 3, 38814, 2, at), "s32")
    assert told == pytest.approx(-10 * device.plant.flow.grid_w, abs=10)
    assert told > 0


def test_figures_of_the_newest_are_no_input_registers() -> None:
    with pytest.raises(Declined):
        FoxEss(EVENING, "h3_pro").read(UNIT, 4, 37612, 1, EVENING)


def test_an_inverter_without_remote_control_loses_what_is_written() -> None:
    device = FoxEss(EVENING, quirks=Quirks(takes_remote=False))
    write(device, 44000, 1)
    assert device.read(UNIT, 3, 44000, 1, EVENING) == [0]
