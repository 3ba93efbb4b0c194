"""The problem file: what is taken, and what is refused with its path."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from app.optimizer.problem_file import ProblemError, problem_from_json

Change = Callable[[dict[str, Any]], None]


def a_file() -> dict[str, Any]:
    return {
        "interval_minutes": 5,
        "battery": {
            "capacity_kwh": 13.5,
            "soc_initial": 0.4,
            "soc_min": 0.1,
            "soc_max": 1.0,
            "max_charge_kw": 5,
            "max_discharge_kw": 5,
            "efficiency_charge": 0.95,
            "efficiency_discharge": 0.95,
        },
        "grid": {"max_import_kw": 15, "max_export_kw": 5},
        "import_price_per_kwh": [0.31, 0.28],
        "export_price_per_kwh": [0.08, 0.08],
        "solar_kw": [0.0, 1.0],
        "load_kw": [0.6, 0.7],
    }


def put(path: str, value: Any) -> Change:
    def change(data: dict[str, Any]) -> None:
        *parents, key = path.split(".")
        for each in parents:
            data = data[each]
        data[key] = value

    return change


def without(path: str) -> Change:
    def change(data: dict[str, Any]) -> None:
        *parents, key = path.split(".")
        for each in parents:
            data = data[each]
        del data[key]

    return change


def test_what_is_absent_is_zero_and_solar_is_curtailable() -> None:
    problem = problem_from_json(a_file())
    assert (problem.terminal_value_per_kwh, problem.cycle_cost_per_kwh, problem.demand_charge_per_kw) == (0, 0, 0)
    assert problem.is_solar_curtailable
    assert not problem.has_demand_charge
    assert problem.interval_h == pytest.approx(1 / 12)


def test_every_key_of_the_contract_is_read() -> None:
    data = a_file() | {
        "terminal_value_per_kwh": 0.1,
        "cycle_cost_per_kwh": 0.02,
        "solar_curtailable": False,
        "demand_charge_per_kw": 0.5,
        "demand_window": [False, True],
    }
    problem = problem_from_json(data)
    assert (problem.terminal_value_per_kwh, problem.cycle_cost_per_kwh, problem.demand_charge_per_kw) == (0.1, 0.02, 0.5)
    assert not problem.is_solar_curtailable
    assert problem.demand_window == (False, True)
    assert (problem.battery.capacity_kwh, problem.battery.efficiency_charge, problem.soc_initial) == (13.5, 0.95, 0.4)
    assert (problem.grid.max_import_kw, problem.grid.max_export_kw) == (15, 5)
    assert (problem.import_price_per_kwh, problem.export_price_per_kwh) == ((0.31, 0.28), (0.08, 0.08))
    assert (problem.solar_kw, problem.load_kw) == ((0.0, 1.0), (0.6, 0.7))


@pytest.mark.parametrize("key", ["name", "names", "first_interval", "first_interval_start", "time_zone", "time_zone_name"])
def test_names_and_times_are_not_looked_at(key: str) -> None:
    assert len(problem_from_json(a_file() | {key: {"any": "thing"}})) == 2


REFUSED: list[tuple[Change, str]] = [
    (put("solar", [0, 0]), "solar: is not known"),
    (put("battery.name", "x"), "battery.name: is not known"),
    (put("grid.max_power_kw", 3), "grid.max_power_kw: is not known"),
    (without("load_kw"), "load_kw: is missing"),
    (without("battery.soc_min"), "battery.soc_min: is missing"),
    (put("battery", [1]), "battery: must be an object, not an array"),
    (put("battery", None), "battery: must be an object, not null"),
    (put("load_kw", 3), "load_kw: must be an array, not a number"),
    (put("load_kw", [0.6]), "load_kw: has 1 values; import_price_per_kwh has 2"),
    (put("import_price_per_kwh", []), "import_price_per_kwh: is empty"),
    (put("import_price_per_kwh", [0.3, float("nan")]), "import_price_per_kwh[1]: must be a finite number"),
    (put("import_price_per_kwh", [0.3, float("inf")]), "import_price_per_kwh[1]: must be a finite number"),
    (put("import_price_per_kwh", [0.3, 10**400]), "import_price_per_kwh[1]: must be a finite number"),
    (put("import_price_per_kwh", [0.3, 1e10]), "import_price_per_kwh[1]: is too large, 1e+10"),
    (put("import_price_per_kwh", [0.3, None]), "import_price_per_kwh[1]: must be a number, not null"),
    (put("import_price_per_kwh", [0.3, "0.3"]), "import_price_per_kwh[1]: must be a number, not text"),
    (put("import_price_per_kwh", [0.3, True]), "import_price_per_kwh[1]: must be a number, not true or false"),
    (put("solar_kw", [0.0, -1.0]), "solar_kw[1]: must not be negative, not -1"),
    (put("load_kw", [-0.5, 1.0]), "load_kw[0]: must not be negative, not -0.5"),
    (put("interval_minutes", 0), "interval_minutes: must be above 0 and at most 1440, not 0"),
    (put("interval_minutes", 2000), "interval_minutes: must be above 0 and at most 1440, not 2000"),
    (put("battery.capacity_kwh", 0), "battery.capacity_kwh: must be above 0, not 0"),
    (put("battery.max_charge_kw", -1), "battery.max_charge_kw: must be at least 0, not -1"),
    (put("battery.efficiency_charge", 0), "battery.efficiency_charge: must be above 0, not 0"),
    (put("battery.efficiency_discharge", 1.1), "battery.efficiency_discharge: must be at most 1, not 1.1"),
    (put("battery.soc_initial", 40), "battery.soc_initial: must be a share from 0 to 1, not 40"),
    (put("battery.soc_min", -0.1), "battery.soc_min: must be a share from 0 to 1, not -0.1"),
    (put("battery.soc_max", 0.05), "battery.soc_min: 0.1 is above soc_max, 0.05"),
    (put("grid.max_export_kw", -5), "grid.max_export_kw: must be at least 0, not -5"),
    (put("cycle_cost_per_kwh", -0.1), "cycle_cost_per_kwh: must be at least 0, not -0.1"),
    (put("demand_charge_per_kw", -1), "demand_charge_per_kw: must be at least 0, not -1"),
    (put("demand_charge_per_kw", 1), "demand_window: is missing; it is needed with demand_charge_per_kw"),
    (put("demand_window", [True]), "demand_window: has 1 values; import_price_per_kwh has 2"),
    (put("demand_window", [True, 1]), "demand_window[1]: must be true or false, not a number"),
    (put("solar_curtailable", "yes"), "solar_curtailable: must be true or false, not text"),
]


@pytest.mark.parametrize(("change", "words"), REFUSED, ids=[words for _, words in REFUSED])
def test_what_is_wrong_is_refused_with_its_path(change: Change, words: str) -> None:
    data = a_file()
    change(data)
    with pytest.raises(ProblemError) as refused:
        problem_from_json(data)
    assert str(refused.value) == words


@pytest.mark.parametrize("value", [None, [], "x", 3])
def test_a_file_that_is_no_object_is_refused(value: Any) -> None:
    with pytest.raises(ProblemError, match="the file: must be an object"):
        problem_from_json(json.loads(json.dumps(value)))
