"""A Sungrow SH hybrid inverter with its battery, as it answers over Modbus.

Sources: Sungrow, Communication Protocol of Residential Hybrid Inverter (TI_20231116, V1.1.2), and what owners measured. Addresses are wire
addresses, one below the document's; every 32-bit figure has its low word first. Input and holding registers are spaces of their own."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from app.simulators.battery import BatteryPack
from app.simulators.hybrid import HybridPlant, Orders, Work
from app.simulators.load import HouseLoad
from app.simulators.modbus import DEVICE_FAILURE, ILLEGAL_ADDRESS, ILLEGAL_VALUE, READ_INPUT, Declined
from app.simulators.places import place_in
from app.simulators.register_bank import RegisterBank, text_words
from app.simulators.sun import Sky, SolarArray

_SELF_CONSUMPTION, _FORCED = 0, 2
_CHARGE, _DISCHARGE, _STOP = 0xAA, 0xBB, 0xCC
_ON, _OFF = 0xAA, 0x55
_BEGIN, _END = 0xCF, 0xCE
_LEAST_FORCED_W = 200
_DONGLE_GAP_S = 0.02
_SWITCH = frozenset({_ON, _OFF})

_VALUES: Mapping[int, frozenset[int]] = {
    12999: frozenset({_BEGIN, _END}),
    13049: frozenset({_SELF_CONSUMPTION, _FORCED, 3, 4}),
    13050: frozenset({_CHARGE, _DISCHARGE, _STOP}),
    13074: _SWITCH,
    13086: _SWITCH,
    13088: _SWITCH,
}
_FACTORY: Mapping[int, int] = {
    12999: _BEGIN,
    13049: _SELF_CONSUMPTION,
    13050: _STOP,
    13051: 0,
    13057: 1000,
    13058: 50,
    13073: 5000,
    13074: _OFF,
    13086: _OFF,
    13088: _OFF,
    13089: 1000,
    13099: 0,
    33046: 500,
    33047: 500,
    33148: 5,
    33149: 5,
}


@dataclass(frozen=True, slots=True)
class HybridQuirks:
    """Where one model, firmware or dongle differs from the next."""

    missing: frozenset[int] = frozenset()  # input registers that a firmware or dongle does not have
    missing_settings: frozenset[int] = frozenset()  # holding registers that it does not have
    fails_at_missing: bool = False  # some dongles answer exception 4, not 2, for a register that they do not pass on
    old_battery_sign: int = 1  # of a discharge in 13021; firmware before October 2024 gives it without a sign (0)
    power_before_mode: bool = False  # SH-RS and SBH decline the forced mode while no forced power is set
    least_export_w: int = 0  # 5621: retrofitted inverters may not be told to export nothing
    is_behind_dongle: bool = False  # WiNet-S: no export limit below 50 W, and requests at least 20 ms apart
    forgets_command_at_restart: bool = False
    load_words_apart: bool = False  # SH-RS: 13007 and 13008 are two figures


class SungrowHybrid:
    """One SH inverter with 5 kW and a battery of 12.8 kWh."""

    name = "modbus.sungrow"

    def __init__(
        self,
        started_at: datetime,
        *,
        unit: int = 1,
        zone: str = "Australia/Sydney",
        seed: int = 7,
        serial: str = "A2340700123",
        quirks: HybridQuirks | None = None,
    ) -> None:
        self.unit, self.serial, self.quirks = unit, serial, quirks or HybridQuirks()
        place = place_in(zone)
        pack = BatteryPack(capacity_wh=12_800, soc_pct=55.0, max_charge_w=5_000, max_discharge_w=5_000)
        sun = SolarArray(place, Sky(place, seed), 6_600)
        self.plant = HybridPlant(started_at, sun, HouseLoad(ZoneInfo(zone), seed), pack)
        self.rated_w = 5_000
        self.holding, self.input = RegisterBank(low_word_first=True), RegisterBank(low_word_first=True)
        self._last_request_at: datetime | None = None
        for address, value in _FACTORY.items():
            if address not in self.quirks.missing_settings:
                self.holding.put(address, value)
        self._obey()

    def answers_for(self, unit: int) -> bool:
        return unit == self.unit

    def owner_sets(self, settings: Mapping[int, int]) -> None:
        """What the owner chose in the vendor's app: raw values by register."""
        for address, value in settings.items():
            self.holding.put(address, value)
        self._obey()

    def restart(self) -> None:
        """As after a power cut."""
        if self.quirks.forgets_command_at_restart:
            self.owner_sets({13050: _STOP, 13051: 0})

    def read(self, unit: int, function: int, address: int, count: int, now: datetime) -> list[int]:
        """The words of input (4) or holding registers. Raises Declined."""
        self._keep_the_dongles_pace(now)
        try:
            if function != READ_INPUT:
                return self.holding.read(address, count)
            with self.plant.lock:
                self._tell(now)
                return self.input.read(address, count)
        except Declined as declined:
            raise Declined(DEVICE_FAILURE if self.quirks.fails_at_missing else declined.code) from None

    def write(self, unit: int, function: int, address: int, words: list[int], now: datetime) -> None:
        """Raises Declined: exception 2 for a register that it does not have, 3 for a value, 4 in the wrong state."""
        self._keep_the_dongles_pace(now)
        with self.plant.lock:
            self.plant.step_to(now)
            for offset, word in enumerate(words):
                self._check(address + offset, word)
            self.holding.put_words(address, words)
            self._obey()

    @property
    def is_in_forced_stop(self) -> bool:
        return self._setting(13049) == _FORCED and self._setting(13050) == _STOP

    def _setting(self, address: int) -> int:
        return self.holding.words[address]

    def _keep_the_dongles_pace(self, now: datetime) -> None:
        last, self._last_request_at = self._last_request_at, now
        if self.quirks.is_behind_dongle and last is not None and (now - last).total_seconds() < _DONGLE_GAP_S:
            raise Declined(DEVICE_FAILURE)

    def _check(self, address: int, word: int) -> None:
        if address not in self.holding.words:
            raise Declined(ILLEGAL_ADDRESS)
        allowed = _VALUES.get(address)
        least, most = (0, 0xFFFF) if allowed else self._range(address)
        if (allowed is not None and word not in allowed) or not least <= word <= most:
            raise Declined(ILLEGAL_VALUE)
        if address == 13099 and self.is_in_forced_stop:
            raise Declined(DEVICE_FAILURE)
        if self.quirks.power_before_mode and address == 13049 and word == _FORCED and self._setting(13051) == 0:
            raise Declined(DEVICE_FAILURE)

    def _range(self, address: int) -> tuple[int, int]:
        battery_w = round(max(self.plant.pack.max_charge_w, self.plant.pack.max_discharge_w))
        ranges = {
            13051: (0, battery_w),
            13057: (500, 1000),
            13058: (0, 500),
            13073: (self.least_export_w, self.rated_w),
            13089: (0, 1000),
            13099: (0, 100),
            33046: (1, battery_w // 10),
            33047: (1, battery_w // 10),
            33148: (0, 100),
            33149: (0, 100),
        }
        return ranges[address]

    @property
    def least_export_w(self) -> int:
        return max(self.quirks.least_export_w, 50 if self.quirks.is_behind_dongle else 0)

    def _obey(self) -> None:
        """From the settings to what the inverter does."""
        held = {**_FACTORY, **self.holding.words}
        forced = {_CHARGE: Work.CHARGE, _DISCHARGE: Work.DISCHARGE, _STOP: Work.IDLE}[held[13050]]
        work = forced if held[13049] == _FORCED else Work.SELF_CONSUMPTION
        self.plant.orders = Orders(
            work=work,
            power_w=held[13051] if held[13051] >= _LEAST_FORCED_W else 0,
            most_charge_w=held[33046] * 10,
            most_discharge_w=held[33047] * 10,
            most_export_w=held[13073] if held[13086] == _ON else None,
            most_solar_w=self.rated_w * held[13089] / 1000 if held[13088] == _ON else None,
            least_soc_pct=max(held[13058] / 10, held[13099] if held[13074] == _ON else 0),
            most_soc_pct=held[13057] / 10,
            is_running=held[12999] == _BEGIN,
        )

    def _tell(self, now: datetime) -> None:
        """From the plant to the input registers, with the signs and scales of the document."""
        flow, plant, put = self.plant.step_to(now), self.plant, self.input.put
        for address in (*range(12999, 13046), *range(5600, 5608)):
            put(address, 0)  # the rest of both blocks answers
        self.input.put_words(4989, text_words(self.serial, 10))
        put(4999, 0x0E03)
        put(5000, self.rated_w / 100)
        put(5007, 412, "s16")
        put(5016, flow.solar_w, "u32")
        put(5213, flow.battery_w, "s32")
        put(5241, 5001)
        put(5600, flow.grid_w, "s32")
        put(5621, self.quirks.least_export_w / 10)
        put(5622, self.rated_w / 10)
        put(5627, plant.pack.max_discharge_w / 100)
        put(5630, flow.battery_w / 230 * 10, "s16")
        put(5634, 25)
        put(5635, 25)
        put(5638, plant.pack.capacity_wh / 10)
        put(12999, self._state())
        put(13000, self._flow_bits(flow.solar_w, flow.battery_w, flow.grid_w, flow.load_w))
        put(13002, plant.solar_wh / 100, "u32")
        put(13007, flow.load_w, "s32")
        if self.quirks.load_words_apart:
            put(13008, 3)
        put(13009, -flow.grid_w, "s32")
        put(13019, 2304)
        put(13020, flow.battery_w / 230 * 10, "s16")
        sign = self.quirks.old_battery_sign
        put(13021, sign * flow.battery_w if sign else abs(flow.battery_w), "s16")
        put(13022, plant.pack.soc_pct * 10)
        put(13023, 990)
        put(13024, 243, "s16")
        put(13026, plant.discharged_wh / 100, "u32")
        put(13033, flow.solar_w + flow.battery_w, "s32")
        put(13036, plant.imported_wh / 100, "u32")
        put(13040, plant.charged_wh / 100, "u32")
        put(13045, plant.exported_wh / 100, "u32")
        for address in self.quirks.missing:
            self.input.words.pop(address, None)

    def _state(self) -> int:
        if not self.plant.orders.is_running:
            return 0x8000
        if not self.plant.on_grid:
            return 0x1000
        return 0x0800 if self._setting(13049) == _FORCED else 0x0040

    @staticmethod
    def _flow_bits(solar_w: float, battery_w: float, grid_w: float, load_w: float) -> int:
        said = {0x01: solar_w > 0, 0x02: battery_w < 0, 0x04: battery_w > 0, 0x08: load_w > 0, 0x10: grid_w < 0, 0x20: grid_w > 0}
        return sum(bit for bit, is_so in said.items() if is_so)


def dongle_quirks() -> HybridQuirks:
    """An SH inverter behind a WiNet-S with older firmware."""
    missing = frozenset({5213, 5214, 5627, *range(5600, 5608), 5621, 5622})
    return replace(HybridQuirks(), is_behind_dongle=True, missing=missing, old_battery_sign=0)
