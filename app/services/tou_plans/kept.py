"""The plans that a home keeps: begun, changed, copied, given out as a file and taken in from one."""

import json
from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.feeds.retailers.custom_tou import BRAND, CustomTouFields
from app.models.site import Site
from app.models.tariffs import TouPlan
from app.services.site_file import in_words
from app.services.tou_plans.draft import as_text, storable
from app.services.tou_plans.season import Values

LARGEST_FILE: Final = 200_000  # characters
LONGEST_NAME: Final = 80
MOST_PLANS: Final = 50


class PlanRefused(Exception):
    """It cannot be kept. `problems` say why, each in words."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class NameTaken(PlanRefused):
    """Another plan of the home has this name."""


class ChangedMeanwhile(Exception):
    """Somebody changed the plan after the form was shown."""


def first_values() -> Values:
    """What a new plan begins with: the hours that most plans have. Their prices are on the owner's bill and stand empty."""
    periods = [
        {"name": "Off-peak", "days": "all", "start": "22:00", "end": "07:00"},
        {"name": "Shoulder", "days": "mon-fri", "start": "07:00", "end": "15:00"},
        {"name": "Peak", "days": "mon-fri", "start": "15:00", "end": "22:00"},
        {"name": "Weekend", "days": "sat,sun", "start": "07:00", "end": "22:00"},
    ]
    return as_text({"seasons": [{"name": "All year", "from": "01-01", "to": "12-31", "periods": periods}]})


def of_site(session: Session, site_id: int) -> list[TouPlan]:
    """The plans of a home, by name."""
    return list(session.scalars(select(TouPlan).where(TouPlan.site_id == site_id).order_by(TouPlan.name)))


def find(session: Session, site_id: int, plan_id: int) -> TouPlan | None:
    """The home's plan of that number; None where it has none."""
    return session.scalars(select(TouPlan).where(TouPlan.id == plan_id, TouPlan.site_id == site_id)).one_or_none()


def values_of(row: TouPlan) -> Values:
    """A stored plan as a form has it."""
    return as_text({**row.plan, "name": row.name})


def begin(session: Session, site: Site, values: Values, now: datetime) -> TouPlan:
    """Keep a new plan, under its name or the next one that is free. Commits. Raises PlanRefused."""
    row = add(session, site, values, now)
    session.commit()
    return row


def add(session: Session, site: Site, values: Values, now: datetime) -> TouPlan:
    """As `begin`; the caller commits."""
    taken = set(session.scalars(select(TouPlan.name).where(TouPlan.site_id == site.id)))
    if len(taken) >= MOST_PLANS:
        raise PlanRefused(f"there are {MOST_PLANS} plans already; delete one first")
    name = _free_name(values["name"].strip() or "New plan", taken)
    row = TouPlan(site_id=site.id, name=name, plan=_stored(values, name), created_at=now, changed_at=now)
    session.add(row)
    session.flush()
    return row


def _free_name(wanted: str, taken: set[str]) -> str:
    names = (wanted, *(f"{wanted[: LONGEST_NAME - 4]} {number}" for number in range(2, MOST_PLANS + 2)))
    return next(name for name in names if name not in taken)


def change(session: Session, row: TouPlan, values: Values, revision: str, now: datetime) -> None:
    """Put `values` in place of what is stored, whether or not they are whole. The caller commits.

    `revision` is that of the form that was shown. Raises NameTaken, PlanRefused without a name, ChangedMeanwhile."""
    if revision != revision_of(row):
        raise ChangedMeanwhile
    name = values["name"].strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise PlanRefused(f"give the plan a name of 1 to {LONGEST_NAME} characters")
    row.name, row.plan, row.changed_at = name, _stored(values, name), now
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        raise NameTaken(f"another plan is called {name}; choose another name") from None


def revision_of(row: TouPlan) -> str:
    """Tells whether a plan is still as a form showed it."""
    return row.changed_at.isoformat()


def _stored(values: Values, name: str) -> dict[str, Any]:
    return storable({**deepcopy(values), "name": name})


def exported(row: TouPlan) -> dict[str, Any]:
    """The plan as a file: what a site file has as its retailer, so that it can be put there too."""
    return {"brand": BRAND.key, **row.plan}


def imported(text: str) -> Values:
    """The values of such a file. Raises PlanRefused with each mistake and its place."""
    if len(text) > LARGEST_FILE:
        raise PlanRefused("the file is larger than 200 kB")
    try:
        data = json.loads(text)
    except ValueError:
        raise PlanRefused("the file is not readable as JSON") from None
    if not isinstance(data, dict):
        raise PlanRefused("the file must be an object with the plan's seasons")
    if data.get("brand", BRAND.key) != BRAND.key:
        raise PlanRefused("the file is about another retailer, not about a plan of your own")
    given = {key: value for key, value in data.items() if key != "brand"}
    try:
        fields = CustomTouFields.model_validate(given)
    except ValidationError as error:
        raise PlanRefused(*in_words(error, CustomTouFields)) from None
    return values_of_fields(fields)


def values_of_fields(fields: CustomTouFields) -> Values:
    """The fields of the retailer as a form has them."""
    return as_text(fields.model_dump(mode="json"))


def same(plan: Mapping[str, Any], fields: CustomTouFields) -> bool:
    """Whether a stored plan says the same as the retailer's fields, whatever it is called."""
    try:
        return CustomTouFields.model_validate({**plan, "name": fields.name}) == fields
    except ValidationError:
        return False
