"""Rates from the owner's own bill: one price at all hours, or hours of the week, or seasons; and one feed-in price."""

from datetime import time
from typing import Self

from pydantic import BaseModel, Field, field_validator, model_validator

from app.domain.tariffs.time_of_use import WEEK_DAYS, Period, Season, TimeOfUse
from app.feeds.plans.amounts import PriceC, refuse_dollars
from app.feeds.plans.seasons import (
    MOST_PERIODS,
    MOST_SEASONS,
    STRICT,
    RateFields,
    RateSeasonFields,
    all_year,
    refuse_faults,
    refuse_year_faults,
)


class OwnRates(BaseModel):
    """What every retailer with fixed prices is told. Exactly one of `import_c`, `periods` and `seasons` is given."""

    model_config = STRICT

    import_c: PriceC | None = Field(
        default=None,
        title="Import",
        description="Where one price holds at all hours, GST included. Otherwise leave it empty and enter the periods.",
        json_schema_extra={"unit": "c/kWh"},
    )
    periods: list[RateFields] = Field(
        default=[],
        title="Periods",
        description="Where the price depends on the hour: together they cover each half-hour of the week once.",
        max_length=MOST_PERIODS,
    )
    seasons: list[RateSeasonFields] = Field(
        default=[],
        title="Seasons",
        description="Where the price depends on the time of the year too.",
        max_length=MOST_SEASONS,
    )
    feed_in_c: PriceC = Field(
        title="Feed-in", description="The base rate that you are paid, GST included.", json_schema_extra={"unit": "c/kWh"}
    )

    @field_validator("import_c")
    @classmethod
    def _flat_is_in_cents(cls, value: float | None) -> float | None:
        refuse_dollars(() if value is None else (value,))
        return value

    @field_validator("periods")
    @classmethod
    def _week_is_whole(cls, value: list[RateFields]) -> list[RateFields]:
        if value:
            refuse_dollars(period.import_c for period in value)
            refuse_faults(all_year([period.period(0.0) for period in value]))
        return value

    @field_validator("seasons")
    @classmethod
    def _year_is_whole(cls, value: list[RateSeasonFields]) -> list[RateSeasonFields]:
        if value:
            refuse_dollars(period.import_c for season in value for period in season.periods)
            refuse_year_faults([season.season(0.0) for season in value])
        return value

    @model_validator(mode="after")
    def _said_once(self) -> Self:
        given = [name for name in ("import_c", "periods", "seasons") if getattr(self, name) not in (None, [])]
        if len(given) != 1:
            told = f"{' and '.join(given)} are given" if given else "no import price is given"
            raise ValueError(f"{told}; write one of import_c (one price at all hours), periods (hours of the week) or seasons")
        return self

    def own_plan(self, name: str, utility: str) -> TimeOfUse:
        """The rates as a whole plan."""
        return TimeOfUse(self._seasons(), name=name, utility=utility)

    def _seasons(self) -> tuple[Season, ...]:
        if self.seasons:
            return tuple(season.season(self.feed_in_c) for season in self.seasons)
        if self.import_c is None:
            return (all_year([period.period(self.feed_in_c) for period in self.periods]),)
        return (all_year([Period("All hours", frozenset(WEEK_DAYS), time(), time(), self.import_c, self.feed_in_c)]),)
