"""Where the wholesale price comes from, as the owner enters it."""

from typing import Any, Literal, Self

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator

from app.feeds.plans.seasons import STRICT
from app.feeds.retailers.flow_power.sources import KWATCH, MARKET, fields_of_quoting, quoting_brands

Region = Literal["NSW1", "QLD1", "SA1", "TAS1", "VIC1"]
KwatchTimes = Literal["start_utc", "end_utc", "start_nem", "end_nem", "start_local", "end_local"]


class SourceFields(BaseModel):
    """The region, and who tells its prices."""

    model_config = STRICT

    region: Region = Field(title="Region", description="The market region of your home; the ACT belongs to NSW1.")
    source: str = Field(
        default=MARKET,
        title="Wholesale prices from",
        description="aemo: the market operator, without a key. kwatch: Flow Power's own data, with your key. Or a retailer of yours that "
        "quotes the wholesale price, such as one you had before, with its token.",
        max_length=40,
    )
    kwatch_key: SecretStr | None = Field(
        default=None,
        title="Flow Power key",
        description="In Flow Power's app under More › Web Data Access. Only for the source kwatch.",
        max_length=200,
    )
    kwatch_nmi: str = Field(
        default="",
        title="Meter number (NMI)",
        description="Where it is given, PowerSync makes sure that the key is for this meter. Only for the source kwatch.",
        pattern=r"^[0-9A-Za-z]*$",
        max_length=12,
    )
    kwatch_times: KwatchTimes = Field(
        default="start_utc",
        title="Times in Flow Power's data",
        description="Whether a time names the start or the end of its interval, and on which clock it is where it does not say so: UTC, "
        "the market's UTC+10 (nem), or your home's (local). Flow Power has not published it.",
        json_schema_extra={
            "labels": {
                f"{label}_{clock}": f"{edge}, {words}"
                for label, edge in (("start", "Start"), ("end", "End"))
                for clock, words in (("utc", "UTC"), ("nem", "market time"), ("local", "clock of the home"))
            }
        },
    )
    source_token: SecretStr | None = Field(
        default=None, title="Token of the other retailer", description="Where the wholesale price comes from a retailer.", max_length=200
    )
    source_site_id: str = Field(
        default="",
        title="Site at the other retailer",
        description="Left empty, the only active site of that account is taken.",
        max_length=40,
    )

    @field_validator("kwatch_key", "source_token", mode="before")
    @classmethod
    def _without_blanks(cls, value: Any) -> Any:
        """A key that was copied with a space or line end around it is meant without; an empty one is none."""
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not isinstance(text, str):
            return value
        text = text.strip()
        if not all("!" <= char <= "~" for char in text):
            raise ValueError("a key has letters, digits and signs without spaces")
        return text or None

    @field_validator("source", mode="before")
    @classmethod
    def _is_a_source(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        source = value.strip().lower() or MARKET
        known = (MARKET, KWATCH, *quoting_brands())
        if source not in known:
            raise ValueError(f"prices cannot come from there; write one of {', '.join(known)}")
        return source

    @model_validator(mode="after")
    def _source_is_whole(self) -> Self:
        if self.source == KWATCH and self.kwatch_key is None:
            raise ValueError("kwatch_key is needed for the source kwatch: make one in Flow Power's app under More › Web Data Access")
        if self.source not in (MARKET, KWATCH):
            fields_of_quoting(self.source, self.source_token, self.source_site_id)
        return self
