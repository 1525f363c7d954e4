"""A container made for one look, on the lab's networks but out of the learner's reach, and gone afterwards."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from labs.runner import engine
from labs.runner.running import compose, shell
from labs.runner.running.shell import Result
from labs.runner.signals import uninterrupted
from labs.runner.store.progress import Attempt

LOOK = "paddock.look"
#: A look that its runner did not clear away (it was killed) may be swept after this time more.
AFTERLIFE = 60


def look(
    attempt: Attempt,
    image: str,
    command: list[str],
    *,
    environment: Mapping[str, str],
    timeout: float,
    networks: bool = True,
    volumes: Mapping[str, str] | None = None,
    stdin: str = "",
) -> Result:
    """Run a command in a fresh container: read-only, no capabilities, volumes of the lab read-only."""
    client = engine.client()
    mark = uuid.uuid4().hex
    expires = int(time.time() + timeout + AFTERLIFE)
    labels = compose.labels(attempt) | {engine.EXPIRES: str(expires), LOOK: mark}
    joined = client.networks.list(filters={"label": f"{engine.ATTEMPT}={attempt.id}"}) if networks else []
    try:
        with uninterrupted():  # a container that is made when nobody waits for it any more would be left behind
            made = client.containers.create(
                image,
                ["timeout", "--kill-after=2", f"{timeout:g}", *command],
                labels=labels,
                network=joined[0].name if joined else None,
                network_mode=None if joined else "none",
                environment=dict(environment),
                volumes={
                    _volume(attempt, name): {"bind": path, "mode": "ro"} for name, path in (volumes or {}).items()
                },
                read_only=True,
                tmpfs={"/tmp": "size=256m"},
                cap_drop=["ALL"],
                security_opt=["no-new-privileges"],
                mem_limit="768m",
                pids_limit=256,
                stdin_open=True,
                init=True,
            )
        for network in joined[1:]:
            network.connect(made)
        result = shell.run(
            ["docker", "start", "--attach", "--interactive", made.id], timeout + shell.GRACE, stdin, inner_limit=True
        )
        return result
    finally:
        with uninterrupted():
            for left in client.containers.list(all=True, filters={"label": f"{LOOK}={mark}"}):
                remove(left)


def remove(container: Any) -> None:
    """Remove a container that may be going already."""
    import docker.errors

    try:
        with suppress(docker.errors.APIError):  # it does not run
            container.kill()  # Podman's removal asks it to stop first, and waits
        container.remove(force=True, v=True)
    except docker.errors.NotFound:
        pass
    except docker.errors.APIError as error:
        if error.status_code != 409:  # its removal is under way
            raise


def _volume(attempt: Attempt, name: str) -> str:
    return f"{attempt.project}_{name}"
