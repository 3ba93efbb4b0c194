"""A device's registers as a table: where a figure stands, how it is written there, what it may be.

Everything here is pure. Addresses are wire addresses (what stands in the frame); figures are in the units that their names state."""

import math
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LONGEST_BLOCK: Final = 100  # registers in one read; dongles fail at more
WIDEST_GAP: Final = 8  # registers that are read along rather than asked for anew


class Space(StrEnum):
    """Holding and input registers are told apart by the function that reads them."""

    HOLDING = "holding"
    INPUT = "input"


class Kind(StrEnum):
    """How a figure is written."""

    U16 = "u16"
    S16 = "s16"
    U32 = "u32"
    S32 = "s32"
    U64 = "u64"
    F32 = "f32"
    TEXT = "text"


_WORDS: Final[Mapping[Kind, int]] = {Kind.U16: 1, Kind.S16: 1, Kind.U32: 2, Kind.S32: 2, Kind.U64: 4, Kind.F32: 2}
_FORMAT: Final[Mapping[Kind, str]] = {Kind.U16: "H", Kind.S16: "h", Kind.U32: "I", Kind.S32: "i", Kind.U64: "Q", Kind.F32: "f"}
USUALLY_NOT_AVAILABLE: Final[Mapping[Kind, frozenset[int]]] = {
    Kind.U16: frozenset({0xFFFF}),
    Kind.S16: frozenset({0x7FFF, 0x8000}),
    Kind.U32: frozenset({0xFFFFFFFF}),
    Kind.S32: frozenset({0x7FFFFFFF, 0x80000000}),
    Kind.U64: frozenset({0xFFFFFFFFFFFFFFFF}),
}


@dataclass(frozen=True, slots=True)
class Point:
    """One figure of a device. figure = raw × `scale`; a negative scale turns the sign round.

    A figure outside `least` to `most` is not believed when it is read, and refused before it is written. `available` are raw values that
    mean something although the usual convention says "not available" (an unlimited limit of 0xFFFFFFFE); `unavailable` are those by
    which this device says so besides."""

    name: str
    address: int
    kind: Kind = Kind.U16
    scale: float = 1.0
    space: Space = Space.HOLDING
    low_word_first: bool = False
    least: float = -math.inf
    most: float = math.inf
    length: int = 0  # registers of a text
    available: frozenset[int] = frozenset()
    unavailable: frozenset[int] = frozenset()

    @property
    def words(self) -> int:
        """Registers that it takes."""
        return self.length if self.kind is Kind.TEXT else _WORDS[self.kind]

    def decode(self, words: Sequence[int]) -> float | str | None:
        """The figure, None where the device says that it has none or gives one that cannot be."""
        if self.kind is Kind.TEXT:
            return struct.pack(f">{len(words)}H", *words).split(b"\0")[0].decode("ascii", "replace").strip() or None
        ordered = list(reversed(words)) if self.low_word_first else list(words)
        packed = struct.pack(f">{len(ordered)}H", *ordered)
        bits = int.from_bytes(packed)
        if self.kind is not Kind.F32 and bits in (USUALLY_NOT_AVAILABLE[self.kind] - self.available) | self.unavailable:
            return None
        figure = float(struct.unpack(f">{_FORMAT[self.kind]}", packed)[0]) * self.scale
        return figure if math.isfinite(figure) and self.least <= figure <= self.most else None

    def encode(self, figure: float) -> list[int]:
        """The words to write. Raises ValueError for a figure that the device may not be given."""
        if not math.isfinite(figure) or not self.least <= figure <= self.most:
            raise ValueError(f"{self.name} may be {self.least:g} to {self.most:g}, not {figure!r}")
        raw: float = figure / self.scale
        try:
            packed = struct.pack(f">{_FORMAT[self.kind]}", raw if self.kind is Kind.F32 else round(raw))
        except struct.error:
            raise ValueError(f"{self.name}: {figure:g} does not fit into {self.kind.value}") from None
        words = list(struct.unpack(f">{len(packed) // 2}H", packed))
        return list(reversed(words)) if self.low_word_first else words


@dataclass(frozen=True, slots=True)
class Block:
    """Neighbouring points that are read at once."""

    space: Space
    address: int
    count: int
    points: tuple[Point, ...]


def blocks(points: Iterable[Point], longest: int = LONGEST_BLOCK, gap: int = WIDEST_GAP) -> tuple[Block, ...]:
    """The fewest reads that bring all points, none longer than `longest`, reading at most `gap` unwanted registers in a row along."""
    found: list[Block] = []
    for point in sorted(points, key=lambda each: (each.space, each.address)):
        last = found[-1] if found else None
        end = point.address + point.words
        if last is not None and last.space is point.space and point.address - (last.address + last.count) <= gap:
            count = max(last.count, end - last.address)
            if count <= longest:
                found[-1] = Block(last.space, last.address, count, (*last.points, point))
                continue
        found.append(Block(point.space, point.address, point.words, (point,)))
    return tuple(found)
