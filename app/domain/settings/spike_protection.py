"""Spike protection: the battery must not buy in a price spike in order to sell."""

from dataclasses import dataclass, field

from app.domain.settings import PolicySettingsType


@dataclass(frozen=True, slots=True)
class SpikeProtection:
    """Raises the import price that the battery sees while a spike is announced."""

    enabled: bool = field(default=False, metadata={"title": "Protect against buying in a spike"})


SETTINGS = PolicySettingsType(
    name="spike_protection",
    type=SpikeProtection,
    title="Spike protection",
    summary="In half-hours that your retailer flags as a spike, the battery sees an import price above every feed-in price.",
)
