"""The simulated SolarEdge inverters answer as their sheet says."""

from datetime import UTC, datetime, timedelta

import pytest

from app.simulators.modbus import Declined
from app.simulators.register_bank import figure_of, words_of
from app.simulators.solaredge import Quirks, StorEdge

EVENING = datetime(2026, 3, 14, 9, tzinfo=UTC)
NOON = datetime(2026, 3, 14, 2, tzinfo=UTC)


def write(device: StorEdge, address: int, *words: int, at: datetime = EVENING) -> None:
    device.write(1, 6 if len(words) == 1 else 16, address, list(words), at)


def watts(power_w: float) -> list[int]:
    return words_of(power_w, "f32", low_word_first=True)


def battery_w(device: StorEdge, at: datetime) -> float:
    """+ charging, as it tells."""
    return figure_of(device.read(1, 3, 0xE174, 2, at), "f32", low_word_first=True)


def test_words_are_those_of_the_sheet() -> None:
    assert watts(5000) == [0x4000, 0x459C]


def test_the_models_stand_where_the_sheet_says() -> None:
    device = StorEdge(NOON)
    device.plant.pack.soc_pct = 100
    assert device.read(1, 3, 40069, 2, NOON) == [103, 50]
    assert device.read(1, 3, 40121, 2, NOON) == [1, 65]
    assert device.read(1, 3, 40188, 2, NOON) == [203, 105]
    at = NOON + timedelta(seconds=1)
    assert figure_of(device.read(1, 3, 40206, 1, at), "s16") == pytest.approx(-device.plant.flow.grid_w, abs=1)
    assert device.plant.flow.grid_w < -500
    assert device.read(1, 3, 40210, 1, NOON) == [0]
    with_two = StorEdge(NOON, quirks=Quirks(meters=("grid", "production")))
    assert with_two.read(1, 3, 40295, 2, NOON) == [1, 65]
    assert with_two.read(1, 3, 40362, 2, NOON) == [203, 105]


def test_a_remote_command_is_in_force_for_its_time_and_then_the_default_is() -> None:
    device = StorEdge(EVENING)
    device.owner_sets({0xE005: 1, 0xE00A: 0})
    write(device, 0xE004, 4)
    write(device, 0xE00B, 120, 0)
    write(device, 0xE00D, 3)
    write(device, 0xE00E, *watts(3000))
    assert battery_w(device, EVENING + timedelta(seconds=119)) == 3000
    write(device, 0xE00D, 3, at=EVENING + timedelta(seconds=119))
    assert battery_w(device, EVENING + timedelta(seconds=230)) == 3000
    after = EVENING + timedelta(seconds=241)
    assert battery_w(device, after) == 0
    assert not device.is_remote
    write(device, 0xE004, 1, at=after)
    assert battery_w(device, after + timedelta(seconds=1)) < 0


def test_a_charge_from_the_grid_wants_the_owners_leave() -> None:
    device = StorEdge(EVENING)
    write(device, 0xE004, 4)
    write(device, 0xE00D, 3)
    assert battery_w(device, EVENING + timedelta(seconds=5)) == 0


def test_the_site_limit_holds_the_export_while_its_bit_is_set() -> None:
    device = StorEdge(NOON)
    device.plant.pack.soc_pct = 100
    assert device.plant.step_to(NOON + timedelta(seconds=1)).grid_w < -2000
    write(device, 0xE002, *watts(600), at=NOON + timedelta(seconds=2))
    write(device, 0xE000, 1, at=NOON + timedelta(seconds=2))
    assert device.plant.step_to(NOON + timedelta(seconds=3)).grid_w == pytest.approx(-600)
    write(device, 0xE001, 1, at=NOON + timedelta(seconds=3))
    assert device.plant.step_to(NOON + timedelta(seconds=4)).grid_w == pytest.approx(-1800)


@pytest.mark.parametrize(
    ("address", "words", "code"),
    [(0xE184, (0, 0), 2), (0xE002, (0,), 2), (0xE000, (1, 0), 2), (0xE004, (5,), 3), (0xE00D, (6,), 3), (0xE002, (0x8000, 0xC4BB), 3)],
    ids=["a figure", "half a figure", "two in one piece", "an unknown control", "an unknown command", "a negative limit"],
)
def test_what_cannot_be_written_is_declined_and_changes_nothing(address: int, words: tuple[int, ...], code: int) -> None:
    device = StorEdge(EVENING)
    before = dict(device.own.words)
    with pytest.raises(Declined) as declined:
        write(device, address, *words)
    assert declined.value.code == code
    assert dict(device.own.words) == before


def test_there_are_holding_registers_alone_and_no_more_batteries_than_there_are() -> None:
    for function, address, code in ((4, 0xE004, 1), (3, 0xE284, 2), (3, 0xE011 + 1, 2)):
        with pytest.raises(Declined) as declined:
            StorEdge(EVENING).read(1, function, address, 1, EVENING)
        assert declined.value.code == code
