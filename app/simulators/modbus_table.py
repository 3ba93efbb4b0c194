"""Two devices that do not exist, as they answer over Modbus: a hybrid inverter with its battery, and a plain solar inverter.

Source: the register maps in docs/modbus/README.md. Nothing here knows the tables beside it, so that a wrong table or a wrong reading of one
fails."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.simulators.battery import BatteryPack
from app.simulators.hybrid import HybridPlant, Orders, Work
from app.simulators.load import HouseLoad
from app.simulators.modbus import ILLEGAL_ADDRESS, ILLEGAL_FUNCTION, ILLEGAL_VALUE, READ_HOLDING, READ_INPUT, WRITE_MULTIPLE, Declined
from app.simulators.places import place_in
from app.simulators.register_bank import RegisterBank, text_words
from app.simulators.sun import Sky, SolarArray

_MODE, _LOWEST, _HIGHEST, _LIMITATION, _LIMIT, _COMMAND, _POWER, _MINUTES = 200, 201, 202, 203, 204, 210, 211, 212
_RANGES: Mapping[int, tuple[str, int, int]] = {
    _MODE: ("u16", 0, 2),
    _LOWEST: ("u16", 5, 100),
    _HIGHEST: ("u16", 50, 100),
    _LIMITATION: ("u16", 0, 1),
    _LIMIT: ("u16", 0, 1000),
    _COMMAND: ("u16", 0, 1),
    _POWER: ("s16", -5000, 5000),
    _MINUTES: ("u16", 0, 240),
}
_FACTORY: Mapping[int, int] = {_LOWEST: 10, _HIGHEST: 100, _LIMIT: 1000}
_ON, _OFF = 0xAA, 0x55
_SWITCH, _SHARE = 60, 61


@dataclass(frozen=True, slots=True)
class HybridQuirks:
    """Where one firmware differs from the next."""

    missing: frozenset[int] = frozenset()  # registers that it does not have
    is_booting: bool = False  # its charge is not available yet
    keeps_time: bool = False  # the register of the time goes on showing what was written


class ExampleHybrid:
    """5 kW, a battery of 10.2 kWh and 6.6 kW of panels. A command runs from the moment that register 210 is written with a time set."""

    name = "modbus.example_hybrid"

    def __init__(
        self,
        started_at: datetime,
        *,
        unit: int = 3,
        zone: str = "Australia/Sydney",
        seed: int = 7,
        serial: str = "EH5000012345",
        quirks: HybridQuirks | None = None,
    ) -> None:
        self.unit, self.serial, self.quirks = unit, serial, quirks or HybridQuirks()
        place = place_in(zone)
        pack = BatteryPack(capacity_wh=10_200, soc_pct=55.0, max_charge_w=5_000, max_discharge_w=5_000)
        self.plant = HybridPlant(started_at, SolarArray(place, Sky(place, seed), 6_600), HouseLoad(ZoneInfo(zone), seed), pack)
        self.holding, self.input = RegisterBank(), RegisterBank()
        self._ends_at: datetime | None = None
        for address, (kind, _least, _most) in _RANGES.items():
            self.holding.put(address, _FACTORY.get(address, 0), kind)
        self._obey()

    def answers_for(self, unit: int) -> bool:
        return unit == self.unit

    def owner_sets(self, settings: Mapping[int, int]) -> None:
        """What the owner chose: raw values by register."""
        for address, value in settings.items():
            self.holding.put(address, value, _RANGES[address][0])
        self._obey()

    def held(self) -> dict[int, int]:
        """What is set, by register; the time means nothing while no command runs."""
        with self.plant.lock:
            self._pass_time(self.plant.at)
            return {address: word for address, word in self.holding.words.items() if address != _MINUTES or self._ends_at is not None}

    def read(self, unit: int, function: int, address: int, count: int, now: datetime) -> list[int]:
        """The words of input (4) or holding registers. Raises Declined."""
        with self.plant.lock:
            self._tell(now)
            bank = self.input if function == READ_INPUT else self.holding
            if any(each in self.quirks.missing for each in range(address, address + count)):
                raise Declined(ILLEGAL_ADDRESS)
            return bank.read(address, count)

    def write(self, unit: int, function: int, address: int, words: list[int], now: datetime) -> None:
        """Raises Declined: exception 2 for a register that it does not have, 3 for a value, or for a command without a time."""
        with self.plant.lock:
            self._pass_time(now)
            before = dict(self.holding.words)
            written = range(address, address + len(words))
            if any(each not in _RANGES or each in self.quirks.missing for each in written):
                raise Declined(ILLEGAL_ADDRESS)
            self.holding.put_words(address, words)
            is_good = all(_RANGES[each][1] <= self.holding.figure(each, _RANGES[each][0]) <= _RANGES[each][2] for each in written)
            if not is_good or (_COMMAND in written and self._held(_COMMAND) == 1 and self._held(_MINUTES) == 0):
                self.holding.words = before
                raise Declined(ILLEGAL_VALUE)
            if self._held(_COMMAND) == 0:
                self._ends_at = None
            elif not {_COMMAND, _MINUTES}.isdisjoint(written):
                self._ends_at = now + timedelta(minutes=self._held(_MINUTES))
            self._obey()

    @property
    def is_commanded(self) -> bool:
        return self._ends_at is not None

    def _held(self, address: int) -> int:
        return self.holding.words[address]

    def _obey(self) -> None:
        """From the settings to what the inverter does, now and when the time is out."""
        usual = Orders(
            most_export_w=self._held(_LIMIT) * 10 if self._held(_LIMITATION) == 1 else None,
            least_soc_pct=self._held(_LOWEST),
            most_soc_pct=self._held(_HIGHEST),
            most_discharge_w=0.0 if self._held(_MODE) == 1 else None,  # backup: the battery waits for an outage
        )
        self.plant.after, self.plant.orders = usual, usual
        if self._ends_at is not None:
            power_w = self.holding.figure(_POWER, "s16")
            work = Work.CHARGE if power_w > 0 else Work.DISCHARGE if power_w < 0 else Work.IDLE
            self.plant.orders = replace(usual, work=work, power_w=abs(power_w), most_discharge_w=None, until=self._ends_at)

    def _pass_time(self, now: datetime) -> None:
        self.plant.step_to(now)
        if self._ends_at is not None and self.plant.at >= self._ends_at:
            self._ends_at = None
            for address in (_COMMAND, _POWER, _MINUTES):
                self.holding.put(address, 0, _RANGES[address][0])
            self._obey()
        elif self._ends_at is not None and not self.quirks.keeps_time:
            self.holding.put(_MINUTES, -((self.plant.at - self._ends_at).total_seconds() // 60))

    def _tell(self, now: datetime) -> None:
        """From the plant to the input registers."""
        self._pass_time(now)
        flow, plant, put = self.plant.flow, self.plant, self.input.put
        for address in range(110, 128):
            put(address, 0)  # the rest of the block answers
        self.input.put_words(100, text_words(self.serial, 8))
        put(110, 500)
        put(111, plant.pack.capacity_wh / 100)
        put(112, plant.pack.max_charge_w / 10)
        put(113, plant.pack.max_discharge_w / 10)
        put(120, flow.solar_w, "u32")
        put(122, -flow.grid_w, "s32")
        put(124, -flow.battery_w / 10, "s16")
        put(126, 0xFF00 if self.quirks.is_booting else plant.pack.soc_pct * 2)
        put(127, 1)


class ExampleInverter:
    """5 kW and 6.6 kW of panels. There are holding registers alone, at most 20 in one answer, written with function 16 alone."""

    name = "modbus.example_inverter"

    def __init__(self, started_at: datetime, *, unit: int = 1, zone: str = "Australia/Sydney", seed: int = 7) -> None:
        self.unit, self.rated_w = unit, 5_000
        place = place_in(zone)
        self.sun = SolarArray(place, Sky(place, seed), 6_600)
        self.settings = RegisterBank(low_word_first=True)
        self.owner_sets({_SWITCH: _OFF, _SHARE: 1000})

    def answers_for(self, unit: int) -> bool:
        return unit == self.unit

    def owner_sets(self, settings: Mapping[int, int]) -> None:
        """What the owner chose: raw values by register."""
        for address, value in settings.items():
            self.settings.put(address, value)

    def power_w(self, now: datetime) -> float:
        """What it makes."""
        share = self.settings.words[_SHARE] / 1000 if self.settings.words[_SWITCH] == _ON else 1.0
        return min(self.rated_w * share, self.sun.power_w(now))

    def read(self, unit: int, function: int, address: int, count: int, now: datetime) -> list[int]:
        """The words. Raises Declined."""
        if function != READ_HOLDING:
            raise Declined(ILLEGAL_FUNCTION)
        if count > 20:
            raise Declined(ILLEGAL_VALUE)
        bank, power_w = RegisterBank(low_word_first=True), self.power_w(now)
        bank.put(40, power_w * 10, "u32")
        bank.put(42, 1 if self.sun.power_w(now) <= 0 else 3 if self.sun.power_w(now) > power_w and power_w < self.rated_w else 2)
        bank.put(50, self.rated_w / 1000, "f32")
        bank.words.update(self.settings.words)
        return bank.read(address, count)

    def write(self, unit: int, function: int, address: int, words: list[int], now: datetime) -> None:
        """Raises Declined: exception 1 for another function than 16, 2 for what cannot be written, 3 for a value."""
        if function != WRITE_MULTIPLE:
            raise Declined(ILLEGAL_FUNCTION)
        for offset, word in enumerate(words):
            if address + offset not in self.settings.words:
                raise Declined(ILLEGAL_ADDRESS)
            if word not in (_ON, _OFF) if address + offset == _SWITCH else word > 1000:
                raise Declined(ILLEGAL_VALUE)
        self.settings.put_words(address, words)
