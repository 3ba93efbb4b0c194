"""What a device can do. A driver has the methods it can honour; the app asks `isinstance(battery, CanReplan)`, never for a brand.

A battery is steered by its *settings* (mode, reserve, tariff, limits …): a command becomes a complete target for them, what the command
does not mention takes the baseline's value, and only what differs in meaning is written. So one command follows another without a
restore between them, and giving back the owner's settings is the same act with the baseline as the target."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from app.domain.energy import Energy
from app.domain.opinions import BatteryCommand, BatteryLimits
from app.domain.power import LiveReading

Settings = Mapping[str, Any]  # JSON; the keys are the driver's own, a missing key means that the device does not tell


@dataclass(frozen=True, slots=True)
class BatteryFacts:
    """What is fixed or slow to change; None where the device does not say."""

    timezone: str | None = None
    firmware: str | None = None
    capacity_wh: float | None = None
    max_charge_w: float | None = None
    max_discharge_w: float | None = None
    count: int | None = None
    soh_pct: float | None = None  # state of health
    model: str | None = None  # for people: "Powerwall 3"
    rated_wh: float | None = None  # what it held when new, as its maker states
    measured_wh: float | None = None  # what it holds when full now, as it measures
    installed_on: date | None = None


@dataclass(frozen=True, slots=True)
class OwnerSetting:
    """A setting of the device that its owner may choose here: one of `choices` (value, words), or a number from `least` to `most`."""

    field: str  # of the settings
    choices: tuple[tuple[Any, str], ...] = ()
    least: float = 0.0
    most: float = 100.0
    unit: str = "%"
    help: str = ""


@dataclass(frozen=True, slots=True)
class BatteryAbilities:
    """What a driver can honour, known without asking the device."""

    commands: frozenset[type]  # of the battery commands of app.domain.opinions
    settable: Mapping[str, str]  # field of the settings → its name for people: {"reserve_pct": "backup reserve"}
    drifts: Mapping[str, frozenset[Any]] = field(default_factory=dict)  # field → the values that the device falls to by itself
    has_timer: bool = False  # timed commands end by themselves in the device
    has_power_setpoint: bool = False
    takes_weekly_plan: bool = False  # FollowTariff with the plan of a whole year, not only with the next 24 hours
    poll_s: int = 60
    settings_poll_s: int = 300
    read_back_s: Mapping[str, float] = field(default_factory=dict)  # field → how long a read-back is waited for; else 10 s
    owner_settings: tuple[OwnerSetting, ...] = ()  # those that make sense to a person
    tariff_field: str | None = None  # the field of the settings that holds a whole tariff; None where none does


@runtime_checkable
class Battery(Protocol):
    """Every battery driver."""

    abilities: BatteryAbilities

    def read_live(self, now: datetime) -> LiveReading:
        """Power and charge now. Raises a VendorError."""
        ...

    def read_settings(self) -> Settings:
        """The settings that PowerSync may change, as the device holds them now. Raises a VendorError."""
        ...

    def read_facts(self) -> BatteryFacts:
        """Raises a VendorError."""
        ...

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
        """Pure: the complete settings that carry out `command` (None: nobody wishes anything) within `limits`.

        What they do not mention is the baseline's. `now` is when the command began and stays the same while it is the same command;
        `until` is when it ends, `zone` the clock of the site: for devices that are told by a daily table."""
        ...

    def differing(self, wanted: Settings, found: Settings) -> frozenset[str]:
        """Pure: the fields of `wanted` that `found` does not show in meaning. A field that `found` lacks counts as not different."""
        ...

    def owners(self, found: Settings) -> Settings:
        """Pure: `found` without what PowerSync wrote (its own plans)."""
        ...

    def write(self, wanted: Settings, fields: Collection[str], until: datetime | None, *, purpose: str = "command") -> None:
        """Send `fields` of `wanted` in the order that is safe for this device, once each. `until` lets hardware with a timer stop by
        itself. `purpose` is "restore" when the owner's settings are given back: such a call may use the
        reserve of the budget. Returns when accepted. Raises a VendorError; what was sent before it may have taken: reading back decides."""
        ...

    def in_words(self, settings: Settings) -> Mapping[str, str]:
        """Pure: the name of each setting for people, as in `abilities.settable`, with its value ("backup reserve": "20 %")."""
        ...


@runtime_checkable
class CanReplan(Protocol):
    """A battery with its own optimiser that can be made to think again now."""

    def replan_steps(self, settings: Settings) -> tuple[tuple[Settings, float], ...]:
        """Pure: the settings to pass through, each with the seconds to stay; empty when `settings` (in force) forbid it. The last
        step gives back what `settings` say."""
        ...


@runtime_checkable
class NeedsSecondGo(Protocol):
    """A battery that shows some values at the first go and keeps to them only at the second."""

    def second_go(self, settings: Settings, fields: Collection[str]) -> tuple[tuple[Settings, float], ...]:
        """Pure: the settings to pass through once `fields` of `settings` are shown, each with the seconds to stay; the last step gives what
        `settings` say. Empty where nothing needs it."""
        ...


@dataclass(frozen=True, slots=True)
class ShownRates:
    """What a battery's tariff says for one moment, c/kWh; None where it says nothing."""

    import_c_per_kwh: float | None
    feed_in_c_per_kwh: float | None


@runtime_checkable
class ShowsTariff(Protocol):
    """A battery whose settings contain a tariff that can be read as prices."""

    def tariff_rates(self, settings: Settings, moments: Sequence[datetime]) -> tuple[ShownRates, ...]:
        """Pure: what the tariff in `settings` (wanted or found) says at each of `moments`, which are on the site's clock."""
        ...


@runtime_checkable
class RemembersEnergy(Protocol):
    """A battery whose maker keeps what flowed on past days."""

    def read_energy(self, day: date, zone: ZoneInfo, start: datetime, end: datetime) -> list[Energy]:
        """What flowed in 5 minutes each of the local `day`, within `[start, end)`, in order; empty where nothing was kept. One call.
        Raises a VendorError."""
        ...


@dataclass(frozen=True, slots=True)
class PreflightRow:
    """One thing that must be right before a device can be steered. `state`: "ok", "late" (works, with a note), "lost" (does not)."""

    title: str
    state: str
    words: str


@runtime_checkable
class ChecksBeforehand(Protocol):
    """A device that can tell what stands in the way of steering it."""

    def preflight(self) -> tuple[PreflightRow, ...]:
        """Reads only, and never raises a VendorError: a device that does not answer is a row."""
        ...
