"""What the owner enters for Open-Meteo, which knows the sun but not the panels."""

from typing import Literal

from pydantic import Field

from app.feeds.forecasts.roof import Roof

Mounting = Literal["on_roof", "free_standing", "close_to_roof"]


class OpenMeteoFields(Roof):
    """The roof, and what becomes of the sun on it."""

    mounting: Mounting = Field(
        default="on_roof",
        title="Panels stand",
        description="How much air cools them: warm panels give less.",
        json_schema_extra={
            "labels": {
                "on_roof": "On a frame above the roof",
                "free_standing": "Free, with air all around",
                "close_to_roof": "Flat on the roof",
            }
        },
    )
    system_efficiency_pct: float = Field(
        default=90.0,
        title="What arrives",
        description="Of the panels' power behind inverter, cables and dirt. PowerSync corrects it from what your home made.",
        ge=50,
        le=100,
        json_schema_extra={"unit": "%"},
    )
