"""A problem from its JSON form: every key checked, everything wrong refused with its path."""

import math
from collections.abc import Mapping
from typing import Any

from app.optimizer.problem import BatterySpec, GridLimits, Problem

IGNORED_PREFIXES = ("name", "first_interval", "time_zone")
MOST_INTERVALS = 100_000
_MOST_MINUTES = 1440.0
_MOST = 1e9  # of whatever unit: larger numbers are mistakes and would drown the rest in rounding

_BATTERY = (
    "capacity_kwh",
    "soc_initial",
    "soc_min",
    "soc_max",
    "max_charge_kw",
    "max_discharge_kw",
    "efficiency_charge",
    "efficiency_discharge",
)
_GRID = ("max_import_kw", "max_export_kw")
_ARRAYS = ("import_price_per_kwh", "export_price_per_kwh", "solar_kw", "load_kw")
_REQUIRED = ("interval_minutes", "battery", "grid", *_ARRAYS)
_OPTIONAL = ("terminal_value_per_kwh", "cycle_cost_per_kwh", "solar_curtailable", "demand_charge_per_kw", "demand_window")


class ProblemError(ValueError):
    """The file is no problem that can be solved; the text names the key and what is wrong with it."""


def problem_from_json(data: Any) -> Problem:
    """The problem that parsed JSON `data` states. Raises ProblemError."""
    top = _object(data, "", _REQUIRED, _OPTIONAL)
    minutes = _number(top, "interval_minutes", "")
    if not 0 < minutes <= _MOST_MINUTES:
        raise ProblemError(f"interval_minutes: must be above 0 and at most {_MOST_MINUTES:g}, not {minutes:g}")
    battery = _object(top["battery"], "battery", _BATTERY)
    grid = _object(top["grid"], "grid", _GRID)
    arrays = {name: _numbers(top[name], name) for name in _ARRAYS}
    count = len(arrays[_ARRAYS[0]])
    for name in _ARRAYS[1:]:
        _same_length(len(arrays[name]), count, name)
    for name in ("solar_kw", "load_kw"):
        _no_negative(arrays[name], name)
    charge = _optional_number(top, "demand_charge_per_kw", least=0.0)
    return Problem(
        interval_h=minutes / 60,
        battery=_battery(battery),
        grid=GridLimits(*(_number(grid, key, "grid", least=0.0) for key in _GRID)),
        soc_initial=_share(battery, "soc_initial"),
        import_price_per_kwh=arrays["import_price_per_kwh"],
        export_price_per_kwh=arrays["export_price_per_kwh"],
        solar_kw=arrays["solar_kw"],
        load_kw=arrays["load_kw"],
        terminal_value_per_kwh=_optional_number(top, "terminal_value_per_kwh"),
        cycle_cost_per_kwh=_optional_number(top, "cycle_cost_per_kwh", least=0.0),
        is_solar_curtailable=_boolean(top.get("solar_curtailable", True), "solar_curtailable"),
        demand_charge_per_kw=charge,
        demand_window=_window(top, count, charge),
    )


def _battery(data: Mapping[str, Any]) -> BatterySpec:
    spec = BatterySpec(
        capacity_kwh=_above_zero(data, "capacity_kwh"),
        max_charge_kw=_number(data, "max_charge_kw", "battery", least=0.0),
        max_discharge_kw=_number(data, "max_discharge_kw", "battery", least=0.0),
        efficiency_charge=_efficiency(data, "efficiency_charge"),
        efficiency_discharge=_efficiency(data, "efficiency_discharge"),
        soc_min=_share(data, "soc_min"),
        soc_max=_share(data, "soc_max"),
    )
    if spec.soc_min > spec.soc_max:
        raise ProblemError(f"battery.soc_min: {spec.soc_min:g} is above soc_max, {spec.soc_max:g}")
    return spec


def _window(top: Mapping[str, Any], count: int, charge: float) -> tuple[bool, ...]:
    if "demand_window" not in top:
        if charge > 0:
            raise ProblemError("demand_window: is missing; it is needed with demand_charge_per_kw")
        return ()
    value = _array(top["demand_window"], "demand_window")
    _same_length(len(value), count, "demand_window")
    return tuple(_boolean(each, f"demand_window[{index}]") for index, each in enumerate(value))


def _object(value: Any, path: str, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ProblemError(f"{path or 'the file'}: must be an object, not {_kind(value)}")
    for key in value:
        if key not in required and key not in optional and (path or not str(key).startswith(IGNORED_PREFIXES)):
            raise ProblemError(f"{_join(path, str(key))}: is not known")
    for key in required:
        if key not in value:
            raise ProblemError(f"{_join(path, key)}: is missing")
    return value


def _array(value: Any, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise ProblemError(f"{path}: must be an array, not {_kind(value)}")
    if not value:
        raise ProblemError(f"{path}: is empty")
    if len(value) > MOST_INTERVALS:
        raise ProblemError(f"{path}: has {len(value)} values; at most {MOST_INTERVALS} are taken")
    return value


def _numbers(value: Any, path: str) -> tuple[float, ...]:
    return tuple(_finite(each, f"{path}[{index}]") for index, each in enumerate(_array(value, path)))


def _same_length(count: int, expected: int, path: str) -> None:
    if count != expected:
        raise ProblemError(f"{path}: has {count} values; {_ARRAYS[0]} has {expected}")


def _no_negative(values: tuple[float, ...], path: str) -> None:
    for index, value in enumerate(values):
        if value < 0:
            raise ProblemError(f"{path}[{index}]: must not be negative, not {value:g}")


def _number(data: Mapping[str, Any], key: str, path: str, least: float = -math.inf) -> float:
    value = _finite(data[key], _join(path, key))
    if value < least:
        raise ProblemError(f"{_join(path, key)}: must be at least {least:g}, not {value:g}")
    return value


def _optional_number(data: Mapping[str, Any], key: str, least: float = -math.inf) -> float:
    return _number(data, key, "", least) if key in data else 0.0


def _above_zero(data: Mapping[str, Any], key: str) -> float:
    value = _number(data, key, "battery")
    if value <= 0:
        raise ProblemError(f"battery.{key}: must be above 0, not {value:g}")
    return value


def _share(data: Mapping[str, Any], key: str) -> float:
    value = _number(data, key, "battery")
    if not 0 <= value <= 1:
        raise ProblemError(f"battery.{key}: must be a share from 0 to 1, not {value:g}")
    return value


def _efficiency(data: Mapping[str, Any], key: str) -> float:
    value = _above_zero(data, key)
    if value > 1:
        raise ProblemError(f"battery.{key}: must be at most 1, not {value:g}")
    return value


def _finite(value: Any, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ProblemError(f"{path}: must be a number, not {_kind(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ProblemError(f"{path}: must be a finite number")
    if abs(number) > _MOST:
        raise ProblemError(f"{path}: is too large, {number:g}")
    return number


def _boolean(value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise ProblemError(f"{path}: must be true or false, not {_kind(value)}")
    return value


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _kind(value: Any) -> str:
    """What JSON calls it."""
    names = {dict: "an object", list: "an array", str: "text", bool: "true or false", int: "a number", float: "a number"}
    return "null" if value is None else names.get(type(value), "something else")
