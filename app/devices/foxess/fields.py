"""What the owner enters to connect a FoxESS battery."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.devices.network_fields import HOST_HELP, PORT_HELP, Host, Port, UnitId

Model = Literal["h1", "kh", "h3", "h3_pro"]


class FoxEssFields(BaseModel):
    """One hybrid inverter with its battery."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Host = Field(title="Address", description=HOST_HELP)
    port: Port = Field(default=502, title="Port", description=PORT_HELP)
    unit_id: UnitId = Field(default=247, title="Unit id", description="Usually 247.")
    model: Model = Field(title="Model", description="h1, kh or h3; h3_pro for an H3 Pro or H3 Smart. Each keeps its figures elsewhere.")
    rated_w: int = Field(
        ge=500,
        le=30_000,
        title="Battery power (W)",
        description="The most that inverter and battery charge or discharge with. The inverter does not tell it.",
    )
    capacity_kwh: float | None = Field(
        default=None, gt=0, le=500, title="Battery size (kWh)", description="An H3 Pro or H3 Smart tells it, the others do not."
    )
