"""A solar inverter with SunSpec models, as it answers over Modbus: any brand's, and a Fronius one with its Smart Meter.

Sources: the official SunSpec model definitions, Fronius' register maps, and what owners measured. The power limit of model 123 counts while
its switch is on, and ends when its revert time has passed since the switch was last put on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.simulators.load import HouseLoad
from app.simulators.modbus import ILLEGAL_ADDRESS, ILLEGAL_FUNCTION, ILLEGAL_VALUE, READ_HOLDING, Declined
from app.simulators.places import place_in
from app.simulators.sun import Sky, SolarArray
from app.simulators.sunspec_chain import NEGATIVE_NOT_AVAILABLE, Chain, Place

_PCT, _WINDOW, _REVERT, _RAMP, _SWITCH = 5, 6, 7, 8, 9  # offsets in model 123
_PCT_EXPONENT = 23
_LONGEST_REVERT_S = 28_800


@dataclass(frozen=True, slots=True)
class SunSpecQuirks:
    """Where one brand, model or firmware differs from the next."""

    base: int = 40_000
    common_length: int = 65
    is_float: bool = False
    power_exponent: int = 0
    percent_exponent: int = -2
    has_controls: bool = True
    has_revert_timer: bool = True
    tells_rated_power: bool = True
    ignores_change_while_limited: bool = False  # a new limit counts from when the switch is next put on
    export_limit_w: int | None = None  # the installer's, which counts while the switch is off
    meter_unit: int | None = None
    meter_is_float: bool = False


class SunSpecInverter:
    """One inverter with 5 kW and 6.6 kW of panels."""

    def __init__(
        self,
        started_at: datetime,
        *,
        name: str = "modbus.sunspec",
        unit: int = 1,
        zone: str = "Australia/Sydney",
        seed: int = 7,
        serial: str = "34119102",
        quirks: SunSpecQuirks | None = None,
    ) -> None:
        self.name, self.unit, self.quirks, self.rated_w = name, unit, quirks or SunSpecQuirks(), 5_000
        place = place_in(zone)
        self.sun, self.load = SolarArray(place, Sky(place, seed), 6_600), HouseLoad(ZoneInfo(zone), seed)
        self.serial = serial
        self._lay_out()
        self._in_force_pct: float | None = None
        self._ends_at: datetime | None = None

    def _lay_out(self) -> None:
        quirks = self.quirks
        self._chain = chain = Chain(quirks.base)
        self.common = chain.add_common(quirks.common_length, "Fronius", "Symo 5.0-3-M", "3.18.7-1", self.serial, self.unit)
        self.inverter = chain.add(113 if quirks.is_float else 103)
        nameplate = chain.add(120)
        nameplate.put(2, 4)
        if quirks.tells_rated_power:
            nameplate.put_scaled(3, self.rated_w, 4, 1)
        chain.add(121)
        chain.add(122)
        self.controls = (chain if quirks.has_controls else Chain(0)).add(123)
        self._lay_out_controls(self.controls)
        chain.add(160, 48)
        chain.end()

    def _lay_out_controls(self, controls: Place) -> None:
        controls.put(_PCT, self._raw_pct(100))
        for offset, value in {_WINDOW: 0, _RAMP: 0, _SWITCH: 0}.items():
            controls.put(offset, value)
        if self.quirks.has_revert_timer:
            controls.put(_REVERT, 0)
        controls.put(_PCT_EXPONENT, self.quirks.percent_exponent, "s16")

    def _raw_pct(self, percent: float) -> float:
        return percent / 10.0**self.quirks.percent_exponent

    def answers_for(self, unit: int) -> bool:
        return unit in (self.unit, self.quirks.meter_unit)

    @property
    def settable(self) -> Mapping[int, tuple[int, int]]:
        """Address → what may be written there."""
        if not self.quirks.has_controls:
            return {}
        at = self.controls.address
        timer = {at + _REVERT: (0, _LONGEST_REVERT_S)} if self.quirks.has_revert_timer else {}
        return {at + _PCT: (0, round(self._raw_pct(100))), at + _WINDOW: (0, 300), at + _RAMP: (0, 65_534), at + _SWITCH: (0, 1), **timer}

    def held(self) -> dict[int, int]:
        """What is set, by register."""
        return {address: self._chain.bank.words[address] for address in self.settable}

    def owner_limits(self, percent: float | None, started_at: datetime) -> None:
        """A limit that the owner or installer put in force over Modbus; None: none."""
        self.controls.put(_PCT, self._raw_pct(100 if percent is None else percent))
        self._switch(percent is not None, started_at)

    def power_w(self, now: datetime) -> float:
        """What it makes."""
        self._pass_time(now)
        most_w = float(self.rated_w)
        if self._in_force_pct is not None:
            most_w = min(most_w, self._in_force_pct / 100 * self.rated_w)
        elif self.quirks.export_limit_w is not None:
            most_w = min(most_w, self.load.power_w(now) + self.quirks.export_limit_w)
        return min(most_w, self.sun.power_w(now))

    def read(self, unit: int, function: int, address: int, count: int, now: datetime) -> list[int]:
        """The words of holding registers. Raises Declined."""
        if function != READ_HOLDING:
            raise Declined(ILLEGAL_FUNCTION)
        if unit == self.quirks.meter_unit:
            return self._meter(now).bank.read(address, count)
        self._tell(now)
        return self._chain.bank.read(address, count)

    def write(self, unit: int, function: int, address: int, words: list[int], now: datetime) -> None:
        """Raises Declined: exception 2 for what cannot be written, 3 for a value."""
        self._pass_time(now)
        settable = self.settable
        for offset, word in enumerate(words):
            if unit != self.unit or address + offset not in settable:
                raise Declined(ILLEGAL_ADDRESS)
            least, most = settable[address + offset]
            if not least <= word <= most:
                raise Declined(ILLEGAL_VALUE)
        self._chain.bank.put_words(address, words)
        written = {address + offset - self.controls.address for offset in range(len(words))}
        if _SWITCH in written:
            self._switch(self._held(_SWITCH) == 1, now)
        elif _PCT in written and self._in_force_pct is not None and not self.quirks.ignores_change_while_limited:
            self._in_force_pct = self._limit_pct()

    def _held(self, offset: int) -> float:
        return self.controls.bank.figure(self.controls.address + offset)

    def _limit_pct(self) -> float:
        return self._held(_PCT) * 10.0**self.quirks.percent_exponent

    def _switch(self, is_on: bool, now: datetime) -> None:
        self.controls.put(_SWITCH, int(is_on))
        self._ends_at = None
        if not is_on:
            self._in_force_pct = None
            return
        if self._in_force_pct is None or not self.quirks.ignores_change_while_limited:
            self._in_force_pct = self._limit_pct()
        if self.quirks.has_revert_timer and self._held(_REVERT) > 0:
            self._ends_at = now + timedelta(seconds=self._held(_REVERT))

    def _pass_time(self, now: datetime) -> None:
        if self._ends_at is not None and now >= self._ends_at:
            self._switch(False, now)

    def _tell(self, now: datetime) -> None:
        power_w, sun_w = self.power_w(now), self.sun.power_w(now)
        state = 2 if sun_w <= 0 else 5 if power_w < sun_w and power_w < self.rated_w else 4
        if self.quirks.is_float:
            self.inverter.put(22, power_w, "f32")
            self.inverter.put(38, power_w / 0.98, "f32")
            self.inverter.put(48, state)
            return
        self.inverter.put_scaled(14, power_w, 15, self.quirks.power_exponent, "s16")
        self.inverter.put_scaled(31, power_w / 0.98, 32, self.quirks.power_exponent, "s16")
        self.inverter.put_words(23, NEGATIVE_NOT_AVAILABLE)
        self.inverter.put(38, state)

    def _meter(self, now: datetime) -> Chain:
        return meter_chain(
            self.load.power_w(now) - self.power_w(now), is_float=self.quirks.meter_is_float, unit=self.quirks.meter_unit or 0
        )


def meter_chain(grid_w: float, *, is_float: bool, unit: int) -> Chain:
    """A Fronius Smart Meter at the grid connection: + import."""
    chain = Chain(40_000)
    chain.add_common(65, "Fronius", "Smart Meter 63A", "1.3", "20400123", unit)
    if is_float:
        chain.add(213).put(28, grid_w, "f32")
    else:
        chain.add(203).put_scaled(18, grid_w, 22, -1 if abs(grid_w) < 3200 else 0, "s16")
    chain.end()
    return chain
