"""The geometry of the power flow and of the strip."""

from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from app.services.overview.freshness import Freshness
from app.services.overview.half_hours import HalfHour
from app.services.overview.power import PowerNow
from app.web.now import flow_drawing, strip_drawing
from tests.conftest import NOW

SYDNEY = ZoneInfo("Australia/Sydney")


def flows(**watts: int):
    return flow_drawing.draw(PowerNow(Freshness.FRESH, NOW, **({"solar_w": 0, "grid_w": 0, "battery_w": 0, "load_w": 0} | watts)))


def test_a_line_is_as_thick_as_the_power_and_not_thicker_than_18():
    assert [flow_drawing.line_width(each) for each in (1140, -580, 9000)] == [5.2, 3.9, 18.0]


@pytest.mark.parametrize("drawing", [0, 1])
def test_below_50_watts_nothing_flows(drawing: int):
    lines = flows(solar_w=49, grid_w=-49)[drawing].lines
    assert all(line.is_idle and not line.arrow for line in lines)


@pytest.mark.parametrize("drawing", [0, 1])
def test_the_arrow_stands_at_the_receiving_end(drawing: int):
    picture = flows(solar_w=3000, grid_w=-2000, battery_w=-1000, load_w=0)[drawing]
    layout, (solar, grid, battery) = picture.layout, picture.lines
    assert f"L{layout.home_x:g} {layout.side_y:g}" in solar.arrow
    assert f"L{layout.width - layout.box_width / 2:g} 74L" in grid.arrow
    assert grid.tone == "export"
    assert f"L{layout.width / 2:g} {layout.battery_y}L" in battery.arrow
    home = flows(battery_w=1000)[drawing].lines[2]
    assert f"L{layout.width / 2:g} {layout.home_y + 74}L" in home.arrow


def test_what_is_not_known_has_a_dash_and_no_flow():
    picture = flow_drawing.draw(PowerNow(Freshness.LOST, NOW))[0]
    assert {node.figure for node in picture.nodes} == {"—"}
    assert all(line.is_idle for line in picture.lines)


@pytest.mark.parametrize(("price_c", "level"), [(-3, 0), (4.9, 0), (5, 1), (15, 2), (22, 3), (32, 4), (45, 5), (99.9, 5), (100, 6)])
def test_levels_begin_at_their_thresholds(price_c: float, level: int):
    assert strip_drawing.level_of(price_c) == level


def half_hours(prices: list[float | None]) -> tuple[HalfHour, ...]:
    start = NOW.replace(minute=30)
    return tuple(HalfHour(start + number * timedelta(minutes=30), price, price and price / 2) for number, price in enumerate(prices))


def strip(prices: list[float | None]):
    drawn = strip_drawing.draw(half_hours(prices), SYDNEY, NOW, "AUD")
    assert drawn is not None
    return drawn


def test_the_strip_begins_now_and_covers_everything_without_gap_or_overlap():
    blocks = strip([20.0] * 10 + [50.0] * 4 + [None] * 2 + [10.0] * 32).blocks
    assert [block.level for block in blocks] == [2, 5, None, 1]
    assert blocks[0].x == 0
    assert blocks[-1].x + blocks[-1].width == pytest.approx(100, abs=0.01)
    for left, right in pairwise(blocks):
        assert left.x + left.width == pytest.approx(right.x, abs=0.01)


def test_a_spike_does_not_flatten_the_feed_in_and_stands_in_full_in_words():
    drawn = strip([20.0] * 20 + [1900.0] + [20.0] * 27)
    assert "950.0\u202fc" in drawn.best_feed_in.label
    assert drawn.best_feed_in_y == 0
    assert "V38.5" in drawn.feed_in_line  # 10 c of the 80 c that are drawn


def test_a_negative_feed_in_lies_below_the_zero_line():
    drawn = strip([20.0] * 20 + [-20.0] * 28)
    assert drawn.has_negative
    assert 0 < drawn.zero_y < strip_drawing.TRACK_HEIGHT


def test_hours_stand_every_three_and_midnight_is_named_by_its_day():
    marks = strip([20.0] * 48).hours
    assert [hour.label for hour in marks][:4] == ["Now", "21:00", "Sat", "03:00"]


def test_nothing_known_is_no_strip():
    assert strip_drawing.draw(half_hours([None] * 48), SYDNEY, NOW, "AUD") is None
