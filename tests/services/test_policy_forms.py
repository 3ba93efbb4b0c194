"""Settings of policies as site files and tables have them: one definition, and mistakes told at their place."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.domain.codec import from_json, to_json
from app.domain.months import EVERY_MONTH
from app.domain.settings import policy_settings
from app.domain.settings.demand import Demand, DemandPeriod
from app.services.policy_forms import policy_model, settings_from, stored_from
from app.services.site_file import in_words

HOURS = {"start": "15:00", "end": "21:00"}


def problems(policy: str, values: dict[str, Any]) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        stored_from(policy, values)
    return in_words(refused.value, policy_model(policy), f"policies.{policy}")


@pytest.mark.parametrize("name", sorted(policy_settings()))
def test_the_defaults_of_each_policy_are_its_own(name: str) -> None:
    kind = policy_settings()[name].type
    assert settings_from(name, {}) == kind()
    assert from_json(kind, to_json(kind())) == kind()


def test_a_demand_of_before_keeps_its_meaning() -> None:
    stored = {"enabled": True, "windows": [{**HOURS, "days": "weekdays"}], "surcharge_c": 0, "block_grid_charging": False}
    demand = settings_from("demand", stored)
    assert (demand.unit, demand.billing_day, demand.apply_to) == ("day", 1, "buy")
    (window,) = demand.windows
    assert (window.name, window.rate_c_per_kw, window.months) == (DemandPeriod.PEAK, 0.0, EVERY_MONTH)
    assert from_json(Demand, stored) == demand


def test_what_is_stored_of_a_demand_is_plain_and_comes_back() -> None:
    given_values = {"enabled": True, "unit": "month", "windows": [{**HOURS, "name": "off_peak", "rate_c_per_kw": 899.8, "months": "11-3"}]}
    stored = stored_from("demand", given_values)
    assert stored["windows"] == [
        {"start": "15:00", "end": "21:00", "days": "all", "name": "off_peak", "rate_c_per_kw": 899.8, "months": [1, 2, 3, 11, 12]}
    ]
    assert stored_from("demand", stored) == stored
    assert to_json(settings_from("demand", stored)) == stored


@pytest.mark.parametrize(
    ("unit", "rate", "question"),
    [
        ("day", 0.39485, "0.39485 looks like dollars: did you mean 39.485 c?"),
        ("day", 0.99, "0.99 looks like dollars: did you mean 99 c?"),
        ("month", 8.998, "8.998 looks like dollars: did you mean 899.8 c?"),
        ("month", 7, "7 looks like dollars: did you mean 700 c?"),
    ],
)
def test_a_rate_in_dollars_is_refused_with_its_cents(unit: str, rate: float, question: str) -> None:
    windows = [HOURS, {**HOURS, "rate_c_per_kw": rate}]
    assert problems("demand", {"unit": unit, "windows": windows}) == [f"policies.demand.windows.1.rate_c_per_kw: {question}"]


@pytest.mark.parametrize(("unit", "rate"), [("day", 0), ("day", 1), ("day", 1.4584), ("month", 0), ("month", 30), ("month", 899.8)])
def test_a_rate_in_cents_is_taken(unit: str, rate: float) -> None:
    assert settings_from("demand", {"unit": unit, "windows": [{**HOURS, "rate_c_per_kw": rate}]}).windows[0].rate_c_per_kw == rate


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"daily_c": 1.1}, ["policies.supply_charges.daily_c: 1.1 looks like dollars: did you mean 110 c?"]),
        ({"monthly_c": 25}, ["policies.supply_charges.monthly_c: 25 looks like dollars: did you mean 2500 c?"]),
        ({"daily_c": -1}, ["policies.supply_charges.daily_c: Input should be greater than or equal to 0"]),
    ],
)
def test_supply_charges_in_dollars_are_refused_with_their_cents(values: dict[str, float], words: list[str]) -> None:
    assert problems("supply_charges", values) == words


@pytest.mark.parametrize("values", [{}, {"daily_c": None}, {"daily_c": 0, "monthly_c": 0}, {"daily_c": 110.55, "monthly_c": 2500}])
def test_supply_charges_in_cents_or_none_at_all_are_taken(values: dict[str, float | None]) -> None:
    stored = stored_from("supply_charges", values)
    assert stored == {"daily_c": None, "monthly_c": None, **values}


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"billing_day": 0}, "policies.demand.billing_day"),
        ({"billing_day": 29}, "policies.demand.billing_day"),
        ({"unit": "week"}, "policies.demand.unit"),
        ({"apply_to": "export"}, "policies.demand.apply_to"),
        ({"windows": [{**HOURS, "months": "13"}]}, "policies.demand.windows.0.months"),
        ({"windows": [{**HOURS, "months": []}]}, "policies.demand.windows.0.months"),
        ({"windows": [{**HOURS, "months": None}]}, "policies.demand.windows.0.months"),
        ({"windows": [{**HOURS, "name": "offpeak"}]}, "policies.demand.windows.0.name"),
        ({"windows": [{**HOURS, "rate_c_per_kw": -1}]}, "policies.demand.windows.0.rate_c_per_kw"),
        ({"windows": [{**HOURS, "rate_c_per_kw": float("nan")}]}, "policies.demand.windows.0.rate_c_per_kw"),
        ({"windows": [{**HOURS, "month": 3}]}, "policies.demand.windows.0.month"),
    ],
)
def test_what_is_no_demand_is_refused_at_its_place(changes: dict[str, Any], place: str) -> None:
    (problem,) = problems("demand", changes)
    assert problem.startswith(f"{place}: ")


@given(
    st.lists(
        st.fixed_dictionaries(
            {"start": st.times(), "end": st.times()},
            optional={
                "days": st.sampled_from(["all", "weekdays", "weekends"]),
                "name": st.sampled_from(["peak", "shoulder", "off_peak"]),
                "rate_c_per_kw": st.floats(30, 10_000),
                "months": st.lists(st.integers(1, 12), min_size=1),
            },
        ),
        max_size=3,
    ),
    st.sampled_from(["day", "month"]),
    st.integers(1, 28),
)
def test_settings_survive_form_table_and_domain(windows: list[dict[str, Any]], unit: str, billing_day: int) -> None:
    stored = stored_from("demand", {"windows": windows, "unit": unit, "billing_day": billing_day})
    assert to_json(settings_from("demand", stored)) == stored
