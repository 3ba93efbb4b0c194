"""What the planning of a home keeps between two plans: the last forecasts, whose mean errs less than the newest alone, and what stored
energy was worth. A restart begins anew: the first plans are then made from the newest forecast."""

from app.control.planning.inputs import STEP, Inputs
from app.domain.snapshot import Snapshot
from app.optimizer.issues import Issue
from app.optimizer.look_ahead import LookAhead, look_ahead
from app.optimizer.problem import Problem
from app.optimizer.scenarios import ForecastErrors

ISSUES_KEPT = 12
ISSUED_EVERY = 6  # steps: half an hour
# How far forecasts are off where the home's own errors are not learnt: a price moves by 0.6 c in 5 minutes, of which averaging leaves 40 %.
PRICE_STEP_PER_KWH, PRICE_MOST_PER_KWH = 0.0083, 0.048
SOLAR_SHARE, LOAD_SHARE = 0.048, 0.2
LOAD_SURPRISE_KW = 1.0  # a kettle or an oven that may be switched on before the next plan


class PlanMemory:
    """One home's."""

    def __init__(self) -> None:
        self._issues: list[Issue] = []
        self._terminal: float | None = None

    def look_ahead(self, problem: Problem, inputs: Inputs, errors: ForecastErrors) -> LookAhead:
        """The outlooks from now on; what is learnt from them is kept."""
        begin = int(inputs.starts[0].timestamp() // STEP.total_seconds())
        newest = Issue(begin, problem, inputs.is_known)
        ahead = look_ahead(newest, self._issues, errors, self._terminal)
        self._terminal = ahead.terminal_value_per_kwh
        if not self._issues or begin - self._issues[-1].begin >= ISSUED_EVERY or begin < self._issues[-1].begin:
            self._issues = [*(each for each in self._issues if each.begin < begin), newest][-ISSUES_KEPT:]
        return ahead


def errors_of(snapshot: Snapshot) -> ForecastErrors:
    """How far the forecasts of this home may be off; prices that are published ahead are not."""
    is_sure = snapshot.plan is not None or (snapshot.prices is not None and snapshot.prices.is_published_ahead)
    step, most = (0.0, 0.0) if is_sure else (PRICE_STEP_PER_KWH, PRICE_MOST_PER_KWH)
    return ForecastErrors(step, most, SOLAR_SHARE, LOAD_SHARE, LOAD_SURPRISE_KW)
