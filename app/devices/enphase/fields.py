"""What the owner enters to connect an Enphase IQ Gateway."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from app.devices.network_fields import HOST_HELP, Host, Port


class GatewayFields(BaseModel):
    """One gateway, and either a token for it or the account that can get one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Host = Field(title="Address", description=HOST_HELP)
    port: Port = Field(default=443, title="Port", description="Usually 443.")
    token: SecretStr = Field(
        default=SecretStr(""),
        title="Token",
        description="From entrez.enphaseenergy.com, for this gateway. An owner's lasts a year, an installer's 12 hours. "
        "Leave it empty to enter an account instead.",
    )
    username: str = Field(
        default="",
        max_length=254,
        title="Enlighten e-mail",
        description="Of an account without a second factor. PowerSync then gets tokens itself, and a new one before the old one ends.",
    )
    password: SecretStr = Field(default=SecretStr(""), title="Enlighten password", description="Of the same account.")
    limits: Literal["export", "production"] = Field(
        default="export",
        title="What is limited",
        description="What your home feeds in needs a consumption meter at the gateway; what the panels make needs none.",
        json_schema_extra={"labels": {"export": "What your home feeds in", "production": "What the panels make"}},
    )
    swaps_limits: bool = Field(
        default=False,
        title="Older firmware: the two kinds of limit are swapped",
        description="On where a limit of the feed-in holds down what the panels make, as some gateways before D8.3.5232 do.",
    )
    wants_put: bool = Field(
        default=False, title="Older firmware: limits are put", description="On where the gateway declines a limit with status 405."
    )
    is_dynamic: bool = Field(
        default=False,
        title="Dynamic limiting",
        description="On where a limit is accepted and does nothing, as with some firmware of Australia and New Zealand.",
    )
    installed_w: int | None = Field(
        default=None,
        ge=300,
        le=350_000,
        title="Installed power (W)",
        description="The ratings of all microinverters together. Needed for dynamic limiting.",
    )

    @model_validator(mode="after")
    def _can_sign_in(self) -> Self:
        has_token, has_password = bool(self.token.get_secret_value()), bool(self.password.get_secret_value())
        if has_token and (self.username or has_password):
            raise ValueError("enter a token or an account (username and password), not both")
        if not has_token and not (self.username and has_password):
            raise ValueError("enter a token, or username and password of an account")
        if self.is_dynamic and self.installed_w is None:
            raise ValueError("dynamic limiting needs installed_w")
        return self
