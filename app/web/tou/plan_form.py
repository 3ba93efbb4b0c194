"""The editor's form: what it sends as values of a plan, and what its buttons do to them. Seasons and periods are numbered from 0."""

import re
from copy import deepcopy
from dataclasses import dataclass, replace

from werkzeug.datastructures import MultiDict

from app.feeds.plans import days
from app.feeds.plans.clock import year_day_text
from app.feeds.plans.seasons import MOST_PERIODS, MOST_SEASONS
from app.services.tou_plans.draft import PLAIN_KEYS, read
from app.services.tou_plans.season import PERIOD_KEYS, SEASON_KEYS, Values

_LONGEST = 100  # characters of one field: more is no setting
_NO_DAY = "none"  # what no ticked day is sent as; it names no days
_NEW_PERIOD = {"name": "", "days": "all", "start": "12:00", "end": "14:00", "import_c": "", "feed_in_c": "", "demand_c_per_kw": ""}


@dataclass(frozen=True, slots=True)
class Shown:
    """The season and the period that stand open in the form; `period` is None in a season without periods."""

    season: int = 0
    period: int | None = 0
    is_checked: bool = False  # mistakes are told at the fields

    def within(self, values: Values) -> "Shown":
        """The nearest place that exists."""
        seasons = values["seasons"]
        season = min(max(self.season, 0), len(seasons) - 1)
        count = len(seasons[season]["periods"])
        return replace(self, season=season, period=min(max(self.period or 0, 0), count - 1) if count else None)


def name_of(season: int, key: str, period: int | None = None) -> str:
    """The name of a field in the form."""
    return f"season-{season}-{key}" if period is None else f"season-{season}-period-{period}-{key}"


def values_sent(form: MultiDict[str, str]) -> Values:
    """What the form holds. At least one season: a form without any is not ours."""
    seasons = _numbers(form, re.compile(r"season-(\d{1,3})-name"))[:MOST_SEASONS]
    return {
        **{key: _text(form, key) for key in PLAIN_KEYS},
        "seasons": [_season_sent(form, number) for number in seasons] or [{**dict.fromkeys(SEASON_KEYS, ""), "periods": []}],
    }


def shown_sent(form: MultiDict[str, str]) -> Shown:
    """Which season and period stood open."""
    season, period = (_number(form.get(key, "")) for key in ("shown-season", "shown-period"))
    return Shown(season or 0, period, "checked" in form)


def _season_sent(form: MultiDict[str, str], season: int) -> Values:
    periods = _numbers(form, re.compile(rf"season-{season}-period-(\d{{1,3}})-name"))[:MOST_PERIODS]
    return {
        "name": _text(form, name_of(season, "name")),
        **{key: _year_day(form, name_of(season, key)) for key in ("from", "to")},
        "periods": [_period_sent(form, season, period) for period in periods],
    }


def _period_sent(form: MultiDict[str, str], season: int, period: int) -> Values:
    names = {key: name_of(season, key, period) for key in PERIOD_KEYS}
    return {key: (_days if key == "days" else _text)(form, name) for key, name in names.items()}


def _days(form: MultiDict[str, str], name: str) -> str:
    """Ticked days as the shortest text for them."""
    sent = ",".join(form.getlist(name))[:_LONGEST]
    try:
        return days.text_of(days.week_days(sent))
    except ValueError:
        return _NO_DAY


def _year_day(form: MultiDict[str, str], name: str) -> str:
    """ "11-01", sent whole or as a month and a day."""
    if name in form:
        return _text(form, name)
    month, day = (_number(form.get(f"{name}-{part}", "")) for part in ("month", "day"))
    return year_day_text((month or 0, day or 0))


def _text(form: MultiDict[str, str], name: str) -> str:
    return form.get(name, "").strip()[:_LONGEST]


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else None


def _numbers(form: MultiDict[str, str], pattern: re.Pattern[str]) -> list[int]:
    return sorted({int(match[1]) for key in form if (match := pattern.fullmatch(key))})


# What the buttons do


def stepped(values: Values, shown: Shown, step: str) -> tuple[Values, Shown]:
    """The values after a button was pressed, and what stands open then. A button that is not known changes nothing."""
    kind, _, rest = step.partition(":")
    number = _number(rest)
    match kind:
        case "season" if number is not None:
            return values, replace(shown, season=number, period=0)
        case "period" if number is not None:
            return values, replace(shown, period=number)
        case "add-period":
            return _with_period(values, shown)
        case "remove-period":
            return _without_period(values, shown)
        case "add-season":
            return _with_season(values, shown)
        case "remove-season":
            return _without_season(values, shown)
        case "mend":
            return _mended(values, shown, rest)
    return values, replace(shown, is_checked=True)


def _with_period(values: Values, shown: Shown) -> tuple[Values, Shown]:
    """One more period, in the first hole if there is one."""
    changed = deepcopy(values)
    periods = changed["seasons"][shown.season]["periods"]
    if len(periods) >= MOST_PERIODS:
        return values, shown
    holes = (problem.hole for problem in read(values).problems if problem.season == shown.season)
    hole = next((each for each in holes if each is not None), None)
    new = dict(_NEW_PERIOD, feed_in_c=periods[-1]["feed_in_c"] if periods else "")
    if hole is not None:
        new |= {"days": days.text_of(hole.days), "start": hole.start, "end": hole.end}
    periods.append(new)
    return changed, replace(shown, period=len(periods) - 1, is_checked=False)


def _without_period(values: Values, shown: Shown) -> tuple[Values, Shown]:
    changed = deepcopy(values)
    periods = changed["seasons"][shown.season]["periods"]
    if shown.period is not None and shown.period < len(periods):
        del periods[shown.period]
    return changed, shown


def _with_season(values: Values, shown: Shown) -> tuple[Values, Shown]:
    """One more season with the periods of the one that is shown, on days that have none, or else in winter."""
    seasons = values["seasons"]
    if len(seasons) >= MOST_SEASONS:
        return values, shown
    new = deepcopy(seasons[shown.season])
    new |= {"name": f"Season {len(seasons) + 1}", "from": "04-01", "to": "10-31", **_free_days(values)}
    return {**values, "seasons": [*seasons, new]}, replace(shown, season=len(seasons), period=0, is_checked=False)


def _free_days(values: Values) -> dict[str, str]:
    gaps = (problem.gap for problem in read(values).problems)
    gap = next((each for each in gaps if each is not None), None)
    return {"from": gap.start, "to": gap.end} if gap is not None else {}


def _without_season(values: Values, shown: Shown) -> tuple[Values, Shown]:
    """The last one stays."""
    seasons = [each for number, each in enumerate(values["seasons"]) if number != shown.season]
    return ({**values, "seasons": seasons}, replace(shown, period=0)) if seasons else (values, shown)


def _mended(values: Values, shown: Shown, key: str) -> tuple[Values, Shown]:
    mend = read(values).mend(key)
    return (mend.change(values) if mend is not None else values), shown
