"""AEMO spike: sell while the wholesale price is extreme."""

from dataclasses import dataclass, field

from app.domain.settings import PolicySettingsType


@dataclass(frozen=True, slots=True)
class AemoSpike:
    """Region and wholesale price from which the battery sells."""

    enabled: bool = field(default=False, metadata={"title": "Sell in wholesale price spikes"})
    region: str = field(default="NSW1", metadata={"title": "Region", "choices": ("NSW1", "QLD1", "SA1", "TAS1", "VIC1")})
    threshold_per_mwh: float = field(default=300.0, metadata={"title": "From a wholesale price of", "unit": "$/MWh"})


SETTINGS = PolicySettingsType(
    name="aemo_spike",
    type=AemoSpike,
    title="AEMO spike",
    summary="Sells stored energy while the wholesale price of your region is above the threshold.",
    is_available=False,
)
