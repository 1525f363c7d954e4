"""The lab on real machines, brought into the states that matter."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence, Set
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from labs.runner import work
from labs.runner.checks import check as checks
from labs.runner.checks.verdict import Verdict
from labs.runner.lab.lab import Lab
from labs.runner.lab.scripts import Action, Shell
from labs.runner.running import attempt as attempts
from labs.runner.running import loops, sweep
from labs.runner.running.images import Say
from labs.runner.store.progress import RESET, Attempt, Progress


class Bench:
    """One lab under one seed, with a progress store of its own."""

    def __init__(self, lab: Lab, seed: int, say: Say) -> None:
        self.lab, self.seed, self.say = lab, seed, say
        self.used: list[str] = []
        self._close = ExitStack()
        self._hold = ExitStack()
        self.attempt: Attempt | None = None
        self.lost_before = loops.lost()

    def __enter__(self) -> Bench:
        folder = self._close.enter_context(tempfile.TemporaryDirectory(prefix="paddock-selftest-"))
        self.known = Progress(Path(folder) / "progress.sqlite")
        self._close.callback(self.known.close)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop()
        finally:
            self._hold.close()
            self._close.close()

    def fresh(self) -> Attempt:
        """A fresh start, whatever ran before."""
        self.stop()
        self.attempt = attempts.start(self.lab, self.known, self.seed, self.say, self._hold)
        self.used.append(self.attempt.id)
        return self.attempt

    def at_step(self, number: int) -> None:
        """The state in which a learner meets a step: all earlier ones solved, and this one begun."""
        self.fresh()
        for step in self.lab.steps[: number - 1]:
            self.solve(step.number)
            self.enter(step.number + 1)

    def solve(self, number: int) -> None:
        step = self.lab.steps[number - 1]
        if step.solution is not None:
            self.run(self.lab.parts(step.solution), number)

    def run(self, parts: Sequence[Shell | Action], number: int) -> None:
        """A script in parts, as in this step."""
        attempts.run(self.lab, self._running, parts, number)

    def enter(self, number: int) -> None:
        """A step begins."""
        attempts.enter(self.lab, self._running, self.lab.steps[number - 1], self.say)

    def check(self, number: int) -> Verdict:
        """Check as a learner would: it is written down, and the next step begins when this one passes."""
        return work.check(self.lab, self.known, self._running, number).verdict

    def look(self, number: int, awaited: Set[str] = frozenset()) -> Verdict:
        """Check a step without anything following from it; not again once exactly the awaited criteria fail."""
        return checks.check(self.lab, self._running, self.lab.steps[number - 1], awaited)

    def points(self) -> int:
        return sum(entry.points for entry in work.scores(self.lab, self.known, self._running))

    def reset(self) -> None:
        self.attempt = attempts.reset(self.lab, self.known, self._running, self.say, self._hold)
        self.used.append(self.attempt.id)

    def stop(self) -> None:
        if self.attempt is not None:
            attempts.stop(self.known, self.attempt, RESET)
            self.attempt = None

    @property
    def _running(self) -> Attempt:
        assert self.attempt is not None
        return self.attempt

    def left_behind(self) -> list[str]:
        """What is still there of any attempt of this bench: it should be nothing."""
        left = []
        for item in sweep.everything_of(self.used):
            left.append(f"{type(item).__name__.lower()} {getattr(item, 'name', item)}")
        for id in self.used:
            left += [f"mount {place}" for place in loops.mounts(f"paddock-{id}")]
        new = loops.lost().items() - self.lost_before.items()
        return left + [f"loop device {number} ({file})" for number, file in new]
