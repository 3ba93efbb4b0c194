"""What the battery is planned to do over the hours ahead, and why, as it is stored, shown and carried out."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.reasons import Reason


class PlannedAction(StrEnum):
    """What the battery does in a step."""

    CHARGE = "charge"  # from the grid, beyond what the sun leaves over
    EXPORT = "export"  # gives more than the home takes
    SELF_CONSUME = "self_consume"
    HOLD = "hold"  # keeps its charge


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One stretch in which the battery does the same, and what it rests on. Powers are means, W; a price is None where none is known."""

    start: datetime
    end: datetime
    action: PlannedAction
    battery_w: float  # + discharging
    grid_w: float  # + import
    solar_w: float
    load_w: float
    soc_end_pct: float
    import_c_per_kwh: float
    feed_in_c_per_kwh: float
    stored_value_c_per_kwh: float | None  # what another kWh in the battery would save at the start of this step
    is_estimate: bool = False  # its price or its sun is estimated, not published or forecast


@dataclass(frozen=True, slots=True)
class PlannedBattery:
    """What the plan took the battery to be."""

    capacity_wh: float
    soc_pct: float  # when the plan begins
    least_soc_pct: float  # stays in it
    most_soc_pct: float
    efficiency_charge: float  # 0 to 1, from AC into the battery
    efficiency_discharge: float
    wear_c_per_kwh: float  # of a discharged kWh, AC


@dataclass(frozen=True, slots=True)
class BatteryPlan:
    """A plan and its worth. Costs are of the whole span, in the minor unit; what is left in the battery counts alike in all of them."""

    made_at: datetime
    steps: tuple[PlanStep, ...]  # in order, without gaps
    command: PlannedAction  # for now: it may stay what it was, where another would gain next to nothing
    command_w: int | None  # with CHARGE and EXPORT
    reason: Reason  # of the command
    cost_c: float
    without_plan_c: float  # the battery left to itself
    without_battery_c: float
    notes: tuple[Reason, ...] = ()  # what the plan had to do without
    engine: str = ""
    solve_ms: float = 0.0
    gap_c: float = 0.0  # at most so far from the best plan there is
    battery: PlannedBattery | None = None  # None in plans that were stored before this was kept

    @property
    def until(self) -> datetime:
        """Where it ends."""
        return self.steps[-1].end

    def at(self, instant: datetime) -> PlanStep | None:
        """The step that covers `instant`."""
        index = bisect_right(self.steps, instant, key=lambda step: step.start) - 1
        return self.steps[index] if index >= 0 and instant < self.steps[index].end else None

    def next_change(self, instant: datetime) -> PlanStep | None:
        """The first step after `instant` in which the battery does something else."""
        now = self.at(instant)
        if now is None:
            return None
        return next((step for step in self.steps if step.start > instant and step.action is not now.action), None)
