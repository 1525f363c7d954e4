"""A selftest: what must hold of a lab's checks, tried one after the other on real machines."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from labs.runner.checks import judge
from labs.runner.checks.verdict import NoVerdict, Verdict
from labs.runner.lab import values
from labs.runner.lab.lab import Lab, Step, text_of
from labs.runner.running.attempt import refuse_broken
from labs.runner.selftest import mutants as mutation
from labs.runner.selftest.bench import Bench
from labs.runner.selftest.mutants import Mutant
from labs.runner.selftest.record import Record
from simulator.cli.console import Problem

#: Share of mutants that must be killed.
AIM = 0.95
SEEDS = (11, 12)
Tell = Callable[[str], None]


@dataclass
class Outcome:
    """What a selftest found: nothing in `findings` is what one wants."""

    lab: str
    steps: int = 0
    findings: list[str] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    mutants: list[Mutant] = field(default_factory=list)
    seconds: float = 0

    @property
    def killed(self) -> int:
        return sum(mutant.killed_by is not None for mutant in self.mutants)

    @property
    def survivors(self) -> list[Mutant]:
        return [mutant for mutant in self.mutants if mutant.killed_by is None]

    @property
    def share(self) -> float:
        return self.killed / len(self.mutants) if self.mutants else 0.0

    @property
    def passed(self) -> bool:
        return not self.findings and self.share >= AIM

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.lab,
            "passed": self.passed,
            "steps": self.steps,
            "mutants": len(self.mutants),
            "killed": self.killed,
            "seconds": round(self.seconds, 1),
            "findings": self.findings,
            "survivors": [f"step {mutant.step}: {mutant.criterion}" for mutant in self.survivors],
        }


def selftest(lab: Lab, tell: Tell = lambda line: None, seeds: tuple[int, int] = SEEDS) -> Outcome:
    """Try a lab. What goes wrong in it becomes a finding; only an interrupt and an absent engine are raised."""
    refuse_broken(lab)
    began = time.monotonic()
    outcome = Outcome(lab.id, len(lab.steps))
    if lab.plain:
        outcome.findings.append("a plain scenario has no traps and no solutions: nothing can be tried")
        return outcome
    for step in lab.steps:
        if step.judge is None or step.solution is None or not step.traps:
            outcome.findings.append(f"step {step.number} lacks judge.py, solution.sh or traps")
    if not outcome.findings:
        trial = _Trial(lab, outcome, tell)
        for name, part in (
            ("first seed", lambda: trial.first_seed(seeds[0])),
            ("second seed", lambda: trial.second_seed(*seeds)),
        ):
            try:
                part()
            except Problem as problem:
                if problem.code == 4:
                    raise
                outcome.findings.append(f"{name}: {problem.message}")
    outcome.findings += mutation.inconsistent(outcome.records)
    outcome.mutants = mutation.mutants(outcome.records)
    outcome.seconds = time.monotonic() - began
    return outcome


def replay(lab: Lab, records: list[Record], run: judge.Run = judge.here) -> Outcome:
    """Judge recorded evidence again, without machines: are the verdicts the same, are the mutants killed?"""
    began = time.monotonic()
    outcome = Outcome(lab.id, len(lab.steps))
    for step in lab.steps:
        own = [record for record in records if record.step == step.number]
        if not own or step.judge is None:
            outcome.findings.append(f"step {step.number}: {'no evidence' if step.judge else 'no judge.py'}")
            continue
        try:
            judged = judge.judge(text_of(step.judge), [record.evidence for record in own], run)
        except NoVerdict as reason:
            outcome.findings.append(f"step {step.number}: {reason}")
            continue
        for record, criteria in zip(own, judged, strict=True):
            made = Record(record.step, record.state, record.accept, criteria, record.evidence)
            outcome.records.append(made)
            if (not made.failing) != record.accept:
                wanted = "accepted" if record.accept else "refused"
                outcome.findings.append(f"step {step.number}: {record.state!r} should be {wanted}")
    outcome.findings += mutation.inconsistent(outcome.records)
    outcome.mutants = mutation.mutants(outcome.records)
    outcome.seconds = time.monotonic() - began
    return outcome


class _Trial:
    """The states, in an order that needs few starts."""

    def __init__(self, lab: Lab, outcome: Outcome, tell: Tell) -> None:
        self.lab, self.outcome, self.tell = lab, outcome, tell

    def first_seed(self, seed: int) -> None:
        with Bench(self.lab, seed, self.tell) as bench:
            bench.fresh()
            for step in self.lab.steps:
                self.expect(bench, step, "fresh", "fail")
            for step in self.lab.steps:
                state = f"after the solutions of steps 1 to {step.number - 1}" if step.number > 1 else "begun"
                begun = self.expect(bench, step, state, "fail")
                self.traps(bench, step, begun)
                self.solution(bench, step)
            bench.stop()
            self.nothing_left(bench)

    def traps(self, bench: Bench, step: Step, begun: Verdict) -> None:
        """Each from the state in which a learner meets the step; those that can be undone go first."""
        dirty = False
        for trap in sorted(step.traps, key=lambda path: self.lab.undo(path) is None):
            if dirty:
                bench.at_step(step.number)
            self.tell(f"step {step.number}: trap {trap.stem}")
            try:
                bench.run(self.lab.parts(trap), step.number)
                self.expect(bench, step, f"trap {trap.stem}", "fail")
                undo = self.lab.undo(trap)
                bench.run(undo or [], step.number)
                dirty = undo is None or not self.undone(bench, step, trap.stem, begun)
            except Problem as problem:
                self.outcome.findings.append(
                    f"step {step.number}: the trap {trap.stem} can't be tried: {problem.message}"
                )
                dirty = True
        if dirty:
            bench.at_step(step.number)

    def undone(self, bench: Bench, step: Step, trap: str, begun: Verdict) -> bool:
        """Whether the check sees again what it saw when the step began."""
        verdict = bench.look(step.number, set(begun.failing))
        if set(verdict.failing) == set(begun.failing):
            return True
        self.outcome.findings.append(
            f"step {step.number}: `#@ undo` of the trap {trap} does not undo it: "
            f"{verdict.reason or ', '.join(verdict.failing)}, and {', '.join(begun.failing)} before it"
        )
        return False

    def solution(self, bench: Bench, step: Step) -> None:
        self.tell(f"step {step.number}: solution")
        bench.solve(step.number)
        # What a passed check lets begin must not be taken for a check that changes its mind.
        self.expect(bench, step, "solution", "pass", follow=False)
        for earlier in self.lab.steps[: step.number - 1]:
            if not any(earlier.number in later.spec.undoes for later in self.lab.steps[earlier.number : step.number]):
                self.expect(bench, earlier, f"after the solution of step {step.number}", "pass", follow=False)
        self.expect(bench, step, "solution, checked again", "pass")

    def reset(self, bench: Bench) -> None:
        """All steps were passed in this attempt."""
        self.tell("reset")
        most = self.lab.points
        if bench.points() != most:
            self.outcome.findings.append(f"all steps passed, and the score is {bench.points()} of {most}")
        bench.reset()
        if bench.points():
            self.outcome.findings.append(f"after a reset the score is {bench.points()}")
        self.expect(bench, self.lab.steps[0], "after a reset", "fail")

    def second_seed(self, first: int, seed: int) -> None:
        drawn = self.lab.spec.values if self.lab.spec else {}
        if drawn and values.draw(drawn, first) == values.draw(drawn, seed):
            self.outcome.findings.append("two seeds give the same values")
        with Bench(self.lab, seed, self.tell) as bench:
            bench.fresh()
            for step in self.lab.steps:
                self.expect(bench, step, "second seed, before the solution", "fail")
                self.tell(f"step {step.number}: second seed, the solution twice")
                bench.solve(step.number)
                self.expect(bench, step, "second seed, solution", "pass", follow=False)
                bench.solve(step.number)
                self.expect(bench, step, "second seed, solution twice", "pass")
            self.reset(bench)
            bench.stop()
            self.nothing_left(bench)

    def expect(self, bench: Bench, step: Step, state: str, wanted: str, follow: bool = True) -> Verdict:
        """Check a state, write down what was seen, and find fault when the verdict is another."""
        verdict = bench.check(step.number) if follow else bench.look(step.number)
        if verdict.outcome != wanted:
            said = verdict.reason or ", ".join(verdict.failing) or verdict.output
            self.outcome.findings.append(
                f"step {step.number}: {state}: {verdict.outcome}, not {wanted}{f' ({said})' if said else ''}"
            )
        if verdict.outcome != "error":
            self.outcome.records.append(
                Record(step.number, state, wanted == "pass", verdict.criteria, verdict.evidence)
            )
        return verdict

    def nothing_left(self, bench: Bench) -> None:
        left = bench.left_behind()
        if left:
            self.outcome.findings.append(f"left behind: {', '.join(left)}")
