"""Solar curtailment: no export while it costs money."""

from dataclasses import dataclass, field

from app.domain.settings import PolicySettingsType

ZERO, LOAD_FOLLOWING = "zero", "load_following"


@dataclass(frozen=True, slots=True)
class SolarCurtailment:
    """At which feed-in price solar is limited to what the home uses."""

    enabled: bool = field(default=False, metadata={"title": "Limit solar while export costs money"})
    feed_in_at_or_below_c: float = field(
        default=0.0,
        metadata={
            "title": "Solar at the battery: feed-in at or below",
            "unit": "c/kWh",
            "help": "The battery exports nothing then; sun still feeds your home and the battery.",
        },
    )
    inverters_below_c: float = field(
        default=1.0,
        metadata={"title": "Other solar inverters: feed-in below", "unit": "c/kWh", "help": "For the inverters linked beside the battery."},
    )
    inverters_to: str = field(
        default=LOAD_FOLLOWING,
        metadata={
            "title": "Limit those inverters to",
            "choices": (LOAD_FOLLOWING, ZERO),
            "help": "What your home takes, followed every minute, or nothing at all.",
        },
    )
    inverters_run_below_soc_pct: float = field(
        default=98.0,
        metadata={
            "title": "Let them run while the battery is below",
            "unit": "%",
            "least": 50.0,
            "most": 100.0,
            "help": "Their sun goes into the battery then, as long as it takes all of it.",
        },
    )
    margin_w: int = field(
        default=100,
        metadata={"title": "Stay below what the home takes by", "unit": "W", "least": 0, "most": 2000},
    )


SETTINGS = PolicySettingsType(
    name="solar_curtailment",
    type=SolarCurtailment,
    title="Solar curtailment",
    summary="Stops export while the feed-in price is at or below your limit.",
)
