"""Seasons and their periods as a site file and a form have them, and how they become the domain's."""

from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from app.domain.tariffs.time_of_use import Period, Season
from app.feeds.plans import days, faults
from app.feeds.plans.amounts import AmountC, PriceC
from app.feeds.plans.clock import HalfHour, HalfHourEnd, YearDay, month_and_day

MOST_PERIODS, MOST_SEASONS = 60, 12
STRICT = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
DaysText = Annotated[str, BeforeValidator(days.written)]


class Hours(BaseModel):
    """Hours of some weekdays at one import price. `end` at or before `start` crosses midnight; equal means the whole day."""

    model_config = STRICT

    name: Name = Field(title="Name", description="As the bill calls it: Peak, Off-peak.")
    days: DaysText = Field(default="all", title="Days", description="all, weekdays, weekends, or days such as mon-fri or sat,sun.")
    start: HalfHour = Field(title="From")
    end: HalfHourEnd = Field(title="Until")
    import_c: PriceC = Field(title="Import", description="GST included.", json_schema_extra={"unit": "c/kWh"})

    def at(self, feed_in_c: float, demand_c_per_kw: float) -> Period:
        """The domain's period, with what is not the same for all plans."""
        return Period(self.name, days.week_days(self.days), self.start, self.end, self.import_c, feed_in_c, demand_c_per_kw)


class PeriodFields(Hours):
    """A period of a plan that is written down whole."""

    feed_in_c: PriceC = Field(
        title="Feed-in", description="What you are paid. Below 0 you pay to export.", json_schema_extra={"unit": "c/kWh"}
    )
    demand_c_per_kw: AmountC = Field(default=0.0, title="Demand", json_schema_extra={"unit": "c/kW"})

    def period(self) -> Period:
        """As the domain has it."""
        return self.at(self.feed_in_c, self.demand_c_per_kw)


class RateFields(Hours):
    """A period of a plan whose feed-in price stands elsewhere."""

    feed_in_c: PriceC | None = Field(
        default=None, title="Feed-in", description="Only where it differs from the plan's.", json_schema_extra={"unit": "c/kWh"}
    )
    demand_c_per_kw: AmountC = Field(default=0.0, title="Demand", json_schema_extra={"unit": "c/kW"})

    def period(self, feed_in_c: float) -> Period:
        """As the domain has it; `feed_in_c` where it names no price of its own."""
        return self.at(feed_in_c if self.feed_in_c is None else self.feed_in_c, self.demand_c_per_kw)


class Part(BaseModel):
    """A part of the year, the same each year. It may cross the new year."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, populate_by_name=True, serialize_by_alias=True)

    name: Name = Field(title="Season")
    first: YearDay = Field(alias="from", title="From", description="Month and day, such as 11-01.")
    last: YearDay = Field(alias="to", title="To", description="The last day, such as 03-31.")

    def holding(self, periods: Sequence[Period]) -> Season:
        """The domain's season with these periods."""
        return Season(self.name, month_and_day(self.first), month_and_day(self.last), tuple(periods))


class SeasonFields(Part):
    """A season of a plan that is written down whole."""

    periods: list[PeriodFields] = Field(title="Periods", min_length=1, max_length=MOST_PERIODS)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        refuse_faults(self.season())
        return self

    def season(self) -> Season:
        """As the domain has it."""
        return self.holding([period.period() for period in self.periods])


class RateSeasonFields(Part):
    """A season of a plan whose feed-in price stands elsewhere."""

    periods: list[RateFields] = Field(title="Periods", min_length=1, max_length=MOST_PERIODS)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        refuse_faults(self.season(0.0))
        return self

    def season(self, feed_in_c: float) -> Season:
        """As the domain has it; `feed_in_c` for periods that name none."""
        return self.holding([period.period(feed_in_c) for period in self.periods])


def all_year(periods: Sequence[Period]) -> Season:
    """One season without end."""
    return Season("All year", (1, 1), (12, 31), tuple(periods))


def refuse_faults(season: Season) -> None:
    """Raise ValueError where hours of the week have no price or several."""
    problems = faults.week_in_words(season)
    if problems:
        raise ValueError(f"season {season.name}: {'; '.join(problems)}")


def refuse_year_faults(seasons: Sequence[Season]) -> None:
    """Raise ValueError where days of the year have no season or several."""
    problems = faults.year_in_words(tuple(seasons))
    if problems:
        raise ValueError("; ".join(problems))
