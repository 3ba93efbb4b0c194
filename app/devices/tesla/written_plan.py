"""An owner's plan that was read, made whole again for sending.

Reading back leaves out what is 0. A plan that is sent in that form leaves it to the receiver what a missing day, hour or rate means, so
every field is written."""

from collections.abc import Mapping
from typing import Any, Final

from app.devices.tesla.numbers import finite, part
from app.devices.tesla.weeks import entries_of, rates_of, seasons_of

_TIME_FIELDS: Final = ("fromHour", "fromMinute", "toHour", "toMinute")
_UNUSED_SEASON: Final = {"fromMonth": 0, "fromDay": 0, "toMonth": 0, "toDay": 0}
_NO_CHARGE: Final = {"ALL": {"rates": {"ALL": 0}}}


def written_out(plan: Mapping[str, Any]) -> dict[str, Any]:
    """`plan` with the same meaning and every field; a plan without seasons stays as it is."""
    whole = _half_written(plan)
    if sell := part(plan, "sell_tariff"):
        whole["sell_tariff"] = _half_written(sell)
    return whole


def _half_written(half: Mapping[str, Any]) -> dict[str, Any]:
    if not (used := seasons_of(half)):
        return dict(half)
    charges = part(half, "energy_charges")
    energy: dict[str, Any] = {**_NO_CHARGE, **charges}
    for name, season in used.items():
        rate_of, known = rates_of(half, name), part(part(charges, name), "rates")
        missing = {period: rate_of(period) for period in part(season, "tou_periods") if period not in known}
        energy[name] = {**part(charges, name), "rates": {**known, **missing}}
    seasons = {name: _season_written(season) if name in used else _unused(season) for name, season in part(half, "seasons").items()}
    demand = {**_NO_CHARGE, **{name: {} for name in seasons}, **part(half, "demand_charges")}
    return {**half, "demand_charges": demand, "energy_charges": energy, "seasons": seasons}


def _unused(season: Any) -> dict[str, Any]:
    return {**_UNUSED_SEASON, "tou_periods": {}, **(season if isinstance(season, Mapping) else {})}


def _season_written(season: Mapping[str, Any]) -> dict[str, Any]:
    periods: dict[str, dict[str, list[dict[str, Any]]]] = {period: {"periods": []} for period in part(season, "tou_periods")}
    for period, fields, last_day in entries_of(season):
        periods[period]["periods"].append(_entry_written(fields, last_day))
    return {**season, "tou_periods": periods}


def _entry_written(fields: Mapping[str, Any], last_day: int) -> dict[str, Any]:
    days = {"fromDayOfWeek": 0, "toDayOfWeek": last_day}
    whole = {**days, **dict.fromkeys(_TIME_FIELDS, 0), **fields}
    if not finite(whole["toHour"]) and not finite(whole["toMinute"]):
        whole["toHour"] = 24  # an end at 0:00 is the end of the day, and would be left out again
    return whole
