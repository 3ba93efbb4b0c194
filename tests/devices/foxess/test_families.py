"""Where each family of FoxESS inverters keeps what, and the examples of the sheet: words to figures, and figures to words."""

import pytest

from app.devices.foxess.families import FAMILIES
from app.devices.foxess.fields import Model
from app.devices.registers import Point, Space

OLDER = ("h1", "kh", "h3")


def point(model: str, name: str) -> Point:
    family = FAMILIES[model]
    points = {each.name: each for each in (*family.live, family.enable, family.timeout_s, family.power_w, family.capacity_kwh) if each}
    return points[name] if name in points else family.settings.point(name)


EXAMPLES = [
    *((model, "remote_w", 44002, [0xF448], -3000) for model in OLDER),
    ("h3_pro", "remote_w", 46003, [0xFFFF, 0xF448], -3000),
    ("h3_pro", "grid_w", 38814, [0xFFFF, 0xCFC7], 1234.5),
    ("h1", "grid_w", 31008, [0xF448], -3000),
    ("kh", "grid_w", 31008, [0xF448], 3000),
    ("h3", "grid_w", 31008, [0xF448], -3000),
    *((model, "battery_w", 31022, [0xF448], -3000) for model in ("h1", "kh")),
    ("h3", "battery_w", 31036, [0xF448], -3000),
    ("h3_pro", "battery_w", 39237, [0x0000, 0x0BB8], 3000),
    *((model, "soc_pct", 31024, [55], 55) for model in ("h1", "kh")),
    ("h3", "soc_pct", 31038, [55], 55),
    ("h3_pro", "soc_pct", 37612, [55], 55),
    ("h3_pro", "capacity_kwh", 37635, [1036], 10.36),
    ("h3_pro", "string_3_w", 39283, [0, 900], 900),
    *((model, "string_2_w", 31005, [900], 900) for model in OLDER),
    *((model, "load_w", 31016, [900], 900) for model in OLDER),
    *((model, "mode", 41000, [2], 2) for model in OLDER),
    ("h3_pro", "mode", 49203, [4], 4),
    *((model, "least_soc_pct", 41009, [20], 20) for model in OLDER),
    ("h3_pro", "least_soc_pct", 46611, [20], 20),
    ("h3", "most_soc_pct", 41010, [90], 90),
    *((model, "remote", 44000, [1], 1) for model in OLDER),
    ("h3_pro", "remote", 46001, [1], 1),
    *((model, "remote_s", 44001, [1200], 1200) for model in OLDER),
    ("h3_pro", "remote_s", 46002, [1200], 1200),
]


@pytest.mark.parametrize(("model", "name", "address", "words", "figure"), EXAMPLES, ids=[f"{each[0]} {each[1]}" for each in EXAMPLES])
def test_figures_stand_where_the_sheet_says(model: Model, name: str, address: int, words: list[int], figure: float) -> None:
    each = point(model, name)
    assert each.address == address
    assert each.decode(words) == pytest.approx(figure)
    assert each.encode(figure) == words


@pytest.mark.parametrize("model", FAMILIES)
def test_figures_are_input_registers_but_for_the_newest(model: Model) -> None:
    expected = Space.HOLDING if model == "h3_pro" else Space.INPUT
    assert {each.space for each in FAMILIES[model].live} == {expected}
    assert FAMILIES[model].power_w.space is Space.HOLDING
