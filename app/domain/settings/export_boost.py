"""Export boost: makes selling look better to the battery than it is."""

from dataclasses import dataclass, field
from datetime import time

from app.domain.settings import PolicySettingsType


@dataclass(frozen=True, slots=True)
class ExportBoost:
    """At or above the threshold, inside the window, the battery sees the feed-in price plus an offset, at least a minimum."""

    enabled: bool = field(default=False, metadata={"title": "Boost export"})
    offset_c: float = field(default=0.0, metadata={"title": "Add to the feed-in price", "unit": "c/kWh", "least": 0.0, "most": 100.0})
    minimum_c: float = field(default=0.0, metadata={"title": "At least", "unit": "c/kWh", "least": 0.0, "most": 100.0})
    threshold_c: float = field(
        default=0.0,
        metadata={"title": "Only from a feed-in price of", "unit": "c/kWh", "least": 0.0, "most": 100.0, "help": "0 means always."},
    )
    start: time = field(default=time(17), metadata={"title": "From"})
    end: time = field(default=time(21), metadata={"title": "Until"})


SETTINGS = PolicySettingsType(
    name="export_boost",
    type=ExportBoost,
    title="Export boost",
    summary="Raises the feed-in price that the battery sees, so that it sells more readily. Your bill is not changed by it.",
)
