"""What the owner enters to connect a Powerwall."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class TeslaFields(BaseModel):
    """A Powerwall reached through Teslemetry."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    connection: Literal["teslemetry"] = Field(
        default="teslemetry", title="Connection", description="The service that passes commands on to Tesla."
    )
    token: SecretStr = Field(
        title="Teslemetry access token",
        description="Made in the Teslemetry console. It must allow energy data and energy commands.",
        min_length=1,
    )
    energy_site_id: str = Field(
        default="",
        title="Energy site",
        description="The number of your home's energy site. Left empty, the only one of your account is taken.",
        pattern=r"^\d*$",
        max_length=20,
    )
