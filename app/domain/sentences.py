"""Reasons as sentences: one template per code. Figures are formatted here and nowhere else for reasons."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.reasons import Reason

THIN = "\u202f"  # narrow no-break space between figure and unit
MINUS = "\u2212"


def cents(value: float | None) -> str:
    """39.54 → "39.5 c"; None → an em dash."""
    return "—" if value is None else f"{figure(value, 1)}{THIN}c"


def figure(value: float, digits: int) -> str:
    """A number with a true minus sign and never "−0.0"."""
    text = f"{abs(value):.{digits}f}"
    is_negative = value < 0 and float(text) != 0
    return f"{MINUS}{text}" if is_negative else text


def kilowatts(power_w: float | None) -> str:
    """3200 → "3.2 kW"."""
    return "—" if power_w is None else f"{figure(power_w / 1000, 1)}{THIN}kW"


def percent(value: float | None) -> str:
    """62.4 → "62 %"."""
    return "—" if value is None else f"{figure(value, 0)}{THIN}%"


def clock(instant: datetime | str | None, zone: ZoneInfo) -> str:
    """An instant on the site's clock: "16:45"."""
    if instant is None:
        return "—"
    if isinstance(instant, str):
        instant = datetime.fromisoformat(instant)
    return instant.astimezone(zone).strftime("%H:%M")


def day_and_clock(instant: datetime | str | None, zone: ZoneInfo) -> str:
    """An instant with its day: "Thu 16:45"."""
    if instant is None:
        return "—"
    if isinstance(instant, str):
        instant = datetime.fromisoformat(instant)
    return instant.astimezone(zone).strftime("%a %H:%M")


def half_hours(instants: list[datetime | str], zone: ZoneInfo, most: int = 4) -> str:
    """Missing half-hours in words: "17:30, 18:00 and 3 more"."""
    named = [day_and_clock(each, zone) for each in instants[:most]]
    rest = len(instants) - len(named)
    return ", ".join(named) + (f" and {rest} more" if rest else "")


Template = Callable[[Mapping[str, Any], ZoneInfo], str]

TEMPLATES: Mapping[str, Template] = {
    # tariff sync
    "follows_prices": lambda p, z: (
        f"Your battery plans with {p.get('retailer') or 'your'} prices: {cents(p.get('import_c'))} to buy and "
        f"{cents(p.get('feed_in_c'))} to sell now, known until {day_and_clock(p.get('known_until'), z)}"
        + (f", from {day_and_clock(p['market_from'], z)} on as estimates from the wholesale market" if p.get("market_from") else "")
    ),
    "follows_market": lambda p, z: (
        f"{p.get('retailer') or 'Your retailer'} is silent: your battery plans with estimates from the wholesale market, "
        f"{cents(p.get('import_c'))} to buy and {cents(p.get('feed_in_c'))} to sell now, "
        f"known until {day_and_clock(p.get('known_until'), z)}"
    ),
    "tariff_sync_off": lambda p, z: "Tariff sync is switched off",
    "battery_takes_no_tariff": lambda p, z: "This battery does not plan by a tariff",
    "no_prices": lambda p, z: "No prices have arrived yet",
    "prices_old": lambda p, z: f"No new price since {day_and_clock(p.get('since'), z)}",
    "horizon_short": lambda p, z: (
        "No price ahead is known"
        if p.get("known_until") is None
        else f"Prices are known only until {day_and_clock(p.get('known_until'), z)}, less than 6 hours ahead"
    ),
    "prices_missing": lambda p, z: f"No price for {half_hours(p.get('half_hours', []), z)}",
    "waits_for_settled_price": lambda p, z: "Waiting for the settled price of this 5 minutes",
    # limits
    "demand_window": lambda p, z: f"No grid charging in the demand window, until {p.get('until')}",
    "no_grid_charging_now": lambda p, z: "charging from the grid is not allowed now",
    "full_enough": lambda p, z: f"charged to the limit of {percent(p.get('soc_pct'))}",
    "charge_floor": lambda p, z: f"at the floor of {percent(p.get('soc_pct'))}",
    "import_cap": lambda p, z: f"at {kilowatts(p.get('power_w'))}: limited by your {kilowatts(p.get('cap_w'))} import cap",
    "export_cap": lambda p, z: f"at {kilowatts(p.get('power_w'))}: limited by your {kilowatts(p.get('cap_w'))} export cap",
    # the owner
    "owner_charge": lambda p, z: f"You asked to charge until {clock(p.get('until'), z)}",
    "owner_discharge": lambda p, z: f"You asked to discharge until {clock(p.get('until'), z)}",
    "owner_hold": lambda p, z: f"You asked to hold the battery until {clock(p.get('until'), z)}",
    "owner_self_consume": lambda p, z: f"You asked to run your home from the battery until {clock(p.get('until'), z)}",
    # what the loop tells
    "owners_settings": lambda p, z: "Your battery runs on your own settings",
    "control_off": lambda p, z: "Control is off: your battery runs on your own settings",
    "watching": lambda p, z: "Watching only: PowerSync decides and sends nothing",
    "owner_changed": lambda p, z: f"Someone changed the {p.get('what')}: PowerSync leaves it until you decide",
    "owner_changed_adopted": lambda p, z: f"The {p.get('what')} was changed outside PowerSync and is kept as yours",
    "owner_kept": lambda p, z: f"You keep the {p.get('what')} as it was changed: PowerSync leaves it",
    "owner_took_back": lambda p, z: f"You let PowerSync set the {p.get('what')} again",
    "mode_ignores_tariffs": lambda p, z: f"The battery is in {p.get('mode')} and ignores prices until you choose one that plans by them",
    "restored": lambda p, z: "Your own settings are back",
    "restoring": lambda p, z: "Giving your own settings back",
    "no_settings_read": lambda p, z: "The battery's settings have not been read yet",
    "prices_again": lambda p, z: "New prices arrived",
}


def sentence(reason: Reason, zone: ZoneInfo | None = None) -> str:
    """The reason as one sentence without a full stop. An unknown code is a programming error and raises KeyError."""
    return TEMPLATES[reason.code](reason.params, zone or ZoneInfo("UTC"))
