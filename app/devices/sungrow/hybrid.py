"""A Sungrow hybrid inverter as PowerSync steers it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.devices.capabilities import BatteryAbilities, BatteryFacts, OwnerSetting, Settings
from app.devices.register_device import RegisterDevice
from app.devices.same_device import SameDevice
from app.devices.sungrow import hybrid_registers as registers
from app.devices.sungrow.export_limit import ExportRange
from app.devices.sungrow.hybrid_fields import HybridFields
from app.devices.sungrow.hybrid_registers import FORCED, LIMITS, SELF_CONSUMPTION, SETTINGS, STOP
from app.devices.sungrow.hybrid_targets import USUAL_W, Ratings, target_settings
from app.devices.sungrow.serial import SERIAL
from app.domain.opinions import BatteryCommand, BatteryLimits, Charge, Discharge, Hold, SelfConsume
from app.domain.power import LiveReading
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood
from app.transports.modbus import Conversation, Endpoint, ModbusLink

VENDOR: Final = "Sungrow inverter"
SOURCE: Final = "sungrow"

ABILITIES: Final = BatteryAbilities(
    commands=frozenset({SelfConsume, Hold, Charge, Discharge}),
    settable=SETTINGS.labels,
    has_power_setpoint=True,
    poll_s=30,
    owner_settings=(
        OwnerSetting("reserve_pct"),
        OwnerSetting("least_soc_pct", most=50),
        OwnerSetting("most_soc_pct", least=50),
    ),
)


class SungrowHybrid:
    """One SH inverter. Nothing is sent on opening."""

    abilities = ABILITIES

    def __init__(self, link: ModbusLink, unit: int, *, is_winet_s: bool = False) -> None:
        self._link, self._device, self._is_winet_s = link, RegisterDevice(unit, fails_at_missing=True), is_winet_s
        self._same = SameDevice(VENDOR, self._device)
        self._ratings: Ratings | None = None

    def read_live(self, now: datetime) -> LiveReading:
        """Power and charge now. Raises a VendorError."""
        with self._link.conversation() as talk:
            found = self._device.read(talk, registers.LIVE)
        return live_reading_from(found, now)

    def read_settings(self) -> Settings:
        """All of `SETTINGS` that the inverter has. Raises a VendorError."""
        with self._link.conversation() as talk:
            self._same.check(talk, SERIAL)
            if self._ratings is None:
                self._ratings = self._ratings_from(self._device.read(talk, registers.RATINGS))
            settings = SETTINGS.read(talk, self._device)
        if "mode" not in settings:
            raise AnswerNotUnderstood(VENDOR, "it does not tell its energy management mode; is it a hybrid inverter?")
        return settings

    def read_facts(self) -> BatteryFacts:
        """Raises a VendorError."""
        with self._link.conversation() as talk:
            found = self._device.read(talk, registers.FACTS)
        capacity_kwh, soh_pct, most_w = found["capacity_kwh"], found["soh_pct"], _rated_w(found)
        if capacity_kwh is None and most_w is None:
            raise AnswerNotUnderstood(VENDOR, "it tells neither its power nor the size of its battery; is it a hybrid inverter?")
        return BatteryFacts(
            capacity_wh=float(capacity_kwh) * 1000 if isinstance(capacity_kwh, float) else None,
            max_charge_w=most_w,
            max_discharge_w=most_w,
            soh_pct=float(soh_pct) if isinstance(soh_pct, float) else None,
        )

    def _ratings_from(self, found: Mapping[str, Any]) -> Ratings | None:
        """None where it tells nothing of itself just now: asked again with the next settings."""
        if all(figure is None for figure in found.values()):
            return None
        allowed = ExportRange.told(found["least_export_w"], found["most_export_w"], is_winet_s=self._is_winet_s)
        return Ratings(_rated_w(found) or USUAL_W, allowed)

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
        """Pure but for the ratings, which are read with the first settings: see `target_settings`."""
        ratings = self._ratings or Ratings(export=ExportRange.told(None, None, is_winet_s=self._is_winet_s))
        return target_settings(command, limits, baseline, ratings)

    def differing(self, wanted: Settings, found: Settings) -> frozenset[str]:
        """Pure: also of a forced command that is not in force, so that the owner's is given back exactly."""
        return SETTINGS.differing(wanted, found)

    def owners(self, found: Settings) -> Settings:
        """Pure: everything; what PowerSync wrote is told apart by what was sent."""
        return found

    def write(self, wanted: Settings, fields: Collection[str], until: datetime | None, *, purpose: str = "command") -> None:
        """Reserve and limits first, then power, mode and command; on the way out the command stops before the mode changes, and the reserve
        comes last. A forced stop is left for the reserve, which is not taken while that is in force. The inverter has no timer, so `until`
        is not used. Raises a VendorError."""
        with self._link.conversation() as talk:
            self._same.check(talk, SERIAL)
            if wanted.get("mode") == FORCED and "reserve_pct" in fields and self._is_in_forced_stop(talk):
                SETTINGS.write(talk, self._device, {"mode": SELF_CONSUMPTION}, ("mode",), ("mode",))
                fields = {*fields, "mode"}
            SETTINGS.write(talk, self._device, wanted, fields, _order_for(wanted))

    def _is_in_forced_stop(self, talk: Conversation) -> bool:
        held = SETTINGS.read(talk, self._device)
        return held.get("mode") == FORCED and held.get("command") == STOP

    def in_words(self, settings: Settings) -> Mapping[str, str]:
        """Pure: each setting with its value for people."""
        return SETTINGS.in_words(settings)


def live_reading_from(found: Mapping[str, Any], now: datetime) -> LiveReading:
    """The reading in the app's signs. Where the newer battery register is missing, the older one without a sign is told apart by the
    charging bit of the power flow; where the load is missing or cannot be, it is what the others add up to. Raises AnswerNotUnderstood when
    nothing that has a "not available" of its own is there."""
    if all(found[name] is None for name in ("solar_w", "soc_pct", "state")):
        raise AnswerNotUnderstood(VENDOR, "its figures cannot be; has its dongle lost the inverter?")
    battery_w, solar_w, load_w = found["battery_w"], found["solar_w"], found["load_w"]
    if battery_w is None and found["old_battery_w"] is not None and found["power_flow"] is not None:
        is_charging = int(found["power_flow"]) & registers.CHARGING_BIT
        battery_w = -abs(found["old_battery_w"]) if is_charging else abs(found["old_battery_w"])
    grid_w = -found["export_w"] if found["export_w"] is not None else found["meter_w"]
    if load_w is None and None not in (solar_w, grid_w, battery_w):
        load_w = solar_w + grid_w + battery_w
    return LiveReading(
        taken_at=now,
        source=SOURCE,
        solar_w=solar_w,
        grid_w=grid_w,
        battery_w=battery_w,
        load_w=load_w,
        soc_pct=found["soc_pct"],
        on_grid=None if found["state"] is None else int(found["state"]) != registers.OFF_GRID_STATE,
    )


def _order_for(wanted: Settings) -> tuple[str, ...]:
    """SH-RS and SBH decline the forced mode without a power. A command that is left in a register must not come into force on the way."""
    if wanted.get("mode") == FORCED:
        return ("reserve_pct", *LIMITS, "power_w", "mode", "command")
    if wanted.get("command") == STOP:
        return ("command", "power_w", "mode", *LIMITS, "reserve_pct")
    return ("mode", "command", "power_w", *LIMITS, "reserve_pct")


def _rated_w(found: Mapping[str, Any]) -> float | None:
    """What the battery's converter is rated for, else the inverter."""
    rated = found["battery_rated_w"] or found["rated_w"]
    return float(rated) if rated is not None else None


def open_hybrid(fields: HybridFields, context: Context) -> SungrowHybrid:
    """The driver for one connection."""
    return SungrowHybrid(ModbusLink(endpoint(fields), context), fields.unit_id, is_winet_s=fields.is_winet_s)


def endpoint(fields: HybridFields) -> Endpoint:
    """Where it answers. A WiNet-S loses requests that follow one another fast, and takes its time."""
    if fields.is_winet_s:
        return Endpoint(VENDOR, fields.host, fields.port, gap_s=0.03, answer_s=10.0)
    return Endpoint(VENDOR, fields.host, fields.port, gap_s=0.005)
