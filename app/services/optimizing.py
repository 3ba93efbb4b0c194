"""Solving a problem file: the text in, the answer out."""

import json
from collections.abc import Iterable
from typing import Any

from app.domain.pace import Pace
from app.optimizer.plan import Plan
from app.optimizer.problem_file import ProblemError, problem_from_json
from app.optimizer.solve import solve


def answer(text: str, pace: Pace) -> dict[str, Any]:
    """The answer to the problem that JSON `text` states; `pace` measures how long it took. Raises ProblemError."""
    problem = problem_from_json(_parsed(text))
    began_s = pace.monotonic()
    plan = solve(problem)
    solve_ms = (pace.monotonic() - began_s) * 1000
    _refuse_beyond(plan)
    told = plan.as_json()
    return {key: told[key] for key in ("objective", "lower_bound", "engine")} | {"solve_ms": solve_ms} | told


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_without_doubles)
    except json.JSONDecodeError as error:
        raise ProblemError(f"the file is not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise ProblemError("the file is nested too deeply to be a problem") from None


def _without_doubles(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for key, value in pairs:
        if key in data:
            raise ProblemError(f"{key}: stands there twice")
        data[key] = value
    return data


def _refuse_beyond(plan: Plan) -> None:
    """A file's limits are strict: where no battery power keeps them, there is no answer."""
    if not plan.beyond:
        return
    worst = max(plan.beyond, key=lambda each: abs(each.by_kw))
    limit = "max_import_kw" if worst.by_kw > 0 else "max_export_kw"
    raise ProblemError(
        f"grid.{limit}: cannot be kept in interval {worst.index}: {abs(worst.by_kw):.3f} kW more are needed, whatever the battery does"
    )
