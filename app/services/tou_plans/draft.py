"""A plan of fixed prices while it is written: what is understood of it, what is not, and exactly what keeps it from being used."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.feeds.retailers.custom_tou import CustomTouFields
from app.services.tou_plans import problems
from app.services.tou_plans.problems import Mend, Problem
from app.services.tou_plans.season import PERIOD_KEYS, SEASON_KEYS, SeasonDraft, Values, figure, filled_in, season_as_text, understood

PLAIN_KEYS = ("name", "utility", "code", "daily_charge_c", "monthly_charge_c")


@dataclass(frozen=True)
class Draft:
    """What `read` made of values."""

    values: Values
    fields: CustomTouFields | None  # None while it may not be used
    mistakes: tuple[ErrorDetails, ...]  # at fields, each with its place: ("seasons", 0, "periods", 2, "start")
    seasons: tuple[SeasonDraft, ...]
    problems: tuple[Problem, ...]

    def mend(self, key: str) -> Mend | None:
        """The mend of that key."""
        return next((mend for problem in self.problems for mend in problem.mends if mend.key == key), None)


def read(values: Values) -> Draft:
    """Everything that can be said of a plan at this moment. Pure."""
    fields, errors = _validated(values)
    mistakes = tuple(each for each in errors if _is_at_a_field(each["loc"]))
    seasons = tuple(understood(number, each) for number, each in enumerate(values["seasons"]))
    found = (
        *problems.of_fields(seasons, mistakes),
        *(problem for number in range(len(seasons)) for problem in problems.of_week(seasons, number)),
        *problems.of_year(seasons),
        *problems.of_prices(seasons),
    )
    return Draft(values, fields, mistakes, seasons, found or tuple(problems.of_the_rest(errors)))


def _validated(values: Values) -> tuple[CustomTouFields | None, list[ErrorDetails]]:
    try:
        return CustomTouFields.model_validate(_given(values)), []
    except ValidationError as error:
        return None, error.errors(include_url=False, include_input=False)


def _is_at_a_field(place: Sequence[int | str]) -> bool:
    """Not about whole weeks or the year: what is wrong with these is found exactly elsewhere."""
    return bool(place) and (place[0] != "seasons" or (len(place) > 2 and place[-1] != "periods"))


def _given(values: Values) -> Values:
    return {
        **filled_in(values, PLAIN_KEYS),
        "seasons": [
            {**filled_in(season, SEASON_KEYS), "periods": [filled_in(period, PERIOD_KEYS) for period in season["periods"]]}
            for season in values["seasons"]
        ],
    }


def as_text(plan: Mapping[str, Any]) -> Values:
    """A stored plan, or one of a site file, as values."""
    return {
        **{key: figure(plan.get(key)) for key in PLAIN_KEYS},
        "seasons": [season_as_text(season) for season in plan.get("seasons", ())],
    }


def storable(values: Values) -> Values:
    """Values as they are stored, in the shape of a site file: figures as numbers, without what was left empty; what is not understood stays
    as it was typed."""
    stored: Values = _with_numbers(_given(values))
    return stored


def _with_numbers(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _with_numbers(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_with_numbers(each) for each in value]
    return _number(value) if key.endswith(("_c", "_kw")) else value


def _number(text: str) -> float | int | str:
    try:
        number = float(text)
    except ValueError:
        return text
    if not math.isfinite(number):
        return text
    return int(number) if number.is_integer() else number
