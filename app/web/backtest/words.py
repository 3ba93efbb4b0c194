"""The words of the page, and its table as a file."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.models.backtest import CANCELLED, DONE, FAILED, RUNNING, WAITING, Backtest
from app.web.filters import THIN, money, number, pct

STRATEGIES = {
    "self-consumption": "Battery on its own",
    "optimizer": "Optimizer",
    "perfect": "Perfect foresight",
    "no-battery": "No battery",
}
MEANINGS = {
    "self-consumption": "takes what the sun leaves over and gives what your home lacks",
    "optimizer": "plans with forecasts made from the days before, as it would have",
    "perfect": "knew everything beforehand: counting the wear that you set, no strategy can do better",
    "no-battery": "what your home uses less the sun goes through the meter",
}
STATES = {WAITING: "Waiting", RUNNING: "Running", DONE: "Done", FAILED: "Could not", CANCELLED: "Cancelled"}
CSV_COLUMNS = ("date", "strategy", "cost", "import_kwh", "export_kwh", "cycles", "charge_end_pct", "known_hours")


@dataclass(frozen=True, slots=True)
class Row:
    """One strategy: figures in words. Results are + where the home earned, as on the Money page."""

    name: str
    total: str
    mean: str
    worst: str
    worst_on: str
    cycles: str


def rows(result: Mapping[str, Any]) -> tuple[Row, ...]:
    """The table of strategies."""
    currency = result["currency"]
    return tuple(
        Row(
            STRATEGIES[each["strategy"]],
            money(-100 * each["total_cost"], currency),
            money(-100 * each["mean_cost_per_day"], currency),
            money(-100 * each["worst_day"]["cost"], currency),
            _day(each["worst_day"]["date"]),
            number(each["cycles"], 1),
        )
        for each in result["strategies"]
    )


def day_rows(result: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """The table twin of the chart: a day, and what each strategy brought; the newest first."""
    by_day: dict[str, list[str]] = {}
    for each in result["strategies"]:
        for day in each["days"]:
            by_day.setdefault(day["date"], []).append(money(-100 * day["cost"], result["currency"]))
    return [(_day(day), by_day[day]) for day in sorted(by_day, reverse=True)]


def basis(result: Mapping[str, Any]) -> list[str]:
    """What it rests on, one sentence each."""
    battery = result["battery"]
    source = "A meter file" if result["source"] == "file" else "Your home's records"
    sentences = [
        f"{source}, {_span(result)}, in steps of {result['step_minutes']} minutes.",
        f"A battery of {number(battery['capacity_kwh'], 1)}{THIN}kWh that charges with {number(battery['charge_kw'], 1)}{THIN}kW, "
        f"gives {number(battery['discharge_kw'], 1)}{THIN}kW and keeps {pct(battery['least_soc_pct'])}.",
        f"Prices: {result['prices']}.",
    ]
    if result["covered_pct"] < 99.95:
        measured = pct(result["measured_pct"], 1)
        also = "" if measured == pct(result["covered_pct"], 1) else f"; {measured} is measured"
        rest = "The rest is in no figure; over it the battery keeps its charge."
        sentences.append(f"{pct(result['covered_pct'], 1)} of the time is measured and priced{also}. {rest}")
    blind_h = max((each["hours_without_forecast"] for each in result["strategies"]), default=0.0)
    if blind_h:
        sentences.append(f"For {number(blind_h)} hours the optimizer knew no day before, and left the battery to itself.")
    meant = [f"{STRATEGIES[name]}: {MEANINGS[name]}." for name in (each["strategy"] for each in result["strategies"])]
    return [" ".join(meant), *sentences, *result["notes"]]


def title(row: Backtest) -> str:
    """How a run is named in the list: what was asked."""
    asked = row.asked
    size = [f"{asked[key]:g}{THIN}{unit}" for key, unit in (("capacity_kwh", "kWh"), ("power_kw", "kW")) if asked[key]]
    span = f"{_day(asked['from']) or 'the beginning'} to {_day(asked['to']) or 'the end'}" if asked["from"] or asked["to"] else "all days"
    return ", ".join([row.file_name or "Your records", span, *size])


def _span(result: Mapping[str, Any]) -> str:
    return f"{_day(result['from'])} to {_day(result['to'])}"


def _day(text: str | None) -> str:
    return f"{date.fromisoformat(text):%-d %b %Y}" if text else ""


def as_csv(result: Mapping[str, Any]) -> str:
    """Each day of each strategy; cost in major units, + paid."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(CSV_COLUMNS)
    for each in result["strategies"]:
        for day in each["days"]:
            figures = (day["cost"], day["import_kwh"], day["export_kwh"], day["cycles"], day["end_soc_pct"], day["known_h"])
            writer.writerow([day["date"], each["strategy"], *figures])
    return out.getvalue()
