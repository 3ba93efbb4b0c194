"""The words around the figures of the battery page."""

from dataclasses import dataclass

from app.domain.spans import SpanKind
from app.services.history.battery import LEAST_COVERAGE_PCT, LEAST_TURNOVERS, BatteryHistory
from app.web.filters import DASH, THIN, kwh, money, number, pct
from app.web.history.words import coverage_words, part_words, so_far


@dataclass(frozen=True, slots=True)
class Words:
    """All words of one page."""

    title: str
    part: str
    coverage: str
    cycles: str
    cycles_note: str
    round_trip: str
    round_trip_note: str
    wear: str
    wear_note: str
    size: str
    size_note: str
    health: str
    health_note: str


def words_for(history: BatteryHistory) -> Words:
    """All words of one page."""
    battery, total = history.battery, history.total
    return Words(
        title=so_far(history.reach),
        part=part_words(history.span.kind),
        coverage=coverage_words(history.coverage_pct, history.reach),
        cycles=cycles(total.cycles(battery.usable_wh) if total else None),
        cycles_note="discharged ÷ usable capacity" if battery.usable_wh else "the usable capacity is not known",
        round_trip=pct(history.round_trip_pct),
        round_trip_note=_round_trip_note(history),
        wear=money(total.wear_c(battery) if total else None, history.currency, signed=False),
        wear_note=_wear_note(history),
        size=kwh(battery.usable_wh),
        size_note=_size_note(history),
        health=pct(battery.soh_pct),
        health_note="as your battery says" if battery.soh_pct is not None else "No figure: your battery does not tell PowerSync",
    )


def cycles(value: float | None) -> str:
    """2.345 → "2.3"; few ones finer."""
    return DASH if value is None else number(value, 2 if value < 1 else 1)


def _round_trip_note(history: BatteryHistory) -> str:
    battery, total = history.battery, history.total
    if history.round_trip_pct is not None:
        return "of what was charged came back"
    if not battery.usable_wh:
        return "the usable capacity is not known"
    if total is None or total.charge_wh < LEAST_TURNOVERS * battery.usable_wh:
        return f"tells itself from {kwh(LEAST_TURNOVERS * battery.usable_wh)} charged on"
    if (history.coverage_pct or 0.0) < LEAST_COVERAGE_PCT:
        return f"needs {number(LEAST_COVERAGE_PCT)}{THIN}% of the time measured"
    return "the charge moved too far in this time to tell" if history.span.kind is SpanKind.DAY else "not to be told from this time"


def _wear_note(history: BatteryHistory) -> str:
    wear_c = history.battery.wear_c_per_kwh
    if wear_c is None:
        return "no price of wear was entered"
    unit = "p" if history.currency == "GBP" else "c"
    return f"{number(wear_c, 1)}{THIN}{unit} a kWh discharged"


def _size_note(history: BatteryHistory) -> str:
    battery = history.battery
    if battery.usable_wh is None:
        return "Neither the battery nor you have said"
    return "as you entered it" if battery.is_capacity_entered else "as your battery says"
