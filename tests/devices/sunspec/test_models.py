"""Figures of SunSpec models, by the examples of the models' definitions."""

from typing import Any

import pytest

from app.devices.sunspec_limit import PCT, settings_at
from app.devices.sunspec_models import INVERTER, INVERTER_FLOAT, METER, Group, Model, figures_from, points_of


def figures(group: Group, model: Model, words: dict[int, int]) -> dict[str, Any]:
    """What stands in `words` (offset → word); everything else is 0."""
    raw = {
        point.name: point.decode([words.get(point.address - model.address + n, 0) for n in range(point.words)])
        for point in points_of(model, group)
    }
    return figures_from(group, raw)


@pytest.mark.parametrize(
    ("word", "exponent", "power_w"),
    [
        (0x1CB7, 0x0000, 7351),
        (0x1CB7, 0x0001, 73_510),
        (0xF254, 0xFFFE, -35),
        (0x8000, 0x0000, None),  # not available
        (0x1CB7, 0x8000, None),  # a power without a scale says nothing
        (0x1CB7, 0x000B, None),  # nor with one that cannot be
        (0x1CB7, 0x0005, None),
    ],
)
def test_a_power_and_its_scale_factor(word: int, exponent: int, power_w: float | None) -> None:
    assert figures(INVERTER, Model(103, 40_069, 50), {14: word, 15: exponent, 38: 4}) == {
        "ac_w": None if power_w is None else pytest.approx(power_w),
        "state": 4,
    }


def test_a_power_as_a_float() -> None:
    assert figures(INVERTER_FLOAT, Model(113, 40_069, 60), {22: 0x45E5, 23: 0xB800, 48: 4}) == {"ac_w": 7351, "state": 4}
    assert figures(INVERTER_FLOAT, Model(113, 40_069, 60), {22: 0x7FC0, 48: 2}) == {"ac_w": None, "state": 2}


def test_figures_beyond_the_end_of_a_model_are_not_read() -> None:
    assert points_of(Model(203, 40_069, 10), METER) == ()
    assert figures_from(METER, {}) == {"meter_w": None}


@pytest.mark.parametrize(("pct", "word"), [(37.5, 0x0EA6), (100, 0x2710), (36.0, 0x0E10), (0, 0)])
def test_a_limit_in_hundredths(pct: float, word: int) -> None:
    point = settings_at(Model(123, 40_227, 24), 0.01).point(PCT)
    assert (point.address, point.encode(pct), point.decode([word])) == (40_232, [word], pytest.approx(pct))


def test_the_registers_of_the_fronius_maps() -> None:
    assert [point.address for point in points_of(Model(103, 40_069, 50), INVERTER)] == [40_083, 40_107, 40_084]
    assert [point.address for point in points_of(Model(113, 40_069, 60), INVERTER_FLOAT)] == [40_091, 40_117]
