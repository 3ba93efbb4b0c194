"""The registers of a simulated device: words by address, figures put in and taken out in the device's own form."""

import struct
from collections.abc import Iterable

from app.simulators.modbus import ILLEGAL_ADDRESS, Declined

_FORMATS = {"u16": "H", "s16": "h", "u32": "I", "s32": "i", "u64": "Q", "f32": "f"}


def words_of(value: float, kind: str = "u16", *, low_word_first: bool = False) -> list[int]:
    """A raw figure as words, clipped to what fits."""
    if kind == "f32":
        packed = struct.pack(">f", value)
    else:
        bits = struct.calcsize(_FORMATS[kind]) * 8
        low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if kind.startswith("s") else (0, (1 << bits) - 1)
        packed = struct.pack(f">{_FORMATS[kind]}", min(high, max(low, round(value))))
    words = list(struct.unpack(f">{len(packed) // 2}H", packed))
    return list(reversed(words)) if low_word_first else words


def figure_of(words: Iterable[int], kind: str = "u16", *, low_word_first: bool = False) -> float:
    """Words as a raw figure."""
    ordered = list(words)
    if low_word_first:
        ordered.reverse()
    return float(struct.unpack(f">{_FORMATS[kind]}", struct.pack(f">{len(ordered)}H", *ordered))[0])


def text_words(text: str, registers: int) -> list[int]:
    """ASCII, filled up with zeros."""
    raw = text.encode("ascii")[: 2 * registers].ljust(2 * registers, b"\0")
    return list(struct.unpack(f">{registers}H", raw))


class RegisterBank:
    """One space of registers. Addresses that were never put do not exist."""

    def __init__(self, *, low_word_first: bool = False) -> None:
        self.words: dict[int, int] = {}
        self._low_word_first = low_word_first

    def put(self, address: int, value: float, kind: str = "u16") -> None:
        """A raw figure in the device's word order."""
        self.put_words(address, words_of(value, kind, low_word_first=self._low_word_first))

    def put_words(self, address: int, words: Iterable[int]) -> None:
        """Words as they are."""
        for offset, word in enumerate(words):
            self.words[address + offset] = word & 0xFFFF

    def figure(self, address: int, kind: str = "u16") -> float:
        """The raw figure at an address. Raises KeyError for registers that do not exist."""
        count = struct.calcsize(_FORMATS[kind]) // 2
        return figure_of((self.words[address + n] for n in range(count)), kind, low_word_first=self._low_word_first)

    def read(self, address: int, count: int) -> list[int]:
        """Raises Declined (exception 2) where one of the registers does not exist."""
        try:
            return [self.words[address + n] for n in range(count)]
        except KeyError:
            raise Declined(ILLEGAL_ADDRESS) from None
