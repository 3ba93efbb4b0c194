"""The Powerwall as PowerSync steers it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.devices.capabilities import BatteryAbilities, BatteryFacts, PreflightRow, Settings, ShownRates
from app.devices.tesla.client import EnergyApi
from app.devices.tesla.fields import TeslaFields
from app.devices.tesla.gateway import Gateway
from app.devices.tesla.history import end_of, energy_of_day
from app.devices.tesla.live import LiveSource
from app.devices.tesla.reading import facts_from, live_reading_from
from app.devices.tesla.settings import (
    AUTONOMOUS,
    EXPORT_EVERYTHING,
    EXPORT_NOTHING,
    EXPORT_RULE,
    EXPORT_SOLAR,
    GRID_CHARGING,
    MODE,
    OWNERS,
    RESERVE,
    SELF_CONSUMPTION,
    SETTABLE,
    TARIFF,
    differing_fields,
    sendable_reserve,
    settings_from,
    settings_in_words,
    without_ours,
)
from app.devices.tesla.shown_rates import shown_rates
from app.devices.tesla.sites import only_site
from app.devices.tesla.targets import target_settings
from app.devices.tesla.tariff import neutral_tariff
from app.devices.tesla.ways import access_of, gateway_of
from app.devices.tesla.written_plan import written_out
from app.domain.energy import Energy
from app.domain.opinions import BatteryCommand, BatteryLimits, Charge, Discharge, FollowTariff, Hold, SelfConsume
from app.domain.pace import Pace
from app.domain.power import LiveReading
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood, VendorError

_SITE_INFO_HELD_S: Final = 2.0
_STAYS_SELF_POWERED_S: Final = 5.0
_MODE_SETTLES_S: Final = 2.0
_RULE_SETTLES_S: Final = 2.0

ABILITIES: Final = BatteryAbilities(
    commands=frozenset({FollowTariff, SelfConsume, Hold, Charge, Discharge}),
    settable=SETTABLE,
    drifts={
        MODE: frozenset({SELF_CONSUMPTION}),
        RESERVE: frozenset({80}),
    },  # it can fall back to self-powered minutes after a replan, and a high reserve sinks to 80 %
    takes_weekly_plan=True,
    poll_s=60,
    read_back_s={TARIFF: 30.0},
    tariff_field=TARIFF,
    owner_settings=OWNERS,
)


class Powerwall:
    """One energy site. Nothing is sent on opening; without a site number the account's only site is found at the first call."""

    abilities = ABILITIES

    def __init__(self, api: EnergyApi, pace: Pace, energy_site_id: str, gateway: Gateway | None = None) -> None:
        self._api = api
        self._gateway = gateway
        self._live = LiveSource(self._live_of_cloud, gateway, pace)
        self._pace = pace
        self._energy_site_id = energy_site_id
        self._held: tuple[float, dict[str, Any]] | None = None
        self._pack_wh: float | None = None  # what it holds when full, as last told

    def read_live(self, now: datetime) -> LiveReading:
        """Power and charge, as old as Tesla says; from the gateway at home first, where one is entered. Raises a VendorError; Unreachable
        where Tesla has no data."""
        return self._live.read(now)

    def read_settings(self) -> Settings:
        """Mode, reserve, export rule, grid charging and the plan (`tariff`, {} for none). Raises a VendorError."""
        settings = settings_from(self._site_info())
        if MODE not in settings and RESERVE not in settings:
            raise AnswerNotUnderstood(self._api.vendor, "site_info tells neither the operation mode nor the backup reserve")
        return settings

    def read_facts(self) -> BatteryFacts:
        """What it holds when full is told by the gateway at home, else by the newest live status. Raises a VendorError."""
        return facts_from(self._site_info(), self._measured_wh())

    def second_go(self, settings: Settings, fields: Collection[str]) -> tuple[tuple[Settings, float], ...]:
        """Pure: some firmware shows "never export" and goes on exporting until it has passed through another rule."""
        if EXPORT_RULE not in fields or settings.get(EXPORT_RULE) != EXPORT_NOTHING:
            return ()
        return (({EXPORT_RULE: EXPORT_SOLAR}, _RULE_SETTLES_S), ({EXPORT_RULE: EXPORT_NOTHING}, _RULE_SETTLES_S))

    def read_energy(self, day: date, zone: ZoneInfo, start: datetime, end: datetime) -> list[Energy]:
        """What Tesla kept of a day; see `energy_of_day`. Raises a VendorError."""
        told = self._api.energy_history(self._site_id(), end_of(day, zone), zone.key)
        return energy_of_day(self._api.vendor, told, start, end)

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
        """Pure: see `target_settings`."""
        return target_settings(command, limits, baseline, now=now, until=until, zone=zone)

    def differing(self, wanted: Settings, found: Settings) -> frozenset[str]:
        """Pure: plans by the price at each minute of the year, reserves by what Tesla makes of them."""
        return differing_fields(wanted, found)

    def owners(self, found: Settings) -> Settings:
        """Pure: `found` without PowerSync's plans."""
        return without_ours(found)

    def write(self, wanted: Settings, fields: Collection[str], until: datetime | None, *, purpose: str = "command") -> None:
        """One call per setting, the two grid rules together; `until` is not used, as a Powerwall has no timer.

        First what stops or forbids, then the plan before the reserve (since firmware 26.2 a raised reserve waits while the plan in force
        makes this hour look dear), then time-based control, which so starts to plan with everything in place, and last what allows.
        Raises a VendorError; the settings after the failed one are not sent."""
        asked = {field: wanted[field] for field in fields if field in wanted}
        if MODE in asked and wanted.get(GRID_CHARGING) is True:
            asked[GRID_CHARGING] = True  # a change of mode can reset it
        site_id = self._site_id()
        try:
            for send in self._in_safe_order(site_id, asked, purpose):
                send()
        finally:
            self._held = None

    def in_words(self, settings: Settings) -> Mapping[str, str]:
        """Pure."""
        return settings_in_words(settings)

    def replan_steps(self, settings: Settings) -> tuple[tuple[Settings, float], ...]:
        """Pure: out of time-based control and back makes it plan at once; nothing where the owner uses another mode."""
        if settings.get(MODE) != AUTONOMOUS:
            return ()
        # A change of mode can reset grid charging: what was allowed is said again.
        back = {field: settings[field] for field in (MODE, GRID_CHARGING) if settings.get(field) in (AUTONOMOUS, True)}
        return (({MODE: SELF_CONSUMPTION}, _STAYS_SELF_POWERED_S), (back, _MODE_SETTLES_S))

    def tariff_rates(self, settings: Settings, moments: Sequence[datetime]) -> tuple[ShownRates, ...]:
        """Pure: the plan's buy and sell price, c/kWh."""
        return shown_rates(settings.get(TARIFF) or {}, moments)

    def _in_safe_order(self, site_id: str, asked: Mapping[str, Any], purpose: str) -> list[Callable[[], None]]:
        mode, rule, may_charge = asked.get(MODE), asked.get(EXPORT_RULE), asked.get(GRID_CHARGING)
        # One call carries both rules. A pair that forbids anything goes first, unless the change of mode after it could reset it.
        forbids = may_charge is False or (rule is not None and rule != EXPORT_EVERYTHING)
        goes_first = forbids and not (mode == AUTONOMOUS and may_charge)
        grid = (
            [lambda: self._api.set_grid(site_id, purpose, export_rule=rule, grid_charging=may_charge)]
            if {EXPORT_RULE, GRID_CHARGING} & asked.keys()
            else []
        )
        steps: list[Callable[[], None]] = []
        if mode is not None and mode != AUTONOMOUS:
            steps.append(lambda: self._api.set_operation(site_id, mode, purpose))
        if goes_first:
            steps += grid
        if TARIFF in asked:
            steps.append(lambda: self._api.set_tariff(site_id, written_out(asked[TARIFF] or neutral_tariff()), purpose))
        if RESERVE in asked:
            steps.append(lambda: self._api.set_reserve(site_id, sendable_reserve(asked[RESERVE]), purpose))
        if mode == AUTONOMOUS:
            steps.append(lambda: self._api.set_operation(site_id, mode, purpose))
        if not goes_first:
            steps += grid
        return steps

    def preflight(self) -> tuple[PreflightRow, ...]:
        """How the gateway at home answers; nothing without one."""
        if self._gateway is None:
            return ()
        title = "Read the gateway at home"
        try:
            serials = self._gateway.read_serials()
            self._gateway.read_live(datetime.max.replace(tzinfo=UTC))
        except VendorError as error:
            return (PreflightRow(title, "late", f"{error.for_people()}. The cloud is read instead."),)
        units = f" Serial numbers: {', '.join(serials)}." if serials else ""
        return (PreflightRow(title, "ok", f"It answers.{units}"),)

    def _live_of_cloud(self, now: datetime) -> LiveReading:
        reading = live_reading_from(self._api.vendor, self._api.live_status(self._site_id()), now)
        self._pack_wh = reading.capacity_wh or self._pack_wh
        return reading

    def _measured_wh(self) -> float | None:
        if self._gateway is not None:
            try:
                return self._gateway.read_pack_wh() or self._pack_wh
            except VendorError:
                return self._pack_wh  # a gateway that is silent now is told by the test of the connection
        return self._pack_wh

    def _site_info(self) -> dict[str, Any]:
        """Settings and facts stand in one answer: asked once for both."""
        if self._held is not None and self._pace.monotonic() - self._held[0] <= _SITE_INFO_HELD_S:
            return self._held[1]
        info = self._api.site_info(self._site_id())
        self._held = (self._pace.monotonic(), info)
        return info

    def _site_id(self) -> str:
        if not self._energy_site_id:
            self._energy_site_id = only_site(self._api.vendor, self._api.products())
        return self._energy_site_id


def open_powerwall(fields: TeslaFields, context: Context) -> Powerwall:
    """The driver for one connection."""
    return Powerwall(EnergyApi(context, access_of(fields, context)), context.pace, fields.energy_site_id, gateway_of(fields, context))
