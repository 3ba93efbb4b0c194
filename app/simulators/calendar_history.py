"""`calendar_history` from the household's own meter record: energies in Wh per bucket, powers in W, events."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.simulators.household import BUCKET_S, EnergyBucket, Household

Json = dict[str, Any]
_PERIODS = ("day", "week", "month", "year", "lifetime")


class HistoryRefused(Exception):
    """A question that cannot be answered; the text says why."""


def calendar_history(household: Household, query: dict[str, str], site_zone: ZoneInfo, now: datetime) -> Json:
    """The answer's `response`. Raises HistoryRefused."""
    kind, period = query.get("kind", ""), query.get("period", "")
    zone = ZoneInfo(query["time_zone"]) if query.get("time_zone") else site_zone
    if kind == "backup":
        return {"events": [], "total_events": 0}
    if kind not in ("energy", "power", "soe"):
        raise HistoryRefused(f"kind {kind!r}")
    if kind == "energy" and period not in _PERIODS:
        raise HistoryRefused(f"period {period!r}")
    first, end = _span(query, period if kind == "energy" else "day", zone, now)
    answer: Json = {"serial_number": "7c0f0a52-1f64", "period": period, "installation_time_zone": site_zone.key}
    rows = {"energy": _energy_rows, "power": _power_rows, "soe": _charge_rows}[kind](household, first, end, period, zone)
    if rows:
        answer["time_series"] = rows
    return answer


def _span(query: dict[str, str], period: str, zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
    """[first, end) asked for. An end at 00:00:00 is the start of its day and gives an empty one, as in life."""
    try:
        end = datetime.fromisoformat(query["end_date"]).astimezone(zone) if "end_date" in query else now.astimezone(zone)
        start = datetime.fromisoformat(query["start_date"]).astimezone(zone) if "start_date" in query else None
    except ValueError as bad:
        raise HistoryRefused(str(bad)) from None
    if start is None:
        day = end.date()
        first = {
            "day": day,
            "week": day - timedelta(days=6),
            "month": day.replace(day=1),
            "year": day.replace(month=1, day=1),
            "lifetime": date(2015, 1, 1),
        }[period]
        start = datetime(first.year, first.month, first.day, tzinfo=zone)
    return start.astimezone(UTC), min(end.astimezone(UTC), now)


def _energy_rows(household: Household, first: datetime, end: datetime, period: str, zone: ZoneInfo) -> list[Json]:
    groups: dict[datetime, EnergyBucket] = {}
    for start_s, bucket in sorted(household.buckets.items()):
        start = datetime.fromtimestamp(start_s, UTC)
        if first <= start < end:
            local = start.astimezone(zone)
            groups_key = local if period == "day" else _group(local, period)
            total = groups.setdefault(groups_key, EnergyBucket())
            for name in EnergyBucket.__slots__:
                setattr(total, name, getattr(total, name) + getattr(bucket, name))
    return [_energy_row(start, bucket) for start, bucket in groups.items()]


def _group(local: datetime, period: str) -> datetime:
    """Rows of a day are stamped 01:00, those of a month on its first day."""
    stamp = local.replace(hour=1, minute=0, second=0, fold=0)
    if period == "year":
        return stamp.replace(day=1)
    return stamp.replace(day=1, month=1) if period == "lifetime" else stamp


def _energy_row(start: datetime, bucket: EnergyBucket) -> Json:
    stamp = start.isoformat()
    charge_wh = bucket.solar_to_battery_wh + bucket.grid_to_battery_wh
    discharge_wh = bucket.battery_to_home_wh + bucket.battery_to_grid_wh
    home_wh = bucket.grid_to_home_wh + bucket.solar_to_home_wh + bucket.battery_to_home_wh
    row: Json = {
        "timestamp": stamp,
        "raw_timestamp": stamp,
        "solar_energy_exported": _wh(bucket.solar_wh),
        "generator_energy_exported": 0,
        "grid_energy_imported": _wh(bucket.import_wh),
        "grid_services_energy_imported": 0,
        "grid_services_energy_exported": 0,
        "grid_energy_exported_from_solar": _wh(bucket.solar_to_grid_wh),
        "grid_energy_exported_from_generator": 0,
        "grid_energy_exported_from_battery": _wh(bucket.battery_to_grid_wh),
        "battery_energy_exported": _wh(discharge_wh),
        "battery_energy_imported_from_grid": _wh(bucket.grid_to_battery_wh),
        "battery_energy_imported_from_solar": _wh(bucket.solar_to_battery_wh),
        "battery_energy_imported_from_generator": 0,
        "consumer_energy_imported_from_grid": _wh(bucket.grid_to_home_wh),
        "consumer_energy_imported_from_solar": _wh(bucket.solar_to_home_wh),
        "consumer_energy_imported_from_battery": _wh(bucket.battery_to_home_wh),
        "consumer_energy_imported_from_generator": 0,
    }
    totals = {
        "total_home_usage": _wh(home_wh),
        "total_battery_charge": _wh(charge_wh),
        "total_battery_discharge": _wh(discharge_wh),
        "total_solar_generation": _wh(bucket.solar_wh),
        "total_grid_energy_exported": _wh(bucket.export_wh),
    }
    return row | {key: value for key, value in totals.items() if value}


def _wh(value: float) -> float:
    return round(value, 3)


def _power_rows(household: Household, first: datetime, end: datetime, period: str, zone: ZoneInfo) -> list[Json]:
    hours = BUCKET_S / 3600
    rows = []
    for start_s, bucket in sorted(household.buckets.items()):
        start = datetime.fromtimestamp(start_s, UTC)
        if first <= start < end:
            charge_wh = bucket.solar_to_battery_wh + bucket.grid_to_battery_wh
            battery_wh = bucket.battery_to_home_wh + bucket.battery_to_grid_wh - charge_wh
            rows.append(
                {
                    "timestamp": start.astimezone(zone).isoformat(),
                    "solar_power": round(bucket.solar_wh / hours, 1),
                    "battery_power": round(battery_wh / hours, 1),
                    "grid_power": round((bucket.import_wh - bucket.export_wh) / hours, 1),
                    "grid_services_power": 0,
                    "generator_power": 0,
                }
            )
    return rows


def _charge_rows(household: Household, first: datetime, end: datetime, period: str, zone: ZoneInfo) -> list[Json]:
    return [
        {"timestamp": reading.at.astimezone(zone).isoformat(), "soe": round(reading.soc_pct)}
        for reading in household.readings
        if first <= reading.at < end and reading.at.minute % 15 == 0
    ]
