"""Registers to figures and back: the vendors' own examples, and every figure that fits."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.devices.registers import Kind, Point, Space, blocks


@pytest.mark.parametrize(
    ("kind", "scale", "low_first", "words", "figure"),
    [
        (Kind.S32, 1, True, [0xF6D7, 0xFFFF], -2345),  # Sungrow export power, importing
        (Kind.U32, 1, True, [0x17E8, 0x0000], 6120),  # Sungrow PV
        (Kind.U32, 0.1, True, [0xE240, 0x0001], 12345.6),  # Sungrow PV total
        (Kind.S32, 1, True, [0xF380, 0xFFFF], -3200),  # Sungrow battery charging
        (Kind.U16, 0.1, True, [0x0310], 78.4),
        (Kind.U16, 0.01, True, [0x0500], 12.8),
        (Kind.S32, 1, False, [0xFFFF, 0xF6D7], -2345),  # Sigenergy grid
        (Kind.U64, 0.01, False, [0x0000, 0x0000, 0x075B, 0xCD15], 1234567.89),
    ],
)
def test_words_are_the_figures_of_the_vendors_documents(kind: Kind, scale: float, low_first: bool, words: list[int], figure: float) -> None:
    point = Point("figure", 0, kind, scale, low_word_first=low_first)
    assert point.decode(words) == pytest.approx(figure)
    if kind is not Kind.U64:
        assert point.encode(figure) == words


@given(st.sampled_from([Kind.S16, Kind.S32]), st.booleans(), st.integers(-32_000, 32_000))
def test_what_is_written_is_read_again(kind: Kind, low_first: bool, raw: int) -> None:
    point = Point("figure", 0, kind, 0.1, low_word_first=low_first)
    assert point.decode(point.encode(raw / 10)) == pytest.approx(raw / 10)


@pytest.mark.parametrize(
    ("kind", "words"),
    [(Kind.U16, [0xFFFF]), (Kind.S16, [0x8000]), (Kind.S16, [0x7FFF]), (Kind.U32, [0xFFFF, 0xFFFF]), (Kind.S32, [0x7FFF, 0xFFFF])],
)
def test_not_available_is_no_figure(kind: Kind, words: list[int]) -> None:
    assert Point("figure", 0, kind).decode(words) is None


def test_a_float_that_is_no_number_is_no_figure() -> None:
    assert Point("figure", 0, Kind.F32).decode([0x7FC0, 0]) is None


def test_a_figure_out_of_bounds_is_not_believed_and_not_written() -> None:
    point = Point("soc_pct", 0, Kind.U16, 0.1, least=0, most=100)
    assert point.decode([1001]) is None
    for wrong in (100.1, -0.1, math.nan, math.inf):
        with pytest.raises(ValueError, match="soc_pct"):
            point.encode(wrong)


def test_a_figure_that_does_not_fit_is_not_written() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        Point("power_w", 0, Kind.U16).encode(70_000)


def test_an_unlimited_limit_that_looks_unavailable_can_be_made_known() -> None:
    point = Point("limit", 0, Kind.U32, available=frozenset({0xFFFFFFFF}))
    assert point.decode([0xFFFF, 0xFFFF]) == 0xFFFFFFFF


def test_neighbours_are_read_at_once_and_far_ones_apart() -> None:
    points = [Point("a", 10), Point("b", 11, Kind.U32), Point("c", 20), Point("d", 40), Point("e", 10, space=Space.INPUT)]
    found = [(block.space, block.address, block.count) for block in blocks(points)]
    assert found == [(Space.HOLDING, 10, 11), (Space.HOLDING, 40, 1), (Space.INPUT, 10, 1)]


def test_no_block_is_longer_than_the_device_can_answer() -> None:
    found = blocks([Point(f"p{n}", n) for n in range(250)], longest=100)
    assert [block.count for block in found] == [100, 100, 50]
