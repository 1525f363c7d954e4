"""The machines of one attempt: started with Docker Compose through testcontainers, found again by their labels."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any

from labs.runner import engine, store
from labs.runner.codes import engine_problem, undetermined
from labs.runner.lab import machines, values
from labs.runner.lab.lab import Lab
from labs.runner.running import shell
from labs.runner.store.progress import Attempt
from simulator.cli.console import Problem

#: Seconds for one look whether a machine is ready.
_ONE_LOOK = 5


def labels(attempt: Attempt) -> dict[str, str]:
    """What all that is made for an attempt carries."""
    return {
        engine.LABEL: attempt.lab,
        engine.ATTEMPT: attempt.id,
        engine.EXPIRES: str(int(attempt.expires)),
        engine.OWNER: store.owner(),
    }


def folder(attempt: Attempt) -> Path:
    """Where the attempt's compose file is kept."""
    return store.folder() / "attempts" / attempt.id


def write(lab: Lab, attempt: Attempt, document: dict[str, Any], tags: dict[str, str]) -> None:
    """The attempt's own compose file."""
    hidden = {name for name, value in (lab.spec.values if lab.spec else {}).items() if value.hidden}
    shown = {name: value for name, value in attempt.values.items() if name not in hidden}
    environment = values.environment(shown)
    made = machines.for_attempt(
        document,
        folder=lab.folder,
        project=attempt.project,
        labels=labels(attempt),
        tags=tags,
        environment=environment,
    )
    machines.keep_readiness_aside(made)
    target = folder(attempt)
    target.mkdir(parents=True, exist_ok=True)
    (target / "compose.yaml").write_text(machines.as_text(made), encoding="utf-8")
    lines = [f"{name}={value}\n" for name, value in environment.items()]
    (target / "values.env").write_text("".join(lines), encoding="utf-8")


def _compose(attempt: Attempt, timeout: float) -> Any:
    from testcontainers.compose import DockerCompose

    class Compose(DockerCompose):
        """Testcontainers' Compose with a time limit, and with an end that compose can clear up after."""

        def _run_command(self, cmd: Any, context: str | None = None) -> Any:
            where = str(context or self.context)
            done = shell.run([*cmd[:2], "--project-directory", where, *cmd[2:]], timeout)
            if done.timed_out:
                raise subprocess.TimeoutExpired(cmd, timeout)
            if done.code:
                raise subprocess.CalledProcessError(done.code, cmd, done.out.encode(), done.err.encode())
            return subprocess.CompletedProcess(cmd, 0, done.out.encode(), done.err.encode())

    where = folder(attempt)
    return Compose(where, str(where / "compose.yaml"), env_file=str(where / "values.env"), wait=False)


def up(attempt: Attempt, timeout: float, machine: str | None = None) -> None:
    """Start the machines (or one of them) and wait until they are ready.

    Raises:
        Problem: the engine can't, or it takes too long.
    """
    deadline = time.monotonic() + timeout
    compose = _compose(attempt, timeout)
    compose.services = None if machine is None else ["--no-deps", machine]
    try:
        compose.start()
    except subprocess.TimeoutExpired:
        raise _late(attempt, timeout, "the engine has not started them") from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace")
        raise engine_problem(f"{attempt.lab} can't be started: {_reason(said)}", _remedy(said)) from None
    _wait_until_ready(attempt, timeout, deadline, machine)


def _document(attempt: Attempt) -> dict[str, Any]:
    return json.loads((folder(attempt) / "compose.yaml").read_text(encoding="utf-8"))


def _wait_until_ready(attempt: Attempt, timeout: float, deadline: float, machine: str | None) -> None:
    tests = _document(attempt)["x-ready"]
    waits = {name: test for name, test in tests.items() if machine in (None, name)}
    while waits:
        found = containers(attempt)
        for name, test in list(waits.items()):
            if found[name].status == "exited":
                code = found[name].attrs["State"].get("ExitCode")
                raise undetermined(f"the machine {name} of {attempt.lab} has ended with code {code} as it started")
            if shell.on_machine(found[name].id, test, {}, _ONE_LOOK).code == 0:
                del waits[name]
        if waits and time.monotonic() > deadline:
            raise _late(attempt, timeout, ", ".join(sorted(waits)))
        time.sleep(0.1 if waits else 0)


def _late(attempt: Attempt, timeout: float, who: str) -> Problem:
    return undetermined(
        f"the machines of {attempt.lab} were not ready after {timeout:g} s: {who}",
        "Try again, or give the start more time: `ready` in lab.yaml.",
    )


def recreate(attempt: Attempt, machine: str, timeout: float) -> None:
    """A fresh machine from the same image: named volumes stay, all else is new.

    Who lives in its namespaces goes with it. Docker would keep the rest of such a machine; Podman does not.
    """
    compose = _compose(attempt, timeout)
    for name in (*machines.beside(_document(attempt), machine), machine):
        if (found := containers(attempt).get(name)) and found.status == "paused":
            found.unpause()  # Podman removes none that is paused
        try:
            compose._run_command([*compose.docker_compose_command(), "rm", "--stop", "--force", "--volumes", name])
        except subprocess.TimeoutExpired:
            raise engine_problem(f"{name} can't be removed: it has not stopped after {timeout:g} s") from None
        except subprocess.CalledProcessError as error:
            raise engine_problem(f"{name} can't be removed: {_reason(error.stderr.decode(errors='replace'))}") from None
    up(attempt, timeout, machine)


def containers(attempt: Attempt) -> dict[str, Any]:
    """The attempt's machines by name, running or not."""
    # Machines only: looks come and go while the engine tells of them.
    ours = {"label": [f"{engine.ATTEMPT}={attempt.id}", engine.MACHINE]}
    found = engine.client().containers.list(all=True, filters=ours)
    return {one.labels[engine.MACHINE]: one for one in found}


def container(attempt: Attempt, machine: str) -> Any:
    """One machine, running.

    Raises:
        Problem: it does not run, so nothing can be said about it.
    """
    found = containers(attempt).get(machine)
    if found is None:
        raise gone(attempt, machine)
    if found.status != "running":
        raise undetermined(
            f"the machine {machine} is {found.status}",
            f"`paddock lab machine {attempt.lab} {'unpause' if found.status == 'paused' else 'start'} {machine}`",
        )
    return found


def gone(attempt: Attempt, machine: str) -> Problem:
    """Nothing of a machine is left, not even its container."""
    return undetermined(
        f"the machine {machine} is gone",
        f"`paddock lab machine {attempt.lab} replace {machine}` puts a fresh one in its place.",
    )


_TELLING = ("error", "fail", "unhealthy", "exited", "denied", "no such", "invalid")


def _reason(said: str) -> str:
    """The line of compose's output that says why."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [
        line for line in lines
        if any(word in line.lower() for word in _TELLING)
    ]  # fmt: skip
    return (telling or lines or ["compose said nothing"])[-1]


def _remedy(said: str) -> str:
    text = said.lower()
    if "port is already allocated" in text or "address already in use" in text:
        return "A port is in use: `docker ps` shows by whom; stop that, and start again."
    if "no such image" in text or "pull access denied" in text:
        return "An image is missing: `paddock lab build` makes it."
    if "could not find an available" in text and "address pool" in text:
        return "The engine has no free subnet: `paddock lab stop --all` and `docker network prune` free some."
    if "no space left" in text:
        return "The engine's disk is full: `docker system df` shows by what."
    if "operation not permitted" in text or "apparmor" in text:
        return "The engine does not allow what the lab needs: `paddock lab doctor` shows what is missing."
    return "`paddock lab doctor` looks for the usual causes."
