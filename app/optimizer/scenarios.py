"""Other ways in which a forecast may come true, drawn from how far forecasts have been off. Drawn in mirrored pairs: their errors cancel in
the mean."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.optimizer.issues import SOLAR_RAMP_H
from app.optimizer.problem import Problem


@dataclass(frozen=True, slots=True)
class ForecastErrors:
    """How far forecasts are off: a price as a random walk (major units per kWh, step per square root of an hour, clipped), the sun and the
    load as shares. All 0: the forecast is the truth."""

    price_step_per_kwh: float = 0.0
    price_most_per_kwh: float = 0.0
    solar_share: float = 0.0
    load_share: float = 0.0
    load_surprise_kw: float = 0.0  # what may be switched on before the next choice

    @property
    def is_none(self) -> bool:
        """Whether the forecast is taken for the truth."""
        return not (self.price_step_per_kwh or self.solar_share or self.load_share)


def scenarios(problem: Problem, errors: ForecastErrors, count: int, seed: int | str) -> list[Problem]:
    """`count` problems around `problem`, the present interval left as it is; the same seed draws the same ones."""
    if errors.is_none or count < 2:
        return [problem]
    draws = [random.Random(f"{seed} {pair}") for pair in range((count + 1) // 2)]  # noqa: S311 - nothing here is secret
    mirrored = [_drawn(problem, errors, draw) for draw in draws]
    return [_shifted(problem, errors, sign, *drawn) for drawn in mirrored for sign in (1.0, -1.0)][:count]


def _drawn(problem: Problem, errors: ForecastErrors, draw: random.Random) -> tuple[list[float], float, float]:
    step, most = errors.price_step_per_kwh * problem.interval_h**0.5, errors.price_most_per_kwh
    walk, walked = 0.0, []
    for _ in range(len(problem)):
        walked.append(walk)
        walk = min(max(walk + draw.gauss(0, step), -most), most)
    return walked, draw.gauss(0, errors.solar_share), draw.gauss(0, errors.load_share)


def _shifted(problem: Problem, errors: ForecastErrors, sign: float, walked: Sequence[float], sun: float, load: float) -> Problem:
    ramp = SOLAR_RAMP_H / problem.interval_h
    changed = replace(
        problem,
        solar_kw=[each * max(0.0, 1 + sign * sun * min(1.0, lead / ramp)) for lead, each in enumerate(problem.solar_kw)],
        load_kw=[each * max(0.0, 1 + (sign * load if lead else 0.0)) for lead, each in enumerate(problem.load_kw)],
    )
    if not errors.price_step_per_kwh:
        return changed
    return replace(
        changed,
        import_price_per_kwh=[price + sign * move for price, move in zip(problem.import_price_per_kwh, walked, strict=True)],
        export_price_per_kwh=[price + sign * move for price, move in zip(problem.export_price_per_kwh, walked, strict=True)],
    )
