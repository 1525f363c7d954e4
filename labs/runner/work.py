"""What a learner does in a running attempt: have a step checked, take a hint, have it solved, switch a machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from labs.runner import engine
from labs.runner.checks import check as checks
from labs.runner.checks.verdict import Verdict
from labs.runner.codes import USAGE
from labs.runner.lab import scripts
from labs.runner.lab.lab import Lab, Step, text_of
from labs.runner.running import actions, attempt, compose
from labs.runner.store import score
from labs.runner.store.progress import Attempt, Progress
from simulator.cli.console import Problem


@dataclass(frozen=True)
class Checked:
    """A verdict, and where the learner stands after it."""

    step: Step
    verdict: Verdict
    first_pass: bool
    next_step: Step | None
    said: str = ""


def running(lab: Lab, known: Progress) -> Attempt:
    """The attempt in use.

    Raises:
        Problem: there is none.
    """
    found = known.running(lab.id)
    if found is None:
        raise Problem(f"{lab.id} is not running", hint=f"`paddock lab start {lab.id}` starts it.", code=USAGE)
    return found


def scores(lab: Lab, known: Progress, of: Attempt) -> list[score.StepScore]:
    return score.scores(lab.steps, known.events(of))


def step_of(lab: Lab, known: Progress, of: Attempt, number: int | None) -> Step:
    """The step asked for; without a number the first that has not been passed, or the last.

    Raises:
        Problem: there is no such step.
    """
    if not lab.steps:
        raise Problem(f"{lab.id} has no steps", code=USAGE)
    if number is None:
        number = min(score.current_step(scores(lab, known, of)), len(lab.steps))
    if not 1 <= number <= len(lab.steps):
        raise Problem(f"{lab.id} has steps 1 to {len(lab.steps)}, not {number}", code=USAGE)
    return lab.steps[number - 1]


def check(lab: Lab, known: Progress, of: Attempt, number: int | None = None, log: bool = True) -> Checked:
    """Check a step and write it down. When it passes for the first time the next one begins."""
    step = step_of(lab, known, of, number)
    before = {entry.number: entry for entry in scores(lab, known, of)}
    verdict = checks.check(lab, of, step)
    if log:
        known.log(of, "check", step.number, verdict.outcome, verdict.as_dict())
    first = verdict.outcome == "pass" and not before[step.number].passed
    others = lab.steps[step.number :] + lab.steps[: step.number - 1]
    following = next((other for other in others if not before[other.number].passed), None)
    said = ""
    if first and following is not None and following.number == step.number + 1:
        said = attempt.enter(lab, of, following)
    elif first and following is None:
        said = attempt.finish(lab, of)
    return Checked(step, verdict, first, following, said)


def hint(lab: Lab, known: Progress, of: Attempt, number: int | None = None) -> tuple[Step, int, str]:
    """The next tier of hints of a step, again the last when all are known: step, tier, text.

    Raises:
        Problem: the step has none.
    """
    step = step_of(lab, known, of, number)
    if not step.hints:
        raise Problem(f"step {step.number} of {lab.id} has no hints", code=USAGE)
    taken = {event.detail.get("tier") for event in known.events(of, "hint") if event.step == step.number}
    tier = min(len(taken) + 1, len(step.hints))
    known.log(of, "hint", step.number, detail={"tier": tier})
    return step, tier, text_of(step.hints[tier - 1])


def solve(lab: Lab, known: Progress, of: Attempt, number: int | None = None) -> Step:
    """Do a step for the learner; it earns no points from now on.

    Raises:
        Problem: there is no solution, or it fails.
    """
    step = step_of(lab, known, of, number)
    if step.solution is None:
        raise Problem(f"step {step.number} of {lab.id} has no solution to run", code=USAGE)
    known.log(of, "solve", step.number)
    attempt.run(lab, of, lab.parts(step.solution), step.number)
    return step


def machine(lab: Lab, known: Progress, of: Attempt, action: str, name: str) -> None:
    """Do something to a machine from outside.

    Raises:
        Problem: no such machine or action.
    """
    if action not in scripts.ACTIONS:
        raise Problem(
            f"{action!r} can't be done to a machine", hint=f"Known: {', '.join(scripts.ACTIONS)}.", code=USAGE
        )
    if name not in lab.machines:
        raise Problem(f"{lab.id} has no machine {name!r}", hint=f"It has {', '.join(lab.machines)}.", code=USAGE)
    actions.act(lab, of, action, name)
    known.log(of, "machine", detail={"action": action, "machine": name})


def traffic(lab: Lab, of: Attempt) -> Any:
    """The address of a port of the learner's machine: the published one, or the machine's own."""
    found = compose.containers(of).get(lab.machine) if engine.problem() is None else None

    def url(host: int, port: int) -> str:
        if found is None:
            return f"http://{lab.machine}:{port}"
        settings = found.attrs["NetworkSettings"]
        published = (settings.get("Ports") or {}).get(f"{port}/tcp") or []
        if published:
            return f"http://localhost:{published[0]['HostPort']}"
        addresses = [network["IPAddress"] for network in settings["Networks"].values() if network.get("IPAddress")]
        return f"http://{addresses[0] if addresses else lab.machine}:{port}"

    return url
