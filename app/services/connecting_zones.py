"""Time zones for a home: those whose clock PowerSync can serve, Australia's first."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

USUAL = "Australia/Sydney"
_AUSTRALIA = ("Sydney", "Melbourne", "Brisbane", "Adelaide", "Hobart", "Perth", "Canberra", "Darwin", "Broken_Hill", "Lord_Howe")
_REGIONS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Europe", "Indian", "Pacific")
_SEASONS = (datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC))
_CURRENCIES = {
    "Europe/London": "GBP",
    "Europe/Jersey": "GBP",
    "Europe/Guernsey": "GBP",
    "Europe/Isle_of_Man": "GBP",
    "Europe/Belfast": "GBP",
    "Pacific/Auckland": "NZD",
}


_REGIONS_OF_THE_NEM = {
    "NSW1": "Australia/Sydney",
    "QLD1": "Australia/Brisbane",
    "SA1": "Australia/Adelaide",
    "TAS1": "Australia/Hobart",
    "VIC1": "Australia/Melbourne",
}


def zone_of_region(region: str) -> str | None:
    """The clock of a market region of Australia; None for what is none."""
    return _REGIONS_OF_THE_NEM.get(region)


@cache
def zone_groups() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """(continent, IANA names), Australia first."""
    known = available_timezones()
    australian = tuple(name for city in _AUSTRALIA if (name := f"Australia/{city}") in known)
    others = ((region, tuple(sorted(name for name in known if name.startswith(f"{region}/") and is_served(name)))) for region in _REGIONS)
    return (("Australia", australian), *((region, names) for region, names in others if names))


@cache
def is_served(name: str) -> bool:
    """Whether `name` is a zone whose half-hours begin with the market's: a tariff has 48 of them a day."""
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    offsets = (season.astimezone(zone).utcoffset() for season in _SEASONS)
    return all(offset is not None and offset % timedelta(minutes=30) == timedelta(0) for offset in offsets)


def currency_in(zone: str) -> str:
    """The currency that people in `zone` pay in: AUD where nothing else is known."""
    return _CURRENCIES.get(zone, "AUD")
