"""The plan of a whole year for people and programs: seasons, the days of their weeks, the hours of each day."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from app.domain.tariffs.seasonal import Block, DayPlan, MonthDay, SeasonalTariff, SeasonPlan
from app.domain.tariffs.time_of_use import clock_label
from app.feeds.plans.days import KEYS, in_words

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """One price and its hours, c/kWh; the demand rate in cents per kW."""

    name: str
    hours: str  # "15:00 – 21:00"
    import_c: float
    feed_in_c: float
    demand_c_per_kw: float


@dataclass(frozen=True, slots=True)
class DayRows:
    """Weekdays that are alike."""

    days: str  # "Mon–Fri"
    periods: tuple[PeriodRow, ...]


@dataclass(frozen=True, slots=True)
class SeasonRows:
    """A part of the year."""

    title: str  # "Summer, 1 Oct – 31 Mar"
    is_now: bool
    days: tuple[DayRows, ...]


def seasons_for_people(year: SeasonalTariff, today: date) -> tuple[SeasonRows, ...]:
    """Each season, in the order of the plan."""
    titles = ["All year"] if len(year.seasons) == 1 else [_title(season) for season in year.seasons]
    return tuple(
        SeasonRows(title, season.covers(today), tuple(_day_rows(day) for day in season.week))
        for title, season in zip(titles, year.seasons, strict=True)
    )


def year_as_text(year: SeasonalTariff, today: date) -> str:
    """A line per period under its season, for a terminal."""
    lines = []
    for season in seasons_for_people(year, today):
        lines.append(season.title)
        for day in season.days:
            for row in day.periods:
                demand = f"  {row.demand_c_per_kw:.1f} c/kW" if row.demand_c_per_kw else ""
                prices = f"{row.import_c:7.1f} c  {row.feed_in_c:7.1f} c"
                lines.append(f"  {day.days:<10}  {row.hours}  {prices}{demand}  {row.name}")
    return "\n".join(lines)


def weeks_as_json(year: SeasonalTariff) -> list[dict[str, Any]]:
    """`weeks` of `flask tariff --json`: a season each."""
    return [
        {
            "name": season.name,
            "from": _month_day(season.first),
            "to": _month_day(season.last),
            "days": [_day_as_json(day) for day in season.week],
        }
        for season in year.seasons
    ]


def _day_as_json(day: DayPlan) -> dict[str, Any]:
    return {"days": [KEYS[each] for each in day.days], "periods": [_period_as_json(block) for block in day.blocks]}


def _period_as_json(block: Block) -> dict[str, Any]:
    return {
        "name": block.name,
        "start": clock_label(block.first),
        "end": clock_label(block.end),
        "import_c_per_kwh": round(block.import_c_per_kwh, 4),
        "feed_in_c_per_kwh": round(block.feed_in_c_per_kwh, 4),
        "demand_c_per_kw": round(block.demand_c_per_kw, 4),
    }


def _day_rows(day: DayPlan) -> DayRows:
    rows = (
        PeriodRow(
            block.name,
            f"{clock_label(block.first)} – {clock_label(block.end)}",
            block.import_c_per_kwh,
            block.feed_in_c_per_kwh,
            block.demand_c_per_kw,
        )
        for block in day.blocks
    )
    words = in_words(day.days)
    return DayRows(words[0].upper() + words[1:], tuple(rows))


def _title(season: SeasonPlan) -> str:
    dates = f"{_in_words(season.first)} – {_in_words(season.last)}"
    return f"{season.name}, {dates}" if season.name else dates


def _in_words(day: MonthDay) -> str:
    """(11, 1) → "1 Nov"."""
    return f"{day[1]} {_MONTHS[day[0] - 1]}"


def _month_day(day: MonthDay) -> str:
    """(11, 1) → "11-01"."""
    return f"{day[0]:02d}-{day[1]:02d}"
