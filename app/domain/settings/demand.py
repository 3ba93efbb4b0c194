"""Demand windows: hours in which a peak of import is billed."""

from dataclasses import dataclass, field
from datetime import time

from app.domain.settings import PolicySettingsType
from app.domain.windows import Days, Window


@dataclass(frozen=True, slots=True)
class Demand:
    """What PowerSync does about a demand charge."""

    enabled: bool = field(default=False, metadata={"title": "My plan has a demand charge"})
    windows: tuple[Window, ...] = field(
        default=(Window(time(14), time(20), Days.WEEKDAYS),), metadata={"title": "Hours in which the peak is billed"}
    )
    surcharge_c: float = field(
        default=0.0,
        metadata={
            "title": "Add to the import price that the battery sees",
            "unit": "c/kWh",
            "least": 0.0,
            "most": 1000.0,
            "help": "200 keeps a battery from importing in the window. Your bill is not changed by it.",
        },
    )
    block_grid_charging: bool = field(default=False, metadata={"title": "Forbid charging from the grid in the window"})


SETTINGS = PolicySettingsType(
    name="demand",
    type=Demand,
    title="Demand charge",
    summary="Keeps the battery from adding to the peak that your network bills.",
)
