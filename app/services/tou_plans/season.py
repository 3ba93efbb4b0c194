"""A season of a plan while it is written, as far as it is understood.

`Values` are a plan, or a part of one, in the shape of a site file with every figure as text, as a form has it: nothing that was typed is
lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from functools import cached_property
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from app.domain.tariffs.time_of_use import Period, Season
from app.feeds.plans import days
from app.feeds.plans.clock import month_and_day, year_day_in_words
from app.feeds.plans.seasons import Hours, Part, PeriodFields
from app.services.tou_plans.week import WeekDay, week

Values = dict[str, Any]
PERIOD_KEYS = tuple(PeriodFields.model_fields)
SEASON_KEYS = ("name", "from", "to")
_HOURS_KEYS = ("days", "start", "end")
_MIDNIGHT = time()

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class SeasonDraft:
    """`season` has a period for each that was entered: one whose hours are not understood covers nothing, one whose prices are not stands
    in `unpriced` by its place."""

    values: Values
    season: Season
    unpriced: frozenset[int]
    has_days: bool  # its first and last day are understood; otherwise the season has all year

    @property
    def name(self) -> str:
        return self.season.name

    @cached_property
    def week(self) -> tuple[WeekDay, ...]:
        """As it is drawn."""
        return week(self.season.periods, self.unpriced)

    @property
    def span(self) -> str:
        """ "1 Nov to 31 Mar"; empty where the days are not understood."""
        return span_in_words(self.season.first, self.season.last) if self.has_days else ""


def understood(number: int, values: Values) -> SeasonDraft:
    """What `values` of the season at place `number` say."""
    name = values["name"].strip() or f"Season {number + 1}"
    periods = [_period(each) for each in values["periods"]]
    part = _model(Part, filled_in(values, SEASON_KEYS))
    first, last = (month_and_day(part.first), month_and_day(part.last)) if part is not None else ((1, 1), (12, 31))
    unpriced = frozenset(place for place, (_, is_priced) in enumerate(periods) if not is_priced)
    return SeasonDraft(values, Season(name, first, last, tuple(period for period, _ in periods)), unpriced, part is not None)


def _period(values: Values) -> tuple[Period, bool]:
    """The period, and whether its prices are understood."""
    given = filled_in(values, PERIOD_KEYS)
    whole = _model(PeriodFields, given)
    if whole is not None:
        return whole.period(), True
    name = given.get("name", "A period")
    hours = _model(Hours, {**{key: given[key] for key in _HOURS_KEYS if key in given}, "name": name, "import_c": 0.0})
    return (hours.at(0.0, 0.0) if hours is not None else Period(name, frozenset(), _MIDNIGHT, _MIDNIGHT, 0.0, 0.0)), False


def _model(kind: type[Model], given: Values) -> Model | None:
    try:
        return kind.model_validate(given)
    except ValidationError:
        return None


def filled_in(given: Mapping[str, Any], keys: Sequence[str]) -> Values:
    """What was entered of `keys`; what was left empty is left out."""
    return {key: text for key in keys if (text := str(given.get(key, "")).strip())}


def season_as_text(season: Mapping[str, Any]) -> Values:
    """A stored season, or one of a site file, as values."""
    return {
        **{key: figure(season.get(key)) for key in SEASON_KEYS},
        "periods": [period_as_text(period) for period in season.get("periods", ())],
    }


def period_as_text(period: Mapping[str, Any]) -> Values:
    """A stored period as values; the end of a day is "24:00"."""
    values = {key: figure(period.get(key)) for key in PERIOD_KEYS}
    values["days"] = values["days"] or "all"
    values["end"] = "24:00" if values["end"] == "00:00" else values["end"]
    values["demand_c_per_kw"] = "" if values["demand_c_per_kw"] == "0" else values["demand_c_per_kw"]
    return values


def text_of(period: Period, like: Values) -> Values:
    """A period of the domain as values. Its prices stand as they were typed in the one that it came from."""
    hours = {"days": days.text_of(period.days), "start": f"{period.start:%H:%M}", "end": f"{period.end:%H:%M}"}
    return {**like, **hours, "end": "24:00" if period.end == _MIDNIGHT else hours["end"]}


def figure(value: Any) -> str:
    """Text as it is, a number without zeros that say nothing."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:.10g}"
    return "" if value is None else str(value)


def span_in_words(first: tuple[int, int], last: tuple[int, int]) -> str:
    """(11, 1), (3, 31) → "1 Nov to 31 Mar"."""
    return " to ".join(year_day_in_words(f"{month:02d}-{day:02d}") for month, day in (first, last))
