"""Figures and times as people read them. None is an em dash: a missing value never looks like a zero."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Flask
from markupsafe import Markup

from app.clock import utc_now

DASH = "—"
MINUS = "−"
THIN = "\u202f"  # narrow no-break space between a figure and its unit
_SYMBOLS = {"AUD": "$", "NZD": "$", "USD": "$", "GBP": "£", "EUR": "€"}
# Edge and Opera also call themselves Chrome, and Chrome calls itself Safari: the order decides.
_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl"))
_SYSTEMS = (
    *((mark, mark) for mark in ("iPhone", "iPad", "Android", "Windows")),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
_MINOR = {"GBP": "p"}  # elsewhere cents


def number(value: float | None, digits: int = 0) -> str:
    """1234.5 → "1,234.5", with a true minus; what rounds to zero has no sign."""
    if value is None:
        return DASH
    text = f"{abs(value):,.{digits}f}"
    return f"{MINUS}{text}" if value < 0 and float(text.replace(",", "")) != 0 else text


def kw(power_w: float | None, digits: int = 2) -> str:
    """1137 W → "1.14 kW"."""
    return DASH if power_w is None else f"{number(power_w / 1000, digits)}{THIN}kW"


def kwh(energy_wh: float | None, digits: int = 1) -> str:
    """8370 Wh → "8.4 kWh"."""
    return DASH if energy_wh is None else f"{number(energy_wh / 1000, digits)}{THIN}kWh"


def watts(power_w: float | None) -> str:
    return DASH if power_w is None else f"{number(power_w)}{THIN}W"


def pct(value: float | None, digits: int = 0) -> str:
    """62.3 → "62 %"."""
    return DASH if value is None else f"{number(value, digits)}{THIN}%"


def cents(price_c_per_kwh: float | None, digits: int = 1, currency: str = "AUD") -> str:
    """39.46 → "39.5 c"."""
    return DASH if price_c_per_kwh is None else f"{number(price_c_per_kwh, digits)}{THIN}{_MINOR.get(currency, 'c')}"


def money(amount_c: float | None, currency: str = "AUD", signed: bool = True) -> str:
    """Minor units of the currency: −4 → "−$0.04", 425 → "+$4.25" ("$4.25" when not `signed`)."""
    if amount_c is None:
        return DASH
    text = f"{abs(amount_c) / 100:,.2f}"
    sign = "" if float(text.replace(",", "")) == 0 else MINUS if amount_c < 0 else "+" if signed else ""
    return f"{sign}{_SYMBOLS.get(currency, currency + THIN)}{text}"


def local_time(instant: datetime | None, zone: str, form: str = "%H:%M") -> str:
    """An instant on the clock of the site: "16:42"."""
    return DASH if instant is None else instant.astimezone(ZoneInfo(zone)).strftime(form)


def local_date(day: datetime | date | None, zone: str | None = None) -> str:
    """ "Thu 20 Nov"; an instant needs the zone of the site."""
    if day is None:
        return DASH
    if isinstance(day, datetime):
        day = day.astimezone(ZoneInfo(zone) if zone else UTC).date()
    return f"{day:%a} {day.day} {day:%b}"


def local_moment(instant: datetime | None, zone: str) -> str:
    """ "Thu 20 Nov, 16:42"."""
    return DASH if instant is None else f"{local_date(instant, zone)}, {local_time(instant, zone)}"


def duration(span: timedelta | float | None) -> str:
    """ "12 s", "9 min", "3 h 5 min", "2 days"; a number is in seconds."""
    if span is None:
        return DASH
    seconds = max(round(span.total_seconds() if isinstance(span, timedelta) else span), 0)
    if seconds < 60:
        return f"{seconds}{THIN}s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes}{THIN}min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours}{THIN}h" + (f" {minutes}{THIN}min" if minutes else "")
    days = hours // 24
    return "1 day" if days == 1 else f"{days} days"


def age(instant: datetime | None, now: datetime | None = None) -> str:
    """ "12 s ago"; an instant that is not past is "now"."""
    if instant is None:
        return DASH
    seconds = ((now or utc_now()) - instant).total_seconds()
    return "now" if seconds < 1 else f"{duration(seconds)} ago"


def split_unit(text: str) -> Markup:
    """ "62 %" with its unit small, as the big figures of a card have it."""
    figure, space, unit = text.rpartition(THIN)
    if not space:
        return Markup("{}").format(text)
    return Markup('{}<span class="unit">{}{}</span>').format(figure, THIN, unit)


def zone_city(zone: str) -> str:
    """ "Australia/Sydney" → "Sydney"."""
    return zone.rpartition("/")[2].replace("_", " ")


def browser_name(user_agent: str) -> str:
    """A User-Agent header in two words: "Firefox on Windows"."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "A browser")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return f"{browser} on {system}" if system else browser


_FILTERS = (
    *(number, kw, kwh, watts, pct, cents, money, split_unit),
    *(local_time, local_date, local_moment, duration, age, zone_city),
    browser_name,
)


def init_app(app: Flask) -> None:
    for function in _FILTERS:
        app.add_template_filter(function)
