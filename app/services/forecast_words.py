"""A solar forecast in words: what a test of its source says."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.forecasts.series import cut_to, mean_power
from app.domain.sentences import day_and_clock, kilowatts
from app.feeds.forecasts.source import SolarAnswer

DAY = timedelta(hours=24)
LEAST_AHEAD = timedelta(hours=18)  # less does not reach into tomorrow's sun


def sun_in_words(answer: SolarAnswer, now: datetime) -> str:
    """The energy of the next 24 hours, or of what is known of them, and the most power in it."""
    ahead = cut_to(answer.solar, now, now + DAY)
    known_s = sum((each.end - each.start).total_seconds() for each in ahead)
    energy_kwh = sum(each.power_w * (each.end - each.start).total_seconds() for each in ahead) / 3_600_000
    span = "24 hours" if mean_power(ahead, now, now + DAY) is not None else f"{known_s / 3600:.0f} hours"
    most_w = max((each.power_w for each in ahead), default=0.0)
    return f"{energy_kwh:.1f}\u202fkWh of sun in the next {span}, at most {kilowatts(most_w)}."


def horizon_in_words(answer: SolarAnswer, now: datetime, zone: ZoneInfo) -> tuple[bool, str]:
    """Whether it reaches far enough, and how far."""
    until = answer.solar[-1].end
    with_temperature = " with the temperature" if answer.temperatures else ""
    known = f"Known until {day_and_clock(until, zone)}{with_temperature}"
    if until - now < LEAST_AHEAD:
        return False, f"{known}. Beyond, PowerSync estimates from your own last days."
    return True, f"{known}."
