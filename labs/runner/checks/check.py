"""One check of one step: look, judge, and look again where a criterion may take a while."""

from __future__ import annotations

import time
from collections.abc import Callable, Set
from typing import Any

from labs.runner.checks import evidence, judge
from labs.runner.checks.verdict import Criterion, NoVerdict, Verdict
from labs.runner.lab import values
from labs.runner.lab.lab import Lab, Step, text_of
from labs.runner.running import compose, images, plain, shell
from labs.runner.store.progress import Attempt
from simulator.cli.console import Problem

PAUSE = 0.5


def environment(lab: Lab, attempt: Attempt, step: int = 0) -> dict[str, str]:
    """What every script of the lab sees."""
    return values.environment(attempt.values) | {"PADDOCK_SEED": str(attempt.seed), "PADDOCK_STEP": str(step)}


def checker_image(lab: Lab) -> str:
    """The exact image that looks are made from."""
    name = lab.spec.checker.image if lab.spec else "paddock/checker"
    return images.tags([name], images.of_lab(lab))[name]


def judge_image() -> str:
    return images.tags(["paddock/checker"], images.shared())["paddock/checker"]


def check(lab: Lab, attempt: Attempt, step: Step, awaited: Set[str] = frozenset()) -> Verdict:
    """The verdict on a step. Never raises for what a lab or an engine does wrong: that is an error verdict.

    `awaited`: no need to look again once exactly these criteria fail; a learner waits for none.
    """
    began = time.monotonic()
    try:
        verdict = _plain(attempt, lab, step) if lab.plain else _judged(lab, attempt, step, awaited)
    except NoVerdict as reason:
        verdict = Verdict("error", reason=str(reason))
    except Problem as problem:
        verdict = Verdict("error", reason=problem.message)
    except Exception as error:
        import docker.errors

        if not isinstance(error, (docker.errors.DockerException, OSError)):
            raise
        verdict = Verdict("error", reason=f"the engine: {getattr(error, 'explanation', None) or error}")
    verdict.seconds = time.monotonic() - began
    return verdict


def _judged(lab: Lab, attempt: Attempt, step: Step, awaited: Set[str]) -> Verdict:
    if step.judge is None or not step.observers:
        raise NoVerdict(f"step {step.number} has no {'judge.py' if step.judge is None else 'observe.sh'}")
    source = text_of(step.judge)
    seen_by = environment(lab, attempt, step.number)
    run = judge.in_container(attempt, judge_image())

    def once() -> tuple[dict[str, Any], list[Criterion]]:
        marker = values.marker()
        found = evidence.take(
            lab, attempt, step.observers, seen_by | {"PADDOCK_MARKER": marker}, step.spec.timeout, checker_image(lab)
        )
        found |= {
            "values": attempt.values,
            "seed": attempt.seed,
            "marker": marker,
            "start": attempt.baseline,
        }
        return found, judge.judge(source, [found], run)[0]

    return until_settled(once, awaited)


def until_settled(
    once: Callable[[], tuple[dict[str, Any], list[Criterion]]],
    awaited: Set[str] = frozenset(),
    pause: float = PAUSE,
) -> Verdict:
    """Look until exactly the awaited criteria fail, or one fails that may not take a while, or has had its time."""
    began = time.monotonic()
    tries = 0
    while True:
        tries += 1
        found, criteria = once()
        failing = [criterion for criterion in criteria if not criterion.passed]
        passed = time.monotonic() - began
        settled = {criterion.id for criterion in failing} == awaited
        if settled or not failing or any(criterion.within <= passed for criterion in failing):
            return Verdict("fail" if failing else "pass", criteria, tries=tries, evidence=found)
        time.sleep(pause)


def _plain(attempt: Attempt, lab: Lab, step: Step) -> Verdict:
    """As KillerCoda does: `verify` runs as root on the first machine, exit code 0 passes, else its output is shown."""
    if step.verify is None:
        return Verdict("pass", output="this step has nothing to check")
    container = compose.container(attempt, lab.machine)
    result = shell.on_machine(
        container.id,
        plain.script(lab, container, step.verify),
        environment(lab, attempt, step.number),
        step.spec.timeout,
    )
    if result.timed_out:
        raise NoVerdict(f"{lab.name_of(step.verify)} was not done after {step.spec.timeout:g} s")
    if result.code == 0:
        return Verdict("pass")
    return Verdict("fail", output=(result.out + result.err).strip())
