"""One measurement in a process of its own: `python -m tests.benchmarks.measure SIZE`, an answer in JSON.

CPU time, not the clock on the wall, so that a busy machine does not count; from the start of a run to all of
its metrics. Imports and the reading of the scenario are left out: they are paid once, and a run is repeated.
"""

from __future__ import annotations

import json
import resource
import sys
import time

from simulator import Scenario
from tests.benchmarks import sizes
from tests.benchmarks.sizes import Size
from tests.oracle import naive


def finish(scenario: Scenario) -> float:
    """CPU seconds of a run with its metrics."""
    begin = time.process_time()
    assert scenario.run(seed=1).metrics.notna().any()
    return time.process_time() - begin


def measure(size: Size) -> dict:
    """CPU seconds of each run, and the largest memory ever held."""
    finish(Scenario.parse(Size("warm-up", 2, 2, commits_a_day=1).scenario()))  # imports what is imported late
    scenario = Scenario.parse(size.scenario())
    seconds = [finish(scenario) for _ in range(size.repeats if size.in_one_process else 1)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 2**20)
    return {"cpu_s": seconds, "rss_mb": peak}


def measure_naive() -> dict:
    """The same for the naive model: one release a week, a death a year, four hours of repair."""
    day = 86400.0
    say = naive.Settings(
        sizes.NAIVE_NODES, sizes.NAIVE_DAYS * day, releases=(day,), failure_rate=1 / (365 * day), repair=4 * 3600.0
    )
    begin = time.process_time()
    nodes = naive.simulate(say, seed=1)
    seconds = time.process_time() - begin
    return {"cpu_s": [seconds], "polls": sum(node.polls for node in nodes)}


def main(name: str) -> None:
    """Measure and print."""
    if name == "naive":
        found = measure_naive()
    else:
        found = measure(next(s for s in (*sizes.PROMISED, *sizes.CURVE) if s.name == name))
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
