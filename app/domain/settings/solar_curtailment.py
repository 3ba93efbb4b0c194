"""Solar curtailment: no export while it costs money."""

from dataclasses import dataclass, field

from app.domain.settings import PolicySettingsType


@dataclass(frozen=True, slots=True)
class SolarCurtailment:
    """At which feed-in price solar is limited to what the home uses."""

    enabled: bool = field(default=False, metadata={"title": "Limit solar while export costs money"})
    feed_in_at_or_below_c: float = field(default=0.0, metadata={"title": "Battery-coupled solar: at or below", "unit": "c/kWh"})
    inverters_below_c: float = field(default=1.0, metadata={"title": "Solar inverters: below", "unit": "c/kWh"})


SETTINGS = PolicySettingsType(
    name="solar_curtailment",
    type=SolarCurtailment,
    title="Solar curtailment",
    summary="Stops export while the feed-in price is at or below your limit.",
    is_available=False,
)
