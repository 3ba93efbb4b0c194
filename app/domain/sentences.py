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


def _for_when(p: Mapping[str, Any], z: ZoneInfo, name: str) -> str:
    """ ", as the grid asks 55.0 c at 18:30": what it is kept for, where the plan can say."""
    at, price_c = p.get(f"{name}_at"), p.get(f"{name}_c")
    return f", as the grid asks {cents(price_c)} at {day_and_clock(at, z)}" if at is not None and price_c is not None else ""


_UNSEEN = {
    "Charge": "the battery does not charge",
    "Discharge": "the battery does not sell",
    "Hold": "the battery still gives power",
    "Curtail": "the inverter makes more than its limit",
    "limits": "power still flows to the grid",
}


def per_mwh(value: float | None) -> str:
    """1250.5 → "1,250 $/MWh"."""
    if value is None:
        return "—"
    text = f"{abs(round(value)):,}"
    return f"{MINUS if round(value) < 0 else ''}{text}{THIN}$/MWh"


def _pays(feed_in_c: float | None) -> str:
    if feed_in_c is None:
        return "has no price"
    if feed_in_c < 0:
        return f"costs {cents(-feed_in_c)}"
    return f"pays {cents(feed_in_c)}" if feed_in_c else "pays nothing"


_TURNS = (
    ("charges_below_c", "import below", "it charges"),
    ("stops_charging_above_c", "import above", "it stops charging"),
    ("runs_home_above_c", "import above", "it runs your home"),
    ("keeps_below_c", "import below", "it keeps its charge"),
    ("sells_above_c", "feed-in above", "it sells"),
    ("stops_selling_below_c", "feed-in below", "it stops selling"),
)


def _would_change(p: Mapping[str, Any]) -> str:
    turns = [f"{price} {cents(p[name])} and {does}" for name, price, does in _TURNS if p.get(name) is not None]
    return f"What would change it now: {'; '.join(turns)}" if turns else "No price of now would change it"


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
    # curtailment
    "no_feed_in_price": lambda p, z: "The feed-in price of this moment is not known",
    "export_pays": lambda p, z: f"Feeding in pays {cents(p.get('feed_in_c'))}: solar runs freely",
    "export_stopped": lambda p, z: f"Feeding in {_pays(p.get('feed_in_c'))}: nothing is exported, sun stays at home",
    "battery_takes_the_sun": lambda p, z: f"The battery takes the sun, it is at {percent(p.get('soc_pct'))}",
    "inverter_curtailed": lambda p, z: f"Feeding in {_pays(p.get('feed_in_c'))}: {p.get('name')} makes nothing",
    "inverter_follows_home": lambda p, z: (
        f"Feeding in {_pays(p.get('feed_in_c'))}: {p.get('name')} makes at most {kilowatts(p.get('max_w'))}, what your home takes"
    ),
    "inverter_paid_to_import": lambda p, z: f"You are paid {cents(-float(p.get('import_c') or 0))} to buy: {p.get('name')} makes nothing",
    "inverter_not_read": lambda p, z: f"{p.get('name')} gives no reading",
    "inverter_silent": lambda p, z: f"{p.get('name')} is silent, as at night",
    # wholesale price spikes
    "battery_cannot_sell": lambda p, z: "This battery cannot be told to sell",
    "no_spot_price": lambda p, z: f"The wholesale price of {p.get('region')} is not known",
    "spot_below": lambda p, z: (
        f"The wholesale price in {p.get('region')} is {per_mwh(p.get('per_mwh'))}, below your {per_mwh(p.get('threshold'))}"
    ),
    "charge_unknown": lambda p, z: "The battery's charge is not known",
    "spike_at_floor": lambda p, z: f"The battery is at {percent(p.get('soc_pct'))}: {percent(p.get('least_pct'))} stay in it",
    "spike_sells_already": lambda p, z: "The battery sells already by itself: it is left alone",
    "spike_test": lambda p, z: f"You try out a price spike until {clock(p.get('until'), z)}: the battery sells",
    "spike": lambda p, z: f"The wholesale price in {p.get('region')} is {per_mwh(p.get('per_mwh'))}: the battery sells",
    # the plan
    "no_plan_yet": lambda p, z: "No plan has been made yet",
    "plan_is_watched": lambda p, z: "The plan is shown and not carried out",
    "plan_old": lambda p, z: f"The last plan is of {clock(p.get('since'), z)}: no new one could be made",
    "battery_cannot_follow": lambda p, z: "This battery has no command for what is planned",
    "plan_charge": lambda p, z: (
        f"Buying at {cents(p.get('import_c'))}: a stored kWh will save {cents(p.get('value_c'))}" + _for_when(p, z, "dearest")
    ),
    "plan_charge_sun": lambda p, z: (
        f"Storing the sun and more at {cents(p.get('import_c'))}: a stored kWh will save {cents(p.get('value_c'))}"
    ),
    "plan_export": lambda p, z: f"Selling at {cents(p.get('feed_in_c'))}: a stored kWh would save {cents(p.get('value_c'))} later",
    "plan_hold": lambda p, z: (
        f"Keeping the charge: the grid asks {cents(p.get('import_c'))}, a stored kWh will save {cents(p.get('value_c'))}"
        + _for_when(p, z, "dearest")
    ),
    "plan_self_consume": lambda p, z: f"Running your home from sun and battery: buying would cost {cents(p.get('import_c'))}",
    "plan_no_solar_forecast": lambda p, z: "No forecast of your sun: the plan counts on none",
    "plan_solar_estimated": lambda p, z: "No forecast of your sun: the plan uses what the last days brought",
    "plan_load_from_yesterday": lambda p, z: "Your home's habits are not learnt yet: the plan repeats the last day",
    "plan_prices_estimated": lambda p, z: f"Prices after {day_and_clock(p.get('known_until'), z)} are those of the last known day",
    "plan_needs_first_reading": lambda p, z: "The battery has not told its size yet",
    "plan_needs_capacity": lambda p, z: "The battery does not say its capacity: enter it under Your battery in the settings",
    "plan_needs_power": lambda p, z: "The battery does not say its power: enter it under Your battery in the settings",
    "plan_needs_charge": lambda p, z: "The battery's charge is not known",
    "plan_needs_prices": lambda p, z: "No prices ahead are known",
    "plan_needs_load": lambda p, z: "What your home uses is not known yet: a first day of readings is needed",
    # a step of the plan: why it does this, and why nothing else
    "step_charge": lambda p, z: (
        f"Bought at {cents(p.get('import_c'))}, a stored kWh costs {cents(p.get('buy_c'))} after losses and is worth "
        f"{cents(p.get('value_c'))}{_for_when(p, z, 'dearest')}"
    ),
    "step_sell": lambda p, z: (
        f"Sold at {cents(p.get('feed_in_c'))}, a stored kWh earns {cents(p.get('sell_c'))} after losses and wear; "
        f"kept, it is worth {cents(p.get('value_c'))}"
    ),
    "step_run_home": lambda p, z: (
        f"Used instead of the grid at {cents(p.get('import_c'))}, a stored kWh saves {cents(p.get('use_c'))}; "
        f"kept, it is worth {cents(p.get('value_c'))}"
    ),
    "step_charge_for_later": lambda p, z: f"Bought at {cents(p.get('import_c'))} for later{_for_when(p, z, 'dearest')}",
    "step_sell_now": lambda p, z: f"Sold at {cents(p.get('feed_in_c'))}",
    "step_run_home_now": lambda p, z: f"Used instead of the grid at {cents(p.get('import_c'))}",
    "step_store_sun": lambda p, z: (
        f"Feeding in {_pays(p.get('feed_in_c'))}: surplus sun is stored"
        + (f", where a kWh is worth {cents(p['value_c'])}" if p.get("value_c") is not None else "")
    ),
    "step_even": lambda p, z: "Sun and home are about even: next to nothing flows",
    "step_keep": lambda p, z: (
        f"Used here, a stored kWh saves {cents(p.get('use_c'))}; kept, it is worth {cents(p.get('value_c'))}{_for_when(p, z, 'dearest')}"
    ),
    "step_empty": lambda p, z: f"At the {percent(p.get('soc_pct'))} that stay in it: nothing is left to give",
    "step_full": lambda p, z: f"Full at {percent(p.get('soc_pct'))}: feeding in surplus sun {_pays(p.get('feed_in_c'))}",
    "step_sun_sold": lambda p, z: (
        f"Surplus sun is sold at {cents(p.get('feed_in_c'))}: a stored kWh of it would cost {cents(p.get('sun_c'))} and is worth "
        f"{cents(p.get('value_c'))}"
    ),
    "step_hold": lambda p, z: "The battery keeps its charge",
    "step_empties": lambda p, z: f"It meets the {percent(p.get('soc_pct'))} that stay in it",
    "step_fills": lambda p, z: f"It is full at {percent(p.get('soc_pct'))}",
    "step_not_bought": lambda p, z: f"Buying more would cost {cents(p.get('buy_c'))} a stored kWh",
    "step_not_sold": lambda p, z: f"Selling would earn {cents(p.get('sell_c'))} a stored kWh",
    "step_not_sold_at_a_loss": lambda p, z: "Selling would cost more than it earns",
    "plan_would_change": lambda p, z: _would_change(p),
    # limits
    "demand_window": lambda p, z: f"No grid charging in the demand window, until {p.get('until')}",
    "no_grid_charging_now": lambda p, z: "charging from the grid is not allowed now",
    "grid_outage": lambda p, z: "the grid is out: the battery runs your home",
    "full_enough": lambda p, z: f"charged to the limit of {percent(p.get('soc_pct'))}",
    "charge_floor": lambda p, z: f"at the floor of {percent(p.get('soc_pct'))}",
    "import_cap": lambda p, z: f"at {kilowatts(p.get('power_w'))}: limited by your {kilowatts(p.get('cap_w'))} import cap",
    "export_cap": lambda p, z: f"at {kilowatts(p.get('power_w'))}: limited by your {kilowatts(p.get('cap_w'))} export cap",
    # the owner
    "owner_charge": lambda p, z: f"You asked to charge until {clock(p.get('until'), z)}",
    "owner_discharge": lambda p, z: f"You asked to discharge until {clock(p.get('until'), z)}",
    "owner_hold": lambda p, z: f"You asked to hold the battery until {clock(p.get('until'), z)}",
    "owner_wish_reached": lambda p, z: f"What you asked for has ended: the battery is at {percent(p.get('soc_pct'))}",
    "owner_wish_too_dear": lambda p, z: (
        f"What you asked for has ended: buying costs {cents(p.get('price_c'))}, more than your {cents(p.get('limit_c'))}"
    ),
    "owner_wish_too_cheap": lambda p, z: (
        f"What you asked for has ended: feeding in pays {cents(p.get('price_c'))}, less than your {cents(p.get('limit_c'))}"
    ),
    "owner_curtail": lambda p, z: f"You asked {p.get('name') or 'the inverter'} to make nothing until {clock(p.get('until'), z)}",
    "owner_run": lambda p, z: f"You asked {p.get('name') or 'the inverter'} to run freely until {clock(p.get('until'), z)}",
    "owner_self_consume": lambda p, z: f"You asked to run your home from the battery until {clock(p.get('until'), z)}",
    # what the loop tells
    "owners_settings": lambda p, z: "Your battery runs on your own settings",
    "control_off": lambda p, z: "Control is off: your battery runs on your own settings",
    "watching": lambda p, z: "Watching only: PowerSync decides and sends nothing",
    "owner_changed": lambda p, z: f"Someone changed the {p.get('what')}: PowerSync leaves it until you decide",
    "owner_changed_adopted": lambda p, z: f"The {p.get('what')} was changed outside PowerSync and is kept as yours",
    "owner_chose": lambda p, z: f"You chose the {p.get('what')} for your battery",
    "owner_kept": lambda p, z: f"You keep the {p.get('what')} as it was changed: PowerSync leaves it",
    "owner_took_back": lambda p, z: f"You let PowerSync set the {p.get('what')} again",
    "mode_ignores_tariffs": lambda p, z: f"The battery is in {p.get('mode')} and ignores prices until you choose one that plans by them",
    "no_effect": lambda p, z: (
        f"The device confirmed what it was told, but {_UNSEEN.get(str(p.get('wanted')), 'the meter does not show it')}"
    ),
    "restored": lambda p, z: "Your own settings are back",
    "restoring": lambda p, z: "Giving your own settings back",
    "no_settings_read": lambda p, z: "The battery's settings have not been read yet",
    "firmware_changed": lambda p, z: f"{p.get('device')} runs new firmware: {p.get('version')}, before {p.get('was')}",
    "prices_again": lambda p, z: "New prices arrived",
}


def sentence(reason: Reason, zone: ZoneInfo | None = None) -> str:
    """The reason as one sentence without a full stop. An unknown code is a programming error and raises KeyError."""
    return TEMPLATES[reason.code](reason.params, zone or ZoneInfo("UTC"))
