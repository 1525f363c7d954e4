"""A judge applied to evidence: in a container without network, or (for tests and authors) in a process of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from labs.runner.checks.verdict import Criterion, NoVerdict
from labs.runner.running import checker, shell
from labs.runner.running.shell import Result
from labs.runner.store.progress import Attempt

JUDGING = Path(__file__).parent / "inside" / "judging.py"
TIMEOUT = 30
Run = Callable[[list[str], str], Result]


def in_container(attempt: Attempt, image: str) -> Run:
    """Where a check's judge runs: away from the learner, and away from the network."""

    def run(command: list[str], stdin: str) -> Result:
        return checker.look(attempt, image, command, environment={}, timeout=TIMEOUT, networks=False, stdin=stdin)

    return run


def here(command: list[str], stdin: str) -> Result:
    """A process of this machine: for judges that one trusts."""
    return shell.run([sys.executable, *command[1:]], TIMEOUT, stdin)


def judge(source: str, evidence: Sequence[dict[str, Any]], run: Run = here) -> list[list[Criterion]]:
    """The criteria for each evidence.

    Raises:
        NoVerdict: the judge failed on one of them.
    """
    asked = json.dumps({"judge": source, "evidence": list(evidence)})
    result = run(["python3", "-I", "-c", JUDGING.read_text(encoding="utf-8")], asked)
    if result.timed_out:
        raise NoVerdict(f"the judge was not done after {TIMEOUT} s")
    if result.code:
        raise NoVerdict(f"the judge ended with code {result.code}: {result.tail}")
    found: list[list[Criterion]] = [[] for _ in evidence]
    for line in result.out.splitlines():
        said = _line(line)
        if "error" in said:
            raise NoVerdict(str(said["error"]))
        found[said.pop("case")].append(Criterion(**said))
    return found


def _line(text: str) -> dict[str, Any]:
    try:
        said = json.loads(text)
    except json.JSONDecodeError:
        said = None
    if not isinstance(said, dict) or "case" not in said:
        raise NoVerdict(f"judge.py must not print: {text[:100]!r}")
    return said
