"""An export rule that some firmware shows and does not keep to until it has passed through another one."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from app.models.site import Site
from app.simulators import effects
from app.simulators.powerwall import EXPORT_RULE, Behaviour
from tests.control.conftest import Home


@pytest.fixture
def home(engine: Engine, home_of: Callable[..., Home]) -> Home:
    """A home that may export nothing, with such a firmware."""
    made = home_of(engine, behaviour=replace(Behaviour.prompt(), never_needs_another_rule_first=True))
    with made.session() as session:
        session.get_one(Site, made.site_id).max_export_w = 0
        session.commit()
    return made


def rules(home: Home) -> list[str]:
    return [each.body[EXPORT_RULE] for each in home.world.teslemetry.writes() if EXPORT_RULE in (each.body or {})]


def test_never_passes_through_solar_only_and_is_kept_to(home: Home) -> None:
    home.tick()
    assert rules(home) == ["never", "pv_only", "never"]
    assert home.world.powerwall.acting[EXPORT_RULE] == "never"
    assert home.outcome.is_confirmed
    home.later(minutes=1)
    home.tick()
    assert len(rules(home)) == 3


def test_a_rule_in_between_is_never_taken_for_the_owners(home: Home) -> None:
    """The last of the three writes is lost: what is found then is PowerSync's own."""
    home.world.faults.add(effects.Status(503), server="teslemetry", path="grid_import_export", method="POST", count=1)
    home.tick()
    assert rules(home) == ["never"]
    service, answer = home.world.teslemetry, home.world.teslemetry.answer

    def only_two(request: object, taken: object) -> object:
        return service.error(503) if len(rules(home)) > 3 else answer(request, taken)  # type: ignore[arg-type]

    service.answer = only_two  # type: ignore[method-assign, assignment]
    home.later(minutes=2)
    home.tick()
    assert rules(home) == ["never", "never", "pv_only", "never"]
    assert home.world.powerwall.shown[EXPORT_RULE] == "pv_only"
    service.answer = answer  # type: ignore[method-assign]
    for _ in range(3):
        home.later(minutes=3)
        home.tick()
    assert home.world.powerwall.acting[EXPORT_RULE] == "never"
    baseline = home.baseline
    assert baseline is not None
    assert baseline.settings["export_rule"] == "battery_ok"
    assert [each.code for each in home.journal if each.code.startswith("owner_changed")] == []
