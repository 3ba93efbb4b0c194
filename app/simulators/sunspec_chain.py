"""A list of SunSpec models in registers.

Sources: SunSpec Information Model Reference and the official model definitions. Offsets count from the register that holds the number of
the model; 32-bit figures have their high word first."""

from dataclasses import dataclass

from app.simulators.register_bank import RegisterBank, text_words

NOT_AVAILABLE = 0xFFFF
NEGATIVE_NOT_AVAILABLE = 0x8000  # of signed figures and of scale factors

LENGTHS = {101: 50, 103: 50, 113: 60, 120: 26, 121: 30, 122: 44, 123: 24, 124: 24, 203: 105, 213: 124}


@dataclass(frozen=True, slots=True)
class Place:
    """Where one model begins."""

    bank: RegisterBank
    address: int

    def put(self, offset: int, value: float, kind: str = "u16") -> None:
        """A raw figure."""
        self.bank.put(self.address + offset, value, kind)

    def put_words(self, offset: int, *words: int) -> None:
        """Words as they are."""
        self.bank.put_words(self.address + offset, words)

    def put_scaled(self, offset: int, value: float, exponent_offset: int, exponent: int, kind: str = "u16") -> None:
        """A figure with its scale factor."""
        self.put(offset, value / 10.0**exponent, kind)
        self.put(exponent_offset, exponent, "s16")


class Chain:
    """Models one after another from `base`, every figure "not available" until it is put."""

    def __init__(self, base: int) -> None:
        self.bank = RegisterBank()
        self.bank.put_words(base, (0x5375, 0x6E53))
        self._next = base + 2

    def add(self, number: int, length: int | None = None) -> Place:
        """One more model."""
        length = LENGTHS[number] if length is None else length
        place = Place(self.bank, self._next)
        place.put_words(0, number, length, *([NOT_AVAILABLE] * length))
        self._next += 2 + length
        return place

    def add_common(self, length: int, maker: str, model: str, firmware: str, serial: str, unit: int) -> Place:
        """Model 1."""
        place = self.add(1, length)
        place.put_words(
            2, *text_words(maker, 16), *text_words(model, 16), *text_words("", 8), *text_words(firmware, 8), *text_words(serial, 16)
        )
        place.put_words(66, unit)
        return place

    def end(self) -> None:
        """The end mark."""
        self.bank.put_words(self._next, (0xFFFF, 0))
