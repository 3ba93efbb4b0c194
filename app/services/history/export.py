"""Histories as comma-separated values: what was not measured stays empty."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.day_costs import Way
from app.services.history.battery import BatteryHistory
from app.services.history.energy import EnergyHistory
from app.services.history.money import MoneyHistory

_TIMES = ("start", "end", "measured_pct")
ENERGY_COLUMNS = (*_TIMES, "solar_kwh", "home_kwh", "import_kwh", "export_kwh", "battery_in_kwh", "battery_out_kwh")
MONEY_COLUMNS = (
    *(*_TIMES[:2], "measured_and_priced_pct", "import_kwh", "export_kwh"),
    *("paid_for_import", "received_for_export", "credits", "supply", "demand", "result"),
    *("result_without_battery", "result_battery_on_its_own"),
)
BATTERY_COLUMNS = (*_TIMES, "charge_low_pct", "charge_high_pct", "charge_end_pct", "battery_in_kwh", "battery_out_kwh", "full_cycles")


def energy_csv(history: EnergyHistory) -> str:
    """The rows of the table; kWh."""
    names = ("solar_wh", "load_wh", "import_wh", "export_wh", "charge_wh", "discharge_wh")
    return _text(
        ENERGY_COLUMNS,
        (
            [
                *_times(row.start, row.end, history.reach.zone),
                _figure(row.coverage_pct, 1),
                *(_figure(getattr(row.flows, name) / 1000.0 if row.flows else None, 3) for name in names),
            ]
            for row in history.rows
        ),
    )


def money_csv(history: MoneyHistory) -> str:
    """The rows of the table; major units of the currency. Paid and received have no sign, a result is + where the home earned."""
    rows = []
    for row in history.rows:
        money = row.metered
        energy_wh = (money.import_wh, money.export_wh) if money else (None, None)
        paid = (money.import_c, money.feed_in_c, money.credit_c, money.supply_c, money.demand_c, money.result_c) if money else (None,) * 6
        others = (row.ways[way].result_c if way in row.ways else None for way in (Way.NO_BATTERY, Way.ON_ITS_OWN))
        rows.append(
            [
                *_times(row.start, row.end, history.reach.zone),
                _figure(row.coverage_pct, 1),
                *(_figure(_thousandth(each), 3) for each in energy_wh),
                *(_figure(None if each is None else each / 100.0, 4) for each in (*paid, *others)),
            ]
        )
    return _text(MONEY_COLUMNS, rows)


def battery_csv(history: BatteryHistory) -> str:
    """The rows of the table; percent of the usable capacity, kWh."""
    rows = []
    for row in history.rows:
        use = row.use
        charge = (use.low_pct, use.high_pct, use.last_pct) if use else (None, None, None)
        energy_wh = (use.charge_wh, use.discharge_wh) if use else (None, None)
        rows.append(
            [
                *_times(row.start, row.end, history.reach.zone),
                _figure(row.coverage_pct, 1),
                *(_figure(each, 1) for each in charge),
                *(_figure(_thousandth(each), 3) for each in energy_wh),
                _figure(use.cycles(history.battery.usable_wh) if use else None, 3),
            ]
        )
    return _text(BATTERY_COLUMNS, rows)


def _text(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def _times(start: datetime, end: datetime, zone: ZoneInfo) -> tuple[str, str]:
    """On the site's clock, with their offset."""
    return start.astimezone(zone).isoformat(), end.astimezone(zone).isoformat()


def _thousandth(energy_wh: float | None) -> float | None:
    """Wh → kWh."""
    return None if energy_wh is None else energy_wh / 1000.0


def _figure(value: float | None, digits: int) -> str:
    return "" if value is None else str(round(value, digits) + 0.0)
