"""openapi.json describes exactly what /api/v1 does: requests made up from it, against the real app."""

from typing import Any
from uuid import uuid4

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

from app.extensions import limiter
from app.web.access import OF_PROGRAMS, access_of
from tests.web.api.programs import Program

EXAMPLES = 25
OPERATIONS = (
    ("GET", "/api/v1/site"),
    ("GET", "/api/v1/prices"),
    ("GET", "/api/v1/tariff"),
    ("GET", "/api/v1/plan"),
    ("GET", "/api/v1/energy"),
    ("GET", "/api/v1/journal"),
    ("GET", "/api/v1/settings"),
    ("GET", "/api/v1/wishes"),
    ("POST", "/api/v1/wishes"),
    ("DELETE", "/api/v1/wishes"),
)
# Where nothing can be asked nothing can be asked wrongly.
TAKE_NOTHING = OPERATIONS[:4] + OPERATIONS[6:8] + OPERATIONS[9:]
CASES = [
    *((method, path, GenerationMode.POSITIVE) for method, path in OPERATIONS),
    *((method, path, GenerationMode.NEGATIVE) for method, path in OPERATIONS if (method, path) not in TAKE_NOTHING),
]


@pytest.fixture
def described(app: Flask, monkeypatch: pytest.MonkeyPatch) -> schemathesis.BaseSchema:
    """The description that the app gives of itself."""
    monkeypatch.setattr(limiter, "enabled", False)
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    # Every request below comes with a token; what happens without one is asked by test_access.
    del schema.raw_schema["security"]
    return schema


@pytest.mark.parametrize(("method", "path", "mode"), CASES)
def test_every_answer_is_as_described(
    described: schemathesis.BaseSchema, controller: Program, method: str, path: str, mode: GenerationMode
) -> None:
    """What fits the description is taken, what does not is refused, and every answer has the form that it promises."""
    cases = described[path][method].as_strategy(generation_mode=mode)

    @given(case=cases)
    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    def hold(case: schemathesis.Case) -> None:
        if mode is GenerationMode.POSITIVE and "Idempotency-Key" in case.headers:
            case.headers["Idempotency-Key"] = uuid4().hex  # new for each wish, as the description asks
        case.call_and_validate(headers={"Authorization": f"Bearer {controller.token}"})

    hold()


def test_every_view_for_programs_is_described_and_nothing_else(app: Flask) -> None:
    told = app.test_client().get("/api/v1/openapi.json").json
    views = {
        (rule.rule, method.lower())
        for rule in app.url_map.iter_rules()
        if access_of(app.view_functions[rule.endpoint]) in OF_PROGRAMS
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert {(path, method) for path, operations in told["paths"].items() for method in operations} == views
    assert {(path, method.lower()) for method, path in OPERATIONS} == views
    assert told["openapi"] == "3.1.0"


def test_the_description_says_units_and_bounds(app: Flask) -> None:
    told: dict[str, Any] = app.test_client().get("/api/v1/openapi.json").json
    days = next(each for each in told["paths"]["/api/v1/energy"]["get"]["parameters"] if each["name"] == "days")
    assert days["schema"] == {"type": "integer", "minimum": 1, "maximum": 31, "default": 1}
    assert told["components"]["schemas"]["Live"]["properties"]["grid_w"]["description"] == "W, + import, - export"
    assert set(told["components"]["schemas"]["NewWish"]["required"]) == {"kind"}
