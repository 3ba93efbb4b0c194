"""What the site's battery would be given now: the prices of the next 24 hours, or, where these are those of a plan of fixed prices and the
battery keeps such a plan, the whole year. Policy, preview and command line ask here, so they cannot disagree."""

from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.domain.prices import PriceBook
from app.domain.settings.tariff_sync import TariffSync
from app.domain.snapshot import Snapshot
from app.domain.source_chain import Sourced, sourced
from app.domain.tariffs.half_hourly import Missing, RollingTariff, build, half_hour_start, slot_index
from app.domain.tariffs.seasonal import SeasonalTariff, seasonal
from app.domain.tariffs.shaping import Shaped, ShapingSettings, shape, shaped_by
from app.domain.tariffs.time_of_use import TimeOfUse, faults_of, half_hours

WHOLE_DAY = timedelta(hours=25, minutes=30)  # the longest day, and the running half-hour
LEAST_DEPARTURE_C = 0.005  # what is sent has a hundredth of a cent


def todays_tariff(snapshot: Snapshot) -> Shaped[RollingTariff] | Shaped[SeasonalTariff] | Missing | None:
    """The tariff as it would be sent now, shaping included, whether or not it is time to send it; None before any price."""
    day = next_day(snapshot)
    if isinstance(day, Shaped) and keeps_the_year(snapshot, day.original):
        return whole_year(snapshot) or day
    return day


def next_day(snapshot: Snapshot) -> Shaped[RollingTariff] | Missing | None:
    """The next 24 hours with each shaping step, or what is missing for them; None before any price."""
    prices = prices_ahead(snapshot)
    if prices is None:
        return None
    built = build(prices, snapshot.zone, snapshot.now, snapshot.currency, **_about(snapshot))
    if isinstance(built, Missing):
        return built
    return shape(_with_demand_of(snapshot.plan, built, snapshot.zone), snapshot.settings)


def whole_year(snapshot: Snapshot) -> Shaped[SeasonalTariff] | None:
    """The whole plan with each shaping step; None without a plan of fixed prices that is whole."""
    if snapshot.plan is None:
        return None
    about = tuple(_about(snapshot).items())
    return _year(snapshot.plan, snapshot.zone.key, snapshot.currency, about, ShapingSettings.of(snapshot.settings))


def keeps_the_year(snapshot: Snapshot, day: RollingTariff) -> bool:
    """Whether the battery takes whole plans, and the next 24 hours (before shaping) are as the plan says.

    A price that holds once is in no plan: until it is over, the battery is told hour by hour."""
    if snapshot.battery is None or not snapshot.battery.takes_weekly_plan or snapshot.plan is None:
        return False
    return not _departs(day, snapshot.plan, snapshot.zone)


def sources(snapshot: Snapshot) -> Sourced:
    """Where the prices come from at the moment: the retailer, its last forecast, or estimates from the market."""
    longest = timedelta(hours=snapshot.settings.of(TariffSync).forecast_max_age_h)
    return sourced(snapshot.prices, snapshot.estimates, snapshot.now, longest)


def prices_ahead(snapshot: Snapshot) -> PriceBook | None:
    """The prices that are known. A plan of fixed prices goes on saying them when no answer has come for days."""
    plan, now = snapshot.plan, snapshot.now
    if plan is None:
        return sources(snapshot).prices
    prices = snapshot.prices
    if prices is None:
        return None
    known_until = prices.intervals[-1].end if prices.intervals else now
    until = half_hour_start(now) + WHOLE_DAY
    if known_until >= until:
        return prices
    source = prices.intervals[-1].source if prices.intervals else snapshot.retailer
    start = max(known_until, half_hour_start(now))
    of_plan = half_hours(plan, snapshot.zone, half_hour_start(start), until, source)
    return replace(
        prices,
        intervals=(*prices.intervals, *(replace(each, start=max(each.start, start)) for each in of_plan)),
        known_until=until,
    )


def _about(snapshot: Snapshot) -> dict[str, str | float]:
    charges = snapshot.charges
    return {
        "provider": (snapshot.plan.utility if snapshot.plan else "") or snapshot.retailer,
        "daily_charge_c": charges.daily_c or 0.0,
        "monthly_charge_c": charges.monthly_c or 0.0,
    }


@lru_cache(maxsize=512)  # it stays the same for months, and is asked for each minute
def _year(
    plan: TimeOfUse, zone: str, currency: str, about: tuple[tuple[str, str | float], ...], settings: ShapingSettings
) -> Shaped[SeasonalTariff] | None:
    """None for a plan that does not say exactly one price for each half-hour of the year."""
    return None if faults_of(plan) else shaped_by(settings, seasonal(plan, zone, currency, name=plan.name, **dict(about)))


def _departs(day: RollingTariff, plan: TimeOfUse, zone: ZoneInfo) -> bool:
    for slot in day.slots:
        local = slot.start.astimezone(zone)  # not the slot's own clock: on a day that lacks this half-hour it holds the next one's price
        period = plan.period_at(local.date(), slot_index(local))
        if period is None:
            return True
        apart_c = abs(slot.import_c_per_kwh - period.import_c_per_kwh), abs(slot.feed_in_c_per_kwh - period.feed_in_c_per_kwh)
        if max(apart_c) >= LEAST_DEPARTURE_C:
            return True
    return False


def _with_demand_of(plan: TimeOfUse | None, day: RollingTariff, zone: ZoneInfo) -> RollingTariff:
    """The demand rates that the plan itself has: prices come without them."""
    if plan is None or not any(period.demand_c_per_kw for season in plan.seasons for period in season.periods):
        return day
    slots = []
    for slot in day.slots:
        local = slot.start.astimezone(zone)
        period = plan.period_at(local.date(), slot_index(local))
        slots.append(replace(slot, demand_c_per_kw=period.demand_c_per_kw if period else 0.0))
    return replace(day, slots=tuple(slots))
