"""The words around the figures of the money page."""

from dataclasses import dataclass

from app.domain.day_costs import Way
from app.services.history.money import MoneyHistory
from app.services.history.money_values import Comparison
from app.web.filters import DASH, MINUS, kwh, money
from app.web.history.words import FULL_PCT, coverage_words, part_words, records_begin, share, so_far

WAYS = {Way.NO_BATTERY: "No battery", Way.ON_ITS_OWN: "Battery on its own", Way.METERED: "As metered"}
LEAST_TOLD_WH = 50.0
_ORDER = (Way.NO_BATTERY, Way.ON_ITS_OWN, Way.METERED)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of how it adds up: a figure per way."""

    name: str
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """All words of one page."""

    title: str
    part: str
    coverage: str  # of the money as metered
    charges: str  # what stands behind the figure of the charges
    better: str  # "+$23.91"
    better_note: str
    compared: str  # what the comparison rests on; never empty where there is a comparison
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    missing: str  # what keeps the battery on its own from being told
    stored: str
    left_out: tuple[str, ...]
    wear: str
    is_watched: bool


def words_for(history: MoneyHistory) -> Words:
    """All words of one page."""
    comparison = history.comparison
    better, note = _better(comparison, history.currency)
    return Words(
        title=so_far(history.reach),
        part=part_words(history.span.kind),
        coverage=coverage_words(history.coverage_pct, history.reach, "measured and has a settled price"),
        charges=_charges(history),
        better=better,
        better_note=note,
        compared=_compared(history) if comparison else "",
        columns=tuple(WAYS[way] for way in _ORDER if comparison and way in comparison.ways),
        lines=_lines(comparison, history) if comparison else (),
        missing=_missing(history),
        stored=_stored(comparison),
        left_out=tuple(_left_out(history)),
        wear=_wear(history),
        is_watched=not history.is_control_on,
    )


def _better(comparison: Comparison | None, currency: str) -> tuple[str, str]:
    """The figure against the battery on its own, else against no battery; and what it is."""
    if comparison is None:
        return "", ""
    alone, none = comparison.better_c(Way.ON_ITS_OWN), comparison.better_c(Way.NO_BATTERY)
    if alone is None:
        return money(none, currency), f"{_than(none)} no battery"
    beside = "" if none is None else f", {money(abs(none), currency, signed=False)} {_than(none)} no battery"
    return money(alone, currency), f"{_than(alone)} the battery on its own{beside}"


def _than(amount_c: float | None) -> str:
    return "worse than" if amount_c is not None and money(amount_c).startswith(MINUS) else "better than"


def _compared(history: MoneyHistory) -> str:
    comparison = history.comparison
    covered = comparison.coverage_pct if comparison else None
    begin = records_begin(history.reach)
    time = "the time so far" if history.reach.is_running else "the time"
    if covered is not None and covered >= FULL_PCT:
        return f"Rests on all of {time}."
    rest = "the rest was not measured or has no settled price, and is in none of the ways."
    return f"Rests on {share(covered)} of {time}; {rest} {begin}".strip()


def _charges(history: MoneyHistory) -> str:
    total = history.total
    if total is None:
        return ""
    has_demand = history.demand.enabled
    parts = [("supply", total.supply_c is not None), *([("demand", not history.lacks_demand_rate)] if has_demand else [])]
    known = " and ".join(name for name, is_known in parts if is_known)
    lacking = " and ".join(name for name, is_known in parts if not is_known)
    if not known:
        return f"{lacking} not known"
    return f"{known}, without {lacking}: not known" if lacking else known


def _lines(comparison: Comparison, history: MoneyHistory) -> tuple[Line, ...]:
    ways = [comparison.ways[way] for way in _ORDER if way in comparison.ways]

    def paid(amount_c: float | None) -> str:
        return DASH if amount_c is None else money(-amount_c, history.currency)

    lines = [
        Line("Paid for import", tuple(paid(each.import_c) for each in ways)),
        Line("Received for export", tuple(money(each.feed_in_c, history.currency) for each in ways)),
    ]
    if any(each.credit_c for each in ways):
        lines.append(Line("Credits of the plan", tuple(money(each.credit_c, history.currency) for each in ways)))
    if any(each.supply_c is not None for each in ways):
        lines.append(Line("Supply charges", tuple(paid(each.supply_c) for each in ways)))
    if history.demand.enabled:
        lines.append(Line("Demand charge", tuple(paid(each.demand_c) for each in ways)))
    lines.append(Line("Result", tuple(money(each.result_c, history.currency) for each in ways)))
    return tuple(lines)


def _missing(history: MoneyHistory) -> str:
    battery, comparison = history.battery, history.comparison
    if comparison is None or Way.ON_ITS_OWN in comparison.ways:
        return ""
    if battery.connection is None:
        return "No battery is linked, so there is nothing to compare with a battery on its own."
    if battery.missing:
        *first, last = battery.missing
        named = f"{', '.join(first)} and {last} are" if first else f"{last} is"
        return f"The battery on its own cannot be told: its {named} not known. Neither the battery nor you have said."
    return "The battery on its own is not told for this time: its charge was not read, or the days are still being computed."


def _stored(comparison: Comparison | None) -> str:
    more_wh = comparison.stored_more_wh if comparison else None
    if comparison is None or more_wh is None:
        return ""
    gained_wh = comparison.ways[Way.METERED].gained_wh or 0.0
    began = f"The battery held {kwh(abs(gained_wh))} {'more' if gained_wh >= 0 else 'less'} at the end than at the beginning."
    if abs(more_wh) < LEAST_TOLD_WH:
        return f"{began} Stored energy is in no figure."
    more = "more" if more_wh > 0 else "less"
    return f"{began} At the end it held {kwh(abs(more_wh))} {more} than it would have on its own. Stored energy is in no figure."


def _left_out(history: MoneyHistory) -> list[str]:
    found = []
    if history.charges.daily_c is None and history.charges.monthly_c is None:
        found.append("Supply charges: nobody has said what they are.")
    if history.lacks_demand_rate:
        found.append("The demand charge: its rate was not entered.")
    return found


def _wear(history: MoneyHistory) -> str:
    wear_c = history.battery.wear_c_per_kwh
    return "" if wear_c is None else money(-history.discharged_wh / 1000.0 * wear_c, history.currency)
