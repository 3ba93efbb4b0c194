"""What keeps a plan from saying exactly one price for each half-hour, in words."""

from app.domain.tariffs.time_of_use import Fault, Season, TimeOfUse, faults_of
from app.feeds.plans.clock import year_day_in_words
from app.feeds.plans.days import in_words, listed


def week_in_words(season: Season) -> list[str]:
    """The holes and overlaps in the weeks of one season, each in words; empty where it is whole."""
    found = [fault for fault in faults_of(TimeOfUse((season,))) if fault.season]
    return [f"{_subject(fault)} {in_words(fault.days)} {fault.start}–{fault.end}" for fault in found]


def year_in_words(seasons: tuple[Season, ...]) -> list[str]:
    """The days of the year that no season or several cover; empty where there are none."""
    bare = tuple(Season(season.name, season.first, season.last, ()) for season in seasons)
    return [f"{_subject(fault)} {_stretch(fault)}" for fault in faults_of(TimeOfUse(bare)) if not fault.season]


def _subject(fault: Fault) -> str:
    if not fault.periods:
        return "nothing covers" if fault.season else "no season covers"
    return f"{listed(fault.periods)} {'both' if len(fault.periods) == 2 else 'all'} cover"


def _stretch(fault: Fault) -> str:
    first, last = year_day_in_words(fault.start), year_day_in_words(fault.end)
    return first if first == last else f"{first} to {last}"
