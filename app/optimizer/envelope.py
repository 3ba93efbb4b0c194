"""The lower envelope of piecewise-linear functions that are not convex together, as convex pieces beside one another."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from app.optimizer.stage import Point, convex_parts, lower_hull
from app.optimizer.value import ConvexValue

_SAME_KWH = 1e-10
_SAME_COST = 1e-12


def lower_of_all(lines: Sequence[list[Point]]) -> list[Point]:
    """The lowest of all `lines` wherever at least one is defined; each is given by its corners in rising order."""
    row = list(lines)
    while len(row) > 1:
        row = [lower(row[at], row[at + 1]) if at + 1 < len(row) else row[at] for at in range(0, len(row), 2)]
    return row[0]


def lower(one: list[Point], other: list[Point]) -> list[Point]:
    """The lower of two lines. Where it jumps, two corners stand at one place."""
    out: list[Point] = []
    first = second = 0  # pieces begun
    at = min(one[0][0], other[0][0])
    end = max(one[-1][0], other[-1][0])
    if len(one) == 1 or len(other) == 1:
        return _with_single(one, other)
    while at < end - _SAME_KWH:
        while first < len(one) - 1 and one[first + 1][0] <= at + _SAME_KWH:
            first += 1
        while second < len(other) - 1 and other[second + 1][0] <= at + _SAME_KWH:
            second += 1
        has_one = one[0][0] <= at + _SAME_KWH and first < len(one) - 1
        has_other = other[0][0] <= at + _SAME_KWH and second < len(other) - 1
        until = end
        if has_one:
            until = one[first + 1][0]
        elif at < one[0][0]:
            until = one[0][0]
        if has_other:
            until = min(until, other[second + 1][0])
        elif at < other[0][0]:
            until = min(until, other[0][0])
        if has_one and has_other:
            _lower_piece(out, at, until, one[first], one[first + 1], other[second], other[second + 1])
        elif has_one:
            _add(out, (at, _between(one[first], one[first + 1], at)))
            _add(out, (until, _between(one[first], one[first + 1], until)))
        elif has_other:
            _add(out, (at, _between(other[second], other[second + 1], at)))
            _add(out, (until, _between(other[second], other[second + 1], until)))
        at = until
    return out or [min(one[0], other[0], key=lambda point: point[1])]


def _with_single(one: list[Point], other: list[Point]) -> list[Point]:
    """A line and a single point: the point counts only where nothing else is defined."""
    line, point = (other, one[0]) if len(one) == 1 else (one, other[0])
    if len(line) == 1:
        return [min(line[0], point, key=lambda each: each[1])]
    is_inside = line[0][0] - _SAME_KWH <= point[0] <= line[-1][0] + _SAME_KWH
    out: list[Point] = []
    for each in line if is_inside else sorted([point, *line]):
        _add(out, each)
    return out


def _lower_piece(out: list[Point], at: float, until: float, a0: Point, a1: Point, b0: Point, b1: Point) -> None:
    a_at, a_until = _between(a0, a1, at), _between(a0, a1, until)
    b_at, b_until = _between(b0, b1, at), _between(b0, b1, until)
    before, behind = a_at - b_at, a_until - b_until
    _add(out, (at, min(a_at, b_at)))
    if before * behind < 0:
        share = before / (before - behind)
        _add(out, (at + share * (until - at), a_at + share * (a_until - a_at)))
    _add(out, (until, min(a_until, b_until)))


def _between(left: Point, right: Point, at: float) -> float:
    if at <= left[0]:
        return left[1]
    if at >= right[0]:
        return right[1]
    return left[1] + (right[1] - left[1]) * (at - left[0]) / (right[0] - left[0])


def _add(out: list[Point], point: Point) -> None:
    """Add a corner; one that stands on the last is dropped, one that continues straight replaces it."""
    if out:
        last = out[-1]
        if point[0] - last[0] <= _SAME_KWH:
            if point[1] < last[1]:
                out[-1] = (last[0], point[1])
            return
        if len(out) >= 2:
            ahead = out[-2]
            straight = ahead[1] + (point[1] - ahead[1]) * (last[0] - ahead[0]) / (point[0] - ahead[0])
            if abs(straight - last[1]) <= _SAME_COST:
                out[-1] = point
                return
    out.append(point)


def convex_pieces(line: list[Point], tolerance: float, most: int) -> list[ConvexValue]:
    """The line as convex functions beside one another. Dents not deeper than `tolerance` are filled from below; deeper ones too, the
    shallowest first, while there are more than `most` pieces. Filling keeps it a lower bound."""
    pieces = [list(part) for part in convex_parts(line)]
    pieces = _filled(pieces, tolerance)
    while len(pieces) > most:
        tolerance = max(tolerance * 2, 1e-9)
        pieces = _filled(pieces, tolerance)
    return [_value(piece) for piece in pieces]


def _filled(pieces: Iterable[list[Point]], tolerance: float) -> list[list[Point]]:
    kept: list[list[Point]] = []
    for piece in pieces:
        kept.append(piece)
        while len(kept) >= 2:
            left, right = kept[-2], kept[-1]
            hull = lower_hull([*left, *right[1:]])
            if _depth(hull, left[-1]) > tolerance:
                break
            kept[-2:] = [hull]
    return kept


def _depth(hull: Sequence[Point], dent: Point) -> float:
    for before, after in pairwise(hull):
        if before[0] <= dent[0] <= after[0]:
            return dent[1] - _between(before, after, dent[0])
    return 0.0


def _value(points: list[Point]) -> ConvexValue:
    lengths = [after[0] - before[0] for before, after in pairwise(points)]
    slopes = [(after[1] - before[1]) / length for before, after, length in zip(points, points[1:], lengths, strict=False)]
    return ConvexValue(points[0][0], points[0][1], slopes, lengths)
