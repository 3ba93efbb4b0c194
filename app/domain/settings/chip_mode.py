"""Chip mode: no export in the window unless it pays well."""

from dataclasses import dataclass, field
from datetime import time

from app.domain.settings import PolicySettingsType


@dataclass(frozen=True, slots=True)
class ChipMode:
    """Inside the window the battery sees a feed-in price of 0 unless the real one is at or above the threshold."""

    enabled: bool = field(default=False, metadata={"title": "Hold back export"})
    start: time = field(default=time(22), metadata={"title": "From"})
    end: time = field(default=time(6), metadata={"title": "Until"})
    threshold_c: float = field(
        default=30.0, metadata={"title": "Unless feed-in pays at least", "unit": "c/kWh", "least": 0.0, "most": 1000.0}
    )


SETTINGS = PolicySettingsType(
    name="chip_mode",
    type=ChipMode,
    title="Chip mode",
    summary="Keeps the battery from selling at night for little money.",
)
