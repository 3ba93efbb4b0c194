"""A Sigenergy plant (SigenStor) as it answers over Modbus: the plant as unit 247 and its inverter.

Source: Sigenergy Modbus Protocol V2.9 (2026-05-13), and what owners measured. Addresses are those of the document, which are also the wire
addresses; every 32- and 64-bit figure has its high word first. A register answers function 3 and 4 alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.simulators.battery import BatteryPack
from app.simulators.hybrid import HybridPlant, Orders, Work
from app.simulators.load import HouseLoad
from app.simulators.modbus import DEVICE_BUSY, DEVICE_FAILURE, ILLEGAL_ADDRESS, ILLEGAL_VALUE, WRITE_SINGLE, Declined
from app.simulators.places import place_in
from app.simulators.powerwall import Flow
from app.simulators.register_bank import RegisterBank, figure_of, text_words
from app.simulators.sun import Sky, SolarArray

PLANT = 247
UNLIMITED = 0xFFFFFFFE
_REMOTE_EMS, _REMOTE_MODE, _START = 40029, 40031, 40000
_PCS, _STANDBY, _SELF_CONSUMPTION, _CHARGE_GRID_FIRST, _CHARGE_SUN_FIRST, _DISCHARGE_SUN_FIRST, _DISCHARGE_BATTERY_FIRST = range(7)
_MODE_WHILE_REMOTE = 7
_NATIVE_FULL_FEED_IN = 5
_RATED_W = 6_000
_TOLERANCE_S = 0.001
_NOBODY_BEHIND = 11


@dataclass(frozen=True, slots=True)
class _Register:
    """One that can be written: its form, what it holds from the factory, and what it may be."""

    kind: str
    factory: int
    least: int
    most: int


_HOLDING: Mapping[int, _Register] = {
    40001: _Register("s32", 0, -_RATED_W, _RATED_W),
    40005: _Register("s16", 0, -10_000, 10_000),
    40029: _Register("u16", 0, 0, 1),
    40030: _Register("u16", 0, 0, 1),
    40031: _Register("u16", _PCS, 0, 8),
    40032: _Register("u32", _RATED_W, 0, _RATED_W),
    40034: _Register("u32", _RATED_W, 0, _RATED_W),
    40036: _Register("u32", UNLIMITED, 0, UNLIMITED),
    40038: _Register("u32", UNLIMITED, 0, UNLIMITED),
    40040: _Register("u32", UNLIMITED, 0, UNLIMITED),
    40042: _Register("u32", UNLIMITED, 0, UNLIMITED),
    40044: _Register("u32", UNLIMITED, 0, UNLIMITED),
    40046: _Register("u16", 0, 0, 1000),
    40047: _Register("u16", 1000, 0, 1000),
    40048: _Register("u16", 50, 0, 1000),
    40049: _Register("u32", 100_000, 0, 5_000_000),
}
_WORDS = {"u16": 1, "s16": 1, "u32": 2, "s32": 2}


@dataclass(frozen=True, slots=True)
class PlantQuirks:
    """Where one firmware or site differs from the next."""

    legacy_limits: bool = False  # 40032 counts in modes 3 and 4 alone, 40034 in 5 and 6
    missing: frozenset[int] = frozenset()  # registers that the firmware does not know
    least_period_s: float = 1.0  # a request that comes sooner after the one before finds it busy
    has_grid_sensor: bool = True  # without one the limits at the grid point do nothing
    mode_needs_remote: bool = False  # 40031 is declined while 40029 is 0
    reserve_after_toggle: int | None = None  # what the firmware writes into 40046 when 40029 changes
    export_reset_to: int | None = None  # what the network's service writes into 40038 …
    export_reset_every_s: float = 3600.0  # … this often
    tells_unknown_units: bool = False  # exception 11 for a unit that it does not have, as gateways do; else it is silent


OLD_FIRMWARE = frozenset({30194, 30195, *range(30272, 30287)})


class SigenStor:
    """One plant of one inverter with 6 kW and a battery of 16.12 kWh."""

    name = "modbus.sigenergy"

    def __init__(
        self,
        started_at: datetime,
        *,
        inverter_unit: int = 1,
        zone: str = "Australia/Sydney",
        seed: int = 7,
        native_mode: int = 0,
        quirks: PlantQuirks | None = None,
    ) -> None:
        self.inverter_unit, self.native_mode, self.quirks = inverter_unit, native_mode, quirks or PlantQuirks()
        place = place_in(zone)
        pack = BatteryPack(capacity_wh=16_120, soc_pct=55.0, max_charge_w=_RATED_W, max_discharge_w=_RATED_W)
        self.plant = HybridPlant(started_at, SolarArray(place, Sky(place, seed), 6_600), HouseLoad(ZoneInfo(zone), seed), pack)
        self.holding, self._is_started = RegisterBank(), True
        self._last_request_at: datetime | None = None
        self._export_reset_at = started_at
        for address, register in _HOLDING.items():
            if address not in self.quirks.missing:
                self.holding.put(address, register.factory, register.kind)
        self._obey()

    def answers_for(self, unit: int) -> bool:
        return self.quirks.tells_unknown_units or unit in (PLANT, self.inverter_unit)

    def owner_sets(self, settings: Mapping[int, int]) -> None:
        """What the owner, the installer or another controller chose: raw values by register."""
        for address, value in settings.items():
            self.holding.put(address, value, _HOLDING[address].kind)
        self._obey()

    def held(self, address: int) -> int:
        """The raw value of a register that can be written."""
        register = _HOLDING[address]
        return round(self.holding.figure(address, register.kind)) if address in self.holding.words else register.factory

    @property
    def is_remote(self) -> bool:
        """Whether remote EMS is on."""
        return self.held(_REMOTE_EMS) == 1

    def read(self, unit: int, function: int, address: int, count: int, now: datetime) -> list[int]:
        """The words. Raises Declined."""
        self._keep_the_period(now)
        if unit not in (PLANT, self.inverter_unit):
            raise Declined(_NOBODY_BEHIND)
        with self.plant.lock:
            self._reset_the_export_limit(now)
            self._obey()
            flow = self.plant.step_to(now)
            bank = self._of_plant(flow, now) if unit == PLANT else self._of_inverter(flow)
            return bank.read(address, count)

    def write(self, unit: int, function: int, address: int, words: list[int], now: datetime) -> None:
        """Raises Declined: exception 2 for a register that it does not have, 3 for a value, 4 in the wrong state."""
        self._keep_the_period(now)
        if unit != PLANT:
            raise Declined(ILLEGAL_ADDRESS)
        with self.plant.lock:
            self.plant.step_to(now)
            if address == _START:
                self._start_or_stop(function, words)
            else:
                self._put(address, words)
            self._obey()

    def _keep_the_period(self, now: datetime) -> None:
        last, self._last_request_at = self._last_request_at, now
        if last is not None and 0 <= (now - last).total_seconds() < self.quirks.least_period_s - _TOLERANCE_S:
            raise Declined(DEVICE_BUSY)

    def _reset_the_export_limit(self, now: datetime) -> None:
        reset_to = self.quirks.export_reset_to
        if reset_to is not None and (now - self._export_reset_at).total_seconds() >= self.quirks.export_reset_every_s:
            self._export_reset_at = now
            self.owner_sets({40038: reset_to})

    def _start_or_stop(self, function: int, words: list[int]) -> None:
        if function != WRITE_SINGLE:
            raise Declined(ILLEGAL_ADDRESS)
        if words[0] not in (0, 1):
            raise Declined(ILLEGAL_VALUE)
        self._is_started = words[0] == 1

    def _put(self, address: int, words: list[int]) -> None:
        """All registers of a write are checked before the first is changed."""
        wanted: dict[int, int] = {}
        at = 0
        while at < len(words):
            register = _HOLDING.get(address + at)
            if register is None or address + at not in self.holding.words or at + _WORDS[register.kind] > len(words):
                raise Declined(ILLEGAL_ADDRESS)
            value = round(figure_of(words[at : at + _WORDS[register.kind]], register.kind))
            if not register.least <= value <= register.most:
                raise Declined(ILLEGAL_VALUE)
            if address + at == _REMOTE_MODE and self.quirks.mode_needs_remote and not self.is_remote:
                raise Declined(DEVICE_FAILURE)
            wanted[address + at] = value
            at += _WORDS[register.kind]
        toggles = wanted.get(_REMOTE_EMS, self.held(_REMOTE_EMS)) != self.held(_REMOTE_EMS)
        for each, value in wanted.items():
            self.holding.put(each, value, _HOLDING[each].kind)
        if toggles and self.quirks.reserve_after_toggle is not None:
            self.holding.put(40046, self.quirks.reserve_after_toggle)

    def _obey(self) -> None:
        """From the settings to what the plant does."""
        work, power_w = self._work()
        mode = self.held(_REMOTE_MODE) if self.is_remote else None
        charge_counts = not self.quirks.legacy_limits or mode in (_CHARGE_GRID_FIRST, _CHARGE_SUN_FIRST)
        discharge_counts = not self.quirks.legacy_limits or mode in (_DISCHARGE_SUN_FIRST, _DISCHARGE_BATTERY_FIRST)
        self.plant.orders = Orders(
            work=work,
            power_w=power_w,
            most_charge_w=self.held(40032) if charge_counts else None,
            most_discharge_w=self.held(40034) if discharge_counts else None,
            most_export_w=self._at_the_grid_point(40038),
            most_import_w=self._at_the_grid_point(40040),
            most_solar_w=_limit(self.held(40036)),
            least_soc_pct=max(self.held(40046), self.held(40048)) / 10,
            most_soc_pct=self.held(40047) / 10,
            is_running=self._is_started,
        )

    def _work(self) -> tuple[Work, float]:
        if not self.is_remote:
            return (Work.IDLE if self.native_mode == _NATIVE_FULL_FEED_IN else Work.SELF_CONSUMPTION), 0.0
        mode = self.held(_REMOTE_MODE)
        if mode == _PCS:
            target_w = self.held(40001)
            return (Work.DISCHARGE if target_w > 0 else Work.CHARGE if target_w < 0 else Work.IDLE), abs(target_w)
        if mode == _SELF_CONSUMPTION:
            return Work.SELF_CONSUMPTION, 0.0
        if mode in (_CHARGE_GRID_FIRST, _CHARGE_SUN_FIRST):
            return Work.CHARGE, self.held(40032)
        if mode == _DISCHARGE_SUN_FIRST:
            return Work.DISCHARGE, max(0.0, self.held(40034) - self.plant.flow.solar_w)
        if mode == _DISCHARGE_BATTERY_FIRST:
            return Work.DISCHARGE, self.held(40034)
        return Work.IDLE, 0.0

    def _at_the_grid_point(self, address: int) -> float | None:
        return _limit(self.held(address)) if self.quirks.has_grid_sensor else None

    def _of_plant(self, flow: Flow, now: datetime) -> RegisterBank:
        """What unit 247 tells, with the signs and gains of the document."""
        bank, plant = RegisterBank(), self.plant
        put = bank.put
        for address in (*range(30000, 30098), *range(30194, 30224), *range(30272, 30288)):
            put(address, 0)  # the rest of the blocks answers
        put(30000, int(now.timestamp()), "u32")
        put(30003, _MODE_WHILE_REMOTE if self.is_remote else self.native_mode)
        put(30004, 1 if self.quirks.has_grid_sensor else 0)
        put(30005, flow.grid_w, "s32")
        put(30009, 0 if plant.on_grid else 1)
        put(30010, _RATED_W, "u32")
        put(30014, plant.pack.soc_pct * 10)
        put(30031, flow.solar_w - plant.extra_solar_w + flow.battery_w, "s32")
        put(30035, flow.solar_w - plant.extra_solar_w, "s32")
        put(30037, -flow.battery_w, "s32")
        put(30051, 1 if self._is_started else 3)
        put(30068, _RATED_W, "u32")
        put(30070, _RATED_W, "u32")
        put(30083, plant.pack.capacity_wh / 10, "u32")
        put(30085, self.held(40047))
        put(30086, self.held(40048))
        put(30087, 991)
        put(30088, plant.solar_wh / 10, "u64")
        put(30094, plant.load_wh / 10, "u64")
        put(30194, plant.extra_solar_w, "s32")
        put(30200, plant.charged_wh / 10, "u64")
        put(30204, plant.discharged_wh / 10, "u64")
        put(30216, plant.imported_wh / 10, "u64")
        put(30220, plant.exported_wh / 10, "u64")
        put(30284, flow.load_w, "s32")
        put(30286, 245, "s16")
        bank.words.update(self.holding.words)
        for address in self.quirks.missing:
            bank.words.pop(address, None)
        return bank

    def _of_inverter(self, flow: Flow) -> RegisterBank:
        """What the inverter tells of itself."""
        bank = RegisterBank()
        bank.put_words(30500, text_words("SigenStor EC 6.0 SP", 15))
        bank.put_words(30515, text_words("110A118B0123", 10))
        bank.put_words(30525, text_words("V100R001C22SPC110", 15))
        bank.put(30540, _RATED_W, "u32")
        bank.put(30548, self.plant.pack.capacity_wh / 10, "u32")
        bank.put(30578, 1)
        bank.put(30587, flow.solar_w + flow.battery_w, "s32")
        bank.put(30599, -flow.battery_w, "s32")
        bank.put(30601, self.plant.pack.soc_pct * 10)
        bank.put(30602, 991)
        bank.put(31035, flow.solar_w, "s32")
        return bank


def _limit(raw: int) -> float | None:
    return None if raw >= UNLIMITED else raw
