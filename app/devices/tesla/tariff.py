"""Prices as the Powerwall takes them: every plan that PowerSync writes.

The prices of the next 24 hours are 48 half-hours of the clock: one named period each, the same on each weekday, one season all year. A plan
of a whole year keeps its own seasons and weeks."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.devices.tesla.plan_form import ALL_YEAR, SUMMER, Label, Payload, PlanPeriod, PlanSeason, entries, plan
from app.devices.tesla.rates import rate_from_c
from app.devices.tesla.weekly_plan import weekly_sides
from app.domain.tariffs.half_hourly import HALF_HOUR, SLOTS, DemandSide, RollingTariff, half_hour_start, slot_index
from app.domain.tariffs.seasonal import SeasonalTariff, Tariff
from app.domain.tariffs.time_of_use import WEEK_DAYS

CODE_PREFIX: Final = "POWERSYNC:"
CHARGE_CODE: Final = f"{CODE_PREFIX}CHARGE"
DISCHARGE_CODE: Final = f"{CODE_PREFIX}DISCHARGE"
NEUTRAL_CODE: Final = f"{CODE_PREFIX}NEUTRAL"
NAME_SUFFIX: Final = " (PowerSync)"
LONGEST_WINDOW: Final = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Rates:
    """Buy and sell price of one half-hour, $/kWh; and what a kW of its mean costs beside each, $."""

    buy: float
    sell: float
    buy_demand: float = 0.0
    sell_demand: float = 0.0


# Only the contrast counts: the window must be the cheapest, or the best paid, half-hours of the whole plan. Inside the discharge window
# buying costs what selling earns, so that importing to export again is worth nothing.
_CHARGE_INSIDE, _CHARGE_OUTSIDE = Rates(0.0, 0.0), Rates(10.0, 0.0)
_DISCHARGE_INSIDE, _DISCHARGE_OUTSIDE = Rates(20.0, 20.0), Rates(0.30, 0.08)
# Nothing to gain from waiting, from charging by the grid or from exporting what the battery holds.
_NEUTRAL: Final = Rates(0.25, 0.0)


def compile_tariff(tariff: Tariff) -> Payload:
    """The `tariff_content_v2` of a tariff. Raises ValueError for a price that is no finite number."""
    label = _label(tariff)
    if isinstance(tariff, SeasonalTariff):
        return plan(label, *weekly_sides(tariff))
    return compile_rates(_rates(tariff), label)


def charge_tariff(now: datetime, until: datetime | None, zone: ZoneInfo, currency: str | None = None) -> Payload:
    """Only the half-hours from `now` to `until` are worth buying in."""
    label = Label(CHARGE_CODE, f"Charge now{NAME_SUFFIX}", "PowerSync", currency)
    return _control(_CHARGE_INSIDE, _CHARGE_OUTSIDE, window(now, until, zone), label)


def discharge_tariff(now: datetime, until: datetime | None, zone: ZoneInfo, currency: str | None = None) -> Payload:
    """The half-hours from `now` to `until` are the best to sell in."""
    label = Label(DISCHARGE_CODE, f"Discharge now{NAME_SUFFIX}", "PowerSync", currency)
    return _control(_DISCHARGE_INSIDE, _DISCHARGE_OUTSIDE, window(now, until, zone), label)


def neutral_tariff() -> Payload:
    """A flat plan that gives the Powerwall no reason to trade: stands in where the owner had none, as a plan can be replaced but not
    removed."""
    return compile_rates([_NEUTRAL] * SLOTS, Label(NEUTRAL_CODE, f"No plan{NAME_SUFFIX}", "PowerSync"))


def is_ours(payload: Mapping[str, Any]) -> bool:
    """PowerSync wrote this plan. The name decides too, in case the code is not given back."""
    code, name = str(payload.get("code") or ""), str(payload.get("name") or "")
    return code.startswith(CODE_PREFIX) or name.startswith(CODE_PREFIX) or name.endswith(NAME_SUFFIX)


def window(now: datetime, until: datetime | None, zone: ZoneInfo) -> frozenset[int]:
    """The half-hours of the clock that `[now, until)` touches, at least the running one and at most those of 4 hours.

    The plan repeats each day, so a longer window would leave no contrast; a command that lasts longer is given anew."""
    end = now + LONGEST_WINDOW if until is None else min(until, now + LONGEST_WINDOW)
    # Walked in UTC: on a day on which the clock changes, the wall clock of the next half-hour is not this one plus 30 minutes.
    start = half_hour_start(now)
    touched = {slot_index(start.astimezone(zone))}
    while (start := start + HALF_HOUR) < end:
        touched.add(slot_index(start.astimezone(zone)))
    return frozenset(touched)


def compile_rates(rates: Sequence[Rates], label: Label) -> Payload:
    """The rates of 48 half-hours as `tariff_content_v2`.

    Buy below sell is sent as it is: Tesla's optimiser raises its own buy price where it needs to (a documented rule), and a real price
    changed here would be wrong in the app, in the read-back and in the owner's eyes."""
    if len(rates) != SLOTS:
        raise ValueError(f"a plan has {SLOTS} half-hours, not {len(rates)}")
    buy = _every_day([(each.buy, each.buy_demand) for each in rates])
    sell = _every_day([(each.sell, each.sell_demand) for each in rates])
    return plan(label, [buy], [sell])


def _label(tariff: Tariff) -> Label:
    provider = tariff.provider or "Dynamic prices"
    title = tariff.name if isinstance(tariff, SeasonalTariff) and tariff.name else provider
    return Label(
        code=f"{CODE_PREFIX}{tariff.plan.upper()}",
        name=f"{title}{NAME_SUFFIX}",
        utility=provider,
        currency=tariff.currency,
        daily_charge=rate_from_c(tariff.daily_charge_c),
        monthly_charge=rate_from_c(tariff.monthly_charge_c),
    )


def _rates(tariff: RollingTariff) -> list[Rates]:
    buys_demand, sells_demand = tariff.demand_applies_to is not DemandSide.SELL, tariff.demand_applies_to is not DemandSide.BUY
    return [
        Rates(
            rate_from_c(slot.import_c_per_kwh),
            rate_from_c(slot.feed_in_c_per_kwh),
            rate_from_c(slot.demand_c_per_kw) if buys_demand else 0.0,
            rate_from_c(slot.demand_c_per_kw) if sells_demand else 0.0,
        )
        for slot in tariff.slots
    ]


def _control(inside: Rates, outside: Rates, slots: Collection[int], label: Label) -> Payload:
    return compile_rates([inside if index in slots else outside for index in range(SLOTS)], label)


def _every_day(rates: Sequence[tuple[float, float]]) -> PlanSeason:
    """A period for each half-hour of the clock: PERIOD_00_00 … PERIOD_23_30."""
    periods = (
        PlanPeriod(f"PERIOD_{index // 2:02d}_{index % 2 * 30:02d}", rate, demand, tuple(entries(index, index + 1, WEEK_DAYS)))
        for index, (rate, demand) in enumerate(rates)
    )
    return PlanSeason(SUMMER, *ALL_YEAR, tuple(periods))
