"""`make soak`: site-days of faults on real sockets, in as many processes as there are processors, then homes of every brand through random
steps (`tests/scenarios/test_every_brand.py`); zero broken invariants.

    python -m tests.soak [--days 100] [--first-seed 1000] [--in-process] [--examples 20]

A seed that breaks an invariant is printed with what broke, and the exit code is 1. SOAK_DAYS in the environment sets the days."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from cryptography.fernet import Fernet
from sqlalchemy import create_engine

from app import extensions
from app.models.base import Base
from app.models.types import keyring
from tests.scenarios.fault_run import Broken, FaultRun, Figures


def one_day(seed: int, on_sockets: bool) -> tuple[int, Figures, str | None]:
    """A day with `seed` on a database of its own."""
    extensions.import_models()
    keyring.use([Fernet.generate_key().decode()])
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'app.db'}"
        engine = create_engine(url, **extensions.create_engine_options(url))
        Base.metadata.create_all(engine)
        run = FaultRun(engine, seed, on_sockets=on_sockets)
        try:
            return seed, run.run(), None
        except Broken as broken:
            return seed, run.figures, str(broken)
        finally:
            engine.dispose()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--days", type=int, default=int(os.environ.get("SOAK_DAYS", "100")))
    parser.add_argument("--first-seed", type=int, default=1000)
    parser.add_argument("--in-process", action="store_true", help="Without sockets: faster, and time-outs pass on the simulated clock.")
    parser.add_argument("--examples", type=int, default=20, help="Of homes of each brand; 0: none.")
    options = parser.parse_args()
    began = time.monotonic()
    total, broken = Figures(), []
    seeds = range(options.first_seed, options.first_seed + options.days)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        runs = [pool.submit(one_day, seed, not options.in_process) for seed in seeds]
        for number, run in enumerate(as_completed(runs), start=1):
            seed, figures, problem = run.result()
            total += figures
            if problem is not None:
                broken.append(seed)
                print(f"seed {seed}: {problem}", flush=True)
            if number % 10 == 0 or number == len(seeds):
                print(f"{number} of {len(seeds)} site-days, {time.monotonic() - began:.0f} s", flush=True)
    print(total)
    print(f"{len(seeds)} site-days, {len(broken)} with a broken invariant{': seeds ' + str(sorted(broken)) if broken else ''}")
    return 1 if broken or not every_brand_holds(options.examples) else 0


def every_brand_holds(examples: int) -> bool:
    """Many homes of every brand; what breaks is printed by the test run."""
    if not examples:
        return True
    environment = {**os.environ, "EXAMPLES_PER_BRAND": str(examples), "STEPS_PER_EXAMPLE": "40"}
    command = [sys.executable, "-m", "pytest", "-q", "-n", "auto", "tests/scenarios/test_every_brand.py"]
    return subprocess.run(command, env=environment, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
