"""What the owner enters to connect Amber."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

PriceModel = Literal["predicted", "high", "low"]


class AmberFields(BaseModel):
    """One site of an Amber account."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    token: SecretStr = Field(
        title="Amber token",
        description="Made at app.amber.com.au under Settings › Developers. It begins with psk_.",
        min_length=1,
        max_length=200,
    )
    site_id: str = Field(
        default="",
        title="Amber site",
        description="26 letters and digits. Left empty, the only active site of your account is taken.",
        pattern=r"^[0-9A-Za-z_-]*$",
        max_length=40,
    )
    price_model: PriceModel = Field(
        default="predicted",
        title="Forecast prices",
        description="Which of Amber's own forecasts is used for the hours ahead, in c/kWh: predicted is the likely price, "
        "high assumes that prices turn out high, low that they turn out low. Prices that have settled are the same in all three.",
    )

    @field_validator("token", mode="before")
    @classmethod
    def _without_blanks(cls, value: object) -> object:
        """A token that was copied with a space or line end around it is meant without."""
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not isinstance(text, str):
            return value
        text = text.strip()
        if not all("!" <= char <= "~" for char in text):
            raise ValueError("a token has letters, digits and signs without spaces")
        return text
