"""PowerSync's engine in the closed loop: look ahead when a forecast, a spike in sight or the peak changes, choose every interval."""

from collections.abc import Sequence

from app.optimizer.choosing import choose
from app.optimizer.commands import BatteryCommand
from app.optimizer.issues import Issue
from app.optimizer.look_ahead import SCENARIOS, LookAhead, look_ahead
from app.optimizer.scenarios import ForecastErrors
from tests.closed_loop.households import Household
from tests.closed_loop.noise import MOST_PER_KWH, SOLAR_SIGMA, STEP_PER_KWH
from tests.closed_loop.run import Moment

LOAD_SHARE = 0.2
LOAD_SURPRISE_KW = 2.0
LEFT_AFTER_BLENDING = 0.4  # the share of an error that averaging a dozen issues leaves


class PowerSync:
    """The live loop's course of action. `scale` tells how far its forecasts are known to be off."""

    def __init__(self, home: Household, scale: float) -> None:
        left = scale * LEFT_AFTER_BLENDING
        step = STEP_PER_KWH * 12**0.5 * left if home.is_market else 0.0
        self._errors = ForecastErrors(step, MOST_PER_KWH * left, SOLAR_SIGMA * left, LOAD_SHARE * scale, LOAD_SURPRISE_KW * min(1.0, scale))
        self._issues: list[Issue] = []
        self._ahead: LookAhead | None = None
        self._seen: Sequence[object] = ()
        self._present: BatteryCommand | None = None
        self._lost = 0.0
        self.looks = 0

    def __call__(self, moment: Moment) -> BatteryCommand:
        problem = moment.problem
        seen = (sum(moment.is_known), problem.demand_peak_so_far_kw)
        if self._ahead is None or moment.is_new or seen != self._seen:
            self._seen = seen
            newest = Issue(moment.index, problem, moment.is_known)
            terminal = self._ahead.terminal_value_per_kwh if self._ahead else None
            self._ahead = look_ahead(newest, self._issues, self._errors, terminal, SCENARIOS)
            self.looks += 1
            if moment.is_new:
                self._issues = [*self._issues[-11:], newest]
        choice = choose(self._ahead.outlooks(problem, moment.index), problem.energy_initial_kwh, self._present, self._lost)
        self._present, self._lost = choice.command, choice.lost
        return choice.command
