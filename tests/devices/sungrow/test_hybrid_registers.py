"""The examples of Sungrow's sheet: words of an SH inverter to figures, and figures to words."""

import pytest

from app.devices.registers import Point
from app.devices.sungrow import hybrid_registers as registers
from app.devices.sungrow.hybrid_registers import SETTINGS
from app.devices.sungrow.string_registers import SETTINGS as STRING_SETTINGS

FIGURES = [
    (registers.EXPORT_W, 13009, [0xF6D7, 0xFFFF], -2345),
    (registers.SOLAR_W, 5016, [0x17E8, 0x0000], 6120),
    (registers.BATTERY_W, 5213, [0xF380, 0xFFFF], -3200),
    (registers.LOAD_W, 13007, [0x0753, 0x0000], 1875),
    (registers.SOC_PCT, 13022, [0x0310], 78.4),
    (registers.CAPACITY_KWH, 5638, [0x0500], 12.8),
]
SETTINGS_EXAMPLES = [
    ("least_soc_pct", 13058, 0x00C8, 20),
    ("reserve_pct", 13099, 0x0014, 20),
    ("most_charge_w", 33046, 0x01F4, 5000),
    ("power_w", 13051, 0x0BB8, 3000),
    ("mode", 13049, 0x0002, registers.FORCED),
    ("command", 13050, 0x00AA, registers.CHARGE),
]


@pytest.mark.parametrize(("point", "address", "words", "figure"), FIGURES, ids=[each[0].name for each in FIGURES])
def test_figures_stand_where_the_sheet_says(point: Point, address: int, words: list[int], figure: float) -> None:
    assert point.address == address
    assert point.decode(words) == pytest.approx(figure)
    assert point.encode(figure) == words


@pytest.mark.parametrize(("name", "address", "word", "figure"), SETTINGS_EXAMPLES, ids=[each[0] for each in SETTINGS_EXAMPLES])
def test_settings_stand_where_the_sheet_says(name: str, address: int, word: int, figure: float) -> None:
    point = SETTINGS.point(name)
    assert point.address == address
    assert point.decode([word]) == pytest.approx(figure)
    assert point.encode(figure) == [word]


def test_a_tenth_of_a_percent_is_a_difference_and_less_is_none() -> None:
    table, name = STRING_SETTINGS, "limit_pct"
    for tenths in range(1000):
        assert table.differing({name: tenths / 10}, {name: (tenths + 1) * 0.1}) == {name}
        assert table.differing({name: tenths / 10}, {name: tenths * 0.1}) == frozenset()
