"""A whole plan as the site file and the editor have it, and the domain's plan from it and back."""

from pydantic import BaseModel, Field, field_validator

from app.domain.charges import NO_CHARGES, StandingCharges
from app.domain.tariffs.time_of_use import Period, Season, TimeOfUse
from app.feeds.plans import days
from app.feeds.plans.amounts import refuse_dollars
from app.feeds.plans.charges import Charges
from app.feeds.plans.clock import year_day_text
from app.feeds.plans.seasons import MOST_SEASONS, STRICT, PeriodFields, SeasonFields, refuse_year_faults


class WrittenPlan(BaseModel):
    """Seasons, hours of the week and their prices: each half-hour of the year has exactly one."""

    model_config = STRICT

    name: str = Field(default="", title="Plan name", description="As your bill calls it.", max_length=80)
    utility: str = Field(default="", title="Retailer", description="Who sends the bill.", max_length=80)
    code: str = Field(default="", title="Plan code", description="The retailer's or network's code, if you know it.", max_length=60)
    seasons: list[SeasonFields] = Field(
        title="Seasons",
        description="Together they cover each day of the year once.",
        min_length=1,
        max_length=MOST_SEASONS,
    )

    @field_validator("seasons")
    @classmethod
    def _year_is_whole(cls, value: list[SeasonFields]) -> list[SeasonFields]:
        refuse_dollars(period.import_c for season in value for period in season.periods)
        refuse_year_faults([season.season() for season in value])
        return value


class CustomTouFields(Charges, WrittenPlan):
    """A plan of fixed prices with its standing charges."""


def plan_of(fields: CustomTouFields) -> TimeOfUse:
    """The domain's plan. It has no hole and no overlap: the fields would not have been accepted."""
    return TimeOfUse(tuple(season.season() for season in fields.seasons), fields.name, fields.utility, fields.code)


def fields_of_plan(plan: TimeOfUse, charges: StandingCharges = NO_CHARGES) -> CustomTouFields:
    """The fields that `plan_of` makes `plan` from. Raises pydantic.ValidationError for a plan that they would not take."""
    return CustomTouFields(
        name=plan.name,
        utility=plan.utility,
        code=plan.code,
        seasons=[_season_fields(season) for season in plan.seasons],
        daily_charge_c=charges.daily_c,
        monthly_charge_c=charges.monthly_c,
    )


def _season_fields(season: Season) -> SeasonFields:
    periods = [_period_fields(period) for period in season.periods]
    return SeasonFields(name=season.name, first=year_day_text(season.first), last=year_day_text(season.last), periods=periods)


def _period_fields(period: Period) -> PeriodFields:
    return PeriodFields(
        name=period.name,
        days=days.text_of(period.days),
        start=period.start,
        end=period.end,
        import_c=period.import_c_per_kwh,
        feed_in_c=period.feed_in_c_per_kwh,
        demand_c_per_kw=period.demand_c_per_kw,
    )
