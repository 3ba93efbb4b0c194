"""What a local day costs at the grid meter: as metered, and in the two ways that it is compared with. Pure.

Energy whose price is not known is in none of the ways, so that they stay comparable."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.domain import bill_rules
from app.domain.baselines import AtTheMeter
from app.domain.bill_rules import BillRules
from app.domain.demand import HalfHour, Peak, billed_half_hours, peaks
from app.domain.settings.demand import Demand
from app.domain.tariffs.half_hourly import HALF_HOUR, half_hour_start, slot_index
from app.domain.units import cost_c


class Way(StrEnum):
    """Whose meter is counted."""

    METERED = "metered"
    NO_BATTERY = "no_battery"
    ON_ITS_OWN = "on_its_own"  # the battery, left to itself


@dataclass(frozen=True, slots=True)
class PriceOf:
    """What a kWh costs and earns in one stretch of time, c/kWh."""

    import_c: float
    feed_in_c: float


@dataclass(frozen=True, slots=True)
class DayCost:
    """Energy and money of a local day at the meter, minor units; standing and demand charges left out."""

    import_wh: float
    export_wh: float
    import_c: float  # what imports cost
    feed_in_c: float  # what exports earn
    credit_c: float  # what the plan gives for how the day went
    free_wh: float  # of the month's pool of free energy, used
    peaks: tuple[Peak, ...]  # per demand window of the day, the half-hour that costs most


def cost_of_day(
    flows: Sequence[AtTheMeter],
    prices: Mapping[datetime, PriceOf],
    zone: ZoneInfo,
    demand: Demand,
    rules: BillRules | None = None,
    *,
    until: datetime,
    free_used_wh: float = 0.0,
) -> DayCost:
    """The cost of `flows`, stretches of one local day. `prices`: by the start of a stretch; a stretch without one is left out.

    `rules`: of a plan whose bill is more than the sum of its half-hours; its own prices count then. `free_used_wh`: what was used of the
    month's pool before the day. `until`: how far the day is known (UTC)."""
    priced = [each for each in flows if each.start in prices]
    energy = sum(each.import_wh for each in priced), sum(each.export_wh for each in priced)
    highest = _peaks(flows, zone, demand)
    if rules is None:
        import_c = sum(cost_c(each.import_wh, prices[each.start].import_c) for each in priced)
        feed_in_c = sum(cost_c(each.export_wh, prices[each.start].feed_in_c) for each in priced)
        return DayCost(*energy, import_c, feed_in_c, 0.0, 0.0, highest)
    settled = bill_rules.settle(rules, _half_hours(priced, rules, zone), zone, until, free_used_wh)
    free_wh = sum(day.free_wh for day in settled.days)
    return DayCost(*energy, settled.import_c, settled.feed_in_c, settled.credit_c, free_wh, highest)


def plan_prices(rules: BillRules, starts: Sequence[datetime], zone: ZoneInfo) -> dict[datetime, PriceOf]:
    """The prices of the plan without its rules; what it says nothing about is not in it."""
    found = {}
    for start in starts:
        local = start.astimezone(zone)
        period = rules.base.period_at(local.date(), slot_index(local))
        if period is not None:
            found[start] = PriceOf(period.import_c_per_kwh, period.feed_in_c_per_kwh)
    return found


def _half_hours(flows: Sequence[AtTheMeter], rules: BillRules, zone: ZoneInfo) -> list[bill_rules.Metered]:
    energy: dict[datetime, tuple[float, float]] = {}
    for each in flows:
        start = half_hour_start(each.start)
        import_wh, export_wh = energy.get(start, (0.0, 0.0))
        energy[start] = (import_wh + each.import_wh, export_wh + each.export_wh)
    prices = plan_prices(rules, list(energy), zone)
    return [
        bill_rules.Metered(start.astimezone(zone), *energy[start], prices[start].import_c, prices[start].feed_in_c)
        for start in sorted(energy)
        if start in prices
    ]


def _peaks(flows: Sequence[AtTheMeter], zone: ZoneInfo, demand: Demand) -> tuple[Peak, ...]:
    """Also of what has no price: a peak is billed by its power alone."""
    if not demand.enabled or not flows:
        return ()
    measured: dict[datetime, HalfHour] = {}
    for each in flows:
        start = half_hour_start(each.start)
        known = measured.get(start, HalfHour(start, 0.0, 0.0))
        measured[start] = HalfHour(start, known.import_wh + each.import_wh, known.covered_s + each.covered_s)
    return peaks(tuple(billed_half_hours(demand, zone, min(measured), max(measured) + HALF_HOUR)), measured)
