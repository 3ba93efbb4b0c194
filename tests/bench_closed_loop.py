"""How much of what a battery could earn is earned, living through days with forecasts that are wrong. All households and draws come from
seeds.

python -m tests.bench_closed_loop                 the short form that `make bench` shows
python -m tests.bench_closed_loop --whole         every set, five seeds, every scale of noise: hours on a small machine
python -m tests.bench_closed_loop --sets summer --seeds 5 --scales 1"""

import argparse
import statistics
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from tests.closed_loop.engine import PowerSync
from tests.closed_loop.households import KINDS, household
from tests.closed_loop.run import Judged, judge

SCALES = (0.0, 0.5, 1.0, 2.0)
SHORT = ("summer", "winter without solar", "time of use", "demand charge")
PERFECT, MEAN, WORST, CHANGES = 0.01, 0.08, 0.11, 8.0


@dataclass(frozen=True)
class Run:
    """One household lived through at one scale of noise."""

    name: str
    seed: int
    scale: float
    judged: Judged


def run(job: tuple[str, int, float]) -> Run:
    name, seed, scale = job
    home = household(name, seed)
    return Run(name, seed, scale, judge(home, PowerSync(home, scale), scale, seed))


def runs(names: Sequence[str], seeds: int, scales: Sequence[float], processes: int = 2) -> list[Run]:
    """Every set with every seed and scale."""
    jobs = [(name, seed, scale) for scale in scales for name in names for seed in range(seeds)]
    with ProcessPoolExecutor(processes) as pool:
        return list(pool.map(run, jobs))


def summary(found: Sequence[Run]) -> tuple[float, float, float]:
    """Mean regret, worst regret of a set (the mean over its seeds), command changes a day."""
    names = sorted({each.name for each in found})
    means = [statistics.mean(each.judged.regret for each in found if each.name == name) for name in names]
    return statistics.mean(means), max(means), statistics.mean(each.judged.changes_a_day for each in found)


def table(found: Sequence[Run]) -> str:
    """A row per set and scale."""
    lines = ["| Set | Noise | Regret, mean (worst seed) | Possible a day | Saved a day | Changes a day |", "|---|---|---|---|---|---|"]
    for scale in sorted({each.scale for each in found}):
        for name in KINDS:
            rows = [each.judged for each in found if each.name == name and each.scale == scale]
            if rows:
                regrets = [row.regret for row in rows]
                mean = {key: statistics.mean(getattr(row, key) for row in rows) for key in ("possible", "saved", "changes_a_day")}
                lines.append(
                    f"| {name} | × {scale:g} | {statistics.mean(regrets):.1%} ({max(regrets):.1%}) | {mean['possible']:.2f} $ | "
                    f"{mean['saved']:.2f} $ | {mean['changes_a_day']:.1f} |"
                )
        mean_regret, worst, changes = summary([each for each in found if each.scale == scale])
        lines.append(f"| all | × {scale:g} | {mean_regret:.1%}, worst set {worst:.1%} | | | {changes:.1f} |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench_closed_loop")
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--sets", nargs="*", choices=list(KINDS))
    parser.add_argument("--seeds", type=int)
    parser.add_argument("--scales", nargs="*", type=float)
    options = parser.parse_args()
    names = options.sets or (list(KINDS) if options.whole else SHORT)
    found = runs(names, options.seeds or (5 if options.whole else 1), options.scales or (SCALES if options.whole else (0.0, 1.0)))
    print(table(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
