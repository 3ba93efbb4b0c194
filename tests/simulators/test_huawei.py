"""The simulated Huawei inverters answer as their sheet says."""

from datetime import UTC, datetime, timedelta

import pytest

from app.simulators.huawei import Quirks, Sun2000
from app.simulators.modbus import Declined
from app.simulators.register_bank import figure_of

EVENING = datetime(2026, 3, 14, 9, tzinfo=UTC)
NOON = datetime(2026, 3, 14, 2, tzinfo=UTC)


class Asked:
    """A device that is asked once a second."""

    def __init__(self, device: Sun2000, at: datetime = EVENING) -> None:
        self.device, self.at = device, at

    def write(self, address: int, *words: int) -> None:
        self.at += timedelta(seconds=1)
        self.device.write(1, 6 if len(words) == 1 else 16, address, list(words), self.at)

    def figure(self, address: int, kind: str = "u16") -> float:
        self.at += timedelta(seconds=1)
        return figure_of(self.device.read(1, 3, address, 1 if kind in ("u16", "s16") else 2, self.at), kind)


def test_a_forced_charge_takes_its_power_and_minutes_when_the_command_is_written() -> None:
    asked = Asked(Sun2000(EVENING))
    asked.write(47087, 1)
    asked.write(47247, 0, 3000)
    asked.write(47083, 10)
    assert asked.figure(37765, "s32") < 0
    asked.write(47100, 1)
    assert asked.figure(37765, "s32") == asked.figure(37001, "s32") == 3000
    asked.write(47247, 0, 1000)
    assert asked.figure(37765, "s32") == 3000
    asked.at += timedelta(minutes=10)
    assert asked.figure(37765, "s32") < 0
    assert asked.figure(47100) == 0


def test_without_the_leave_to_charge_from_the_grid_only_sun_is_charged() -> None:
    asked = Asked(Sun2000(EVENING))
    asked.write(47247, 0, 3000)
    asked.write(47083, 10)
    asked.write(47100, 1)
    assert asked.figure(37765, "s32") == 0


def test_a_stop_clears_the_time_that_is_left() -> None:
    asked = Asked(Sun2000(EVENING))
    asked.write(47249, 0, 3000)
    asked.write(47083, 10)
    asked.write(47100, 2)
    assert asked.figure(37765, "s32") == -3000
    asked.write(47100, 0)
    assert asked.figure(47083) == 0
    assert not asked.device.is_forced


def test_a_forced_discharge_ends_at_a_charge_where_it_is_told_so() -> None:
    asked = Asked(Sun2000(EVENING))
    asked.write(47249, 0, 3000)
    asked.write(47246, 1)
    asked.write(47101, 540)
    asked.write(47100, 2)
    asked.at += timedelta(hours=2)
    assert asked.figure(37760) == pytest.approx(540, abs=1)
    assert asked.figure(37765, "s32") == 0


def test_no_export_holds_a_forced_discharge_to_the_home() -> None:
    asked = Asked(Sun2000(EVENING))
    asked.write(47415, 5)
    asked.write(47249, 0, 5000)
    asked.write(47083, 10)
    asked.write(47100, 2)
    assert asked.figure(37113, "s32") == 0
    assert asked.figure(37765, "s32") > -5000


def test_export_is_told_positive_and_the_limit_holds_it() -> None:
    device = Sun2000(NOON)
    device.plant.pack.soc_pct = 100
    asked = Asked(device, NOON)
    assert asked.figure(37113, "s32") > 2000
    assert asked.figure(32089) == 0x0200
    asked.write(47416, 0, 1500)
    asked.write(47415, 6)
    assert asked.figure(37113, "s32") == 1500
    assert asked.figure(32089) == 0x0201
    asked.write(47418, 100)
    asked.write(47415, 7)
    assert asked.figure(37113, "s32") == 500


@pytest.mark.parametrize(
    ("address", "words", "code"),
    [
        (37760, (500,), 2),
        (47247, (3000,), 2),
        (47248, (3000,), 2),
        (47415, (2,), 3),
        (47415, (5,), 3),
        (47083, (1441,), 3),
        (47077, (0, 2001), 4),
        (47086, (2,), 0x80),
    ],
    ids=[
        "a figure",
        "half a figure",
        "its other half",
        "an unknown way",
        "zero export",
        "too long",
        "above what it can",
        "the installer's",
    ],
)
def test_what_cannot_be_written_is_declined_and_changes_nothing(address: int, words: tuple[int, ...], code: int) -> None:
    device = Sun2000(EVENING, quirks=Quirks(takes_zero_mode=False, wants_installer=frozenset({47086})))
    device.most_discharge_w = 2000
    before = dict(device.registers.words)
    with pytest.raises(Declined) as declined:
        Asked(device).write(address, *words)
    assert declined.value.code == code
    assert dict(device.registers.words) == before


def test_requests_that_follow_one_another_fast_are_declined_as_busy() -> None:
    device = Sun2000(EVENING)
    device.read(1, 3, 37760, 1, EVENING)
    with pytest.raises(Declined) as declined:
        device.read(1, 3, 37760, 1, EVENING + timedelta(milliseconds=30))
    assert declined.value.code == 6
    assert device.read(1, 3, 37760, 1, EVENING + timedelta(milliseconds=80)) == [550]


def test_blocks_are_short_and_of_holding_registers() -> None:
    for function, address, count, code in ((4, 37760, 1, 1), (3, 37000, 65, 3), (3, 33000, 1, 2)):
        with pytest.raises(Declined) as declined:
            Sun2000(EVENING).read(1, function, address, count, EVENING)
        assert declined.value.code == code


def test_some_answer_for_no_register_that_the_sheet_does_not_name() -> None:
    device = Sun2000(EVENING, quirks=Quirks(answers_gaps=False))
    with pytest.raises(Declined):
        device.read(1, 3, 37760, 3, EVENING)
