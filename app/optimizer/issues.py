"""Several issues of a forecast as one: what was foretold for the same interval an hour ago still knows something about it.

Issues err in part independently, so a mean that trusts a nearer issue more errs less than the newest alone, and the value of stored
energy, which follows the highest prices ahead, is no longer led by the noise of one issue. What is known (the present, a spike in sight) is
never averaged."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.optimizer.problem import Problem

KEPT_HOURS = 6.0
SOLAR_RAMP_H = 3.0  # an error of the sun's forecast grows until then
_LEAST_SHARE = 0.05


@dataclass(frozen=True)
class Issue:
    """A forecast made at interval number `begin` (counted from any fixed moment); `problem` starts there.

    `is_known`: for each interval whether its prices are known rather than foretold."""

    begin: int
    problem: Problem
    is_known: Sequence[bool]


def kept(issues: Sequence[Issue], now: int) -> list[Issue]:
    """The issues that still count at interval `now`."""
    return [issue for issue in issues if issue.begin <= now and (now - issue.begin) * issue.problem.interval_h < KEPT_HOURS]


def blended(newest: Issue, earlier: Sequence[Issue]) -> Problem:
    """The newest issue's problem with prices and sun averaged over all issues, each weighted by the inverse of its expected square error:
    prices wander off like a walk, the sun's error grows in a straight line for some hours."""
    problem, issues = newest.problem, [*earlier, newest]
    buy, sell, solar = list(problem.import_price_per_kwh), list(problem.export_price_per_kwh), list(problem.solar_kw)
    ramp = SOLAR_RAMP_H / problem.interval_h
    for lead in range(1, len(problem)):
        price_weight = solar_weight = bought = sold = made = 0.0
        for issue in issues:
            at = newest.begin + lead - issue.begin
            if at >= len(issue.problem):
                continue
            if not issue.is_known[at]:
                weight = 1 / (at + 1)
                price_weight += weight
                bought += weight * issue.problem.import_price_per_kwh[at]
                sold += weight * issue.problem.export_price_per_kwh[at]
            weight = 1 / (min(at / ramp, 1.0) ** 2 + _LEAST_SHARE)
            solar_weight += weight
            made += weight * issue.problem.solar_kw[at]
        if not newest.is_known[lead] and price_weight:
            buy[lead], sell[lead] = bought / price_weight, sold / price_weight
        solar[lead] = made / solar_weight
    return replace(problem, import_price_per_kwh=buy, export_price_per_kwh=sell, solar_kw=solar)
