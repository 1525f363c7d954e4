"""Measured meets simulated: `python -m tests.benchmarks.labs [LAB] [RUNS]`, by default 20 runs of gitops-drift.

Each run is a whole attempt under a seed of its own, solved step by step, after pauses of up to ten seconds: learners
come at any moment, and what is automatic would always come at the same one of the lab's own clock. The scenario that
the lab mirrors runs with settings that were written down before (lab.yaml). Exit code 1 when a measured median lies
outside of the simulated central 80 %.
"""

from __future__ import annotations

import os
import random
import sys
import time
from statistics import median

os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")

from labs.runner.against_simulation import times
from labs.runner.lab import catalogue
from labs.runner.lab.lab import Lab
from labs.runner.selftest.bench import Bench
from labs.runner.store.progress import Event
from simulator.cli.console import say, show, table

PAUSE = 10.0


def attempt(lab: Lab, seed: int) -> list[Event]:
    """One attempt from start to end; its log."""
    with Bench(lab, seed, lambda line: None) as bench:
        made = bench.fresh()
        pauses = random.Random(seed)
        for step in lab.steps:
            time.sleep(pauses.uniform(0.0, PAUSE))
            bench.solve(step.number)
            verdict = bench.check(step.number)
            if verdict.outcome != "pass":
                raise SystemExit(f"{lab.id}, seed {seed}, step {step.number}: {verdict.outcome} {verdict.failing}")
        return bench.known.events(made)


def main(name: str = "gitops-drift", runs: str = "20") -> int:
    """Run, compare, print; the exit code."""
    lab = catalogue.find(name)
    assert lab.spec is not None and lab.spec.simulation is not None
    logs = []
    for seed in range(1, int(runs) + 1):
        logs.append(attempt(lab, seed))
        told = {key: [round(value, 2) for value in values] for key, values in times.measured(logs[-1]).items()}
        say(f"run {seed}: {told}")
    found = times.compare(lab.spec, logs)
    made = table("TIME", "MEASURED", "MEDIAN", "SIMULATED, MEDIAN", "CENTRAL 80 %", "INSIDE", right=(1, 2, 3, 4))
    for one in found:
        low, high = one.interval
        simulated = median(one.simulated)
        told = "-" if one.median is None else f"{one.median:.2f}"
        made.add_row(
            one.title, str(one.measured.size), told, f"{simulated:.2f}", f"{low:.2f} to {high:.2f}", str(one.inside)
        )
    show(made)
    return 0 if all(one.inside for one in found) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
