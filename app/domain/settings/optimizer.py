"""The optimizer: a plan of 48 hours from prices, sun and load."""

from dataclasses import dataclass, field
from datetime import time

from app.domain.settings import PolicySettingsType
from app.domain.windows import Days, Window

WATCH, CONTROL = "watch", "control"
COST, SELF_CONSUMPTION = "cost", "self_consumption"


@dataclass(frozen=True, slots=True)
class ReserveWindow(Window):
    """Hours in which the plan keeps more in the battery."""

    least_soc_pct: float = field(default=50.0, metadata={"title": "Keep at least", "unit": "%", "least": 0.0, "most": 100.0})


@dataclass(frozen=True, slots=True)
class SocTarget:
    """A charge that the battery should have at a time of each day."""

    at: time = field(default=time(17), metadata={"title": "At"})
    soc_pct: float = field(default=80.0, metadata={"title": "At least", "unit": "%", "least": 0.0, "most": 100.0})
    days: Days = field(default=Days.ALL, metadata={"title": "Days"})


@dataclass(frozen=True, slots=True)
class Optimizer:
    """Whether the plan is only shown or carried out, and what it is made for."""

    enabled: bool = field(default=False, metadata={"title": "Plan the battery"})
    mode: str = field(
        default=WATCH,
        metadata={"title": "The plan is", "choices": (WATCH, CONTROL), "help": "Watch shows the plan and sends nothing of it."},
    )
    objective: str = field(
        default=COST,
        metadata={
            "title": "It aims at",
            "choices": (COST, SELF_CONSUMPTION),
            "help": "The lowest bill, or as little from and to the grid as prices allow: nothing is sold from the battery then.",
        },
    )
    wear_c_per_kwh: float = field(
        default=2.0,
        metadata={
            "title": "Wear of the battery",
            "unit": "c/kWh",
            "least": 0.0,
            "most": 100.0,
            "help": "What a discharged kWh costs in life of the battery. A higher figure trades less.",
        },
    )
    least_soc_pct: float = field(
        default=10.0,
        metadata={"title": "Keep at least", "unit": "%", "least": 0.0, "most": 100.0, "help": "Your backup reserve holds as well."},
    )
    most_soc_pct: float = field(default=100.0, metadata={"title": "Charge to at most", "unit": "%", "least": 10.0, "most": 100.0})
    reserves: tuple[ReserveWindow, ...] = field(default=(), metadata={"title": "Keep more at certain hours"})
    targets: tuple[SocTarget, ...] = field(default=(), metadata={"title": "Be charged by a time"})


SETTINGS = PolicySettingsType(
    name="optimizer",
    type=Optimizer,
    title="Optimizer",
    summary="Plans when to charge, hold and sell over the next 48 hours.",
)
