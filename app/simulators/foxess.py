"""A FoxESS hybrid inverter with its battery, as it answers over Modbus.

Sources: FoxESS Modbus protocol of H1, KH, H3 and of H3 Pro and H3 Smart, and what owners measured. Addresses are wire addresses; 32-bit
figures have their high word first. The first three keep figures in input registers, the others keep all in holding registers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.simulators.battery import BatteryPack
from app.simulators.hybrid import HybridPlant, Orders, Work
from app.simulators.load import HouseLoad
from app.simulators.modbus import ILLEGAL_ADDRESS, ILLEGAL_VALUE, READ_INPUT, Declined
from app.simulators.places import place_in
from app.simulators.register_bank import RegisterBank
from app.simulators.sun import Sky, SolarArray

_LEAST_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class Layout:
    """Where one family keeps what. Powers are signed; `grid_sign` is that of an import."""

    keeps_figures_as_input: bool
    soc: int
    battery: tuple[int, str]
    strings: tuple[int, ...]
    string_kind: str
    grid: tuple[int, str]
    grid_sign: int
    grid_per_w: int
    load: int | None
    nominal: int | None
    least_soc: int
    most_soc: int | None
    mode: int
    modes: frozenset[int]
    self_use: int
    feed_in_first: int
    backup: int
    enable: int
    power_kind: str

    @property
    def timeout(self) -> int:
        return self.enable + 1

    @property
    def power(self) -> int:
        return self.enable + 2


def _older(*, soc: int, battery: int, grid_sign: int, most_soc: int | None) -> Layout:
    return Layout(
        keeps_figures_as_input=True,
        soc=soc,
        battery=(battery, "s16"),
        strings=(31002, 31005),
        string_kind="u16",
        grid=(31008, "s16"),
        grid_sign=grid_sign,
        grid_per_w=1,
        load=31016,
        nominal=None,
        least_soc=41009,
        most_soc=most_soc,
        mode=41000,
        modes=frozenset({0, 1, 2}),
        self_use=0,
        feed_in_first=1,
        backup=2,
        enable=44000,
        power_kind="s16",
    )


LAYOUTS: Mapping[str, Layout] = {
    "h1": _older(soc=31024, battery=31022, grid_sign=1, most_soc=None),
    "kh": _older(soc=31024, battery=31022, grid_sign=-1, most_soc=None),
    "h3": _older(soc=31038, battery=31036, grid_sign=1, most_soc=41010),
    "h3_pro": Layout(
        keeps_figures_as_input=False,
        soc=37612,
        battery=(39237, "s32"),
        strings=(39279, 39281, 39283),
        string_kind="s32",
        grid=(38814, "s32"),
        grid_sign=-1,
        grid_per_w=10,
        load=None,
        nominal=37635,
        least_soc=46611,
        most_soc=None,
        mode=49203,
        modes=frozenset({1, 2, 3, 4}),
        self_use=1,
        feed_in_first=2,
        backup=3,
        enable=46001,
        power_kind="s32",
    ),
}


@dataclass(frozen=True, slots=True)
class Quirks:
    """Where one model or firmware differs from the next."""

    keeps_enabled: bool = False  # the enabling register still says 1 when the time is out
    takes_remote: bool = True  # False: what is written to the remote registers is lost


class FoxEss:
    """One inverter of 5 kW with a battery of 10.36 kWh."""

    name = "modbus.foxess"

    def __init__(
        self,
        started_at: datetime,
        family: str = "h1",
        *,
        unit: int = 247,
        zone: str = "Australia/Sydney",
        seed: int = 7,
        quirks: Quirks | None = None,
    ) -> None:
        self.layout, self.unit, self.quirks = LAYOUTS[family], unit, quirks or Quirks()
        place = place_in(zone)
        pack = BatteryPack(capacity_wh=10_360, soc_pct=55.0, max_charge_w=5_000, max_discharge_w=5_000)
        self.plant = HybridPlant(started_at, SolarArray(place, Sky(place, seed), 6_600), HouseLoad(ZoneInfo(zone), seed), pack)
        self.holding = RegisterBank()
        self.figures = RegisterBank() if self.layout.keeps_figures_as_input else self.holding
        self._ends_at: datetime | None = None
        own = self.layout
        factory = {own.least_soc: 10, own.mode: own.self_use, own.enable: 0, own.timeout: _LEAST_TIMEOUT_S}
        for address, value in factory.items():
            self.holding.put(address, value)
        if own.most_soc is not None:
            self.holding.put(own.most_soc, 100)
        self.holding.put(own.power, 0, own.power_kind)
        self._settable = frozenset(self.holding.words)
        self._obey()

    def answers_for(self, unit: int) -> bool:
        return unit == self.unit

    def owner_sets(self, settings: Mapping[int, int]) -> None:
        """What the owner chose in the vendor's app: raw values by register."""
        for address, value in settings.items():
            self.holding.put(address, value)
        self._obey()

    def held(self) -> dict[int, int]:
        """What is set, by register; time and power of a remote control that is off mean nothing."""
        with self.plant.lock:
            passing = frozenset() if self.holding.words[self.layout.enable] else self._remote - {self.layout.enable}
            return {address: self.holding.words[address] for address in self._settable - passing}

    @property
    def is_remote(self) -> bool:
        """Whether a remote power is in force."""
        return self._ends_at is not None

    def read(self, unit: int, function: int, address: int, count: int, now: datetime) -> list[int]:
        """The words of input (4) or holding registers. Raises Declined."""
        with self.plant.lock:
            self._tell(now)
            if function == READ_INPUT:
                return self.figures.read(address, count) if self.layout.keeps_figures_as_input else _none()
            return self.holding.read(address, count)

    def write(self, unit: int, function: int, address: int, words: list[int], now: datetime) -> None:
        """Raises Declined: exception 2 for what cannot be written, or not in one piece, 3 for a value."""
        with self.plant.lock:
            self._pass_time(now)
            written = frozenset(range(address, address + len(words)))
            is_one_piece = len(words) == 1 or (address == self.layout.power and len(words) == self._power_words)
            if not written <= self._settable or not is_one_piece:
                raise Declined(ILLEGAL_ADDRESS)
            before = dict(self.holding.words)
            self.holding.put_words(address, words)
            if not self._is_allowed(address):
                self.holding.words.update(before)
                raise Declined(ILLEGAL_VALUE)
            if written & self._remote:
                if not self.quirks.takes_remote:
                    self.holding.words.update(before)
                else:
                    self._start_clock(now)
            self._obey()

    @property
    def _power_words(self) -> int:
        return 1 if self.layout.power_kind == "s16" else 2

    @property
    def _remote(self) -> frozenset[int]:
        return frozenset(range(self.layout.enable, self.layout.power + self._power_words))

    def _is_allowed(self, address: int) -> bool:
        own, word = self.layout, self.holding.words[address]
        if address == own.mode:
            return word in own.modes
        if address == own.enable:
            return word in (0, 1)
        if address == own.timeout:
            return word >= _LEAST_TIMEOUT_S
        if address == own.power:
            return abs(self.holding.figure(own.power, own.power_kind)) <= self.plant.pack.max_discharge_w
        return 10 <= word <= 100

    def _start_clock(self, now: datetime) -> None:
        """Whatever is written to the remote registers starts the time anew; while they are enabled, that is."""
        is_enabled = self.holding.words[self.layout.enable] == 1
        self._ends_at = now + timedelta(seconds=self.holding.words[self.layout.timeout]) if is_enabled else None

    def _obey(self) -> None:
        """From the settings to what the inverter does, now and when the time is out."""
        own, words = self.layout, self.holding.words
        most_soc = float(words[own.most_soc]) if own.most_soc is not None else 100.0
        usual = Orders(least_soc_pct=float(words[own.least_soc]), most_soc_pct=most_soc)
        if words[own.mode] == own.feed_in_first:
            usual.most_charge_w = 0.0
        if words[own.mode] == own.backup:
            usual.most_discharge_w = 0.0
        self.plant.after = self.plant.orders = usual
        if self._ends_at is None:
            return
        power_w = self.holding.figure(own.power, own.power_kind)
        work = Work.CHARGE if power_w < 0 else Work.DISCHARGE if power_w > 0 else Work.IDLE
        # The highest charge does not end a remote charge, as owners found.
        least = usual.least_soc_pct
        self.plant.orders = Orders(work=work, power_w=abs(power_w), least_soc_pct=least, until=self._ends_at)

    def _pass_time(self, now: datetime) -> None:
        self.plant.step_to(now)
        if self._ends_at is not None and self.plant.at >= self._ends_at:
            self._ends_at = None
            if not self.quirks.keeps_enabled:
                self.holding.put(self.layout.enable, 0)

    def _tell(self, now: datetime) -> None:
        """From the plant to the registers, with the signs and scales of the document."""
        self._pass_time(now)
        own, flow, put = self.layout, self.plant.flow, self.figures.put
        if own.keeps_figures_as_input:
            for address in range(31000, 31100):
                put(address, 0)  # the rest of the block answers
        for address, share in zip(own.strings, (0.6, 0.4, 0.0), strict=False):
            put(address, flow.solar_w * share, own.string_kind)
        put(own.battery[0], flow.battery_w, own.battery[1])
        put(own.grid[0], flow.grid_w * own.grid_sign * own.grid_per_w, own.grid[1])
        put(own.soc, self.plant.pack.soc_pct)
        if own.load is not None:
            put(own.load, flow.load_w, "s16")
        if own.nominal is not None:
            put(own.nominal, self.plant.pack.capacity_wh / 10)


def _none() -> list[int]:
    raise Declined(ILLEGAL_ADDRESS)
