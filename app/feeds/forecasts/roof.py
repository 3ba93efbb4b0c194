"""What the owner tells of the roof: where it is, its faces, and the inverter's limit. Directions are those of a compass."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.domain.forecasts.series import PowerInterval
from app.domain.forecasts.sun import Place

MOST_PLANES = 4
STRICT = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
_DECIMALS = 2  # about a kilometre: finer says no more about the weather, and the home's address is nobody's business


class Plane(BaseModel):
    """One face of the roof with panels of one direction."""

    model_config = STRICT

    peak_kw: float = Field(title="Panels", description="Their rated power.", gt=0, le=1000, json_schema_extra={"unit": "kW"})
    tilt_deg: float = Field(title="Tilt", description="0 lies flat, 90 stands upright.", ge=0, le=90, json_schema_extra={"unit": "°"})
    azimuth_deg: float = Field(
        title="Direction",
        description="Where the panels look, on the compass: 0 north, 90 east, 180 south, 270 west.",
        ge=0,
        le=360,
        json_schema_extra={"unit": "°"},
    )

    @property
    def from_south_deg(self) -> float:
        """The direction as Open-Meteo and forecast.solar count it: 0 south, −90 east, 90 west, −180 north."""
        return from_south_deg(self.azimuth_deg)


def from_south_deg(compass_deg: float) -> float:
    """Compass (0 north, 90 east) → 0 south, −90 east, 90 west, −180 north."""
    return compass_deg % 360 - 180


class Roof(BaseModel):
    """The fields that a source needs which works out the sun on the panels by itself."""

    model_config = STRICT

    latitude: Annotated[float, Field(ge=-90, le=90)] = Field(
        title="Latitude", description="South of the equator below 0: Sydney −33.87.", json_schema_extra={"unit": "°"}
    )
    longitude: Annotated[float, Field(ge=-180, le=180)] = Field(
        title="Longitude", description="East of Greenwich above 0: Sydney 151.21.", json_schema_extra={"unit": "°"}
    )
    planes: list[Plane] = Field(
        title="Roof faces", description="One row for each direction in which panels look.", min_length=1, max_length=MOST_PLANES
    )
    inverter_w: int | None = Field(
        default=None,
        title="Inverter limit",
        description="The most that your solar inverters give together. Empty: no limit.",
        ge=1,
        le=1_000_000,
        json_schema_extra={"unit": "W"},
    )

    @property
    def place(self) -> Place:
        """Where the home stands, as exactly as the weather needs it."""
        return Place(round(self.latitude, _DECIMALS), round(self.longitude, _DECIMALS))

    def at_the_inverter(self, intervals: Iterable[PowerInterval]) -> tuple[PowerInterval, ...]:
        """What of the whole roof's power the inverters let through."""
        return tuple(each if self.inverter_w is None else each.at_most(self.inverter_w) for each in intervals)
