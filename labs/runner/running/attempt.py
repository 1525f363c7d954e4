"""An attempt from start to stop. Whatever happens on the way, nothing of it is left behind."""

from __future__ import annotations

import random
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from labs.runner import engine
from labs.runner.checks import check, evidence
from labs.runner.checks.verdict import NoVerdict
from labs.runner.codes import USAGE, engine_problem, invalid, undetermined
from labs.runner.lab import values
from labs.runner.lab.lab import CHECKER, Lab, Step, observers
from labs.runner.lab.scripts import Action, Shell
from labs.runner.running import actions, checker, compose, images, needs, plain, shell, sweep
from labs.runner.running.images import Say
from labs.runner.signals import uninterrupted
from labs.runner.store import locks, progress
from labs.runner.store.progress import Attempt, Progress
from simulator.cli.console import Problem

#: An attempt that nobody stopped is swept away after so many seconds.
LIFETIME = 12 * 3600
#: Seconds in which the engine finishes what it was told before a start was given up.
SETTLE = 1.0
#: Seconds for each part of a setup, a solution, a trap.
SCRIPT_TIMEOUT = 300


def image_names(lab: Lab) -> list[str]:
    """All images that an attempt at the lab needs."""
    document = lab.compose or plain.document(lab)
    machines = {service["image"] for service in document["services"].values()}
    checkers = {"paddock/checker"} | ({lab.spec.checker.image} if lab.spec else set())
    return sorted(machines | checkers)


def refuse_broken(lab: Lab) -> None:
    """A lab with errors does not start.

    Raises:
        Problem: all of them.
    """
    if lab.errors:
        lines = "\n".join(str(notice) for notice in lab.errors)
        raise invalid(f"{lab.id} has {len(lab.errors)} mistake{'s' if len(lab.errors) > 1 else ''}", lines)
    if lab.plain:
        plain.refuse_unknown_image(lab)


def start(
    lab: Lab, known: Progress, seed: int | None = None, say: Say = lambda line: None, hold: ExitStack | None = None
) -> Attempt:
    """Start the machines and bring the lab into its first state. `hold`: until it closes nobody sweeps the attempt.

    Raises:
        Problem: it runs already, its content is wrong, or the engine can't.
    """
    refuse_broken(lab)
    running = known.running(lab.id)
    if running:
        raise Problem(
            f"{lab.id} is running (attempt {running.id})",
            hint=f"`paddock lab stop {lab.id}` ends it, `paddock lab reset {lab.id}` starts it afresh.",
            code=USAGE,
        )
    engine.client()
    engine.need_compose()
    needs.check(lab, say)
    tags = images.build(image_names(lab), images.of_lab(lab), say)
    if seed is None:
        seed = random.SystemRandom().randrange(values.MOST_SEED)
    drawn = values.draw(lab.spec.values, seed) if lab.spec else {}
    now = time.time()
    attempt = Attempt(progress.new_id(), lab.id, lab.folder, seed, drawn, now, now + LIFETIME)
    with ExitStack() as until_started:
        (hold or until_started).enter_context(locks.attempt(attempt.id))
        known.begin(attempt)
        try:
            _bring_up(lab, attempt, tags, say)
            baseline = _baseline(lab, attempt)
            known.started(attempt, baseline)
            known.log(attempt, "start", detail={"seed": seed})
            if lab.steps:
                attempt.greeting += enter(lab, attempt, lab.steps[0], say)
        except BaseException:
            with uninterrupted():
                sweep.attempt(attempt.id, SETTLE)
                _forget(attempt)
                known.end(attempt, progress.FAILED_TO_START)
            raise
    return attempt


def _bring_up(lab: Lab, attempt: Attempt, tags: dict[str, str], say: Say) -> None:
    document = plain.document(lab) if lab.plain else lab.compose
    assert document is not None
    compose.write(lab, attempt, document, tags)
    say("starting the machines")
    compose.up(attempt, lab.spec.ready if lab.spec else 60)
    if lab.plain:
        plain.copy_assets(lab, attempt)
        attempt.greeting += plain.run_scripts(lab, attempt, lab.scenario.leaf("intro"), say)
    setup = lab.folder / "setup.sh"
    if setup.is_file() and not lab.plain:
        say("setting up")
        run(lab, attempt, lab.parts(setup))


def _baseline(lab: Lab, attempt: Attempt) -> dict[str, Any]:
    if lab.plain:
        return {}
    seen_by = check.environment(lab, attempt) | {"PADDOCK_MARKER": values.marker()}
    try:
        return evidence.take(
            lab, attempt, observers(lab.folder / "baseline"), seen_by, SCRIPT_TIMEOUT, check.checker_image(lab)
        )
    except NoVerdict as reason:
        raise undetermined(f"{lab.id} did not come up as it should: {reason}") from None


def enter(lab: Lab, attempt: Attempt, step: Step, say: Say = lambda line: None) -> str:
    """What happens when a step begins; what its foreground script printed."""
    if lab.plain:
        return plain.run_scripts(lab, attempt, lab.scenario.leaf("step", step.number), say)
    found = {kind: path for kind in ("background", "foreground") if (path := getattr(step, kind))}
    said = {kind: run(lab, attempt, lab.parts(path), step.number) for kind, path in found.items()}
    return said.get("foreground", "")


def finish(lab: Lab, attempt: Attempt, say: Say = lambda line: None) -> str:
    """What happens when the last step is passed; what the foreground script printed."""
    return plain.run_scripts(lab, attempt, lab.scenario.leaf("finish"), say) if lab.plain else ""


def run(lab: Lab, attempt: Attempt, parts: Sequence[Shell | Action], step: int = 0) -> str:
    """Run a script of the lab, part by part; what it printed.

    Raises:
        Problem: a part fails. The lab's own scripts must not.
    """
    said = []
    seen_by = check.environment(lab, attempt, step)
    for part in parts:
        if isinstance(part, Action):
            actions.act(lab, attempt, part.action, part.machine)
            continue
        command = shell.command(None, part.text, strict=True)
        if part.place == CHECKER:
            image = check.checker_image(lab)
            result = checker.look(attempt, image, command, environment=seen_by, timeout=SCRIPT_TIMEOUT)
        else:
            container = compose.container(attempt, part.place)
            result = shell.on_machine(container.id, command, seen_by, SCRIPT_TIMEOUT)
        said.append(result.out)
        if result.timed_out or result.code:
            how = f"was not done after {SCRIPT_TIMEOUT} s" if result.timed_out else f"ended with code {result.code}"
            raise undetermined(f"{part.where} on {part.place} {how}: {' '.join(result.tail.split())[:300]}")
    return "".join(said)


def stop(known: Progress, attempt: Attempt, status: str = progress.STOPPED) -> None:
    """Remove all that the attempt made."""
    with uninterrupted():
        sweep.attempt(attempt.id)
        _forget(attempt)
        known.log(attempt, "stop", detail={"why": status})
        known.end(attempt, status)


def reset(
    lab: Lab, known: Progress, attempt: Attempt, say: Say = lambda line: None, hold: ExitStack | None = None
) -> Attempt:
    """The same lab with the same seed, from the beginning, as a new attempt."""
    refuse_broken(lab)
    stop(known, attempt, progress.RESET)
    return start(lab, known, attempt.seed, say, hold)


def _forget(attempt: Attempt) -> None:
    shutil.rmtree(compose.folder(attempt), ignore_errors=True)


@contextmanager
def engine_errors_as_problems() -> Iterator[None]:
    """What docker-py raises, as one line."""
    try:
        yield
    except Problem:
        raise
    except Exception as error:
        try:
            import docker.errors
            import requests.exceptions
        except ModuleNotFoundError:
            raise error from None
        if isinstance(error, (docker.errors.DockerException, requests.exceptions.RequestException)):
            said = " ".join(str(getattr(error, "explanation", None) or error).split())
            raise engine_problem(f"the engine refused: {said}", engine.REMEDY) from None
        if isinstance(error, (FileNotFoundError, subprocess.SubprocessError)) and "docker" in str(error):
            raise engine_problem(f"the program `docker` can't be run: {error}", engine.REMEDY) from None
        raise
