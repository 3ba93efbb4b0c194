"""A Huawei SUN2000 inverter, with or without a LUNA2000 battery and a power meter, as it answers over Modbus.

Sources: Huawei, Solar Inverter Modbus Interface Definitions, and what owners measured. Addresses are wire addresses; 32-bit figures have
their high word first and are written in one piece. All are holding registers. The time-of-use periods are not acted on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.simulators.battery import BatteryPack
from app.simulators.huawei_settings import FACTORY, KINDS, RANGES, setting_at
from app.simulators.hybrid import HybridPlant, Orders, Work
from app.simulators.load import HouseLoad
from app.simulators.modbus import (
    DEVICE_BUSY,
    DEVICE_FAILURE,
    ILLEGAL_ADDRESS,
    ILLEGAL_FUNCTION,
    ILLEGAL_VALUE,
    READ_HOLDING,
    Declined,
)
from app.simulators.places import place_in
from app.simulators.register_bank import RegisterBank, text_words
from app.simulators.sun import Sky, SolarArray

_LONGEST_READ = 64
_LEAST_GAP_S = 0.049
_PERMISSION_DENIED = 0x80
_MINUTES, _COMMAND, _BY_CHARGE, _TARGET = 47083, 47100, 47246, 47101
_CHARGE_W, _DISCHARGE_W = 47247, 47249
_CONTROL, _FEED_IN_W, _FEED_IN_PCT = 47415, 47416, 47418
_ZERO_EXPORT, _IN_WATTS, _IN_PERCENT = 5, 6, 7
_FULLY_FED_IN = 4
# Blocks in which registers that the sheet does not name answer 0
_BLOCKS = (
    range(30000, 30080),
    range(32000, 32120),
    range(37000, 37140),
    range(37758, 37790),
    range(47075, 47104),
    range(47242, 47252),
    range(47415, 47420),
)


@dataclass(frozen=True, slots=True)
class Quirks:
    """Where one model, firmware or home differs from the next."""

    has_battery: bool = True
    has_meter: bool = True
    takes_zero_mode: bool = True  # False: declines the mode of zero export
    keeps_command: bool = False  # 47100 keeps its value when the time is out
    answers_gaps: bool = True  # False: registers that the sheet does not name do not exist
    wants_installer: frozenset[int] = frozenset()  # settings that it takes only from a signed-in installer
    missing: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Forced:
    """A forcible charge or discharge as it was put in force."""

    command: int
    power_w: float
    ends_at: datetime | None
    target_pct: float | None


class Sun2000:
    """One inverter of 5 kW with 6.6 kW of panels, a battery of 10 kWh and a meter at the grid connection."""

    name = "modbus.huawei"

    def __init__(
        self,
        started_at: datetime,
        *,
        unit: int = 1,
        zone: str = "Australia/Sydney",
        seed: int = 7,
        serial: str = "HV2150012345",
        quirks: Quirks | None = None,
    ) -> None:
        self.unit, self.serial, self.quirks, self.rated_w = unit, serial, quirks or Quirks(), 5_000
        place = place_in(zone)
        has_battery = self.quirks.has_battery
        pack = BatteryPack(10_000, 55.0, 5_000, 5_000) if has_battery else BatteryPack(10_000, 0.0, 0, 0)
        self.plant = HybridPlant(started_at, SolarArray(place, Sky(place, seed), 6_600), HouseLoad(ZoneInfo(zone), seed), pack)
        self.rated_battery_w = pack.max_charge_w
        self.most_charge_w, self.most_discharge_w = pack.max_charge_w, pack.max_discharge_w  # less when it is cold, full or empty
        self.registers = RegisterBank()
        self._forced: _Forced | None = None
        self._last_request_at: datetime | None = None
        if self.quirks.answers_gaps:
            for block in _BLOCKS:
                self.registers.put_words(block.start, [0] * len(block))
        for address, value in FACTORY.items():
            self.registers.put(address, value, KINDS[address])
        self._obey()

    def answers_for(self, unit: int) -> bool:
        return unit == self.unit

    def owner_sets(self, settings: Mapping[int, int]) -> None:
        """What the owner or the installer chose: raw values by register."""
        for address, value in settings.items():
            self.registers.put(address, value, KINDS[address])
        self._obey()

    def held(self) -> dict[int, float]:
        """What is set, by register; the minutes of a forcible command are told anew with each."""
        with self.plant.lock:
            self._pass_time(self.plant.at)
            return {address: self.registers.figure(address, KINDS[address]) for address in FACTORY if address != _MINUTES}

    @property
    def is_forced(self) -> bool:
        return self._forced is not None

    def read(self, unit: int, function: int, address: int, count: int, now: datetime) -> list[int]:
        """The words of holding registers. Raises Declined."""
        self._keep_the_pace(now)
        if function != READ_HOLDING:
            raise Declined(ILLEGAL_FUNCTION)
        if count > _LONGEST_READ:
            raise Declined(ILLEGAL_VALUE)
        with self.plant.lock:
            self._tell(now)
            return self.registers.read(address, count)

    def write(self, unit: int, function: int, address: int, words: list[int], now: datetime) -> None:
        """Raises Declined: exception 2 for what cannot be written, 3 for a value, 4 for a power above what the battery can do now, 0x80
        for a setting that wants an installer."""
        self._keep_the_pace(now)
        with self.plant.lock:
            self._pass_time(now)
            written = setting_at(address, len(words))
            if not written or self.quirks.missing & written.keys():
                raise Declined(ILLEGAL_ADDRESS)
            if self.quirks.wants_installer & written.keys():
                raise Declined(_PERMISSION_DENIED)
            before = dict(self.registers.words)
            self.registers.put_words(address, words)
            refusal = next((code for each in written if (code := self._refusal(each)) is not None), None)
            if refusal is not None:
                self.registers.words = before
                raise Declined(refusal)
            if _COMMAND in written:
                self._command(now)
            self._obey()

    def _held(self, address: int) -> float:
        return self.registers.figure(address, KINDS[address])

    def _keep_the_pace(self, now: datetime) -> None:
        last, self._last_request_at = self._last_request_at, now
        if last is not None and 0 <= (now - last).total_seconds() < _LEAST_GAP_S:
            raise Declined(DEVICE_BUSY)

    def _refusal(self, address: int) -> int | None:
        """The exception code for what stands there now."""
        value, allowed = self._held(address), RANGES[address]
        if value not in allowed if isinstance(allowed, frozenset) else not allowed[0] <= value <= allowed[1]:
            return ILLEGAL_VALUE
        if address == _CONTROL and value == _ZERO_EXPORT and not self.quirks.takes_zero_mode:
            return ILLEGAL_VALUE
        most_w = {47075: self.most_charge_w, 47077: self.most_discharge_w}.get(address)
        return DEVICE_FAILURE if most_w is not None and value > most_w else None

    def _command(self, now: datetime) -> None:
        """The command, written last, puts power and duration, or the charge to reach, in force; a stop clears the time that is left."""
        command = round(self._held(_COMMAND))
        if command == 0:
            self._forced = None
            self.registers.put(_MINUTES, 0)
            return
        power_w = self._held(_CHARGE_W if command == 1 else _DISCHARGE_W)
        if self._held(_BY_CHARGE):
            self._forced = _Forced(command, power_w, None, self._held(_TARGET) / 10)
        else:
            self._forced = _Forced(command, power_w, now + timedelta(minutes=self._held(_MINUTES)), None)

    def _obey(self) -> None:
        """From the settings to what the inverter does, now and when the time is out."""
        held = self._held
        usual = Orders(
            work=Work.IDLE if held(47086) == _FULLY_FED_IN else Work.SELF_CONSUMPTION,
            most_charge_w=min(held(47075), self.most_charge_w),
            most_discharge_w=min(held(47077), self.most_discharge_w),
            most_export_w=self._most_export_w(),
            least_soc_pct=max(held(47082), held(47102)) / 10,
            most_soc_pct=held(47081) / 10,
        )
        self.plant.after = self.plant.orders = usual
        forced = self._forced
        if forced is None:
            return
        charging = Work.CHARGE if held(47087) else Work.CHARGE_FROM_SUN
        most_pct = usual.most_soc_pct if forced.target_pct is None or forced.command != 1 else forced.target_pct
        least_pct = usual.least_soc_pct if forced.target_pct is None or forced.command != 2 else forced.target_pct
        self.plant.orders = Orders(
            work=charging if forced.command == 1 else Work.DISCHARGE,
            power_w=forced.power_w,
            most_charge_w=usual.most_charge_w,
            most_discharge_w=usual.most_discharge_w,
            most_export_w=usual.most_export_w,
            least_soc_pct=max(usual.least_soc_pct, least_pct),
            most_soc_pct=min(usual.most_soc_pct, most_pct),
            until=forced.ends_at,
        )

    def _most_export_w(self) -> float | None:
        """Held at the meter: without one there is nothing to hold it at."""
        if not self.quirks.has_meter:
            return None
        limits = {
            _ZERO_EXPORT: 0.0,
            _IN_WATTS: self._held(_FEED_IN_W),
            _IN_PERCENT: self._held(_FEED_IN_PCT) / 1000 * self.rated_w,
        }
        limit_w = limits.get(round(self._held(_CONTROL)))
        return None if limit_w is None else max(0.0, limit_w)

    def _pass_time(self, now: datetime) -> None:
        self.plant.step_to(now)
        if self._forced is not None and self._forced.ends_at is not None and self.plant.at >= self._forced.ends_at:
            self._forced = None
            if not self.quirks.keeps_command:
                self.registers.put(_COMMAND, 0)

    def _tell(self, now: datetime) -> None:
        """From the plant to the registers, with the signs and scales of the document."""
        self._pass_time(now)
        plant, put, flow = self.plant, self.registers.put, self.plant.flow
        self.registers.put_words(30000, text_words("SUN2000-5KTL-L1", 15))
        self.registers.put_words(30015, text_words(self.serial, 10))
        put(30070, 410)
        put(30073, self.rated_w, "u32")
        put(30075, self.rated_w * 1.1, "u32")
        for string, share in enumerate((0.6, 0.4)):
            put(32016 + 2 * string, 3_812, "s16")
            put(32017 + 2 * string, share * flow.solar_w / 381.2 * 100, "s16")
        put(32064, flow.solar_w / 0.98, "s32")
        put(32066, 2_304)
        put(32080, flow.solar_w + flow.battery_w, "s32")
        put(32085, 5_001)
        put(32087, 412, "s16")
        put(32089, self._status(now))
        put(32106, plant.solar_wh / 10, "u32")
        put(32114, plant.solar_wh / 10, "u32")
        self._tell_of_the_battery()
        has_meter = self.quirks.has_meter
        put(37100, int(has_meter))
        put(37101, 2_304 if has_meter else 0, "s32")
        put(37113, -flow.grid_w if has_meter else 0, "s32")
        put(37119, plant.exported_wh / 10, "s32")
        put(37121, plant.imported_wh / 10, "s32")
        put(37132, -flow.grid_w if has_meter else 0, "s32")
        for address in self.quirks.missing:
            self.registers.words.pop(address, None)

    def _tell_of_the_battery(self) -> None:
        plant, put, has_battery = self.plant, self.registers.put, self.quirks.has_battery
        for status, power, soc in ((37000, 37001, 37004), (37762, 37765, 37760)):
            put(status, 2 if has_battery else 0)
            put(power, -plant.flow.battery_w, "s32")
            put(soc, plant.pack.soc_pct * 10)
        put(37007, self.rated_battery_w, "u32")
        put(37009, self.rated_battery_w, "u32")
        put(37022, 243, "s16")
        put(37046, self.most_charge_w, "u32")
        put(37048, self.most_discharge_w, "u32")
        put(37758, plant.pack.capacity_wh if has_battery else 0, "u32")
        put(37780, plant.charged_wh / 10, "u32")
        put(37782, plant.discharged_wh / 10, "u32")

    def _status(self, now: datetime) -> int:
        """On the grid, limited, off the grid, or without sun."""
        if not self.plant.on_grid:
            return 0x0203
        sun_w = self.plant.sun.power_w(now)
        if sun_w <= 0 and not self.quirks.has_battery:
            return 0xA000
        return 0x0201 if self.plant.flow.solar_w < sun_w - 1 else 0x0200
