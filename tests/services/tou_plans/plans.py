"""Plans as a form has them."""

from copy import deepcopy
from typing import Any

from app.services.tou_plans.season import Values


def a_period(name: str, days: str, start: str, end: str, import_c: str = "20", feed_in_c: str = "5", demand: str = "") -> Values:
    hours = {"name": name, "days": days, "start": start, "end": end}
    return {**hours, "import_c": import_c, "feed_in_c": feed_in_c, "demand_c_per_kw": demand}


def a_season(*periods: Values, name: str = "All year", first: str = "01-01", last: str = "12-31") -> Values:
    return {"name": name, "from": first, "to": last, "periods": list(periods)}


def a_plan(*seasons: Values, **plain: str) -> Values:
    empty = {"name": "Saver", "utility": "", "code": "", "daily_charge_c": "", "monthly_charge_c": ""}
    return deepcopy({**empty, **plain, "seasons": list(seasons)})


OFF_PEAK = a_period("Off-peak", "all", "22:00", "07:00", "19", "6")
SHOULDER = a_period("Shoulder", "mon-fri", "07:00", "15:00", "28", "6")
PEAK = a_period("Peak", "mon-fri", "15:00", "22:00", "52", "8")
WEEKEND = a_period("Weekend", "sat,sun", "07:00", "22:00", "26", "6")
WEEK = (OFF_PEAK, SHOULDER, PEAK, WEEKEND)


def whole(**plain: str) -> Values:
    """One season without hole or overlap."""
    return a_plan(a_season(*WEEK), **plain)


def changed(plan: Values, **changes: Any) -> Values:
    """The plan with period `at` (of the first season) changed, or with other keys of the plan."""
    copy = deepcopy(plan)
    at = changes.pop("at", None)
    target = copy if at is None else copy["seasons"][0]["periods"][at]
    target.update(changes)
    return copy
