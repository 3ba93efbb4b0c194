"""Simulated Sungrow inverters answer as the sheet says, word by word."""

from datetime import UTC, datetime, timedelta

import pytest

from app.simulators.modbus import READ_HOLDING, READ_INPUT, WRITE_SINGLE, Declined
from app.simulators.powerwall import Flow
from app.simulators.sungrow import HybridQuirks, SungrowHybrid, dongle_quirks
from app.simulators.sungrow_string import StringQuirks, SungrowString

NOON = datetime(2026, 3, 14, 2, 0, tzinfo=UTC)


@pytest.fixture
def hybrid() -> SungrowHybrid:
    return SungrowHybrid(NOON)


def words(device: SungrowHybrid | SungrowString, address: int, count: int = 1, after_s: float = 0, function: int = READ_INPUT) -> list[int]:
    return device.read(1, function, address, count, NOON + timedelta(seconds=after_s))


def write(device: SungrowHybrid | SungrowString, address: int, word: int, after_s: float = 0) -> None:
    device.write(1, WRITE_SINGLE, address, [word], NOON + timedelta(seconds=after_s))


def declined(device: SungrowHybrid | SungrowString, address: int, word: int) -> int:
    with pytest.raises(Declined) as caught:
        write(device, address, word)
    return caught.value.code


def showing(device: SungrowHybrid, flow: Flow) -> SungrowHybrid:
    """The device with these powers, whatever sun and house say."""
    device.plant.step_to = lambda now: flow  # type: ignore[method-assign]
    return device


def test_the_examples_of_the_sheet(hybrid: SungrowHybrid) -> None:
    showing(hybrid, Flow(solar_w=6120, battery_w=-3200, grid_w=2345, load_w=1875))
    hybrid.plant.pack.soc_pct, hybrid.plant.solar_wh = 78.4, 12_345_600
    assert words(hybrid, 13009, 2) == [0xF6D7, 0xFFFF]
    assert words(hybrid, 5016, 2) == [0x17E8, 0x0000]
    assert words(hybrid, 13002, 2) == [0xE240, 0x0001]
    assert words(hybrid, 5213, 2) == [0xF380, 0xFFFF]
    assert words(hybrid, 13007, 2) == [0x0753, 0x0000]
    assert words(hybrid, 13022, 2) == [0x0310, 0x03DE]
    assert words(hybrid, 5638) == [0x0500]
    assert words(hybrid, 5600, 2) == [2345, 0]
    assert words(hybrid, 13000)[0] & 0x3F == 0x01 | 0x02 | 0x08 | 0x20


def test_input_and_holding_registers_are_different_spaces(hybrid: SungrowHybrid) -> None:
    assert words(hybrid, 12999) == [0x0040]
    assert words(hybrid, 12999, function=READ_HOLDING) == [0xCF]
    with pytest.raises(Declined):
        words(hybrid, 5213, function=READ_HOLDING)


def test_a_forced_charge_moves_the_battery_and_the_state(hybrid: SungrowHybrid) -> None:
    for address, word in ((13051, 3000), (13049, 2), (13050, 0xAA)):
        write(hybrid, address, word)
    assert words(hybrid, 5213, 2, after_s=1) == [0xF448, 0xFFFF]
    assert words(hybrid, 12999, after_s=1) == [0x0800]
    write(hybrid, 13051, 150, after_s=2)
    assert words(hybrid, 5213, 2, after_s=3) == [0, 0]


def test_writes_are_declined_with_the_code_of_the_reason(hybrid: SungrowHybrid) -> None:
    assert declined(hybrid, 13052, 1) == 2
    assert declined(hybrid, 13049, 7) == 3
    assert declined(hybrid, 13058, 501) == 3
    assert declined(hybrid, 33047, 0) == 3
    assert declined(hybrid, 13051, 5001) == 3
    assert declined(hybrid, 13086, 1) == 3
    write(hybrid, 13049, 2)
    assert declined(hybrid, 13099, 30) == 4
    write(hybrid, 13050, 0xAA)
    write(hybrid, 13099, 30)


def test_an_export_limit_stays_within_what_the_inverter_states() -> None:
    device = SungrowHybrid(NOON, quirks=HybridQuirks(least_export_w=300))
    assert words(device, 5621, 2) == [30, 500]
    assert declined(device, 13073, 299) == 3
    assert declined(device, 13073, 5001) == 3
    write(device, 13073, 300)


def test_an_export_limit_ends_in_less_sun_once_the_battery_is_full(hybrid: SungrowHybrid) -> None:
    hybrid.plant.pack.soc_pct = 100
    assert words(hybrid, 13009, after_s=1)[0] > 2000
    write(hybrid, 13073, 700, after_s=2)
    write(hybrid, 13086, 0xAA, after_s=2)
    assert words(hybrid, 13009, 2, after_s=3) == [700, 0]


def test_a_model_that_wants_the_power_first_declines_the_mode_without_one() -> None:
    device = SungrowHybrid(NOON, quirks=HybridQuirks(power_before_mode=True))
    assert declined(device, 13049, 2) == 4
    write(device, 13051, 1000)
    write(device, 13049, 2)


def test_a_dongle_wants_its_time_and_no_limit_of_nothing() -> None:
    device = SungrowHybrid(NOON, quirks=dongle_quirks())
    write(device, 13073, 50)
    with pytest.raises(Declined):
        words(device, 13022, after_s=0.01)
    assert words(device, 13022, after_s=0.04)
    with pytest.raises(Declined) as caught:
        write(device, 13073, 49, after_s=0.08)
    assert caught.value.code == 3
    with pytest.raises(Declined) as caught:
        words(device, 5213, 2, after_s=0.2)
    assert caught.value.code == 2


@pytest.mark.parametrize(("sign", "word"), [(0, 3200), (1, 0xF380), (-1, 3200)])
def test_the_old_battery_power_has_the_sign_of_its_firmware(sign: int, word: int) -> None:
    device = SungrowHybrid(NOON, quirks=HybridQuirks(old_battery_sign=sign))
    assert words(showing(device, Flow(0, -3200, 3200, 0)), 13021) == [word]


def test_a_stopped_inverter_makes_nothing(hybrid: SungrowHybrid) -> None:
    write(hybrid, 12999, 0xCE)
    assert words(hybrid, 5016, 2, after_s=1) == [0, 0]
    assert words(hybrid, 12999, after_s=1) == [0x8000]


def test_a_restart_may_take_the_command_away() -> None:
    device = SungrowHybrid(NOON, quirks=HybridQuirks(forgets_command_at_restart=True))
    device.owner_sets({13049: 2, 13050: 0xAA, 13051: 3000})
    device.restart()
    assert words(device, 13049, 3, function=READ_HOLDING) == [2, 0xCC, 0]


def test_a_string_inverter_makes_its_share_of_the_rated_power() -> None:
    device = SungrowString(NOON)
    assert words(device, 5030)[0] > 2500
    write(device, 5006, 0xAA)
    write(device, 5007, 300)
    assert words(device, 5030, 2) == [1500, 0]
    assert words(device, 5000) == [50]


def test_a_string_inverter_takes_its_time_to_start() -> None:
    device = SungrowString(NOON)
    write(device, 5005, 0xCE)
    assert (words(device, 5037), words(device, 5030)) == ([0x8000], [0])
    write(device, 5005, 0xCF)
    assert (words(device, 5037, after_s=1), words(device, 5030, after_s=1)) == ([0x1600], [0])
    assert words(device, 5030, after_s=120)[0] > 2500


def test_a_string_inverter_declines_what_it_does_not_have() -> None:
    device = SungrowString(NOON, quirks=StringQuirks(limit_needs_switch=True))
    assert declined(device, 5008, 1) == 2
    assert declined(device, 5007, 1001) == 3
    assert declined(device, 5007, 500) == 4
    assert declined(device, 5005, 1) == 3


def test_older_string_firmware_answers_one_function_alone_and_some_never_make_nothing() -> None:
    device = SungrowString(NOON, quirks=StringQuirks(has_holding_only=True, keeps_a_residual=True))
    with pytest.raises(Declined) as caught:
        words(device, 5030)
    assert caught.value.code == 1
    write(device, 5006, 0xAA)
    write(device, 5007, 0)
    assert words(device, 5030, function=READ_HOLDING) == [100]
    assert words(device, 5006, 2, function=READ_HOLDING) == [0xAA, 0]
