"""The examples of AlphaESS's sheet: words to figures, and figures to words."""

import pytest

from app.devices.alphaess import registers
from app.devices.alphaess.registers import NO_POWER, SETTINGS
from app.devices.registers import Point

EXAMPLES = [
    (registers.SOC_PCT, 0x0102, [0x0310], 78.4),
    (registers.BATTERY_W, 0x0126, [0xF63C], -2500),
    (registers.GRID_W, 0x0021, [0xFFFF, 0xFB2E], -1234),
    (registers.CAPACITY_KWH, 0x0119, [0x0086], 13.4),
    (registers.POWER, 0x0881, [0x0000, 0x6978], NO_POWER - 5000),
    (registers.POWER, 0x0881, [0x0000, 0x9088], NO_POWER + 5000),
    (registers.SECONDS, 0x0887, [0x0000, 0x0E10], 3600),
    (registers.CUTOFF_PCT, 0x0886, [0x00C8], 80),
    (registers.START, 0x0880, [1], 1),
    (registers.MODE, 0x0885, [2], registers.TO_A_CHARGE),
    (SETTINGS.point("feed_in_pct"), 0x0800, [100], 100),
    (SETTINGS.point("periods"), 0x084F, [3], 3),
    (SETTINGS.point("reserve_pct"), 0x0850, [20], 20),
    (SETTINGS.point("most_soc_pct"), 0x0855, [90], 90),
]


@pytest.mark.parametrize(("point", "address", "words", "figure"), EXAMPLES, ids=[f"{each[0].name} {each[3]}" for each in EXAMPLES])
def test_figures_stand_where_the_sheet_says(point: Point, address: int, words: list[int], figure: float) -> None:
    assert point.address == address
    assert point.decode(words) == pytest.approx(figure)
    assert point.encode(figure) == words


@pytest.mark.parametrize(("name", "figure"), [("feed_in_pct", 101), ("reserve_pct", 3), ("periods", 4), ("most_soc_pct", -1)])
def test_nothing_outside_the_documented_range_is_written(name: str, figure: float) -> None:
    with pytest.raises(ValueError, match=name):
        SETTINGS.point(name).encode(figure)
