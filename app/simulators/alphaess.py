"""An AlphaESS hybrid inverter with its battery, as it answers over Modbus.

Sources: AlphaESS register parameter list for SMILE and Storion, and what owners measured. Addresses are wire addresses; 32-bit figures have
their high word first. There are holding registers alone (function 3), and they are written with function 16 alone. The time periods are
kept, but the simulated inverter does not act on them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.simulators.battery import BatteryPack
from app.simulators.hybrid import HybridPlant, Orders, Work
from app.simulators.load import HouseLoad
from app.simulators.modbus import ILLEGAL_ADDRESS, ILLEGAL_FUNCTION, ILLEGAL_VALUE, READ_HOLDING, WRITE_MULTIPLE, Declined
from app.simulators.places import place_in
from app.simulators.register_bank import RegisterBank
from app.simulators.sun import Sky, SolarArray

_START, _POWER, _REACTIVE, _MODE, _CUTOFF, _SECONDS, _DIRECTION, _PV_SWITCH = 0x0880, 0x0881, 0x0883, 0x0885, 0x0886, 0x0887, 0x0889, 0x088A
_DISPATCH = range(_START, _PV_SWITCH + 1)
_NO_POWER = 32_000
_FEED_IN, _PERIODS, _RESERVE, _CHARGE_TO = 0x0800, 0x084F, 0x0850, 0x0855

_RANGES: Mapping[int, tuple[str, int, int]] = {
    _FEED_IN: ("u16", 0, 100),
    _PERIODS: ("u16", 0, 3),
    _RESERVE: ("u16", 4, 100),
    _CHARGE_TO: ("u16", 0, 100),
    **dict.fromkeys((*range(0x0851, 0x0855), *range(0x0856, 0x0862)), ("u16", 0, 59)),
    _START: ("u16", 0, 1),
    _POWER: ("u32", 0, 2 * _NO_POWER),
    _REACTIVE: ("u32", 0, 2 * _NO_POWER),
    _MODE: ("u16", 0, 20),
    _CUTOFF: ("u16", 0, 255),
    _SECONDS: ("u32", 0, 86_400),
    _DIRECTION: ("u16", 0, 255),
    _PV_SWITCH: ("u16", 0, 2),
}
_FACTORY: Mapping[int, int] = {_FEED_IN: 100, _RESERVE: 10, _CHARGE_TO: 100, _POWER: _NO_POWER, _SECONDS: 90, _DIRECTION: 255}


@dataclass(frozen=True, slots=True)
class Quirks:
    """Where one model or firmware differs from the next."""

    missing: frozenset[int] = frozenset()
    takes_feed_in_limit: bool = True  # False: external control is not switched on, so that the limit is kept in its register and ignored
    dispatch_lifts_limit: bool = True  # the feed-in limit is ignored while a dispatch runs
    keeps_start: bool = False  # 0x0880 still says 1 when the timer has ended
    counts_down: bool = False  # 0x0887 shows what is left
    cutoff_per_pct: float = 2.5  # other firmware: 2.55


@dataclass(frozen=True, slots=True)
class _Running:
    """A dispatch as it was committed."""

    mode: int
    power_w: float  # + discharging
    cutoff_pct: float
    ends_at: datetime


class AlphaEss:
    """One inverter of 5 kW with a battery of 13.4 kWh and 6.6 kW of panels on two strings."""

    name = "modbus.alphaess"

    def __init__(
        self, started_at: datetime, *, unit: int = 0x55, zone: str = "Australia/Sydney", seed: int = 7, quirks: Quirks | None = None
    ) -> None:
        self.unit, self.quirks = unit, quirks or Quirks()
        place = place_in(zone)
        pack = BatteryPack(capacity_wh=13_400, soc_pct=55.0, max_charge_w=5_000, max_discharge_w=5_000)
        self.panels_w = 6_600
        self.plant = HybridPlant(started_at, SolarArray(place, Sky(place, seed), self.panels_w), HouseLoad(ZoneInfo(zone), seed), pack)
        self.registers = RegisterBank()
        self._running: _Running | None = None
        for address, (kind, _least, _most) in _RANGES.items():
            self.registers.put(address, _FACTORY.get(address, 0), kind)
        self._obey()
        self._tell(started_at)

    def answers_for(self, unit: int) -> bool:
        return unit == self.unit

    def owner_sets(self, settings: Mapping[int, int]) -> None:
        """What the owner or the installer chose: raw values by register."""
        for address, value in settings.items():
            self.registers.put(address, value, _RANGES[address][0])
        self._obey()

    def held(self) -> dict[int, int]:
        """What is set, by register: of the dispatch only what a stopped one still means, which is nothing."""
        with self.plant.lock:
            self._pass_time(self.plant.at)
            is_started = self.registers.words[_START] == 1
            settable = [address + n for address, (kind, _l, _m) in _RANGES.items() for n in range(1 if kind == "u16" else 2)]
            shown = [address for address in settable if address not in _DISPATCH or address == _START or is_started]
            return {address: self.registers.words[address] for address in shown if address in self.registers.words}

    @property
    def is_dispatching(self) -> bool:
        return self._running is not None

    def read(self, unit: int, function: int, address: int, count: int, now: datetime) -> list[int]:
        """The words of holding registers. Raises Declined."""
        if function != READ_HOLDING:
            raise Declined(ILLEGAL_FUNCTION)
        with self.plant.lock:
            self._tell(now)
            return self.registers.read(address, count)

    def write(self, unit: int, function: int, address: int, words: list[int], now: datetime) -> None:
        """Raises Declined: exception 1 for another function than 16, 2 for what cannot be written, 3 for a value."""
        if function != WRITE_MULTIPLE:
            raise Declined(ILLEGAL_FUNCTION)
        with self.plant.lock:
            self._pass_time(now)
            before = dict(self.registers.words)
            written = range(address, address + len(words))
            if not all(each in self.registers.words and _is_settable(each) for each in written):
                raise Declined(ILLEGAL_ADDRESS)
            self.registers.put_words(address, words)
            if not all(least <= self.registers.figure(each, kind) <= most for each, (kind, least, most) in self._ranges(written)):
                self.registers.words = before
                raise Declined(ILLEGAL_VALUE)
            if self.registers.words[_START] == 0:
                self._running = None
            elif _MODE in written:
                self._commit(now)
            self._obey()

    def _ranges(self, written: range) -> list[tuple[int, tuple[str, int, int]]]:
        return [(each, _RANGES[each]) for each in _RANGES if each in written or (_RANGES[each][0] == "u32" and each + 1 in written)]

    def _commit(self, now: datetime) -> None:
        """The mode, written last, puts the whole block in force, from now for its seconds."""
        figure = self.registers.figure
        self._running = _Running(
            mode=round(figure(_MODE)),
            power_w=figure(_POWER, "u32") - _NO_POWER,
            cutoff_pct=min(100.0, figure(_CUTOFF) / self.quirks.cutoff_per_pct),
            ends_at=now + timedelta(seconds=figure(_SECONDS, "u32")),
        )

    def _obey(self) -> None:
        """From the settings to what the inverter does, now and when the dispatch has ended."""
        limit_pct = self.registers.words[_FEED_IN]
        is_limited = limit_pct < 100 and self.quirks.takes_feed_in_limit
        usual = Orders(
            most_export_w=limit_pct / 100 * self.panels_w if is_limited else None,
            least_soc_pct=float(self.registers.words.get(_RESERVE, 4)),
        )
        self.plant.after = usual
        self.plant.orders = usual if self._running is None else self._dispatched(self._running, usual)

    def _dispatched(self, running: _Running, usual: Orders) -> Orders:
        base = replace(usual, until=running.ends_at, most_export_w=None if self.quirks.dispatch_lifts_limit else usual.most_export_w)
        has_cutoff = running.mode == 2
        match running.mode:
            case 0 | 2 if running.power_w < 0:
                most = running.cutoff_pct if has_cutoff else 100.0
                return replace(base, work=Work.CHARGE, power_w=-running.power_w, most_soc_pct=most)
            case 0 | 2 if running.power_w > 0:
                least = running.cutoff_pct if has_cutoff else 0.0
                return replace(base, work=Work.DISCHARGE, power_w=running.power_w, least_soc_pct=max(base.least_soc_pct, least))
            case 0 | 2:
                return replace(base, work=Work.IDLE)
            case 1:
                return replace(base, work=Work.CHARGE_FROM_SUN, power_w=self.plant.pack.max_charge_w)
            case 19:
                return replace(base, most_charge_w=0.0)
            case _:
                return base

    def _pass_time(self, now: datetime) -> None:
        self.plant.step_to(now)
        if self._running is not None and self.plant.at >= self._running.ends_at:
            self._running = None
            if not self.quirks.keeps_start:
                self.registers.put(_START, 0)

    def _tell(self, now: datetime) -> None:
        """From the plant to the registers, with the signs and scales of the document."""
        self._pass_time(now)
        plant, put = self.plant, self.registers.put
        flow = plant.flow
        for address in (*range(0x0010, 0x0027), *range(0x00A1, 0x00A3), *range(0x0100, 0x012E), *range(0x041F, 0x0455)):
            put(address, 0)  # the rest of the blocks answers
        put(0x0010, plant.exported_wh / 10, "u32")
        put(0x0012, plant.imported_wh / 10, "u32")
        put(0x0014, 2304)
        put(0x0021, flow.grid_w, "s32")
        put(0x00A1, plant.extra_solar_w, "s32")
        put(0x0100, 2150)
        put(0x0101, flow.battery_w / 215 * 10, "s16")
        put(0x0102, plant.pack.soc_pct * 10)
        put(0x0111, 250)
        put(0x0112, 250)
        put(0x0119, plant.pack.capacity_wh / 100)
        put(0x011B, 980)
        put(0x0120, plant.charged_wh / 100, "u32")
        put(0x0122, plant.discharged_wh / 100, "u32")
        put(0x0126, flow.battery_w, "s16")
        put(0x012C, plant.pack.max_charge_w)
        put(0x012D, plant.pack.max_discharge_w)
        own_w = flow.solar_w - plant.extra_solar_w
        first_w = round(own_w * 0.6)
        put(0x041F, first_w, "u32")
        put(0x0423, own_w - first_w, "u32")
        put(0x043E, plant.solar_wh / 100, "u32")
        put(0x0440, 1)
        put(0x0453, flow.solar_w, "u32")
        put(0x0801, self.panels_w, "u32")
        put(0x0805, 2)
        if self.quirks.counts_down and self._running is not None:
            put(_SECONDS, (self._running.ends_at - now).total_seconds(), "u32")
        for address in self.quirks.missing:
            self.registers.words.pop(address, None)


def _is_settable(address: int) -> bool:
    return any(start <= address < start + (1 if kind == "u16" else 2) for start, (kind, _least, _most) in _RANGES.items())
