"""A GoodWe ET hybrid inverter with its battery, as it answers over Modbus TCP.

Sources: GoodWe, Modbus protocol of hybrid inverters (ET, EH, BT, BH), and what owners measured. Addresses are wire addresses, as in the
document; 32-bit figures have their high word first. There are holding registers alone: function 4 is not known."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.simulators.battery import BatteryPack
from app.simulators.hybrid import HybridPlant, Orders, Work
from app.simulators.load import HouseLoad
from app.simulators.modbus import ILLEGAL_ADDRESS, ILLEGAL_FUNCTION, ILLEGAL_VALUE, READ_INPUT, Declined
from app.simulators.places import place_in
from app.simulators.register_bank import RegisterBank, text_words
from app.simulators.sun import Sky, SolarArray

_NOMINAL_V = 256
_CAPACITY_AH = 50
_WORK_MODE, _DEPTH, _SWITCH, _LIMIT, _EMS_MODE, _EMS_POWER, _MOST_SOC = 47000, 45356, 47509, 47510, 47511, 47512, 47760
_BACKUP, _OFF_GRID_MODE = 2, 7
_ANY_W = 65_535.0

_FACTORY: Mapping[int, int] = {
    45350: _CAPACITY_AH,
    45353: 250,
    45355: 250,
    _DEPTH: 10,
    45358: 10,
    _WORK_MODE: 0,
    _SWITCH: 0,
    _LIMIT: 10_000,
    _EMS_MODE: 1,
    _EMS_POWER: 0,
    _MOST_SOC: 100,
}


@dataclass(frozen=True, slots=True)
class EtQuirks:
    """Where one firmware or kit differs from the next."""

    missing: frozenset[int] = frozenset()  # registers that a firmware does not have
    limit_is_in_percent: bool = False  # of the rated power, in 47510
    keeps_depth: bool = False  # 45356 is how deep the battery may be discharged, not what is kept
    ignores_work_mode: bool = False  # some TCP kits acknowledge the work mode and do not apply it
    has_meter: bool = True


class GoodWeEt:
    """One ET inverter with 10 kW, 8 kW of panels on two trackers and a battery of 12.8 kWh."""

    name = "modbus.goodwe"

    def __init__(
        self,
        started_at: datetime,
        *,
        unit: int = 247,
        zone: str = "Australia/Sydney",
        seed: int = 7,
        serial: str = "9010KETU21BW0001",
        quirks: EtQuirks | None = None,
    ) -> None:
        self.unit, self.serial, self.quirks, self.rated_w = unit, serial, quirks or EtQuirks(), 10_000
        place = place_in(zone)
        pack = BatteryPack(capacity_wh=_CAPACITY_AH * _NOMINAL_V, soc_pct=55.0, max_charge_w=6_400, max_discharge_w=6_400)
        sun = SolarArray(place, Sky(place, seed), 8_000)
        self.plant = HybridPlant(started_at, sun, HouseLoad(ZoneInfo(zone), seed), pack)
        self.settings = RegisterBank()
        for address, value in _FACTORY.items():
            if address not in self.quirks.missing:
                self.settings.put(address, value)
        if self.quirks.limit_is_in_percent:
            self.settings.put(_LIMIT, 100)
        if self.quirks.keeps_depth:
            self.settings.put(_DEPTH, 90)
        self._obey()

    def answers_for(self, unit: int) -> bool:
        return unit == self.unit

    def owner_sets(self, settings: Mapping[int, int]) -> None:
        """What the owner or installer chose in the vendor's app: raw values by register."""
        for address, value in settings.items():
            self.settings.put(address, value)
        self._obey()

    def read(self, unit: int, function: int, address: int, count: int, now: datetime) -> list[int]:
        """The words. Raises Declined."""
        if function == READ_INPUT:
            raise Declined(ILLEGAL_FUNCTION)
        with self.plant.lock:
            bank = self._told(now)
            bank.words.update(self.settings.words)
            return bank.read(address, count)

    def write(self, unit: int, function: int, address: int, words: list[int], now: datetime) -> None:
        """Raises Declined: exception 2 for a register that it does not have or that is read only, 3 for a value. All or nothing."""
        with self.plant.lock:
            self.plant.step_to(now)
            for offset, word in enumerate(words):
                self._check(address + offset, word)
            if self.quirks.ignores_work_mode and address == _WORK_MODE:
                return
            self.settings.put_words(address, words)
            self._obey()

    def _check(self, address: int, word: int) -> None:
        if address not in self.settings.words:
            raise Declined(ILLEGAL_ADDRESS)
        least, most = {
            _WORK_MODE: (0, 5),
            _DEPTH: (0, 100),
            45358: (0, 100),
            _SWITCH: (0, 1),
            _LIMIT: (0, 100 if self.quirks.limit_is_in_percent else 65_535),
            _EMS_MODE: (1, 12),
            _EMS_POWER: (0, self.rated_w),
            _MOST_SOC: (10, 100),
        }.get(address, (0, 1000))
        if not least <= word <= most:
            raise Declined(ILLEGAL_VALUE)

    def _obey(self) -> None:
        """From the settings to what the inverter does."""
        held = {**_FACTORY, **self.settings.words}
        depth = held[_DEPTH]
        limit_w = held[_LIMIT] * self.rated_w / 100 if self.quirks.limit_is_in_percent else float(held[_LIMIT])
        orders = _ordered(held[_EMS_MODE], float(held[_EMS_POWER]), is_backup=held[_WORK_MODE] == _BACKUP)
        if held[_SWITCH]:
            orders.most_export_w = limit_w if orders.most_export_w is None else min(limit_w, orders.most_export_w)
        orders.least_soc_pct = 100 - depth if self.quirks.keeps_depth else depth
        orders.most_soc_pct = held[_MOST_SOC]
        orders.most_charge_w, orders.most_discharge_w = held[45353] / 10 * _NOMINAL_V, held[45355] / 10 * _NOMINAL_V
        self.plant.orders = orders
        self.plant.on_grid = held[_EMS_MODE] != _OFF_GRID_MODE

    def _told(self, now: datetime) -> RegisterBank:
        """From the plant to its registers, with the signs and scales of the document."""
        flow, plant, bank = self.plant.step_to(now), self.plant, RegisterBank()
        put, export_w = bank.put, -flow.grid_w
        for address in (*range(35000, 35033), *range(35100, 35225), *range(36000, 36045), *range(37000, 37024)):
            put(address, 0)  # the rest of these blocks answers
        put(35001, self.rated_w)
        put(35002, 1)
        bank.put_words(35003, text_words(self.serial, 8))
        bank.put_words(35011, text_words("GW10K-ET", 5))
        put(35103, 3326)
        put(35105, flow.solar_w * 0.6, "u32")
        put(35107, 3402)
        put(35109, flow.solar_w - round(flow.solar_w * 0.6), "u32")
        put(35113, 0xFFFFFFFF, "u32")
        put(35117, 0xFFFFFFFF, "u32")
        put(35136, 1 if plant.on_grid else 0)
        put(35138, flow.solar_w + flow.battery_w, "s16")
        put(35140, export_w, "s16")
        put(35172, 0.9 * flow.load_w, "s16")  # what it tells of the home is not what the others add up to
        put(35174, 412, "s16")
        put(35180, _NOMINAL_V * 10)
        put(35181, flow.battery_w / _NOMINAL_V * 10, "s16")
        put(35182, flow.battery_w, "s32")
        put(35184, 1 if not flow.battery_w else 2 if flow.battery_w > 0 else 3)
        put(35187, 1 if plant.on_grid else 2)
        put(35191, plant.solar_wh / 100, "u32")
        put(35195, plant.exported_wh / 100, "u32")
        put(35200, plant.imported_wh / 100, "u32")
        put(35206, plant.charged_wh / 100, "u32")
        put(35209, plant.discharged_wh / 100, "u32")
        put(36004, 1 if self.quirks.has_meter else 0)
        put(36008, export_w, "s16")
        put(36015, plant.exported_wh, "f32")
        put(36017, plant.imported_wh, "f32")
        put(36025, export_w, "s32")
        if not self.quirks.has_meter:
            bank.put_words(36008, [0])
            bank.put_words(36025, [0, 0])
            bank.put_words(35140, [0])
        put(37002, 1)
        put(37003, 243, "s16")
        put(37004, 25)
        put(37005, 25)
        put(37007, plant.pack.soc_pct)
        put(37008, 99)
        for address in self.quirks.missing:
            bank.words.pop(address, None)
        return bank


def _ordered(mode: int, power_w: float, *, is_backup: bool) -> Orders:
    """The EMS mode with its power Xset."""
    match mode:
        case 2:  # the sun, and at most Xset from the grid
            return Orders(Work.CHARGE, _ANY_W, most_import_w=power_w) if power_w else Orders(Work.CHARGE_FROM_SUN, _ANY_W)
        case 3 | 12:
            return Orders(Work.DISCHARGE, power_w)
        case 4 | 9:  # buys Xset
            return Orders(Work.CHARGE, _ANY_W, most_import_w=power_w)
        case 5 | 10:  # sells Xset
            return Orders(Work.DISCHARGE, _ANY_W, most_export_w=power_w)
        case 6:
            return Orders(Work.CHARGE_FROM_SUN, _ANY_W)
        case 8:
            return Orders(Work.IDLE)
        case 11:
            return Orders(Work.CHARGE, power_w)
    return Orders(Work.CHARGE_FROM_SUN, _ANY_W) if is_backup else Orders()
