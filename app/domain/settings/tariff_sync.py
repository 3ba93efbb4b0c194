"""Tariff sync: the battery's own optimiser works on the retailer's prices."""

from dataclasses import dataclass, field

from app.domain.settings import PolicySettingsType


@dataclass(frozen=True, slots=True)
class TariffSync:
    """When prices are sent to the battery."""

    enabled: bool = field(default=True, metadata={"title": "Send prices to the battery"})
    settled_prices_only: bool = field(
        default=False,
        metadata={
            "title": "Wait for the settled price",
            "help": "Skips the upload at the start of each 5 minutes, when the price may still change.",
        },
    )
    mode_toggle: bool = field(
        default=False,
        metadata={
            "title": "Make the battery think again after an upload",
            "help": "Switches the battery to self-powered for 5 seconds and back, unless it is charging or exporting.",
        },
    )
    forecast_max_age_h: float = field(
        default=6.0,
        metadata={
            "title": "Keep the last prices for at most",
            "unit": "h",
            "least": 0.5,
            "most": 24.0,
            "help": "After this time without new prices your own settings return.",
        },
    )


SETTINGS = PolicySettingsType(
    name="tariff_sync",
    type=TariffSync,
    title="Tariff sync",
    summary="Gives the battery the prices of the next 24 hours, so that it plans with them.",
)
