"""A GEN24's battery as PowerSync steers it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.devices.capabilities import BatteryAbilities, BatteryFacts, Settings
from app.devices.fronius import storage_registers as registers
from app.devices.fronius.storage_fields import StorageFields
from app.devices.fronius.storage_registers import (
    CHARGE_PCT,
    DISCHARGE_PCT,
    FROM_SUN,
    GRID_CHARGING,
    MODE,
    RATE_EXPONENT,
    RESERVE_EXPONENT,
    RESERVE_PCT,
    SETTINGS,
    STORAGE,
    STORAGE_LENGTH,
    TRACKERS_LENGTH,
    Steps,
)
from app.devices.fronius.storage_targets import Ratings, target_settings
from app.devices.register_settings import SettingsTable
from app.devices.sunspec_discovery import SunSpecUnit
from app.devices.sunspec_models import METER, METER_FLOAT, Model, exponent_point, power_of_ten
from app.domain.opinions import BatteryCommand, BatteryLimits, Charge, Discharge, Hold, SelfConsume
from app.domain.power import LiveReading
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood
from app.transports.modbus import Conversation, Endpoint, ModbusLink

VENDOR: Final = "Fronius GEN24"
SOURCE: Final = "fronius"

ABILITIES: Final = BatteryAbilities(
    commands=frozenset({SelfConsume, Hold, Charge, Discharge}),
    settable=SETTINGS.labels,
    has_power_setpoint=True,
    poll_s=30,
)
_ORDER: Final = (MODE, CHARGE_PCT, DISCHARGE_PCT, RESERVE_PCT)


@dataclass(frozen=True, slots=True)
class _Storage:
    """Where this inverter has the settings, and how it counts in them. `exponents`: offset → word."""

    model: Model
    table: SettingsTable
    step_pct: float
    exponents: Mapping[int, int]


class Gen24Storage:
    """One GEN24 with its battery. Nothing is sent on opening. The timer of its settings is unreliable and not used."""

    abilities = ABILITIES

    def __init__(self, link: ModbusLink, unit: int, meter_unit: int) -> None:
        self._link = link
        self._unit, self._meter = SunSpecUnit(VENDOR, unit), SunSpecUnit(VENDOR, meter_unit)
        self._storage: _Storage | None = None
        self._ratings: Ratings | None = None

    def read_live(self, now: datetime) -> LiveReading:
        """Power and charge now. Raises a VendorError."""
        with self._link.conversation() as talk:
            trackers = self._unit.model(talk, registers.TRACKERS.models)
            if trackers is None or trackers.length < TRACKERS_LENGTH:
                raise AnswerNotUnderstood(VENDOR, "it does not tell what its battery does; is a battery connected to it?")
            found = self._unit.read(talk, registers.BATTERY, registers.TRACKERS)
            if found["soc_pct"] is None and found["exponent"] is None:
                raise AnswerNotUnderstood(VENDOR, "its figures cannot be; is a battery connected to it?")
            found.update(self._meter.read(talk, METER, METER_FLOAT))
        return live_reading_from(found, now)

    def read_settings(self) -> Settings:
        """All of `SETTINGS` that the inverter has. Raises a VendorError."""
        with self._link.conversation() as talk:
            storage = self._storage_of(talk)
            settings = storage.table.read(talk, self._unit.device)
            if not {MODE, CHARGE_PCT, DISCHARGE_PCT} <= settings.keys():
                self._unit.forget()
                raise AnswerNotUnderstood(VENDOR, "it does not tell how its battery is controlled")
            self._check(talk, storage)
            found = self._unit.read(talk, registers.BATTERY, registers.SIZES)
        if found["most_w"] is None:
            raise AnswerNotUnderstood(VENDOR, "it does not tell the power of its battery; is it switched on?")
        self._ratings = Ratings(found["most_w"], found["most_discharge_w"], storage.step_pct)
        return settings

    def read_facts(self) -> BatteryFacts:
        """Raises a VendorError."""
        with self._link.conversation() as talk:
            found = self._unit.read(talk, registers.BATTERY, registers.SIZES)
        if all(found[name] is None for name in ("capacity_wh", "most_w", "most_charge_w")):
            raise AnswerNotUnderstood(VENDOR, "it tells neither the power nor the size of its battery")
        return BatteryFacts(
            capacity_wh=found["capacity_wh"],
            max_charge_w=found["most_charge_w"] or found["most_w"],
            max_discharge_w=found["most_discharge_w"] or found["most_w"],
        )

    def target(
        self,
        command: BatteryCommand | None,
        limits: BatteryLimits,
        baseline: Settings,
        *,
        now: datetime,
        until: datetime | None,
        zone: ZoneInfo,
    ) -> Settings:
        """Pure but for the ratings, which are read with the settings: see `target_settings`."""
        if self._ratings is None:
            raise AnswerNotUnderstood(VENDOR, "the power of its battery is not known yet")
        return target_settings(command, limits, baseline, self._ratings)

    def differing(self, wanted: Settings, found: Settings) -> frozenset[str]:
        """Pure: also of a bound that is not in force, so that the owner's is given back exactly."""
        return SETTINGS.differing(wanted, found)

    def owners(self, found: Settings) -> Settings:
        """Pure: everything; what PowerSync wrote is told apart by what was sent."""
        return found

    def write(self, wanted: Settings, fields: Collection[str], until: datetime | None, *, purpose: str = "command") -> None:
        """Mode, charge, discharge, reserve. Charging from the grid is forbidden before anything else, and given back after it. `until` is
        not used. Raises a VendorError; what came before it may have taken."""
        if not fields:
            return
        order = (GRID_CHARGING, *_ORDER) if wanted.get(GRID_CHARGING) == FROM_SUN else (*_ORDER, GRID_CHARGING)
        with self._link.conversation() as talk:
            storage = self._storage_of(talk)
            self._check(talk, storage)
            storage.table.write(talk, self._unit.device, wanted, fields, order)

    def in_words(self, settings: Settings) -> Mapping[str, str]:
        """Pure: each setting with its value for people."""
        return SETTINGS.in_words(settings)

    def _storage_of(self, talk: Conversation) -> _Storage:
        if self._storage is None or self._storage.model not in self._unit.models(talk):
            model = self._unit.model(talk, {STORAGE})
            if model is None or model.length < STORAGE_LENGTH:
                raise AnswerNotUnderstood(VENDOR, "it has no battery that can be steered; is one connected, and is control over Modbus on?")
            points = {offset: exponent_point(model, offset) for offset in (RATE_EXPONENT, RESERVE_EXPONENT)}
            told = self._unit.device.read(talk, points.values())
            exponents = {offset: told[point.name] for offset, point in points.items()}
            rate, reserve = exponents[RATE_EXPONENT], exponents[RESERVE_EXPONENT]
            if not isinstance(rate, float) or not isinstance(reserve, float):
                raise AnswerNotUnderstood(VENDOR, "it does not tell in which steps its battery is steered")
            steps = Steps(power_of_ten(rate), power_of_ten(reserve))
            words = {RATE_EXPONENT: round(rate) & 0xFFFF, RESERVE_EXPONENT: round(reserve) & 0xFFFF}
            self._storage = _Storage(model, registers.settings_at(model, steps), steps.rate_pct, words)
        return self._storage

    def _check(self, talk: Conversation, storage: _Storage) -> None:
        """Before settings are believed or written: whether they still stand where they stood, and count as they did."""
        held = self._unit.check(talk, storage.model)
        if any(held[offset] != word for offset, word in storage.exponents.items()):
            self._storage = None
            raise AnswerNotUnderstood(VENDOR, "it counts its settings otherwise than before")


def live_reading_from(found: Mapping[str, Any], now: datetime) -> LiveReading:
    """The reading in the app's signs. A tracker without a figure of its own stands still. The load is what sun, meter and battery add up
    to; sun and battery are told before the inverter's own losses."""
    solar_w = battery_w = load_w = None
    if found["exponent"] is not None:
        first_w, second_w, charge_w, discharge_w = (found[f"tracker_{n}_w"] or 0.0 for n in range(1, 5))
        solar_w, battery_w = first_w + second_w, discharge_w - charge_w
    grid_w = found["meter_w"]
    if solar_w is not None and battery_w is not None and grid_w is not None:
        load_w = solar_w + grid_w + battery_w
    return LiveReading(
        taken_at=now, source=SOURCE, solar_w=solar_w, grid_w=grid_w, battery_w=battery_w, load_w=load_w, soc_pct=found["soc_pct"]
    )


def open_storage(fields: StorageFields, context: Context) -> Gen24Storage:
    """The driver for one connection."""
    link = ModbusLink(Endpoint(VENDOR, fields.host, fields.port), context)
    return Gen24Storage(link, fields.unit_id, fields.meter_unit_id)
