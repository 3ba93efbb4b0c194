"""Where SolarEdge inverters keep what, and the examples of the sheet: words to figures, and figures to words."""

import pytest

from app.devices.registers import Point
from app.devices.solaredge import site_limit, storage
from app.devices.solaredge.batteries import points
from app.devices.solaredge.storage import SETTINGS

OF_BATTERIES = {point.name: point for point in points()}

EXAMPLES: list[tuple[Point, int, list[int], float]] = [
    (SETTINGS.point("remote_charge_w"), 0xE00E, [0x4000, 0x459C], 5000.0),
    (SETTINGS.point("remote_discharge_w"), 0xE010, [0x4000, 0x459C], 5000.0),
    (OF_BATTERIES["battery_w 1"], 0xE174, [0x8000, 0xC4BB], 1500.0),  # − is discharging there
    (OF_BATTERIES["battery_w 2"], 0xE274, [0x4000, 0x459C], -5000.0),
    (OF_BATTERIES["soc_pct 1"], 0xE184, [0x0000, 0x425A], 54.5),
    (OF_BATTERIES["soc_pct 3"], 0xE484, [0x0000, 0x425A], 54.5),
    (OF_BATTERIES["capacity_wh 1"], 0xE17E, [0x4000, 0x459C], 5000.0),
    (OF_BATTERIES["most_charge_w 1"], 0xE144, [0x4000, 0x459C], 5000.0),
    (OF_BATTERIES["most_discharge_w 1"], 0xE146, [0x4000, 0x459C], 5000.0),
    (SETTINGS.point("reserve_pct"), 0xE008, [0x0000, 0x425A], 54.5),
    (SETTINGS.point("storage_control"), 0xE004, [4], 4),
    (SETTINGS.point("grid_charge"), 0xE005, [1], 1),
    (SETTINGS.point("remote_command"), 0xE00D, [3], 3),
    (storage.TIMEOUT_S, 0xE00B, [120, 0], 120),
    (site_limit.CONTROL, 0xE000, [0b1001], 9),
]


@pytest.mark.parametrize(("point", "address", "words", "figure"), EXAMPLES, ids=[f"{each[0].name} {each[3]}" for each in EXAMPLES])
def test_figures_stand_where_the_sheet_says(point: Point, address: int, words: list[int], figure: float) -> None:
    assert point.address == address
    assert point.decode(words) == pytest.approx(figure)
    assert point.encode(figure) == words


def test_a_figure_that_is_none_is_not_available() -> None:
    assert OF_BATTERIES["soc_pct 1"].decode([0xFFFF, 0xFFFF]) is None
    assert OF_BATTERIES["soc_pct 1"].decode([0x0000, 0x7FC0]) is None
