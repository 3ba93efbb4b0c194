"""The examples of GoodWe's sheet: words of an ET inverter to figures, and figures to words."""

import pytest

from app.devices.goodwe import registers
from app.devices.goodwe.registers import ALL_SETTINGS, ems_of
from app.devices.registers import Point

FIGURES = [
    (registers.PV_W[0], 35105, [0x0000, 0x069F], 1695),
    (registers.PV_W[1], 35109, [0x0000, 0x06E1], 1761),
    (registers.EXPORT_W, 35140, [0xFFFD], -3),
    (registers.BATTERY_V, 35180, [0x09EE], 254.2),
    (registers.BATTERY_W, 35182, [0xFFFF, 0xF630], -2512),
    (registers.BATTERY_W, 35182, [0xFFFF, 0xF63C], -2500),
    (registers.OLD_METER_W, 36008, [0xFED4], -300),
    (registers.METER_W, 36025, [0xFFFF, 0xFED4], -300),
    (registers.SOC_PCT, 37007, [0x0050], 80),
    (registers.RATED_W, 35001, [0x2710], 10_000),
    (registers.CAPACITY_AH, 45350, [0x0032], 50),
]
SETTINGS_EXAMPLES = [
    ("export_limit_switch", 0xB995, [0x0001], 1),
    ("export_limit_w", 0xB996, [0x0000], 0),
    ("export_limit_w", 0xB996, [0xFFFF], 65_535),
    ("export_limit_pct", 0xB996, [0x0064], 100),
    ("ems", 0xB997, [0x0004, 0x0BB8], ems_of(4, 3000)),
    ("least_soc_pct", 45356, [0x0014], 20),
    ("depth_pct", 45356, [0x0050], 80),
    ("work_mode", 47000, [0x0003], 3),
    ("most_soc_pct", 47760, [0x005A], 90),
]


@pytest.mark.parametrize(("point", "address", "words", "figure"), FIGURES, ids=[each[0].name for each in FIGURES])
def test_figures_stand_where_the_sheet_says(point: Point, address: int, words: list[int], figure: float) -> None:
    assert point.address == address
    assert point.decode(words) == pytest.approx(figure)
    assert point.encode(figure) == words


@pytest.mark.parametrize(("name", "address", "words", "figure"), SETTINGS_EXAMPLES, ids=[each[0] for each in SETTINGS_EXAMPLES])
def test_settings_stand_where_the_sheet_says(name: str, address: int, words: list[int], figure: float) -> None:
    point = ALL_SETTINGS.point(name)
    assert point.address == address
    assert point.decode(words) == figure
    assert point.encode(figure) == words
