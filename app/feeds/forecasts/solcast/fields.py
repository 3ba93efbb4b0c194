"""What the owner enters for Solcast, which knows the roof from the owner's account there."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

_ID = r"^[0-9A-Za-z-]*$"


class SolcastFields(BaseModel):
    """One or two rooftop sites of an account: free accounts hold two, one for each direction of a roof."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    api_key: SecretStr = Field(title="Solcast key", description="At solcast.com under Account, Your API Key.", min_length=1, max_length=200)
    resource_id: str = Field(
        default="",
        title="Rooftop site",
        description="Its resource ID. Left empty, the only rooftop site of your account is taken.",
        pattern=_ID,
        max_length=60,
    )
    second_resource_id: str = Field(
        default="",
        title="Second rooftop site",
        description="The resource ID of the other direction, if your roof is entered as two sites. Each fetch then takes two calls.",
        pattern=_ID,
        max_length=60,
    )
    calls_per_day: int = Field(
        default=10, title="Calls a day", description="What your account allows: 10 for free home accounts, 50 for old ones.", ge=2, le=1000
    )

    @field_validator("api_key", mode="before")
    @classmethod
    def _without_blanks(cls, value: object) -> object:
        """A key that was copied with a space or line end around it is meant without."""
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not isinstance(text, str):
            return value
        text = text.strip()
        if not all("!" <= char <= "~" for char in text):
            raise ValueError("a key has letters, digits and signs without spaces")
        return text

    @model_validator(mode="after")
    def _are_two(self) -> Self:
        if self.second_resource_id and self.second_resource_id == self.resource_id:
            raise ValueError("the second rooftop site is the first one: leave it empty, or it is counted twice")
        return self
