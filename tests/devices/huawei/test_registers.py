"""Where Huawei inverters keep what, and the examples of the sheet: words to figures, and figures to words."""

import pytest

from app.devices.huawei import registers
from app.devices.huawei.registers import EXPORT_SETTINGS, SETTINGS
from app.devices.registers import Point

EXAMPLES: list[tuple[Point, int, list[int], float]] = [
    (registers.METER_W, 37113, [0xFFFF, 0xF8F8], -1800),  # importing 1800 W: + is export there
    (registers.BATTERY_W, 37765, [0x0000, 0x09C4], -2500),  # charging
    (registers.BATTERY_W, 37765, [0xFFFF, 0xF63C], 2500),  # discharging
    (registers.SOC_PCT, 37760, [0x0310], 78.4),
    (registers.CAPACITY_WH, 37758, [0x0000, 0x2710], 10_000),
    (SETTINGS.point("forced_charge_w"), 47247, [0x0000, 0x1388], 5000),
    (SETTINGS.point("forced_discharge_w"), 47249, [0x0000, 0x1388], 5000),
    (EXPORT_SETTINGS.point("export_limit_w"), 47416, [0x0001, 0x1170], 70_000),
    (EXPORT_SETTINGS.point("export_limit_pct"), 47418, [0x01F4], 50.0),
    (EXPORT_SETTINGS.point("export_control"), 47415, [5], 5),
    (registers.FORCED_MINUTES, 47083, [2], 2),
    (SETTINGS.point("forced"), 47100, [1], 1),
    (SETTINGS.point("forced_to_charge"), 47246, [1], 1),
    (SETTINGS.point("mode"), 47086, [2], 2),
    (SETTINGS.point("grid_charge"), 47087, [1], 1),
    (SETTINGS.point("most_discharge_w"), 47077, [0x0000, 0x1388], 5000),
    (SETTINGS.point("most_soc_pct"), 47081, [1000], 100),
    (SETTINGS.point("least_soc_pct"), 47082, [120], 12),
    (SETTINGS.point("reserve_pct"), 47102, [200], 20),
    (registers.RATED_W, 30073, [0x0000, 0x1388], 5000),
    (registers.SOLAR_W, 32064, [0x0000, 0x0BB8], 3000),
    (registers.AC_W, 32080, [0xFFFF, 0xF63C], -2500),
    (registers.CHARGE_NOW_W, 37046, [0x0000, 0x09C4], 2500),
    (registers.DISCHARGE_NOW_W, 37048, [0x0000, 0x09C4], 2500),
    (registers.RATED_CHARGE_W, 37007, [0x0000, 0x1388], 5000),
    (registers.RATED_DISCHARGE_W, 37009, [0x0000, 0x1388], 5000),
]


@pytest.mark.parametrize(("point", "address", "words", "figure"), EXAMPLES, ids=[f"{each[0].name} {each[3]}" for each in EXAMPLES])
def test_figures_stand_where_the_sheet_says(point: Point, address: int, words: list[int], figure: float) -> None:
    assert point.address == address
    assert point.decode(words) == pytest.approx(figure)
    assert point.encode(figure) == words


@pytest.mark.parametrize(
    ("point", "words"),
    [
        (registers.METER_W, [0x7FFF, 0xFFFF]),
        (registers.SOC_PCT, [0xFFFF]),
        (registers.CAPACITY_WH, [0xFFFF, 0xFFFF]),
        (registers.STATE, [0xFFFF]),
    ],
    ids=lambda each: getattr(each, "name", ""),
)
def test_a_figure_that_is_not_available_is_none(point: Point, words: list[int]) -> None:
    assert point.decode(words) is None


def test_the_serial_number_is_a_text() -> None:
    words = [0x4856, 0x3231, 0x3530, 0x3031, 0x3233, 0x3435, 0, 0, 0, 0]
    assert (registers.SERIAL.address, registers.SERIAL.words) == (30015, 10)
    assert registers.SERIAL.decode(words) == "HV2150012345"
