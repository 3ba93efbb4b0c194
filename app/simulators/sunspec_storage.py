"""A Fronius GEN24 hybrid inverter with its battery and Smart Meter, as it answers over Modbus.

Sources: Fronius' GEN24 register maps, the official SunSpec model definitions, and what owners measured. Model 124 bounds what the battery
does: the charge by its rate while bit 0 of the mode is set, the discharge while bit 1 is; a negative rate turns its bound round, which
forces the other direction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.simulators.battery import BatteryPack
from app.simulators.hybrid import HybridPlant, Orders
from app.simulators.load import HouseLoad
from app.simulators.modbus import ILLEGAL_ADDRESS, ILLEGAL_FUNCTION, ILLEGAL_VALUE, READ_HOLDING, Declined
from app.simulators.places import place_in
from app.simulators.register_bank import text_words
from app.simulators.sun import Sky, SolarArray
from app.simulators.sunspec import meter_chain
from app.simulators.sunspec_chain import NOT_AVAILABLE, Chain

_MODE, _RESERVE, _OUT, _IN, _REVERT, _FROM_GRID = 5, 7, 12, 13, 15, 17  # offsets in model 124
_CHARGE_BIT, _DISCHARGE_BIT = 1, 2
_TRACKERS = 4
_LEAST_RESERVE_PCT = 5


@dataclass(frozen=True, slots=True)
class StorageQuirks:
    """Where one model or firmware differs from the next."""

    is_float: bool = False
    has_battery: bool = True
    idle_is_not_available: bool = False  # a tracker that stands still has no figure
    tells_sizes: bool = True
    most_w: int = 7_680  # of charging: what 100 % are, out of the battery too


@dataclass
class _BoundedPlant(HybridPlant):
    """Its battery follows sun and home, within bounds. W, + discharging."""

    least_w: float = -1e9
    most_w: float = 1e9
    charges_from_grid: bool = True

    def _wanted_w(self, net_w: float, most_in_w: float, most_out_w: float) -> float:
        if not self.charges_from_grid:
            most_in_w = min(most_in_w, self.sun.power_w(self.at))
        return max(-most_in_w, min(most_out_w, max(self.least_w, min(self.most_w, net_w))))


class Gen24:
    """One GEN24 of 10 kW with a battery of 10.2 kWh and 6.6 kW of panels on two strings."""

    name = "modbus.fronius"

    def __init__(
        self,
        started_at: datetime,
        *,
        unit: int = 1,
        meter_unit: int = 200,
        zone: str = "Australia/Sydney",
        seed: int = 7,
        quirks: StorageQuirks | None = None,
    ) -> None:
        self.unit, self.meter_unit, self.quirks = unit, meter_unit, quirks or StorageQuirks()
        place, most_w = place_in(zone), self.quirks.most_w
        pack = BatteryPack(capacity_wh=10_240, soc_pct=55.0, max_charge_w=most_w, max_discharge_w=most_w)
        self.plant = _BoundedPlant(started_at, SolarArray(place, Sky(place, seed), 6_600), HouseLoad(ZoneInfo(zone), seed), pack)
        self._lay_out()
        self._obey()

    def _lay_out(self) -> None:
        self._chain = chain = Chain(40_000)
        self.common = chain.add_common(65, "Fronius", "Symo GEN24 10.0 Plus", "1.36.5-1", "34200871", self.unit)
        self.inverter = chain.add(113 if self.quirks.is_float else 103)
        nameplate = chain.add(120)
        nameplate.put(2, 82)
        nameplate.put_scaled(3, 10_000, 4, 1)
        if self.quirks.tells_sizes:
            nameplate.put_scaled(19, self.plant.pack.capacity_wh, 20, 0)
            nameplate.put_scaled(23, self.quirks.most_w, 24, 1)
            nameplate.put_scaled(25, self.quirks.most_w, 26, 1)
        for number in (121, 122, 123):
            chain.add(number)
        trackers = _TRACKERS if self.quirks.has_battery else 2
        self.trackers = chain.add(160, 8 + 20 * trackers)
        self.trackers.put(8, trackers)
        for index, title in enumerate(("MPPT 1", "MPPT 2", "StCha 3", "StDisCha 4")[:trackers]):
            self.trackers.put(10 + 20 * index, index + 1)
            self.trackers.put_words(11 + 20 * index, *text_words(title, 8))
        self.storage = (chain if self.quirks.has_battery else Chain(0)).add(124)
        self._lay_out_storage()
        chain.end()

    def _lay_out_storage(self) -> None:
        put = self.storage.put
        self.storage.put_scaled(2, self.quirks.most_w, 18, 0)
        for offset, value in {
            3: 100,
            4: 100,
            _MODE: 0,
            _RESERVE: 700,
            _OUT: 10_000,
            _IN: 10_000,
            14: 0,
            _REVERT: 0,
            16: 0,
            _FROM_GRID: 0,
        }.items():
            put(offset, value, "s16")
        for offset, exponent in {19: 0, 21: -2, 22: -2, 24: -2, 25: -2}.items():
            put(offset, exponent, "s16")

    def answers_for(self, unit: int) -> bool:
        return unit in (self.unit, self.meter_unit)

    @property
    def settable(self) -> Mapping[int, tuple[int, int]]:
        """Address → what may be written there, as a signed figure."""
        ranges = {
            2: (0, self.quirks.most_w),
            _MODE: (0, 3),
            _RESERVE: (_LEAST_RESERVE_PCT * 100, 10_000),
            _OUT: (-10_000, 10_000),
            _IN: (-10_000, 10_000),
            14: (0, 300),
            _REVERT: (0, 28_800),
            _FROM_GRID: (0, 1),
        }
        return {self.storage.address + offset: allowed for offset, allowed in ranges.items()} if self.quirks.has_battery else {}

    def owner_sets(self, settings: Mapping[int, int]) -> None:
        """What the owner, or a controller of his, chose: raw figures by offset in model 124."""
        for offset, value in settings.items():
            self.storage.put(offset, value, "s16")
        self._obey()

    def held(self) -> dict[int, int]:
        """What is set, by register."""
        return {address: self._chain.bank.words[address] for address in self.settable}

    def read(self, unit: int, function: int, address: int, count: int, now: datetime) -> list[int]:
        """The words of holding registers. Raises Declined."""
        if function != READ_HOLDING:
            raise Declined(ILLEGAL_FUNCTION)
        with self.plant.lock:
            flow = self.plant.step_to(now)
            if unit == self.meter_unit:
                return meter_chain(flow.grid_w, is_float=self.quirks.is_float, unit=self.meter_unit).bank.read(address, count)
            self._tell(flow.solar_w, flow.battery_w)
            return self._chain.bank.read(address, count)

    def write(self, unit: int, function: int, address: int, words: list[int], now: datetime) -> None:
        """Raises Declined: exception 2 for what cannot be written, 3 for a value."""
        with self.plant.lock:
            self.plant.step_to(now)
            settable = self.settable
            for offset, word in enumerate(words):
                if unit != self.unit or address + offset not in settable:
                    raise Declined(ILLEGAL_ADDRESS)
                least, most = settable[address + offset]
                figure = word - 0x10000 if least < 0 and word >= 0x8000 else word
                if not least <= figure <= most:
                    raise Declined(ILLEGAL_VALUE)
            self._chain.bank.put_words(address, words)
            self._obey()

    def _held(self, offset: int, kind: str = "u16") -> float:
        return self.storage.bank.figure(self.storage.address + offset, kind)

    def _obey(self) -> None:
        """From the settings to what the battery may do."""
        mode, full_w = round(self._held(_MODE)), self._held(2)
        plant = self.plant
        plant.least_w = -full_w * (self._held(_IN, "s16") / 10_000 if mode & _CHARGE_BIT else 1)
        plant.most_w = full_w * (self._held(_OUT, "s16") / 10_000 if mode & _DISCHARGE_BIT else 1)
        plant.charges_from_grid = self._held(_FROM_GRID) == 1
        plant.orders = plant.after = Orders(least_soc_pct=self._held(_RESERVE) / 100)

    def _tell(self, solar_w: float, battery_w: float) -> None:
        ac_w = solar_w + battery_w
        if self.quirks.is_float:
            self.inverter.put(22, ac_w, "f32")
            self.inverter.put(48, 4)
        else:
            self.inverter.put_scaled(14, ac_w, 15, 0, "s16")
            self.inverter.put(38, 4)
        self.trackers.put(4, 0, "s16")
        first_w = round(solar_w * 0.6)
        powers = (first_w, solar_w - first_w, max(0.0, -battery_w), max(0.0, battery_w))
        for index, power_w in enumerate(powers[: _TRACKERS if self.quirks.has_battery else 2]):
            is_silent = self.quirks.idle_is_not_available and round(power_w) == 0
            self.trackers.put(21 + 20 * index, NOT_AVAILABLE if is_silent else power_w)
        self.storage.put(8, self.plant.pack.soc_pct * 100)
        self.storage.put(11, 4 if battery_w < 0 else 3 if battery_w > 0 else 6)
