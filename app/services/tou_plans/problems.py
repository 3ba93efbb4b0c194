"""What keeps a plan from saying exactly one price for each half-hour of the year: each thing in words, with ways to mend it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, timedelta

from pydantic_core import ErrorDetails

from app.domain.tariffs.seasonal import MonthDay
from app.domain.tariffs.time_of_use import Fault, Period, Season, TimeOfUse, faults_of
from app.feeds.plans.amounts import refuse_dollars
from app.feeds.plans.clock import month_and_day, year_day_in_words, year_day_text
from app.feeds.plans.days import in_words, listed
from app.services.tou_plans.mending import covering, cut_out, filled, neighbours, slots_of
from app.services.tou_plans.season import SeasonDraft, Values, figure, span_in_words, text_of

_LEAP_YEAR = 2028
_COUNTS = {2: "two", 3: "three", 4: "four"}
_PLAIN_TITLES = {
    "name": "the plan's name",
    "utility": "the retailer",
    "code": "the plan code",
    "daily_charge_c": "the daily charge",
    "monthly_charge_c": "the monthly charge",
}


@dataclass(frozen=True, slots=True)
class Mend:
    """A way to take a problem away. `key` tells it from the others of the same plan."""

    key: str
    words: str
    change: Callable[[Values], Values]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that keeps the plan from being used: where it can be seen, and what is wrong there ("no price")."""

    where: str
    what: str
    season: int | None = None
    periods: tuple[int, ...] = ()
    mends: tuple[Mend, ...] = ()
    hole: Fault | None = None  # the hours of a season without a price
    gap: Fault | None = None  # the days of the year without a season

    @property
    def words(self) -> str:
        """ "Sat and Sun 15:00–20:30 in Summer: no price"."""
        return f"{self.where}: {self.what}"


def of_fields(seasons: Sequence[SeasonDraft], mistakes: Sequence[ErrorDetails]) -> Iterator[Problem]:
    """One for each period, season or field that is not complete."""
    told: set[tuple[int | str, ...]] = set()
    for mistake in mistakes:
        place = mistake["loc"][:4] if len(mistake["loc"]) > 4 else mistake["loc"][:2]
        if place in told:
            continue
        told.add(place)
        match place:
            case ("seasons", int(season), "periods", int(period)):
                name = seasons[season].season.periods[period].name
                yield Problem(f"{name}{_in(seasons, season)}", "not complete", season, (period,))
            case ("seasons", int(season)):
                yield Problem(f"Season {seasons[season].name}", "name or days not understood", season)
            case _:
                yield Problem("The plan", f"{_PLAIN_TITLES.get(str(place[0]), str(place[0]))} is not understood")


def of_week(seasons: Sequence[SeasonDraft], number: int) -> Iterator[Problem]:
    """The holes and overlaps of one season's week."""
    season = seasons[number].season
    for fault in faults_of(TimeOfUse((season,))):
        if fault.season:
            where = f"{_sentence(in_words(fault.days))} {fault.start}–{fault.end}{_in(seasons, number)}"
            yield _hole(seasons[number], number, fault, where) if fault.kind == "hole" else _overlap(season, number, fault, where)


def _hole(draft: SeasonDraft, number: int, fault: Fault, where: str) -> Problem:
    periods = draft.season.periods
    near = [place for place in neighbours(periods, fault) if place not in draft.unpriced]
    offered: dict[tuple[str, float, float], Mend] = {}  # two rows of one price under one name are the same offer
    for place in near:
        period = periods[place]
        has_namesake = any(other[0] == period.name for other in offered)
        words = f"Fill it with {period.name}" + (f" at {figure(period.import_c_per_kwh)}" if has_namesake else "")
        mend = Mend(_key("fill", number, fault, place), words, _filling(number, periods, fault, place))
        offered.setdefault((period.name, period.import_c_per_kwh, period.feed_in_c_per_kwh), mend)
    return Problem(where, "no price", number, (), tuple(offered.values()), fault)


def _filling(number: int, periods: Sequence[Period], fault: Fault, like: int) -> Callable[[Values], Values]:
    return lambda values: _with_periods(values, number, filled(periods, fault, like))


def _overlap(season: Season, number: int, fault: Fault, where: str) -> Problem:
    first = slots_of(fault)[0]
    places = sorted({place for day in fault.days for place in covering(season.periods, day, first)})
    mends = [_cut(season, number, fault, place, f"Cut it out of {_told_apart(season, place, places)}") for place in places]
    prices = f"{_COUNTS.get(len(fault.periods), str(len(fault.periods)))} prices"
    return Problem(where, f"{prices}, {listed(fault.periods)}", number, tuple(places), tuple(mends))


def _cut(season: Season, number: int, fault: Fault, place: int, words: str) -> Mend:
    left = [cut_out(period, fault) if at == place else [period] for at, period in enumerate(season.periods)]
    return Mend(_key("cut", number, fault, place), words, lambda values: _with_periods(values, number, left))


def _told_apart(season: Season, place: int, places: Sequence[int]) -> str:
    """The name of a period, with its days and hours where another of `places` has the same."""
    period = season.periods[place]
    if sum(season.periods[each].name == period.name for each in places) == 1:
        return period.name
    return f"{period.name}, {in_words(period.days)} {period.start:%H:%M}–{period.end:%H:%M}"


def _with_periods(values: Values, number: int, instead: Sequence[Sequence[Period]]) -> Values:
    """The values with each period of a season replaced by what takes its place; one that stays is left as it was typed."""
    changed = deepcopy(values)
    season = changed["seasons"][number]
    rows: list[Values] = []
    for row, periods in zip(season["periods"], instead, strict=True):
        rows += [text_of(period, row) for period in periods]
    season["periods"] = rows
    return changed


# The year


def of_year(seasons: Sequence[SeasonDraft]) -> Iterator[Problem]:
    """The days without a season, or with several; nothing while the days of one are not understood."""
    if not all(each.has_days for each in seasons):
        return
    bare = [Season(each.name, each.season.first, each.season.last, ()) for each in seasons]
    for fault in faults_of(TimeOfUse(tuple(bare))):
        if fault.season:
            continue
        first, last = month_and_day(fault.start), month_and_day(fault.end)
        where = span_in_words(first, last) if first != last else year_day_in_words(fault.start)
        if fault.periods:
            count = _COUNTS.get(len(fault.periods), str(len(fault.periods)))
            yield Problem(where, f"{count} seasons, {listed(fault.periods)}", mends=tuple(_shortening(bare, first, last)))
        else:
            yield Problem(where, "no season", mends=tuple(_stretching(bare, first, last)), gap=fault)


def _stretching(seasons: Sequence[Season], first: MonthDay, last: MonthDay) -> Iterator[Mend]:
    for number, season in enumerate(seasons):
        if season.last == _day_beside(first, -1):
            yield _dated(number, {"to": last}, f"Let {season.name} last until {_words(last)}")
        if season.first == _day_beside(last, 1):
            yield _dated(number, {"from": first}, f"Let {season.name} begin on {_words(first)}")


def _shortening(seasons: Sequence[Season], first: MonthDay, last: MonthDay) -> Iterator[Mend]:
    """For the seasons of which one piece is left when `first` to `last` is taken out of them."""
    before, after = _day_beside(first, -1), _day_beside(last, 1)
    for number, season in enumerate(seasons):
        has_both = all(season.covers(date(_LEAP_YEAR, *day)) for day in (first, last))
        if not has_both or (season.first, season.last) == (first, last):
            continue
        if season.first == first:
            yield _dated(number, {"from": after}, f"Let {season.name} begin on {_words(after)}")
        elif season.last == last:
            yield _dated(number, {"to": before}, f"Let {season.name} end on {_words(before)}")
        elif season.first == _day_beside(season.last, 1):
            yield _dated(number, {"from": after, "to": before}, f"Let {season.name} hold from {_words(after)} to {_words(before)}")


def _dated(number: int, days: Mapping[str, MonthDay], words: str) -> Mend:
    told = {key: year_day_text(day) for key, day in days.items()}

    def change(values: Values) -> Values:
        changed = deepcopy(values)
        changed["seasons"][number].update(told)
        return changed

    return Mend(".".join(["year", str(number), *(f"{key}.{day}" for key, day in told.items())]), words, change)


def _day_beside(day: MonthDay, step: int) -> MonthDay:
    beside = date(_LEAP_YEAR, *day) + timedelta(days=step)
    return beside.month, beside.day


def _words(day: MonthDay) -> str:
    return year_day_in_words(year_day_text(day))


# The whole


def of_prices(seasons: Sequence[SeasonDraft]) -> Iterator[Problem]:
    """Dollars where cents are asked for."""
    prices_c = [
        period.import_c_per_kwh for each in seasons for place, period in enumerate(each.season.periods) if place not in each.unpriced
    ]
    try:
        refuse_dollars(prices_c)
    except ValueError as error:
        yield Problem("The plan", str(error))


def of_the_rest(errors: Sequence[ErrorDetails]) -> Iterator[Problem]:
    """What nothing else has told: too many seasons, or a season without periods."""
    for each in errors:
        yield Problem("The plan", each["msg"].removeprefix("Value error, "))


def _in(seasons: Sequence[SeasonDraft], number: int) -> str:
    return f" in {seasons[number].name}" if len(seasons) > 1 else ""


def _key(kind: str, number: int, fault: Fault, place: int) -> str:
    days = "".join(map(str, sorted(fault.days)))
    return f"{kind}.{number}.{days}.{fault.start}.{fault.end}.{place}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
