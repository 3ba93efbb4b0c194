"""How the simulated gateway understands a `tariff_content_v2`, and how the cloud gives it back.

Own reading of Tesla's rate plan form: Monday is 0, an entry is half-open and ends on the next day when its end is not later than its start,
the end of the day is 24:00 or 0:00, seasons include both their dates and may wrap the new year. Prices are in the major unit per kWh.
"""

import re
from datetime import datetime, timedelta
from typing import Any

Content = dict[str, Any]

_WEEK_MIN = 7 * 1440
_NEEDED = ("name", "utility", "daily_charges", "energy_charges", "seasons")
_ENTRY_RANGES = {
    "fromDayOfWeek": 6,
    "toDayOfWeek": 6,
    "fromHour": 23,
    "fromMinute": 59,
    "toHour": 24,
    "toMinute": 60,
}


class TariffRefused(Exception):
    """The plan is not one that the cloud takes; the text says why."""


class GatewayTariff:
    """A plan, ready to be asked. Raises TariffRefused for one that the cloud turns down.

    `problems` lists what the cloud swallows silently and the owner would suffer from: gaps, overlaps, negative prices, missing parts.
    """

    def __init__(self, content: Content) -> None:
        _refuse_incomplete(content)
        self.content = content
        self.problems: list[str] = []
        self._buy = _Side("buy", content, self.problems)
        sell = content.get("sell_tariff")
        self._sell = _Side("sell", sell, self.problems) if isinstance(sell, dict) and sell.get("energy_charges") else None
        if "demand_charges" not in content:
            self.problems.append("demand_charges is missing: the owner's app does not show the plan")
        self._ahead: tuple[datetime, list[tuple[float, float]]] | None = None

    def prices(self, local: datetime) -> tuple[float, float]:
        """(buy, sell) at the local wall-clock instant; buy is raised to sell where the plan pays more than it asks."""
        sell = self._sell.price(local) if self._sell is not None else 0.0
        return max(self._buy.price(local), sell), sell

    def next_day(self, local: datetime) -> list[tuple[float, float]]:
        """(buy, sell) of the 48 half-hours from the present one on."""
        start = local.replace(minute=local.minute // 30 * 30, second=0, microsecond=0)
        if self._ahead is None or self._ahead[0] != start:
            wall = start.replace(tzinfo=None)
            self._ahead = (start, [self.prices(wall + timedelta(minutes=30 * slot)) for slot in range(48)])
        return self._ahead[1]


class _Side:
    """One side of a plan: the price of each minute of the week, per season."""

    def __init__(self, side: str, content: Content, problems: list[str]) -> None:
        self._seasons: list[tuple[tuple[int, int], tuple[int, int], list[float]]] = []
        charges = content["energy_charges"]
        overall = _rates(charges, "ALL")
        for season, span in content.get("seasons", {}).items():
            if not span or not span.get("fromMonth"):
                continue
            rates = _rates(charges, season)
            periods = span.get("tou_periods", {})
            if set(rates) - {"ALL"} != set(periods) and set(periods) - set(rates) - set(overall):
                raise TariffRefused(f"{side} {season}: the periods of the rates and of the times differ")
            minutes: list[float | None] = [None] * _WEEK_MIN
            for name, spans in periods.items():
                price = _price(rates.get(name, overall.get(name, overall.get("ALL", 0.0))), f"{side} {season} {name}", problems)
                _lay(minutes, spans.get("periods", []), price, f"{side} {season} {name}", problems)
            missing = minutes.count(None)
            if missing:
                problems.append(f"{side} {season}: {missing} minutes of the week have no price")
            fallback = float(overall.get("ALL", 0.0))
            ends = (int(span["fromMonth"]), int(span.get("fromDay", 1))), (int(span["toMonth"]), int(span.get("toDay", 1)))
            self._seasons.append((*ends, [fallback if price is None else price for price in minutes]))
        if not self._seasons:
            raise TariffRefused(f"{side}: no season has dates")

    def price(self, local: datetime) -> float:
        day = (local.month, local.day)
        minute = local.weekday() * 1440 + local.hour * 60 + local.minute
        for first, last, minutes in self._seasons:
            if first <= day <= last if first <= last else day >= first or day <= last:
                return minutes[minute]
        return self._seasons[0][2][minute]


def _refuse_incomplete(content: Any) -> None:
    if not isinstance(content, dict):
        raise TariffRefused("the plan is not an object")
    missing = [key for key in _NEEDED if not content.get(key)]
    if missing:
        raise TariffRefused(f"missing: {', '.join(missing)}")


def _rates(charges: Content, season: str) -> dict[str, Any]:
    rates = (charges.get(season) or {}).get("rates") or {}
    if not isinstance(rates, dict):
        raise TariffRefused(f"the rates of {season} are not an object")
    return rates


def _price(value: Any, where: str, problems: list[str]) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or abs(value) == float("inf"):
        raise TariffRefused(f"{where}: {value!r} is not a price")
    if value < 0:
        problems.append(f"{where}: {value} is negative and counts as 0")
        return 0.0
    return float(value)


def _lay(minutes: list[float | None], entries: list[Content], price: float, where: str, problems: list[str]) -> None:
    for entry in entries:
        for first, last in _spans(entry, where):
            if any(taken is not None for taken in minutes[first:last]):
                problems.append(f"{where}: overlaps another period at minute {first} of the week")
            minutes[first:last] = [price] * (last - first)


def _spans(entry: Content, where: str) -> list[tuple[int, int]]:
    """The minutes of the week, [first, last), that one entry covers."""
    values = {"fromDayOfWeek": 0, "toDayOfWeek": 6, "fromHour": 0, "fromMinute": 0, "toHour": 0, "toMinute": 0} | entry
    for field, most in _ENTRY_RANGES.items():
        value = values[field]
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            raise TariffRefused(f"{where}: {field} is {value!r}")
    start = 60 * values["fromHour"] + values["fromMinute"]
    end = 60 * values["toHour"] + values["toMinute"]
    if end > 1440:
        raise TariffRefused(f"{where}: ends after midnight at {values['toHour']}:{values['toMinute']:02}")
    if start == end and start != 0:
        raise TariffRefused(f"{where}: an interval without length")
    if end <= start:
        end += 1440
    days = (values["toDayOfWeek"] - values["fromDayOfWeek"]) % 7 + 1
    spans = []
    for day in range(days):
        first = ((values["fromDayOfWeek"] + day) % 7) * 1440 + start
        last = first + end - start
        spans.append((first, min(last, _WEEK_MIN)))
        if last > _WEEK_MIN:
            spans.append((0, last - _WEEK_MIN))
    return spans


def read_back(content: Content, *, drops_zero_rates: bool = False) -> Content:
    """The plan as the cloud returns it.

    Fields of value 0, empty parts, unknown fields and the season ALL are gone; unused seasons are `{}`.
    """
    known = {
        "version", "code", "name", "utility", "currency", "monthly_charges", "monthly_minimum_bill", "min_applicable_demand",
        "max_applicable_demand", "daily_charges", "daily_demand_charges", "demand_charges", "energy_charges", "seasons", "sell_tariff",
    }  # fmt: skip
    shown: Content = {}
    for key, value in content.items():
        if key not in known:
            continue
        if key in ("energy_charges", "demand_charges"):
            shown[key] = {season: _shown_rates(rates, drops_zero_rates) for season, rates in value.items() if season != "ALL"}
        elif key == "seasons":
            shown[key] = {season: _shown_season(span) for season, span in value.items()}
        elif key == "sell_tariff":
            if value:
                shown[key] = read_back(value, drops_zero_rates=drops_zero_rates)
        elif value not in (0, None, "", {}, []):
            shown[key] = value
    return shown


def _shown_rates(charges: Content, drops_zero_rates: bool) -> Content:
    rates = {name: max(0.0, rate) for name, rate in ((charges or {}).get("rates") or {}).items()}
    rates = {name: int(rate) if rate == int(rate) else round(rate, 6) for name, rate in rates.items() if rate or not drops_zero_rates}
    return {"rates": rates} if rates else {}


def _shown_season(span: Content) -> Content:
    if not span or not span.get("fromMonth"):
        return {}
    periods = {
        name: {"periods": [_shown_entry(entry) for entry in times.get("periods", [])]}
        for name, times in span.get("tou_periods", {}).items()
    }
    return {key: value for key, value in span.items() if value and key != "tou_periods"} | {"tou_periods": periods}


def _shown_entry(entry: Content) -> Content:
    return {key: value for key, value in entry.items() if value and key in _ENTRY_RANGES}


def time_of_use_plan(name: str, currency: str, steps: list[tuple[int, float, float]], supply: float = 1.12) -> Content:
    """An owner's own plan, the same every day: `steps` are (from hour, buy, sell) in order from hour 0, with at most four buy prices."""
    periods: Content = {}
    buy: dict[str, float] = {}
    sell: dict[str, float] = {}
    ends = [hour for hour, _, _ in steps[1:]] + [24]
    prices = sorted({step[1] for step in steps})
    names = ["SUPER_OFF_PEAK", "OFF_PEAK", "PARTIAL_PEAK", "ON_PEAK"][-len(prices) :]
    for (hour, buy_price, sell_price), end in zip(steps, ends, strict=True):
        band = names[prices.index(buy_price)]
        buy[band], sell[band] = buy_price, sell_price
        entry = {"fromDayOfWeek": 0, "toDayOfWeek": 6, "fromHour": hour, "fromMinute": 0, "toHour": end, "toMinute": 0}
        periods.setdefault(band, {"periods": []})["periods"].append(entry)
    plan = _plan_side(name, buy, periods) | {"version": 1, "code": re.sub(r"[^A-Z0-9]+", "-", name.upper()), "currency": currency}
    plan["daily_charges"] = [{"name": "Supply", "amount": supply}]
    plan["sell_tariff"] = _plan_side(f"{name} export", sell, periods)
    return plan


def _plan_side(name: str, rates: dict[str, float], periods: Content) -> Content:
    return {
        "name": name,
        "utility": "Example Energy",
        "monthly_charges": 0,
        "daily_charges": [{"name": "Charge"}],
        "demand_charges": {"ALL": {"rates": {"ALL": 0}}, "Summer": {}, "Winter": {}},
        "energy_charges": {"ALL": {"rates": {"ALL": 0}}, "Summer": {"rates": rates}, "Winter": {}},
        "seasons": {
            "Summer": {"fromMonth": 1, "fromDay": 1, "toMonth": 12, "toDay": 31, "tou_periods": periods},
            "Winter": {"fromMonth": 0, "fromDay": 0, "toMonth": 0, "toDay": 0, "tou_periods": {}},
        },
    }
