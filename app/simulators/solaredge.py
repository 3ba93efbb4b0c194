"""A SolarEdge StorEdge inverter with its battery and meters, as it answers over Modbus.

Sources: SolarEdge, SunSpec Logging in SolarEdge Inverters; the site limit, storage and battery registers as implementations use them.
The SunSpec models have their high word first, SolarEdge's own registers their low word. Time-of-use programs are not acted on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.simulators.battery import BatteryPack
from app.simulators.hybrid import HybridPlant, Orders, Work
from app.simulators.load import HouseLoad
from app.simulators.modbus import ILLEGAL_ADDRESS, ILLEGAL_FUNCTION, ILLEGAL_VALUE, READ_HOLDING, Declined
from app.simulators.places import place_in
from app.simulators.register_bank import RegisterBank
from app.simulators.sun import Sky, SolarArray
from app.simulators.sunspec_chain import Chain

_CONTROL, _EXPORT_MODE, _SITE_W = 0xE000, 0xE001, 0xE002
_STORAGE, _POLICY, _POLICY_LIMIT, _RESERVE, _DEFAULT = 0xE004, 0xE005, 0xE006, 0xE008, 0xE00A
_TIMEOUT, _COMMAND, _CHARGE_W, _DISCHARGE_W = 0xE00B, 0xE00D, 0xE00E, 0xE010
_REMOTE = 4
_COMMANDS = frozenset({0, 1, 2, 3, 4, 5, 7})
_LARGEST = 1_000_000.0

_SETTINGS: Mapping[int, tuple[str, float, tuple[float, float] | frozenset[int]]] = {  # kind, factory, range or values
    _CONTROL: ("u16", 0, (0, 0xFFFF)),
    _EXPORT_MODE: ("u16", 0, (0, 1)),
    _SITE_W: ("f32", 10_000.0, (0.0, _LARGEST)),
    _STORAGE: ("u16", 1, (0, 4)),
    _POLICY: ("u16", 0, (0, 3)),
    _POLICY_LIMIT: ("f32", 0.0, (0.0, _LARGEST)),
    _RESERVE: ("f32", 0.0, (0.0, 100.0)),
    _DEFAULT: ("u16", 7, _COMMANDS),
    _TIMEOUT: ("u32", 3600, (0, 86_400)),
    _COMMAND: ("u16", 7, _COMMANDS),
    _CHARGE_W: ("f32", 3300.0, (0.0, _LARGEST)),
    _DISCHARGE_W: ("f32", 3300.0, (0.0, _LARGEST)),
}


@dataclass(frozen=True, slots=True)
class Quirks:
    """Where one model or home differs from the next."""

    batteries: int = 1
    has_site_limit: bool = True
    meters: tuple[str, ...] = ("grid",)  # in the order in which they were set up: "grid" or "production"
    has_trackers: bool = False  # a model of the trackers shifts the meters
    meter_exponent: int = 0


class StorEdge:
    """One inverter of 5 kW with 6.6 kW of panels, and a battery of 9.8 kWh in all."""

    name = "modbus.solaredge"

    def __init__(
        self,
        started_at: datetime,
        *,
        unit: int = 1,
        zone: str = "Australia/Sydney",
        seed: int = 7,
        serial: str = "7F123456",
        quirks: Quirks | None = None,
    ) -> None:
        self.unit, self.serial, self.quirks = unit, serial, quirks or Quirks()
        place = place_in(zone)
        pack = BatteryPack(9_800, 55.0, 5_000, 5_000) if self.quirks.batteries else BatteryPack(9_800, 0.0, 0, 0)
        self.plant = HybridPlant(started_at, SolarArray(place, Sky(place, seed), 6_600), HouseLoad(ZoneInfo(zone), seed), pack)
        self.own = RegisterBank(low_word_first=True)
        self._settable = {
            address: kind for address, (kind, _f, _a) in _SETTINGS.items() if self.quirks.has_site_limit or address >= _STORAGE
        }
        for address, kind in self._settable.items():
            self.own.put(address, _SETTINGS[address][1], kind)
        self._ends_at: datetime | None = None
        self._obey()

    def answers_for(self, unit: int) -> bool:
        return unit == self.unit

    def owner_sets(self, settings: Mapping[int, float]) -> None:
        """What the owner or the installer chose: figures by register."""
        for address, value in settings.items():
            self.own.put(address, value, _SETTINGS[address][0])
        self._obey()

    def held(self) -> dict[int, float]:
        """What is set, by register; the seconds of a remote command are told anew with each."""
        return {address: self.own.figure(address, kind) for address, kind in self._settable.items() if address != _TIMEOUT}

    @property
    def is_remote(self) -> bool:
        """Whether a remote command is in force."""
        return self._ends_at is not None and self._held(_STORAGE) == _REMOTE

    def read(self, unit: int, function: int, address: int, count: int, now: datetime) -> list[int]:
        """The words of holding registers. Raises Declined."""
        if function != READ_HOLDING:
            raise Declined(ILLEGAL_FUNCTION)
        with self.plant.lock:
            self._pass_time(now)
            if address < 0xE000:
                return self._models().bank.read(address, count)
            self._tell_of_the_batteries()
            return self.own.read(address, count)

    def write(self, unit: int, function: int, address: int, words: list[int], now: datetime) -> None:
        """Raises Declined: exception 2 for what cannot be written, or is half a figure, 3 for a value."""
        with self.plant.lock:
            self._pass_time(now)
            kind = self._settable.get(address)
            if kind is None or len(words) != (1 if kind == "u16" else 2):
                raise Declined(ILLEGAL_ADDRESS)
            before = dict(self.own.words)
            self.own.put_words(address, words)
            value, allowed = self._held(address), _SETTINGS[address][2]
            if value not in allowed if isinstance(allowed, frozenset) else not allowed[0] <= value <= allowed[1]:
                self.own.words = before
                raise Declined(ILLEGAL_VALUE)
            if address == _COMMAND:
                self._ends_at = now + timedelta(seconds=self._held(_TIMEOUT))
            self._obey()

    def _held(self, address: int) -> float:
        return self.own.figure(address, _SETTINGS[address][0])

    def _obey(self) -> None:
        """From the settings to what the inverter does, now and when the time of a remote command is out."""
        mode = round(self._held(_STORAGE))
        if mode != _REMOTE:
            self.plant.after = self.plant.orders = self._bounded(Orders(Work.IDLE if mode == 0 else Work.SELF_CONSUMPTION))
            if mode == 3:
                self.plant.orders.most_discharge_w = 0.0
            return
        self.plant.after = self.plant.orders = self._bounded(self._commanded(round(self._held(_DEFAULT))))
        if self._ends_at is not None:
            self.plant.orders = self._bounded(self._commanded(round(self._held(_COMMAND))))
            self.plant.orders.until = self._ends_at

    def _commanded(self, command: int) -> Orders:
        charge_w, discharge_w = self._held(_CHARGE_W), self._held(_DISCHARGE_W)
        match command:
            case 2:
                return Orders(Work.CHARGE_FROM_SUN, charge_w)
            case 3:
                return Orders(Work.CHARGE if self._held(_POLICY) else Work.CHARGE_FROM_SUN, charge_w)
            case 4:
                return Orders(Work.DISCHARGE, discharge_w)
            case 5:
                return Orders(most_charge_w=0.0, most_discharge_w=discharge_w)
            case 7:
                return Orders(most_charge_w=charge_w, most_discharge_w=discharge_w)
        return Orders(Work.IDLE)

    def _bounded(self, orders: Orders) -> Orders:
        orders.least_soc_pct = self._held(_RESERVE)
        if self.quirks.has_site_limit:
            control = round(self._held(_CONTROL))
            limit_w = self._held(_SITE_W) * (3 if self._held(_EXPORT_MODE) == 1 else 1)
            orders.most_export_w = limit_w if control & 0b011 else None
            orders.most_solar_w = limit_w if control & 0b100 else None
        return orders

    def _pass_time(self, now: datetime) -> None:
        self.plant.step_to(now)
        if self._ends_at is not None and self.plant.at >= self._ends_at:
            self._ends_at = None
            self._obey()

    def _models(self) -> Chain:
        """The inverter's models, then a common one and a model for each meter."""
        flow, chain = self.plant.flow, Chain(40_000)
        chain.add_common(65, "SolarEdge", "SE5000H-RWS", "0004.0018.0032", self.serial, self.unit)
        inverter = chain.add(103)
        ac_w = flow.solar_w + flow.battery_w
        inverter.put_scaled(14, ac_w, 15, -1 if abs(ac_w) < 3_000 else 0, "s16")
        inverter.put(38, 2 if ac_w == 0 else 4)
        if self.quirks.has_trackers:
            chain.add(160, 48)
        for meter in self.quirks.meters:
            chain.add_common(65, "WattNode", "WND-3Y-400-MB", "25", "4061234", self.unit)
            shown_w = -flow.grid_w if meter == "grid" else ac_w  # + export
            chain.add(203).put_scaled(18, shown_w, 22, self.quirks.meter_exponent, "s16")
        chain.end()
        return chain

    def _tell_of_the_batteries(self) -> None:
        plant, put, count = self.plant, self.own.put, self.quirks.batteries
        for base in (0xE100, 0xE200, 0xE400)[:count]:
            self.own.put_words(base, [0] * 0x88)  # the rest of the block answers
            put(base + 0x44, plant.pack.max_charge_w / count, "f32")
            put(base + 0x46, plant.pack.max_discharge_w / count, "f32")
            put(base + 0x6C, 24.5, "f32")
            put(base + 0x70, 412.0, "f32")
            put(base + 0x72, -plant.flow.battery_w / count / 412, "f32")
            put(base + 0x74, -plant.flow.battery_w / count, "f32")
            put(base + 0x76, plant.discharged_wh / count, "u64")
            put(base + 0x7A, plant.charged_wh / count, "u64")
            put(base + 0x7E, plant.pack.capacity_wh / count, "f32")
            put(base + 0x80, plant.pack.capacity_wh / count * plant.pack.soc_pct / 100, "f32")
            put(base + 0x82, 98.0, "f32")
            put(base + 0x84, plant.pack.soc_pct, "f32")
            put(base + 0x86, 3, "u32")
