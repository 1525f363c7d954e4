"""Taking evidence: what the observers print and what the engine knows, as one JSON document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labs.runner.checks.verdict import NoVerdict
from labs.runner.lab.lab import CHECKER, Lab, text_of
from labs.runner.running import checker, compose, shell
from labs.runner.store.progress import Attempt


def take(
    lab: Lab,
    attempt: Attempt,
    observers: Mapping[str, Path],
    environment: Mapping[str, str],
    timeout: float,
    image: str,
) -> dict[str, Any]:
    """What each observer printed, by the place where it ran, and `engine`: what the engine knows of each machine.

    Raises:
        NoVerdict: one of them could not look.
    """
    evidence: dict[str, Any] = {}
    volumes = lab.spec.checker.volumes if lab.spec else {}
    for place, script in observers.items():
        command = shell.command(script, text_of(script))
        name = lab.name_of(script)
        if place == CHECKER:
            result = checker.look(attempt, image, command, environment=environment, timeout=timeout, volumes=volumes)
        else:
            container = compose.containers(attempt).get(place)
            if container is None:
                gone = compose.gone(attempt, place)
                raise NoVerdict(f"{name}: {gone.message}; {gone.hint}")
            if container.status != "running":  # switched off is a state of the lab, not a fault of the check
                evidence[place] = {}
                continue
            result = shell.on_machine(container.id, command, environment, timeout)
        if result.timed_out:
            raise NoVerdict(f"{name} was not done after {timeout:g} s")
        if result.code:
            raise NoVerdict(f"{name} ended with code {result.code}: {result.tail}")
        evidence[place] = _document(result.out, name)
    return evidence | {"engine": engine_facts(attempt)}


def _document(text: str, name: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        shown = " ".join(text.split())[:80]
        raise NoVerdict(f"{name} printed no JSON ({error.msg} at line {error.lineno}): {shown!r}") from None
    if not isinstance(document, dict):
        raise NoVerdict(f"{name} must print one JSON object")
    return document


def engine_facts(attempt: Attempt) -> dict[str, Any]:
    """What no learner can pretend: which container it is, from which image, since when, in which state."""
    facts = {}
    for name, found in compose.containers(attempt).items():
        state = found.attrs["State"]
        networks = found.attrs["NetworkSettings"]["Networks"]
        facts[name] = {
            "id": found.id,
            "image": found.attrs["Image"],
            "created": found.attrs["Created"],
            "started_at": state.get("StartedAt"),
            "state": state.get("Status"),
            "exit_code": state.get("ExitCode"),
            "restarts": found.attrs.get("RestartCount", 0),
            "read_only": found.attrs["HostConfig"].get("ReadonlyRootfs", False),
            "networks": sorted(name.removeprefix(f"{attempt.project}_") for name in networks),
        }
    return facts
