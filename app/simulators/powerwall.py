"""The Powerwall: the owner's settings, the time until they show and act, and what the gateway then does with the house.

Each setting lives three times: as the cloud accepted it, as `site_info` shows it, and as the gateway acts on it. The delays
between them are those that owners measured; `Behaviour` holds them, and `Behaviour.prompt()` takes them all away.
"""

import itertools
import random
import threading
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from statistics import fmean, median
from typing import Any
from zoneinfo import ZoneInfo

from app.simulators.battery import BatteryPack
from app.simulators.gateway_tariff import Content, GatewayTariff, TariffRefused, read_back

MODE = "default_real_mode"
RESERVE = "backup_reserve_percent"
EXPORT_RULE = "customer_preferred_export_rule"
GRID_CHARGING_FORBIDDEN = "disallow_charge_from_grid_with_solar_installed"
STORM_WATCH = "storm_mode_enabled"
OFF_GRID_RESERVE = "off_grid_vehicle_charging_reserve_percent"
TARIFF = "tariff_content_v2"
MODES = ("self_consumption", "autonomous", "backup")
EXPORT_RULES = ("never", "pv_only", "battery_ok")
FIELDS = (MODE, RESERVE, EXPORT_RULE, GRID_CHARGING_FORBIDDEN, STORM_WATCH, OFF_GRID_RESERVE, TARIFF)

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Delays in seconds (from, to) and habits of a firmware."""

    flag_shows_s: Span = (0.5, 8)
    tariff_shows_s: Span = (1, 25)
    self_consumption_acts_s: Span = (5, 60)
    backup_acts_s: Span = (10, 60)
    toggle_acts_s: Span = (20, 60)
    replan_s: Span = (300, 2700)
    replan_mostly_s: float = 600
    peak_holds_reserve_s: float = 7200
    reserve_snaps_late: float = 0.5
    """Probability that a reserve of 81 to 99 is shown as asked first and falls to 80 within half an hour."""
    drops_zero_rates: bool = False
    mode_change_forbids_grid_charging: bool = False
    shows_export_rule: bool = True
    never_needs_another_rule_first: bool = False
    """Whether "never" is shown at once and kept to only when "pv_only" stood before."""

    @classmethod
    def prompt(cls) -> "Behaviour":
        """A gateway that shows and does at once what it is told."""
        none = (0.0, 0.0)
        return cls(none, none, none, none, none, none, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Flow:
    """Powers of one moment in W: `grid_w` + import, `battery_w` + discharging; `load_w = solar_w + grid_w + battery_w`."""

    solar_w: float
    battery_w: float
    grid_w: float
    load_w: float
    curtailed_w: float = 0.0


@dataclass(order=True)
class _Change:
    at: datetime
    order: int
    write: int = field(compare=False)
    layer: str = field(compare=False)
    setting: str = field(compare=False)
    value: Any = field(compare=False)


class Powerwall:
    """One site. `settle` brings the household up to the present before an owner's change; the world sets it."""

    def __init__(
        self,
        zone: ZoneInfo,
        seed: int,
        tariff: Content,
        pack: BatteryPack | None = None,
        behaviour: Behaviour | None = None,
    ) -> None:
        self.zone = zone
        self.pack = pack or BatteryPack()
        self.behaviour = behaviour or Behaviour()
        self.grid_is_down = False
        self.lock = threading.RLock()
        self.settle: Callable[[], None] = lambda: None
        self.tariff_problems: list[str] = []
        """What was wrong with plans that the cloud accepted all the same."""
        settings: dict[str, Any] = {
            MODE: "autonomous",
            RESERVE: 20,
            EXPORT_RULE: "battery_ok",
            GRID_CHARGING_FORBIDDEN: False,
            STORM_WATCH: True,
            OFF_GRID_RESERVE: 50,
            TARIFF: deepcopy(tariff),
        }
        self.accepted, self.shown, self.acting = dict(settings), dict(settings), dict(settings)
        self._plan = GatewayTariff(settings[TARIFF])
        self._dice = random.Random(seed * 7919 + 17)
        self._changes: list[_Change] = []
        self._order = itertools.count()
        self._writes = itertools.count(1)
        self._newest: dict[tuple[str, str], int] = {}
        self._held_reserve: tuple[datetime, int, int] | None = None

    # -- settings -------------------------------------------------------------------------------------------------

    def settings(self) -> dict[str, Any]:
        """What `site_info` would show now, in the form in which it was sent; for tests."""
        return deepcopy(self.shown)

    def owner_sets(self, **settings: Any) -> None:
        """Change settings as the owner does in the vendor's app; they show and act at once. Raises ValueError for unknown ones."""
        unknown = set(settings) - set(FIELDS)
        if unknown:
            raise ValueError(f"no such setting: {', '.join(sorted(unknown))}; there are {', '.join(FIELDS)}")
        with self.lock:
            self.settle()
            for setting, value in settings.items():
                write = next(self._writes)
                self.accepted[setting] = deepcopy(value)
                for layer in ("shown", "acting"):
                    self._newest[layer, setting] = write
                    self._put(layer, setting, deepcopy(value))
                if setting == RESERVE:
                    self._held_reserve = None

    def write(self, setting: str, value: Any, now: datetime, *, later_s: float = 0.0) -> None:
        """Accept `value` for `setting` as the cloud does; it shows and acts after this firmware's delays, put off by `later_s`.

        Raises TariffRefused for a plan that the cloud turns down.
        """
        value = deepcopy(value)
        acts = value
        if setting == TARIFF:
            acts = plan = GatewayTariff(value)
            self.tariff_problems.extend(plan.problems)
        before = self.accepted[setting]
        self.accepted[setting] = value
        if setting == EXPORT_RULE and value == "never" and before != "pv_only" and self.behaviour.never_needs_another_rule_first:
            acts = self.acting[EXPORT_RULE]
        write = next(self._writes)
        start = now + timedelta(seconds=later_s)
        shows = start + timedelta(seconds=self._draw(self.behaviour.tariff_shows_s if setting == TARIFF else self.behaviour.flag_shows_s))
        if setting == RESERVE and 80 < value < 100:
            if self._dice.random() < self.behaviour.reserve_snaps_late:
                self._schedule(shows, write, "shown", setting, value)
                shows += timedelta(seconds=self._dice.uniform(60, 1800))
            self.accepted[setting] = value = acts = 80
        self._schedule(shows, write, "shown", setting, value)
        self._schedule(start + timedelta(seconds=self._acts_after_s(setting, value)), write, "acting", setting, acts)
        if setting == MODE and value != before and self.behaviour.mode_change_forbids_grid_charging:
            self.write(GRID_CHARGING_FORBIDDEN, True, now, later_s=later_s)
        self.run_changes(now)

    def revert(self, setting: str, value: Any, at: datetime) -> None:
        """Let the cloud fall back to `value` at `at`, without anybody having asked."""
        write = next(self._writes)
        for layer in ("accepted", "shown", "acting"):
            self._schedule(at, write, layer, setting, deepcopy(value))

    def next_change(self) -> datetime | None:
        """When the next setting begins to show or act; None when nothing is under way."""
        return self._changes[0].at if self._changes else None

    def run_changes(self, now: datetime) -> None:
        """Let everything show and act that is due at `now`."""
        while self._changes and self._changes[0].at <= now:
            change = self._changes.pop(0)
            if change.write < self._newest.get((change.layer, change.setting), 0):
                continue  # a newer write was faster
            self._newest[change.layer, change.setting] = change.write
            if change.layer == "acting" and self._is_held(change):
                continue
            was = self.acting[MODE]
            self._put(change.layer, change.setting, change.value)
            if change.layer == "acting" and change.setting == MODE and change.value == "autonomous" != was:
                self._plan_again()
        if self._held_reserve is not None and (now >= self._held_reserve[0] or not self._is_peak(now)):
            self.acting[RESERVE], self._held_reserve = self._held_reserve[1], None

    def site_settings(self) -> dict[str, Any]:
        """The settings as `site_info` words them: zeros, false flags and unknown parts are left out."""
        shown = dict(self.shown)
        shown[TARIFF] = read_back(shown[TARIFF], drops_zero_rates=self.behaviour.drops_zero_rates)
        if not shown[GRID_CHARGING_FORBIDDEN]:
            del shown[GRID_CHARGING_FORBIDDEN]
        if not self.behaviour.shows_export_rule:
            del shown[EXPORT_RULE]
        return shown

    # -- dispatch -------------------------------------------------------------------------------------------------

    def dispatch(self, load_w: float, solar_w: float, seconds: float, now: datetime) -> Flow:
        """Run the house for `seconds` and charge or discharge the pack accordingly."""
        pack, rule = self.pack, self.acting[EXPORT_RULE]
        charge_max, give_max = pack.charge_limit_w(seconds), pack.discharge_limit_w(seconds)
        if self.grid_is_down:
            battery_w = max(-charge_max, min(give_max, load_w - solar_w))
        else:
            battery_w = max(-charge_max, min(give_max, self._wanted_w(load_w, solar_w, seconds, now)))
            if rule in ("never", "pv_only") and battery_w > 0:
                battery_w = min(battery_w, max(0.0, load_w - solar_w))
        grid_w = load_w - solar_w - battery_w
        curtailed_w = 0.0
        if grid_w < 0 and (rule == "never" or self.grid_is_down):
            more_charge_w = min(-grid_w, charge_max + min(0.0, battery_w)) if battery_w <= 0 else 0.0
            battery_w -= more_charge_w
            curtailed_w = min(solar_w, max(0.0, -(load_w - solar_w - battery_w)))
        served_w = load_w
        if self.grid_is_down:
            served_w = min(load_w, solar_w - curtailed_w + battery_w)
        pack.run(battery_w, seconds)
        made_w = solar_w - curtailed_w
        grid_w = 0.0 if self.grid_is_down else load_w - made_w - battery_w
        return Flow(made_w, battery_w, grid_w, served_w, curtailed_w)

    def _wanted_w(self, load_w: float, solar_w: float, seconds: float, now: datetime) -> float:
        """What the mode asks of the battery (W, + discharging), before power limits and export rules."""
        pack, reserve = self.pack, self.acting[RESERVE]
        net_w = load_w - solar_w
        may_buy = not self.acting[GRID_CHARGING_FORBIDDEN]
        mode = self.acting[MODE]
        if mode == "backup":
            return min(net_w, 0.0) if not may_buy or pack.soc_pct >= 100 else min(net_w, -3300.0)
        above_reserve_w = pack.discharge_limit_w(seconds, reserve)
        if mode == "autonomous":
            return self._by_price_w(net_w, above_reserve_w, may_buy, now)
        return self._self_consumption_w(net_w, above_reserve_w, may_buy)

    def _self_consumption_w(self, net_w: float, above_reserve_w: float, may_buy: bool) -> float:
        if self.pack.soc_pct < self.acting[RESERVE] - 0.5 and may_buy:
            return min(net_w, -1700.0)
        return min(net_w, above_reserve_w)

    def _by_price_w(self, net_w: float, above_reserve_w: float, may_buy: bool, now: datetime) -> float:
        local = now.astimezone(self.zone)
        ahead = self._plan.next_day(local)
        buy, sell = self._plan.prices(local)
        buys = [price for price, _ in ahead]
        sells = [price for _, price in ahead]
        if self.pack.soc_pct < self.acting[RESERVE] - 0.5 and may_buy:
            return min(net_w, -3300.0)
        if may_buy and self.pack.soc_pct < 100 and buy <= 0.5 * fmean(buys):
            return min(net_w, -5000.0)
        middle = median(buys)
        if sell > 0 and sell >= 1.5 * middle and sell >= 0.95 * max(sells):
            return min(self.pack.max_discharge_w, above_reserve_w)
        if buy >= middle:
            return self._self_consumption_w(net_w, above_reserve_w, may_buy)
        return min(net_w, 0.0)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _put(self, layer: str, setting: str, value: Any) -> None:
        if layer == "acting" and setting == TARIFF:
            self._plan = value if isinstance(value, GatewayTariff) else GatewayTariff(value)
            value = self._plan.content
        getattr(self, layer)[setting] = value

    def _schedule(self, at: datetime, write: int, layer: str, setting: str, value: Any) -> None:
        self._changes.append(_Change(at, next(self._order), write, layer, setting, value))
        self._changes.sort()

    def _draw(self, span: Span) -> float:
        return self._dice.uniform(*span)

    def _acts_after_s(self, setting: str, value: Any) -> float:
        behaviour = self.behaviour
        if setting == MODE:
            return self._draw(
                {"backup": behaviour.backup_acts_s, "autonomous": behaviour.toggle_acts_s}.get(value, behaviour.self_consumption_acts_s)
            )
        if setting == TARIFF and self.acting[MODE] == "autonomous":
            low, high = behaviour.replan_s
            return self._dice.triangular(low, high, min(max(behaviour.replan_mostly_s, low), high))
        return self._draw(behaviour.self_consumption_acts_s)

    def _is_held(self, change: _Change) -> bool:
        """A reserve raised in the middle of a peak waits: the firmware weighs the tariff first."""
        if change.setting != RESERVE:
            return False
        self._held_reserve = None
        raised = change.value > self.acting[RESERVE] and self.acting[MODE] == "autonomous" and self._is_peak(change.at)
        if raised and self.behaviour.peak_holds_reserve_s > 0:
            self._held_reserve = (change.at + timedelta(seconds=self.behaviour.peak_holds_reserve_s), change.value, change.write)
            return True
        return False

    def _is_peak(self, now: datetime) -> bool:
        local = now.astimezone(self.zone)
        return self._plan.prices(local)[0] > median(buy for buy, _ in self._plan.next_day(local))

    def _plan_again(self) -> None:
        """Coming back to `autonomous` makes the gateway plan at once with the newest plan that it has."""
        for change in [change for change in self._changes if change.layer == "acting" and change.setting == TARIFF]:
            self._changes.remove(change)
            self._changes.append(replace(change, at=datetime.min.replace(tzinfo=change.at.tzinfo)))
        self._changes.sort()
        if self._held_reserve is not None:
            self.acting[RESERVE], self._held_reserve = self._held_reserve[1], None


__all__ = ["Behaviour", "Flow", "Powerwall", "TariffRefused"]
