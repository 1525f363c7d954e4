"""Same scenario, seed, replication and version: the same bytes, whatever the process did before.

Two processes with different hash seeds run the same scenarios, the second one in the opposite order, so that
neither the order of a set nor anything that an earlier run has left behind can decide what comes out.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulator import Scenario

HOUSE = Path(__file__).parents[3]
GOLDEN = sorted((HOUSE / "tests" / "golden").glob("*.yaml"))

#: Runs each scenario named on its command line; prints a digest of all that came of it.
PROCESS = """
import contextlib, hashlib, io, json, sys
from simulator import Scenario
from simulator.cli import main
from simulator.results.columns import COLUMNS
from simulator.results.report import report_html

def printed(arguments):
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
        main(arguments)
    return out.getvalue()

found = {}
for path in sys.argv[1:]:
    run = Scenario.load(path).run(seed=3)
    texts = {table: getattr(run, table).to_csv() for table in (*COLUMNS, "states", "metrics")}
    texts |= {"heat": run.heat(50).to_csv(), "report": report_html(run)}
    texts["--json"] = printed(["run", path, "--seed", "3", "--json"])
    assert json.loads(texts["--json"])["seed"] == 3
    found[path] = {what: hashlib.sha256(text.encode()).hexdigest() for what, text in texts.items()}
print(json.dumps(found))
"""


def started(paths: list[Path], hash_seed: str) -> subprocess.Popen:
    command = [sys.executable, "-c", PROCESS, *map(str, paths)]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, cwd=HOUSE)


def test_two_processes_give_the_same_bytes():
    processes = [started(GOLDEN, "1"), started(GOLDEN[::-1], "20260302")]
    first, second = (json.loads(process.communicate()[0]) for process in processes)
    assert set(first) == set(second) == set(map(str, GOLDEN))
    for path, digests in first.items():
        differ = [what for what in digests if digests[what] != second[path][what]]
        assert not differ, f"{Path(path).stem}: {', '.join(differ)}"


def outcome(scenario: Scenario, **which: int) -> str:
    run = scenario.run(**which)
    return run.nodes.to_csv() + run.events.to_csv() + run.states.to_csv()


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_another_seed_or_replication_is_another_run(path):
    scenario = Scenario.load(path)
    runs = [outcome(scenario, seed=seed, replication=number) for seed in (1, 2) for number in (0, 1)]
    assert len(set(runs)) == 4
    assert outcome(scenario, seed=1, replication=1) == runs[1]
