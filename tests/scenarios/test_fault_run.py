"""Two days of faults, buttons, changes in the app and kills: no invariant breaks."""

import pytest
from sqlalchemy import Engine

from tests.scenarios.fault_run import FaultRun


@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_day_of_faults(engine: Engine, seed: int) -> None:
    figures = FaultRun(engine, seed).run()
    assert figures.uploads > 50
    assert figures.faults > 5
    print(figures)
