"""Reading and writing a table of registers through a Modbus conversation."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from app.devices.registers import LONGEST_BLOCK, WIDEST_GAP, Block, Point, Space, blocks
from app.transports.modbus import Conversation, RegisterRefused

NO_SUCH_REGISTER: Final = 2
FAILURE: Final = 4

_Place = tuple[Space, int]


@dataclass
class _Findings:
    """What one go over the registers has shown."""

    missing: set[_Place] = field(default_factory=set)
    single: set[_Place] = field(default_factory=set)
    failed: RegisterRefused | None = None


class RegisterDevice:
    """One unit behind a Modbus link. Safe to share between threads.

    A block that the device declines is asked for point by point, once; what it does not have is not asked for again. One that declines
    everything has lost what stands behind it: nothing is learnt from that. `fails_at_missing`: dongles that answer "failure" (exception 4)
    as well for a register that they do not pass on. As that may also be a failure that is over in a moment, such a point has no figure
    this time and is asked for again; where nothing else answers either, the failure is told."""

    def __init__(self, unit: int, *, longest: int = LONGEST_BLOCK, gap: int = WIDEST_GAP, fails_at_missing: bool = False) -> None:
        self.unit, self._longest, self._gap = unit, longest, gap
        self._declines = frozenset({NO_SUCH_REGISTER, FAILURE} if fails_at_missing else {NO_SUCH_REGISTER})
        self._missing: set[_Place] = set()
        self._single: set[_Place] = set()  # blocks that are asked for point by point
        self._lock = threading.Lock()

    def read(self, talk: Conversation, points: Iterable[Point]) -> dict[str, float | str | None]:
        """Name → figure; None where the device has none. Raises a VendorError."""
        wanted = list(points)
        with self._lock:
            asked = [point for point in wanted if (point.space, point.address) not in self._missing]
        found: dict[str, float | str | None] = {point.name: None for point in wanted}
        shown = _Findings()
        for block in blocks(asked, self._longest, self._gap):
            found.update(self._read_block(talk, block, shown))
        if any(figure is not None for figure in found.values()):
            with self._lock:
                self._missing |= shown.missing
                self._single |= shown.single
        elif shown.failed is not None:
            raise shown.failed
        return found

    def write(self, talk: Conversation, point: Point, figure: float, *, as_single: bool = False) -> None:
        """Write one figure, once. `as_single`: with function 6, for devices that know no other. Raises a VendorError or ValueError."""
        words = point.encode(figure)
        if as_single and len(words) == 1:
            talk.write_single(point.address, words[0], self.unit)
        else:
            talk.write_multiple(point.address, words, self.unit)

    def _read_block(self, talk: Conversation, block: Block, shown: _Findings) -> dict[str, float | str | None]:
        with self._lock:
            is_single = (block.space, block.address) in self._single
        if not is_single:
            try:
                words = self._words(talk, block.space, block.address, block.count)
            except RegisterRefused as refused:
                if refused.code not in self._declines:
                    raise
                shown.single.add((block.space, block.address))
            else:
                return {point.name: point.decode(words[point.address - block.address :][: point.words]) for point in block.points}
        return {point.name: self._read_point(talk, point, shown) for point in block.points}

    def _read_point(self, talk: Conversation, point: Point, shown: _Findings) -> float | str | None:
        try:
            return point.decode(self._words(talk, point.space, point.address, point.words))
        except RegisterRefused as refused:
            if refused.code not in self._declines:
                raise
            if refused.code == NO_SUCH_REGISTER:
                shown.missing.add((point.space, point.address))
            else:
                shown.failed = refused
            return None

    def _words(self, talk: Conversation, space: Space, address: int, count: int) -> list[int]:
        read = talk.read_holding if space is Space.HOLDING else talk.read_input
        return read(address, count, self.unit)
