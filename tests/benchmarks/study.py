"""How fast studies are: `python -m tests.benchmarks.study [REPLICATIONS]`.

The classroom's question: 100 clusters of 20 nodes, 30 days, 1,000 replications of two variants, on all cores. And what
it costs to start the workers, as a share of a study of 100 replications.

Beside the clock on the wall stands the CPU time of all processes over the number of cores: what the wall would say on
a machine that does nothing else.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

from joblib.externals.loky import get_reusable_executor
from rich.console import Console
from rich.table import Table

from simulator import Scenario, compare, replicate
from tests.benchmarks.sizes import Size

REPLICATIONS, MOST_SECONDS = 1000, 240.0
FEW, MOST_START_UP = 100, 0.10
CORES = os.cpu_count() or 1
#: What a process beside this one does before its first run.
START = "import simulator.study.observation as o; o.fingerprint()"


def classroom() -> Scenario:
    """The classroom of `sizes`, and a variant that updates twice as many nodes at once."""
    variant = """
variants:
  - {name: faster, patch: {spec: {changes: [{name: os, rollout: {stages: [{maxUnavailable: 20%}]}}]}}}
"""
    return Scenario.parse(Size("classroom", 100, 20, commits_a_day=1).scenario() + variant)


def cpu() -> float:
    """CPU seconds of this process and of all that it has started and that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the wall, and CPU seconds over cores; the processes of the work are ended."""
    begin, used = time.perf_counter(), cpu()
    work()
    wall = time.perf_counter() - begin
    get_reusable_executor().shutdown(wait=True)  # only the CPU time of those that have ended is known
    return wall, (cpu() - used) / CORES


def main() -> int:
    """Measure and tell; 1 when a promise is broken."""
    replications = int(sys.argv[1]) if len(sys.argv) > 1 else REPLICATIONS
    base = classroom()
    assert len(base.run(seed=1).metrics)  # what this process imports late is no start of workers
    few = timed(lambda: replicate(base, FEW, store=False))
    start = timed(lambda: [subprocess.run([sys.executable, "-c", START], check=True) for _ in range(CORES - 1)])
    with tempfile.TemporaryDirectory() as folder:

        def question() -> None:
            assert len(compare(base, base.variant("faster"), replications=replications, store=folder).differences)

        whole, again = timed(question), timed(question)
    most, share = MOST_SECONDS * replications / REPLICATIONS, start[1] / few[1]
    view = Table(title=f"Studies of the classroom on {CORES} cores", title_justify="left")
    for column in ("what", "wall s", "CPU s / cores", "promised", "met"):
        view.add_column(column, justify="right" if "s" in column.split() else "left")
    met = whole[1] <= most, share <= MOST_START_UP
    for what, (wall, used), promised, kept in (
        (f"{replications:,} replications of two variants", whole, f"≤ {most:g} s", str(met[0])),
        ("the same again, from the store", again, "", ""),
        (f"{FEW} replications of one", few, "", ""),
        ("of these to start processes", start, f"≤ {MOST_START_UP:.0%} (is {share:.1%})", str(met[1])),
    ):
        view.add_row(what, f"{wall:.1f}", f"{used:.1f}", promised, kept)
    Console().print(view)
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
