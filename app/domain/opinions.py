"""What policies may say: a wish for an axis, a limit on what is allowed, nothing, or that too little is known."""

from dataclasses import dataclass, fields
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import TypeVar

from app.domain.reasons import Reason
from app.domain.tariffs.seasonal import Tariff

Number = TypeVar("Number", int, float)


@dataclass(frozen=True, slots=True)
class Axis:
    """One thing that can be told what to do: the battery, one solar inverter, one charger."""

    kind: str  # "battery", "inverter", "charger"
    key: str = ""  # the connection, where a site has several

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}" if self.key else self.kind


BATTERY = Axis("battery")


# The battery's commands
@dataclass(frozen=True, slots=True)
class FollowTariff:
    """The battery's own optimiser works on this tariff: the next 24 hours, or a whole year for one that keeps such a plan.

    `replan`: make it think again once the tariff is in force."""

    tariff: Tariff
    replan: bool = False


@dataclass(frozen=True, slots=True)
class SelfConsume:
    """Run the home from sun and battery; buy and sell only what is left."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Neither discharge nor charge from the grid."""


@dataclass(frozen=True, slots=True)
class Charge:
    """Charge, from the grid too, at `power_w` (AC, positive); None: as fast as the device likes."""

    power_w: int | None = None


@dataclass(frozen=True, slots=True)
class Discharge:
    """Discharge at `power_w` (AC, positive), exporting what the home does not use; None: as fast as the device likes."""

    power_w: int | None = None


BatteryCommand = FollowTariff | SelfConsume | Hold | Charge | Discharge


# A solar inverter's commands
@dataclass(frozen=True, slots=True)
class Run:
    """Make what the sun gives."""


@dataclass(frozen=True, slots=True)
class Curtail:
    """Make at most `max_w`."""

    max_w: int


# A charger's commands
@dataclass(frozen=True, slots=True)
class ChargeCar:
    """Charge the car at `current_a` a phase."""

    current_a: float


@dataclass(frozen=True, slots=True)
class StopCar:
    """Do not charge the car."""


Command = BatteryCommand | Run | Curtail | ChargeCar | StopCar


class Priority(IntEnum):
    """Who wins an axis: the highest alive."""

    TARIFF_SYNC = 10
    OPTIMIZER = 20
    AUTOMATION = 30
    GRID_EVENT = 40
    OWNER = 50


class Binding(StrEnum):
    """Whom a limit binds."""

    SAFETY = "safety"  # everyone
    ECONOMIC = "economic"  # automatic wishes; an owner's button is warned


@dataclass(frozen=True, slots=True)
class BatteryLimits:
    """What is allowed; None: no limit. Limits intersect."""

    max_import_w: int | None = None
    max_export_w: int | None = None
    min_soc_pct: float | None = None
    max_soc_pct: float | None = None
    grid_charging_allowed: bool | None = None  # None and True allow it

    def __and__(self, other: "BatteryLimits") -> "BatteryLimits":
        return BatteryLimits(
            max_import_w=_least(self.max_import_w, other.max_import_w),
            max_export_w=_least(self.max_export_w, other.max_export_w),
            min_soc_pct=_most(self.min_soc_pct, other.min_soc_pct),
            max_soc_pct=_least(self.max_soc_pct, other.max_soc_pct),
            grid_charging_allowed=False if False in (self.grid_charging_allowed, other.grid_charging_allowed) else None,
        )

    @property
    def is_empty(self) -> bool:
        return all(getattr(self, each.name) is None for each in fields(self))


def _least(a: Number | None, b: Number | None) -> Number | None:
    return b if a is None else a if b is None else min(a, b)


def _most(a: Number | None, b: Number | None) -> Number | None:
    return b if a is None else a if b is None else max(a, b)


NO_LIMITS = BatteryLimits()


@dataclass(frozen=True, slots=True)
class Wish:
    """What one axis should do, from whom, why and until when."""

    axis: Axis
    command: Command
    priority: Priority
    reason: Reason
    expires_at: datetime
    told_until: datetime | None = (
        None  # for devices that are told an end: later than `expires_at` where the wish is renewed again and again
    )


@dataclass(frozen=True, slots=True)
class Limit:
    """A narrowing of what the battery may do."""

    limits: BatteryLimits
    binding: Binding
    reason: Reason
    expires_at: datetime | None = None
    gives_way: bool = False  # an owner who changes what it holds suspends it; others are put right again


@dataclass(frozen=True, slots=True)
class Nothing:
    """All is known and there is nothing to do; `reason` says why not, where the owner would ask."""

    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Too little is known to judge: an earlier wish of this policy lives on until it expires, and no new one starts on a guess."""

    reason: Reason


Opinion = Wish | Limit | Nothing | Unknown
