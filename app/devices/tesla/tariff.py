"""Prices as the Powerwall takes them: the one compiler of `tariff_content_v2` (Tesla energy API, `time_of_use_settings`).

Inside: 48 half-hours of the clock in c/kWh. Outside: $/kWh with 4 decimals, one named period per half-hour, the same on each weekday, one
season all year. Times are the site's wall clock; a tariff carries no zone."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.domain.tariffs.half_hourly import HALF_HOUR, SLOTS, RollingTariff, half_hour_start, slot_index
from app.domain.units import major_per_kwh_from_c

Payload = dict[str, Any]

CODE_PREFIX: Final = "POWERSYNC:"
CHARGE_CODE: Final = f"{CODE_PREFIX}CHARGE"
DISCHARGE_CODE: Final = f"{CODE_PREFIX}DISCHARGE"
NEUTRAL_CODE: Final = f"{CODE_PREFIX}NEUTRAL"
NAME_SUFFIX: Final = " (PowerSync)"
LONGEST_WINDOW: Final = timedelta(hours=4)

_DAY_MINUTES: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class Rates:
    """Buy and sell price of one half-hour, $/kWh."""

    buy: float
    sell: float


# Only the contrast counts: the window must be the cheapest, or the best paid, half-hours of the whole plan. Inside the discharge window
# buying costs what selling earns, so that importing to export again is worth nothing.
_CHARGE_INSIDE, _CHARGE_OUTSIDE = Rates(0.0, 0.0), Rates(10.0, 0.0)
_DISCHARGE_INSIDE, _DISCHARGE_OUTSIDE = Rates(20.0, 20.0), Rates(0.30, 0.08)
# Nothing to gain from waiting, from charging by the grid or from exporting what the battery holds.
_NEUTRAL: Final = Rates(0.25, 0.0)


@dataclass(frozen=True, slots=True)
class Label:
    """How a plan is known to us (`code`) and to the owner in the Tesla app (the rest). The daily charge is in $."""

    code: str
    name: str
    utility: str
    currency: str | None = None
    sell_name: str = ""
    daily_charge: float = 0.0


def compile_tariff(tariff: RollingTariff) -> Payload:
    """The `tariff_content_v2` of a rolling tariff. Raises ValueError for a price that is no finite number."""
    provider = tariff.provider or "Dynamic prices"
    label = Label(
        code=f"{CODE_PREFIX}{tariff.plan.upper()}",
        name=f"{provider}{NAME_SUFFIX}",
        utility=provider,
        currency=tariff.currency,
        daily_charge=round(tariff.daily_charge_c / 100.0, 4),
    )
    return compile_rates([Rates(rate_from_c(slot.import_c_per_kwh), rate_from_c(slot.feed_in_c_per_kwh)) for slot in tariff.slots], label)


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


def rate_from_c(price_c_per_kwh: float) -> float:
    """c/kWh → $/kWh with the 4 decimals that Tesla keeps; negative prices become 0, the least that a plan can hold."""
    if not math.isfinite(price_c_per_kwh):
        raise ValueError(f"a price of a tariff is a finite number, not {price_c_per_kwh!r}")
    return max(0.0, round(major_per_kwh_from_c(price_c_per_kwh), 4))


def compile_rates(rates: Sequence[Rates], label: Label) -> Payload:
    """48 pairs of rates as `tariff_content_v2`.

    Buy below sell is sent as it is: Tesla's optimiser raises its own buy price where it needs to (a documented rule), and a real price
    changed here would be wrong in the app, in the read-back and in the owner's eyes."""
    if len(rates) != SLOTS:
        raise ValueError(f"a plan has {SLOTS} half-hours, not {len(rates)}")
    payload: Payload = {"version": 1, "code": label.code, "name": label.name, "utility": label.utility}
    if label.currency:
        payload["currency"] = label.currency
    daily = {"name": "Supply", "amount": label.daily_charge} if label.daily_charge > 0 else {"name": "Charge"}
    payload |= {"monthly_charges": 0, "daily_charges": [daily], **_side(rate.buy for rate in rates)}
    payload["sell_tariff"] = {
        "name": label.sell_name or f"{label.name} export",
        "utility": label.utility,
        "monthly_charges": 0,
        "daily_charges": [{"name": "Charge"}],
        **_side(rate.sell for rate in rates),
    }
    return payload


def _control(inside: Rates, outside: Rates, slots: Collection[int], label: Label) -> Payload:
    return compile_rates([inside if index in slots else outside for index in range(SLOTS)], label)


def _side(rates: Iterable[float]) -> Payload:
    """What buying and selling have alike. `demand_charges` stands there even though it is zero: the Tesla app stumbles without it."""
    return {
        "demand_charges": {"ALL": {"rates": {"ALL": 0}}, "Summer": {}, "Winter": {}},
        "energy_charges": {
            "ALL": {"rates": {"ALL": 0}},
            "Summer": {"rates": {_period(index): rate for index, rate in enumerate(rates)}},
            "Winter": {},
        },
        # One season under a name that the Tesla app knows, and its unused counterpart.
        "seasons": {
            "Summer": {
                "fromMonth": 1,
                "fromDay": 1,
                "toMonth": 12,
                "toDay": 31,
                "tou_periods": {_period(index): {"periods": [_entry(index)]} for index in range(SLOTS)},
            },
            "Winter": {"fromMonth": 0, "fromDay": 0, "toMonth": 0, "toDay": 0, "tou_periods": {}},
        },
    }


def _period(index: int) -> str:
    """0 → PERIOD_00_00, 35 → PERIOD_17_30."""
    return f"PERIOD_{index // 2:02d}_{index % 2 * 30:02d}"


def _entry(index: int) -> dict[str, int]:
    """When a half-hour applies: each day from Monday (0) to Sunday (6); the last one ends at hour 24."""
    start = index * 30
    end = min(start + 30, _DAY_MINUTES)
    return {
        "fromDayOfWeek": 0,
        "toDayOfWeek": 6,
        "fromHour": start // 60,
        "fromMinute": start % 60,
        "toHour": end // 60,
        "toMinute": end % 60,
    }
