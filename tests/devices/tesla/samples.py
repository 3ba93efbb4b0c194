"""Payloads as Tesla sends them, with invented values."""

from copy import deepcopy
from typing import Any

BUY_A = (
    0.2412,
    0.2388,
    0.2351,
    0.2307,
    0.229,
    0.2284,
    0.2279,
    0.2275,
    0.2281,
    0.2296,
    0.2344,
    0.242,
    0.2586,
    0.2871,
    0.3044,
    0.2969,
    0.2402,
    0.1987,
    0.163,
    0.1274,
    0.0961,
    0.0733,
    0.0518,
    0.0306,
    0.019,
    0.0,
    0.0,
    0.0145,
    0.0427,
    0.0894,
    0.1555,
    0.2268,
    0.331,
    0.3895,
    0.452,
    0.4871,
    0.5138,
    0.5016,
    0.4477,
    0.3962,
    0.3429,
    0.3105,
    0.289,
    0.2774,
    0.2661,
    0.2573,
    0.251,
    0.2456,
)
SELL_A = (
    0.0912,
    0.089,
    0.0855,
    0.0818,
    0.0803,
    0.0798,
    0.0794,
    0.0791,
    0.0796,
    0.0809,
    0.085,
    0.0917,
    0.1061,
    0.1308,
    0.1465,
    0.1398,
    0.0902,
    0.0541,
    0.024,
    0.0,
    0.0,
    0.0,
    0.0,
    0.0,
    0.0,
    0.0,
    0.0,
    0.0,
    0.0,
    0.0,
    0.021,
    0.0784,
    0.1706,
    0.2219,
    0.2765,
    0.3091,
    0.3346,
    0.323,
    0.2728,
    0.228,
    0.1811,
    0.1522,
    0.1333,
    0.123,
    0.1131,
    0.1053,
    0.0998,
    0.0951,
)
# SHA-256 of the compact JSON with sorted keys of the plan of these prices as "Dynamic 30 min" of Example Power
DIGEST_A = "62281886cba687beb3bb7e792b5568a39dc63ab73f0e41e31f4154646bcb4d3a"


def entry(first_day: int, last_day: int, start: tuple[int, int], end: tuple[int, int]) -> dict[str, int]:
    """One entry of a period, all fields written."""
    return {
        "fromDayOfWeek": first_day,
        "toDayOfWeek": last_day,
        "fromHour": start[0],
        "fromMinute": start[1],
        "toHour": end[0],
        "toMinute": end[1],
    }


def season(first: tuple[int, int], last: tuple[int, int], **periods: list[dict[str, int]]) -> dict[str, Any]:
    """A season from `first` to `last` (month, day)."""
    return {
        "fromMonth": first[0],
        "fromDay": first[1],
        "toMonth": last[0],
        "toDay": last[1],
        "tou_periods": {name: {"periods": entries} for name, entries in periods.items()},
    }


def two_seasons() -> dict[str, Any]:
    """An owner's own plan: summer over the new year, weekdays and weekends, other periods for selling."""
    return {
        "version": 1,
        "code": "EXAMPLE:TOU2",
        "name": "Two season TOU",
        "utility": "Example Power",
        "currency": "AUD",
        "daily_charges": [{"name": "Supply", "amount": 1.12}],
        "demand_charges": {"ALL": {"rates": {"ALL": 0}}, "Summer": {}, "Winter": {}},
        "energy_charges": {
            "ALL": {"rates": {"ALL": 0}},
            "Summer": {"rates": {"ON_PEAK": 0.52, "PARTIAL_PEAK": 0.31, "OFF_PEAK": 0.19}},
            "Winter": {"rates": {"PARTIAL_PEAK": 0.34, "OFF_PEAK": 0.21}},
        },
        "seasons": {
            "Summer": season(
                (10, 1),
                (3, 31),
                ON_PEAK=[entry(0, 4, (15, 0), (21, 0))],
                PARTIAL_PEAK=[entry(0, 4, (7, 0), (15, 0)), entry(0, 4, (21, 0), (22, 0)), entry(5, 6, (7, 0), (22, 0))],
                OFF_PEAK=[entry(0, 6, (0, 0), (7, 0)), entry(0, 6, (22, 0), (24, 0))],
            ),
            "Winter": season(
                (4, 1),
                (9, 30),
                PARTIAL_PEAK=[entry(0, 4, (6, 30), (10, 0)), entry(0, 4, (17, 0), (21, 0))],
                OFF_PEAK=[
                    entry(0, 4, (0, 0), (6, 30)),
                    entry(0, 4, (10, 0), (17, 0)),
                    entry(0, 4, (21, 0), (24, 0)),
                    entry(5, 6, (0, 0), (24, 0)),
                ],
            ),
        },
        "sell_tariff": {
            "name": "Two season TOU export",
            "utility": "Example Power",
            "daily_charges": [{"name": "Charge"}],
            "demand_charges": {"ALL": {"rates": {"ALL": 0}}, "Summer": {}, "Winter": {}},
            "energy_charges": {
                "ALL": {"rates": {"ALL": 0}},
                "Summer": {"rates": {"ON_PEAK": 0.14, "OFF_PEAK": 0.04}},
                "Winter": {"rates": {"OFF_PEAK": 0.05}},
            },
            "seasons": {
                "Summer": season(
                    (10, 1),
                    (3, 31),
                    ON_PEAK=[entry(0, 6, (16, 0), (20, 0))],
                    OFF_PEAK=[entry(0, 6, (0, 0), (16, 0)), entry(0, 6, (20, 0), (24, 0))],
                ),
                "Winter": season((4, 1), (9, 30), OFF_PEAK=[entry(0, 6, (0, 0), (24, 0))]),
            },
        },
    }


_TIMES = frozenset(
    {"fromDayOfWeek", "toDayOfWeek", "fromHour", "fromMinute", "toHour", "toMinute", "fromMonth", "fromDay", "toMonth", "toDay"}
)


def read_back(plan: dict[str, Any], *, midnight_as_zero: bool = False, without_all: bool = True) -> dict[str, Any]:
    """`plan` as site_info shows it: each time field that is 0 is gone, and so are unused seasons' parts and season ALL."""

    def shown(value: Any) -> Any:
        if isinstance(value, list):
            return [shown(each) for each in value]
        if not isinstance(value, dict):
            return value
        held = dict(value)
        if midnight_as_zero and held.get("toHour") == 24:
            held["toHour"] = 0
        if without_all:
            held.pop("ALL", None)
        return {
            key: shown(each) for key, each in held.items() if not (key in _TIMES and each == 0) and not (key == "tou_periods" and not each)
        }

    found: dict[str, Any] = shown(deepcopy(plan))
    return found


def site_info(**changes: Any) -> dict[str, Any]:
    """`response` of site_info; `components` given are merged."""
    components = {
        "solar": True,
        "battery": True,
        "grid": True,
        "customer_preferred_export_rule": "pv_only",
        "disallow_charge_from_grid_with_solar_installed": True,
        "batteries": [
            {
                "part_name": "Powerwall 3",
                "nameplate_max_charge_power": 5000,
                "nameplate_max_discharge_power": 10000,
                "nameplate_energy": 13500,
            }
        ],
    } | changes.pop("components", {})
    info = {
        "id": "1707000-11-L--TG123456000ABC",
        "site_name": "Home",
        "backup_reserve_percent": 20,
        "default_real_mode": "autonomous",
        "installation_time_zone": "Australia/Sydney",
        "version": "26.18.3 184289b9",
        "battery_count": 1,
        "nameplate_power": 10000,
        "nameplate_energy": 13500,
        "components": {key: value for key, value in components.items() if value is not None},
        "tariff_content_v2": two_seasons(),
    } | changes
    return {key: value for key, value in info.items() if value is not None}


def live_status(**changes: Any) -> dict[str, Any]:
    """`response` of live_status."""
    live = {
        "solar_power": 4120,
        "battery_power": -2610,
        "grid_power": -310,
        "load_power": 1200,
        "percentage_charged": 62.4187,
        "energy_left": 8430.5,
        "total_pack_energy": 13506,
        "grid_status": "Active",
        "island_status": "on_grid",
        "timestamp": "2026-03-14T11:25:31+11:00",
    } | changes
    return {key: value for key, value in live.items() if value is not None}
