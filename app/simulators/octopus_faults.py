"""The faults in Octopus' rates: what is known late or not at all, and what is no price."""

from datetime import datetime, timedelta

from app.simulators import effects as e
from app.simulators.octopus_answers import Rate, Row
from app.simulators.octopus_market import HALF_HOUR_S
from app.simulators.service import Taken


def seen_at(now: datetime, taken: Taken) -> datetime:
    """The instant whose knowledge is served: an earlier one while the data is frozen."""
    for effect, fault in taken:
        if isinstance(effect, e.Frozen):
            return now - timedelta(seconds=effect.age_s) if effect.age_s is not None else min(now, fault.start or now)
    return now


def lateness(taken: Taken) -> timedelta:
    """How much later than usual the daily prices come out."""
    return sum((timedelta(minutes=effect.minutes) for effect, _ in taken if isinstance(effect, e.LatePublication)), timedelta(0))


def hides_rates(taken: Taken) -> bool:
    """True when `left_over` would leave some out."""
    return any(isinstance(effect, e.PriceGap | e.ShortHorizon) for effect, _ in taken)


def left_over(rates: list[Rate], taken: Taken, now: datetime) -> list[Rate]:
    """The rates that the faults leave."""
    for effect, _ in taken:
        match effect:
            case e.PriceGap():
                gap = _window(now, effect.ahead_half_hours, effect.half_hours)
                rates = [rate for rate in rates if not rate.meets(*gap)]
            case e.ShortHorizon():
                limit_s = seen_at(now, taken).timestamp() + effect.hours * 3600
                rates = [rate for rate in rates if rate.start_s < limit_s]
    return rates


_BAD_VALUES: Row = {"null": None, "nan": float("nan"), "infinity": float("inf"), "text": "n/a", "absurd": 987_654.0}


def spoilt_row(rate: Rate, taken: Taken, now: datetime) -> Row:
    """The row of `rate` with the faults in it."""
    row = rate.to_json()
    for effect, _ in taken:
        match effect:
            case e.BadPrice() if rate.meets(*_window(now, effect.ahead_half_hours, effect.half_hours)):
                row = {key: value for key, value in row.items() if key not in ("value_exc_vat", "value_inc_vat")}
                if effect.value != "absent":
                    row |= dict.fromkeys(("value_exc_vat", "value_inc_vat"), _BAD_VALUES.get(effect.value, effect.value))
            case e.RenamedField():
                row = {effect.to if key == effect.field else key: value for key, value in row.items()}
    return row


def _window(now: datetime, ahead_half_hours: int, half_hours: int) -> tuple[float, float]:
    first_s = now.timestamp() // HALF_HOUR_S * HALF_HOUR_S + ahead_half_hours * HALF_HOUR_S
    return first_s, first_s + half_hours * HALF_HOUR_S
