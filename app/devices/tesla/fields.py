"""What the owner enters to connect a Powerwall."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from app.devices.network_fields import Port


class TeslaFields(BaseModel):
    """A Powerwall reached through Teslemetry, or through Tesla's own Fleet API."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    connection: Literal["teslemetry", "fleet"] = Field(
        default="teslemetry",
        title="Connection",
        description="The service that passes commands on. Tesla's Fleet API needs an application of your own: see Settings, Tesla.",
        json_schema_extra={"labels": {"teslemetry": "Teslemetry", "fleet": "Tesla Fleet API"}},
    )
    token: SecretStr | None = Field(
        default=None,
        title="Teslemetry access token",
        description="Made in the Teslemetry console. It must allow energy data and energy commands. Not needed with Tesla's Fleet API.",
        validate_default=True,
    )
    energy_site_id: str = Field(
        default="",
        title="Energy site",
        description="The number of your home's energy site. Left empty, the only one of your account is taken.",
        pattern=r"^\d*$",
        max_length=20,
    )

    gateway_host: str = Field(
        default="",
        title="Address of the gateway at home",
        description="Such as 192.168.1.30. Power and charge are then read in your own network each 30 s, and from the cloud while it "
        "does not answer. A Powerwall 3 answers there only in some homes.",
        max_length=253,
        pattern=r"^[0-9A-Za-z.:_\[\]-]*$",
    )
    gateway_port: Port = Field(default=443, title="Port of the gateway", description="Usually 443.")
    gateway_password: SecretStr | None = Field(
        default=None,
        title="Password of the gateway",
        description="The customer's: usually the last five characters of the password on the gateway's label.",
        validate_default=True,
    )

    @field_validator("gateway_password")
    @classmethod
    def _is_there_for_a_gateway(cls, password: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if not info.data.get("gateway_host"):
            return None
        if password is None or not password.get_secret_value():
            raise PydanticCustomError("missing", "Field required")
        return password

    @field_validator("token")
    @classmethod
    def _is_there_for_teslemetry(cls, token: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if info.data.get("connection") != "teslemetry":
            return None
        if token is None or not token.get_secret_value().strip():
            raise PydanticCustomError("missing", "Field required")
        return token
