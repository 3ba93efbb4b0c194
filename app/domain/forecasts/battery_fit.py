"""What a battery truly is, from what went in and out of it and how its charge moved: usable capacity, efficiency, power.

Only the product of both ways' efficiencies can be measured from outside; each way is taken as its square root. The energies are those at
the battery's meter (AC for a battery with its own inverter)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt

FIVE_MINUTES = timedelta(minutes=5)
LEAST_RUN_PCT = 10.0  # a shorter run is lost in the rounding of the charge
LEAST_RUNS = 3  # of each way
LEAST_MOVED_PCT = 150.0  # of each way, all runs together
LEAST_ROUND_TRIP, MOST_ROUND_TRIP = 0.6, 1.0  # beyond, something else flows through the meter
STILL_WH = 5.0  # in 5 minutes: 60 W, what a battery takes for itself
ENDS_PCT = (2.0, 98.0)  # nearer to empty and full the charge is balanced and set anew, not counted
POWER_SEEN_TIMES = 6  # a power that was held for half an hour in all
LEAST_MOVING = 100  # five minutes in which it charged, and as many in which it discharged


@dataclass(frozen=True, slots=True)
class BatterySample:
    """Five minutes that were measured whole: Wh into and out of the battery (≥ 0), and the charge at their end, 0 to 100 %."""

    start: datetime
    charge_wh: float
    discharge_wh: float
    soc_end_pct: float


@dataclass(frozen=True, slots=True)
class BatteryFit:
    """What could be learnt; None where there is too little to learn it from, or where it cannot be."""

    usable_wh: float | None  # from 0 to 100 %, at the cells
    efficiency_charge: float | None  # 0 to 1, each way
    efficiency_discharge: float | None
    max_charge_w: float | None  # the highest mean of 5 minutes that was reached six times
    max_discharge_w: float | None


@dataclass(frozen=True, slots=True)
class _Run:
    """A stretch in which the charge moved one way: Wh at the meter, percent points moved (> 0)."""

    energy_wh: float
    moved_pct: float


def fit_battery(samples: Sequence[BatterySample]) -> BatteryFit:
    """From 5-minute samples in order of time, some weeks of them.

    Capacity and efficiency need 3 runs of 10 percent points and 150 percent points in all, each way; a power needs 100 samples."""
    up, down = list(_runs(samples, is_charge=True)), list(_runs(samples, is_charge=False))
    charge_w, discharge_w = _power(samples, is_charge=True), _power(samples, is_charge=False)
    if not (_is_enough(up) and _is_enough(down)):
        return BatteryFit(None, None, None, charge_w, discharge_w)
    into, out = (sum(run.energy_wh for run in runs) / sum(run.moved_pct for run in runs) for runs in (up, down))  # Wh per percent point
    round_trip = out / into
    if not LEAST_ROUND_TRIP <= round_trip <= MOST_ROUND_TRIP:
        return BatteryFit(None, None, None, charge_w, discharge_w)
    each_way = sqrt(round_trip)
    return BatteryFit(100 * sqrt(into * out), each_way, each_way, charge_w, discharge_w)


def _is_enough(runs: Sequence[_Run]) -> bool:
    return len(runs) >= LEAST_RUNS and sum(run.moved_pct for run in runs) >= LEAST_MOVED_PCT


def _runs(samples: Sequence[BatterySample], *, is_charge: bool) -> Iterator[_Run]:
    """Stretches without a gap and without flow the other way, between the ends of the scale."""
    energy_wh, first_pct, before = 0.0, None, None
    for sample in samples:
        follows = before is not None and sample.start == before.start + FIVE_MINUTES
        if before is not None and follows and _moves(sample, is_charge) and _is_between(before) and _is_between(sample):
            first_pct = before.soc_end_pct if first_pct is None else first_pct
            energy_wh += sample.charge_wh if is_charge else sample.discharge_wh
        else:
            if first_pct is not None and before is not None:
                yield from _run(energy_wh, before.soc_end_pct - first_pct, is_charge)
            energy_wh, first_pct = 0.0, None
        before = sample
    if first_pct is not None and before is not None:
        yield from _run(energy_wh, before.soc_end_pct - first_pct, is_charge)


def _run(energy_wh: float, moved_pct: float, is_charge: bool) -> Iterator[_Run]:
    moved_pct = moved_pct if is_charge else -moved_pct
    if moved_pct >= LEAST_RUN_PCT and energy_wh > 0:
        yield _Run(energy_wh, moved_pct)


def _moves(sample: BatterySample, is_charge: bool) -> bool:
    wanted, other = (sample.charge_wh, sample.discharge_wh) if is_charge else (sample.discharge_wh, sample.charge_wh)
    return wanted > STILL_WH and other <= STILL_WH


def _is_between(sample: BatterySample) -> bool:
    return ENDS_PCT[0] <= sample.soc_end_pct <= ENDS_PCT[1]


def _power(samples: Sequence[BatterySample], *, is_charge: bool) -> float | None:
    moving = [sample.charge_wh if is_charge else sample.discharge_wh for sample in samples if _moves(sample, is_charge)]
    if len(moving) < LEAST_MOVING:
        return None
    return sorted(moving)[-POWER_SEEN_TIMES] * (timedelta(hours=1) / FIVE_MINUTES)
