"""Everything known about one site at one moment, frozen. What is stale or unknown is None."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.battery_plan import BatteryPlan
from app.domain.charges import NO_CHARGES, StandingCharges
from app.domain.opinions import Axis, Limit, Wish
from app.domain.power import LiveReading
from app.domain.prices import PriceBook
from app.domain.reasons import Reason
from app.domain.settings import SettingsBook
from app.domain.tariffs.time_of_use import TimeOfUse


@dataclass(frozen=True, slots=True)
class StandingWish:
    """What a policy wished last and since when it has wished the same."""

    wish: Wish
    began_at: datetime


@dataclass(frozen=True, slots=True)
class StandingLimit:
    """The limit that a policy set last and since when it has set one."""

    limit: Limit
    began_at: datetime


@dataclass(frozen=True, slots=True)
class OwnersChange:
    """The owner changed a setting that a policy's wish needs: the wish stands down until the owner resumes."""

    policy: str
    fields: frozenset[str]
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class SiteLimits:
    """The fuse and the export cap of the site, W; None where the owner gave none."""

    max_import_w: int | None = None
    max_export_w: int | None = None


@dataclass(frozen=True, slots=True)
class BatteryView:
    """What is known of the battery: what it can be told and which settings it was last seen to hold."""

    commands: frozenset[str]  # names of the commands that its driver honours
    settings: Mapping[str, Any] | None  # as last read back, None before the first reading
    settings_at: datetime | None
    has_power_setpoint: bool = False
    takes_weekly_plan: bool = False  # it keeps a plan of seasons and weekdays by itself
    modes_that_ignore_tariffs: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # mode → its name for people


@dataclass(frozen=True, slots=True)
class InverterView:
    """What is known of one solar inverter beside the battery. Powers are None while it is silent, as at night."""

    key: str  # of its axis
    name: str  # for people
    ac_w: float | None = None  # ≥ 0, what it makes, None when the last reading is too old
    limit_w: float | None = None  # what it may make at most, as it says itself
    rated_w: float | None = None
    can_limit: bool = True  # to any power; False: all or nothing
    limits_export: bool = False  # a limit is one of the feed-in at the meter: the home is still supplied

    @property
    def axis(self) -> Axis:
        return Axis("inverter", self.key)


@dataclass(frozen=True, slots=True)
class SpotPrice:
    """What the wholesale market of a region says for now, whatever the retailer."""

    region: str  # "NSW1"
    start: datetime
    end: datetime
    per_mwh: float  # in the whole unit of the currency, without GST


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The input of every decision; the same snapshot always gives the same decision."""

    now: datetime  # UTC
    zone: ZoneInfo
    currency: str
    is_control_on: bool
    settings: SettingsBook
    retailer: str = ""  # the retailer's name for people
    prices: PriceBook | None = None
    estimates: PriceBook | None = None  # of the same prices from the market, where the retailer's own are late or end soon
    live: LiveReading | None = None  # None when the last reading is older than its source is fresh
    battery: BatteryView | None = None
    limits: SiteLimits = SiteLimits()
    owner_wishes: tuple[StandingWish, ...] = ()
    before: Mapping[str, StandingWish] = field(default_factory=lambda: MappingProxyType({}))  # policy → its last wish
    limits_before: Mapping[str, StandingLimit] = field(default_factory=lambda: MappingProxyType({}))  # policy → its last limit
    stood_down: Mapping[str, OwnersChange] = field(default_factory=lambda: MappingProxyType({}))  # policy → why
    tariff_uploads_in_period: int = 0  # in the running 5 minutes
    charges: StandingCharges = NO_CHARGES
    plan: TimeOfUse | None = None  # the whole plan, where the retailer's prices are fixed ones
    inverters: tuple[InverterView, ...] = ()
    battery_plan: BatteryPlan | None = None  # the newest, its next hours
    plan_problem: Reason | None = None  # why the last try made none
    spot: SpotPrice | None = None  # of the region that a policy looks at
    tests: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))  # policy → until when the owner tries it out

    def local(self, instant: datetime) -> datetime:
        """`instant` on the clock of the site."""
        return instant.astimezone(self.zone)

    def standing(self, policy: str, axis: Axis) -> Wish | None:
        """What `policy` wished last for `axis`, if it still holds."""
        standing = self.before.get(policy)
        if standing is None or standing.wish.axis != axis or standing.wish.expires_at <= self.now:
            return None
        return standing.wish

    def standing_limit(self, policy: str) -> StandingLimit | None:
        """The limit that `policy` set last, if it still holds."""
        standing = self.limits_before.get(policy)
        if standing is None or (standing.limit.expires_at is not None and standing.limit.expires_at <= self.now):
            return None
        return standing
