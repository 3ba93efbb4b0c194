"""The editor as its template draws it: week and list of the season that is shown, the fields of one period, and everything else of the form
as hidden fields, so that each answer of the server holds the whole plan as it was typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_core import ErrorDetails
from wtforms import Form, SelectChoice, SelectField, StringField

from app.domain.tariffs.half_hourly import SLOTS
from app.domain.tariffs.time_of_use import clock_label
from app.feeds.plans import days
from app.services.tou_plans.draft import Draft, read
from app.services.tou_plans.problems import Problem
from app.services.tou_plans.season import SEASON_KEYS, SeasonDraft, Values
from app.services.tou_plans.week import DAY_NAMES, level_of
from app.web.model_words import in_plain_words
from app.web.tou import week_drawing
from app.web.tou.plan_form import Shown, name_of
from app.web.tou.week_drawing import WeekDrawing, price

_FIGURE = {"inputmode": "decimal", "autocomplete": "off", "maxlength": "12"}
_TEXT = {"autocomplete": "off", "maxlength": "60"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CLOCK = [clock_label(slot) for slot in range(SLOTS + 1)]


def _select(label: str, options: list[tuple[str, str]], **more: Any) -> SelectField:
    return SelectField(label, choices=[SelectChoice(value, words) for value, words in options], validate_choice=False, **more)


class PlanForm(Form):  # type: ignore[misc]  # WTForms has no types
    """What holds for the whole plan."""

    name = StringField("Plan name", render_kw={"autocomplete": "off", "maxlength": "80"})
    utility = StringField("Retailer", render_kw={"autocomplete": "off", "maxlength": "80"})
    code = StringField("Plan code", render_kw=_TEXT)
    daily_charge_c = StringField("Daily charge", render_kw=_FIGURE)
    monthly_charge_c = StringField("Monthly charge", render_kw=_FIGURE)


class SeasonForm(Form):  # type: ignore[misc]
    """The season that is shown. Days are sent as a month and a day."""

    name = StringField("Season", render_kw=_TEXT)
    from_day = _select("From, day", [(str(day), str(day)) for day in range(1, 32)])
    from_month = _select("From, month", [(str(number), name) for number, name in enumerate(_MONTHS, 1)])
    to_day = _select("Until, day", [(str(day), str(day)) for day in range(1, 32)])
    to_month = _select("Until, month", [(str(number), name) for number, name in enumerate(_MONTHS, 1)])


class PeriodForm(Form):  # type: ignore[misc]
    """The period that is shown. Its days are tick boxes of the template."""

    name = StringField("Name", render_kw=_TEXT)
    start = _select("From", [(clock, clock) for clock in _CLOCK[:-1]])
    end = _select("Until", [(clock, clock) for clock in _CLOCK[1:]])
    import_c = StringField("Import", render_kw=_FIGURE)
    feed_in_c = StringField("Feed-in", render_kw=_FIGURE)
    demand_c_per_kw = StringField("Demand", render_kw=_FIGURE)


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """A period in the list."""

    number: int
    name: str
    days: str
    hours: str
    crosses_midnight: bool
    level: int | None
    import_c: str
    feed_in_c: str
    demand_c: str  # empty where there is none
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SeasonView:
    """A season, drawn and listed."""

    number: int
    name: str
    span: str
    drawing: WeekDrawing
    rows: tuple[PeriodRow, ...]

    @property
    def has_demand(self) -> bool:
        """Some period has a demand rate."""
        return any(row.demand_c for row in self.rows)


@dataclass(frozen=True)
class Editor:
    """All that the form's template draws."""

    draft: Draft
    shown: Shown
    season: SeasonView
    plan: PlanForm
    season_form: SeasonForm
    period: PeriodForm | None
    day_boxes: tuple[tuple[str, str, bool], ...]  # value, words, ticked
    days_name: str
    days_error: str
    hidden: tuple[tuple[str, str], ...]
    unit: str

    @property
    def of_period(self) -> list[Problem]:
        """The problems of the period that is shown."""
        return [
            each for each in self.draft.problems if each.season == self.shown.season and self.shown.period in each.periods and each.mends
        ]

    @property
    def is_season_open(self) -> bool:
        """The season's name and days stand open: there are several, or a mistake."""
        return len(self.draft.seasons) > 1 or any(field.errors for field in self.season_form)

    @property
    def has_more_of_plan(self) -> bool:
        """What seldom matters has been entered, or is wrong."""
        seldom = (self.plan.utility, self.plan.monthly_charge_c, self.plan.code)
        return any(field.errors or field.data for field in seldom[1:]) or bool(seldom[0].errors)

    @property
    def tabs(self) -> list[tuple[int, str]]:
        """The seasons to choose from; none where there is only one."""
        seasons = self.draft.seasons
        return [(number, each.name) for number, each in enumerate(seasons)] if len(seasons) > 1 else []


def editor(values: Values, shown: Shown, unit: str) -> Editor:
    """The form with `values`, `shown` open as far as it exists."""
    shown, draft = shown.within(values), read(values)
    mistakes = _by_place(draft.mistakes) if shown.is_checked else {}
    season = values["seasons"][shown.season]
    period = season["periods"][shown.period] if shown.period is not None else None
    return Editor(
        draft=draft,
        shown=shown,
        season=season_view(draft, shown.season, unit),
        plan=_told(PlanForm(data=values), mistakes, ()),
        season_form=_season_form(season, shown.season, mistakes),
        period=_period_form(period, shown, mistakes) if period is not None else None,
        day_boxes=_day_boxes(period["days"]) if period is not None else (),
        days_name=name_of(shown.season, "days", shown.period),
        days_error="Choose at least one day." if period is not None and not _week_days(period["days"]) else "",
        hidden=tuple(_hidden(values, shown)),
        unit=unit,
    )


def season_view(draft: Draft, number: int, unit: str) -> SeasonView:
    """The season at place `number` of a plan."""
    season = draft.seasons[number]
    problems = [each for each in draft.problems if each.season == number]
    drawing = week_drawing.draw(season.week, unit, [each.words for each in problems])
    rows = tuple(_row(season, place, problems) for place in range(len(season.season.periods)))
    return SeasonView(number, season.name, season.span, drawing, rows)


def _row(season: SeasonDraft, place: int, problems: list[Problem]) -> PeriodRow:
    period, typed = season.season.periods[place], season.values["periods"][place]
    is_priced = place not in season.unpriced
    words = days.in_words(period.days) if period.days else "no day"
    end = "24:00" if f"{period.end:%H:%M}" == "00:00" else f"{period.end:%H:%M}"
    return PeriodRow(
        number=place,
        name=period.name,
        days=f"{words[:1].upper()}{words[1:]}",
        hours=f"{period.start:%H:%M} – {end}" if period.days else "—",
        crosses_midnight=period.end <= period.start and end != "24:00",
        level=level_of(period.import_c_per_kwh) if is_priced else None,
        import_c=price(period.import_c_per_kwh) if is_priced else typed["import_c"] or "—",
        feed_in_c=price(period.feed_in_c_per_kwh) if is_priced else typed["feed_in_c"] or "—",
        demand_c=price(period.demand_c_per_kw) if is_priced and period.demand_c_per_kw else "",
        notes=tuple(f"{each.what[:1].upper()}{each.what[1:]}" for each in problems if place in each.periods),
    )


def _by_place(mistakes: tuple[ErrorDetails, ...]) -> dict[tuple[int | str, ...], str]:
    return {mistake["loc"]: in_plain_words(mistake) for mistake in mistakes}


def _told(form: Form, mistakes: Mapping[tuple[int | str, ...], str], place: tuple[int | str, ...]) -> Any:
    """The form with the mistakes at its fields."""
    for each in form:
        key = each.short_name
        each.errors = [mistakes[(*place, key)]] if (*place, key) in mistakes else []
    return form


def _season_form(season: Values, number: int, mistakes: Mapping[tuple[int | str, ...], str]) -> SeasonForm:
    data = {"name": season["name"]}
    for key in ("from", "to"):
        month, _, day = season[key].partition("-")
        data |= {f"{key}_month": month.lstrip("0"), f"{key}_day": day.lstrip("0")}
    form = _told(SeasonForm(data=data, prefix=f"season-{number}-"), mistakes, ("seasons", number))
    for each in form:  # "from_day" of the form is sent as "season-0-from-day"
        each.name = each.name.replace("_", "-")
    for key in ("from", "to"):
        if ("seasons", number, key) in mistakes:
            form[f"{key}_day"].errors = ["This is no day of the year."]
    return form  # type: ignore[no-any-return]


def _period_form(period: Values, shown: Shown, mistakes: Mapping[tuple[int | str, ...], str]) -> PeriodForm:
    place = ("seasons", shown.season, "periods", shown.period or 0)
    form = PeriodForm(data=period, prefix=f"season-{shown.season}-period-{shown.period}-")
    return _told(form, mistakes, place)  # type: ignore[no-any-return]


def _day_boxes(text: str) -> tuple[tuple[str, str, bool], ...]:
    ticked = _week_days(text)
    return tuple((key, DAY_NAMES[number], number in ticked) for number, key in enumerate(days.KEYS))


def _week_days(text: str) -> frozenset[int]:
    try:
        return days.week_days(text)
    except ValueError:
        return frozenset()


def _hidden(values: Values, shown: Shown) -> list[tuple[str, str]]:
    """Every field that is not drawn."""
    found = [("shown-season", str(shown.season)), ("shown-period", str(shown.period if shown.period is not None else ""))]
    found += [("checked", "yes")] if shown.is_checked else []
    for number, season in enumerate(values["seasons"]):
        if number != shown.season:
            found += [(name_of(number, key), season[key]) for key in SEASON_KEYS]
        for place, period in enumerate(season["periods"]):
            if (number, place) != (shown.season, shown.period):
                found += [(name_of(number, key, place), text) for key, text in period.items()]
    return found
