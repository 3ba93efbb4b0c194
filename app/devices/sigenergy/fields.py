"""What the owner enters to connect a Sigenergy plant. A site file may write the cloud's fields as a part: `cloud: {region, …}`."""

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from app.devices.network_fields import HOST_HELP, PORT_HELP, Host, Port, UnitId

_NESTED: Final = {
    "region": "cloud_region",
    "username": "cloud_username",
    "password": "cloud_password",
    "station_id": "cloud_station",
    "device_id": "cloud_device",
    "older_sign_in": "cloud_older_sign_in",
}


def _with_cloud_part(schema: dict[str, Any]) -> None:
    """The schema of a site file knows the part `cloud` beside the flat names."""
    properties = schema["properties"]
    part = {name: properties[flat] for name, flat in _NESTED.items()}
    part["encrypted_password"] = {**properties["cloud_password"], "title": "Cloud password, encrypted"}
    properties["cloud"] = {"type": "object", "additionalProperties": False, "title": "Sigenergy cloud", "properties": part}


class SigenergyFields(BaseModel):
    """One plant over Modbus, and where its prices go if they do."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=_with_cloud_part)

    host: Host = Field(title="Address", description=HOST_HELP)
    port: Port = Field(default=502, title="Port", description=PORT_HELP)
    plant_unit_id: UnitId = Field(default=247, title="Plant's unit id", description="247 unless your installer changed it.")
    inverter_unit_id: UnitId = Field(
        default=1,
        title="Inverter's unit id",
        description="Usually 1; 2 or higher where an AC charger has 1. Only its firmware is read there.",
    )
    charges_grid_first: bool = Field(
        default=False,
        title="Charge from the grid first",
        description="Off: a forced charge takes the sun first and tops up from the grid. "
        "On: it takes the grid first, which can hold the sun back.",
    )
    cloud_username: str = Field(
        default="",
        max_length=254,
        title="Cloud e-mail",
        description="Of your mySigen account. Only for following prices: they go through Sigenergy's cloud. Empty: Modbus alone.",
    )
    cloud_password: SecretStr = Field(default=SecretStr(""), title="Cloud password", description="Of the same account.")
    cloud_password_is_encrypted: bool = Field(
        default=False,
        title="The password is encrypted already",
        description="On when you copied the encrypted form from the browser's sign-in request.",
    )
    cloud_region: Literal["aus", "eu", "us", "apac", "cn"] = Field(
        default="aus",
        title="Cloud region",
        description="Where your account was made.",
        json_schema_extra={
            "labels": {"aus": "Australia and New Zealand", "eu": "Europe", "us": "America", "apac": "Asia and Pacific", "cn": "China"}
        },
    )
    cloud_station: str = Field(
        default="",
        max_length=20,
        pattern=r"^\d*$",
        title="Station",
        description="The number of your plant in the cloud, digits only. Left empty, the only one of your account is taken.",
    )
    cloud_device: str = Field(
        default="",
        pattern=r"^(\d{13})?$",
        title="Cloud device number",
        description="13 digits. Left empty, PowerSync makes one that stays the same.",
    )
    cloud_older_sign_in: bool = Field(
        default=False, title="Older sign-in", description="Try it when the password is right and the cloud refuses it all the same."
    )

    @model_validator(mode="before")
    @classmethod
    def _from_its_part(cls, data: Any) -> Any:
        """The flat names from `cloud: {…}`."""
        if not isinstance(data, dict) or not isinstance(data.get("cloud"), dict):
            return data
        flat, part = {name: value for name, value in data.items() if name != "cloud"}, dict(data["cloud"])
        if "encrypted_password" in part:
            if "password" in part:
                raise ValueError("cloud: give the password or encrypted_password, not both")
            part["password"] = part.pop("encrypted_password")
            flat["cloud_password_is_encrypted"] = True
        unknown = part.keys() - _NESTED.keys()
        if unknown:
            raise ValueError(f"cloud.{min(unknown)}: unknown key; allowed: {', '.join((*_NESTED, 'encrypted_password'))}")
        return flat | {_NESTED[name]: value for name, value in part.items()}

    @model_validator(mode="after")
    def _account_is_whole(self) -> "SigenergyFields":
        if self.cloud_username and not self.cloud_password.get_secret_value():
            raise ValueError("the cloud needs cloud_password beside cloud_username")
        return self

    @property
    def has_cloud(self) -> bool:
        """Whether prices can be sent."""
        return bool(self.cloud_username)
