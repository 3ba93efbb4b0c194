"""AEMO spike: sell while the wholesale price is extreme."""

from dataclasses import dataclass, field

from app.domain.settings import PolicySettingsType

MARKET = "aemo"  # whose regions these are


@dataclass(frozen=True, slots=True)
class AemoSpike:
    """Region and wholesale price from which the battery sells."""

    enabled: bool = field(default=False, metadata={"title": "Sell in wholesale price spikes"})
    region: str = field(default="NSW1", metadata={"title": "Region", "choices": ("NSW1", "QLD1", "SA1", "TAS1", "VIC1")})
    threshold_per_mwh: float = field(
        default=300.0,
        metadata={
            "title": "From a wholesale price of",
            "unit": "$/MWh",
            "least": 0.0,
            "most": 25_000.0,
            "help": "300 $/MWh is 30 c/kWh. Plans that pay for spikes, such as GloBird's, begin at 3000.",
        },
    )
    least_soc_pct: float = field(
        default=10.0,
        metadata={"title": "Keep at least", "unit": "%", "least": 0.0, "most": 100.0, "help": "Your backup reserve holds as well."},
    )


SETTINGS = PolicySettingsType(
    name="aemo_spike",
    type=AemoSpike,
    title="AEMO spike",
    summary="Sells stored energy while the wholesale price of your region is above the threshold.",
)
