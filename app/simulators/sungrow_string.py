"""A Sungrow SG string inverter, as it answers over Modbus.

Sources: Sungrow, Communication Protocol of PV Grid-Connected String Inverters, and what owners measured. Addresses are wire addresses, one
below the document's; every 32-bit figure has its low word first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.simulators.load import HouseLoad
from app.simulators.modbus import DEVICE_FAILURE, ILLEGAL_ADDRESS, ILLEGAL_FUNCTION, ILLEGAL_VALUE, READ_INPUT, Declined
from app.simulators.places import place_in
from app.simulators.register_bank import RegisterBank, text_words
from app.simulators.sun import Sky, SolarArray, Sun

_BEGIN, _END = 0xCF, 0xCE
_ON, _OFF = 0xAA, 0x55
_START, _SWITCH, _LIMIT = 5005, 5006, 5007
_STARTS_AFTER = timedelta(seconds=90)
_RESIDUAL = 0.02  # of the rated power


@dataclass(frozen=True, slots=True)
class StringQuirks:
    """Where one model or firmware differs from the next."""

    has_holding_only: bool = False  # its figures answer function 3 alone
    tells_rated_power: bool = True
    has_meter: bool = True
    keeps_a_residual: bool = False  # makes 2 % at a limit of 0 %
    limit_needs_switch: bool = False  # declines a limit while the switch is off


class SungrowString:
    """One SG inverter of 5 kW, with 6.6 kW of panels unless it is given a roof.

    A home that it is a part of sets `settle`, which brings that home up to the present, and `taken`, the share (0 to 1) of what it could
    make that the home lets it."""

    name = "modbus.sungrow_sg"

    def __init__(
        self,
        started_at: datetime,
        *,
        unit: int = 1,
        zone: str = "Australia/Sydney",
        seed: int = 7,
        serial: str = "A2250500456",
        quirks: StringQuirks | None = None,
        sun: Sun | None = None,
    ) -> None:
        self.unit, self.serial, self.quirks, self.rated_w = unit, serial, quirks or StringQuirks(), 5_000
        place = place_in(zone)
        self.sun: Sun = sun or SolarArray(place, Sky(place, seed), 6_600)
        self.load = HouseLoad(ZoneInfo(zone), seed)
        self.settle: Callable[[], None] = lambda: None
        self.taken: Callable[[], float] = lambda: 1.0
        self.settings = RegisterBank(low_word_first=True)
        for address, value in {_START: _BEGIN, _SWITCH: _OFF, _LIMIT: 1000}.items():
            self.settings.put(address, value)
        self._makes_again_at = started_at

    def answers_for(self, unit: int) -> bool:
        return unit == self.unit

    def owner_sets(self, settings: Mapping[int, int]) -> None:
        """What the owner or installer chose: raw values by register."""
        for address, value in settings.items():
            self.settings.put(address, value)

    def power_w(self, now: datetime) -> float:
        """What it makes where all of it is taken."""
        if self._held(_START) == _END or now < self._makes_again_at:
            return 0.0
        limit_w = float(self.rated_w)
        if self._held(_SWITCH) == _ON:
            least_w = _RESIDUAL * self.rated_w if self.quirks.keeps_a_residual else 0.0
            limit_w = max(least_w, min(limit_w, self._held(_LIMIT) / 1000 * self.rated_w))
        return min(limit_w, self.sun.power_w(now))

    def read(self, unit: int, function: int, address: int, count: int, now: datetime) -> list[int]:
        """The words. Raises Declined."""
        self.settle()
        if self.quirks.has_holding_only:
            if function == READ_INPUT:
                raise Declined(ILLEGAL_FUNCTION)
            figures = self._figures(now)
            figures.words.update(self.settings.words)
            return figures.read(address, count)
        return (self._figures(now) if function == READ_INPUT else self.settings).read(address, count)

    def write(self, unit: int, function: int, address: int, words: list[int], now: datetime) -> None:
        """Raises Declined: exception 2 for a register that it does not have, 3 for a value, 4 in the wrong state."""
        for offset, word in enumerate(words):
            self._check(address + offset, word)
        self.settle()  # up to now it ran as it was set before
        was = self._held(_START)
        self.settings.put_words(address, words)
        if was == _END and self._held(_START) == _BEGIN:
            self._makes_again_at = now + _STARTS_AFTER

    def _held(self, address: int) -> int:
        return self.settings.words[address]

    def _check(self, address: int, word: int) -> None:
        if address not in self.settings.words:
            raise Declined(ILLEGAL_ADDRESS)
        is_good = {_START: word in (_BEGIN, _END), _SWITCH: word in (_ON, _OFF), _LIMIT: 0 <= word <= 1000}[address]
        if not is_good:
            raise Declined(ILLEGAL_VALUE)
        if address == _LIMIT and self.quirks.limit_needs_switch and self._held(_SWITCH) != _ON:
            raise Declined(DEVICE_FAILURE)

    def _figures(self, now: datetime) -> RegisterBank:
        bank, power_w = RegisterBank(low_word_first=True), self.power_w(now) * self.taken()
        bank.put_words(4989, text_words(self.serial, 10))
        bank.put(4999, 0x2430)
        if self.quirks.tells_rated_power:
            bank.put(5000, self.rated_w / 100)
        bank.put(5007, 387, "s16")
        bank.put(5016, power_w / 0.98, "u32")
        bank.put(5018, 2391)
        bank.put(5030, power_w, "u32")
        bank.put(5035, 500)
        bank.put(5037, self._state(now))
        if self.quirks.has_meter:
            bank.put(5082, self.load.power_w(now) - power_w, "s32")
        return bank

    def _state(self, now: datetime) -> int:
        if self._held(_START) == _END:
            return 0x8000
        if now < self._makes_again_at:
            return 0x1600
        return 0x0000 if self.sun.power_w(now) > 0 else 0x1400
