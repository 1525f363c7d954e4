"""The container engine: does one answer, and if not, why not."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
from functools import cache
from typing import Any

from labs.runner.codes import engine_problem

# Testcontainers' own cleaner would end a lab seconds after the command that started it, and has to be pulled.
# Labs mark what they make with LABEL and remove it themselves. Testcontainers reads this when it is imported.
os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
# It also logs what a failed command printed; here that becomes one message.
logging.getLogger("testcontainers").setLevel(logging.CRITICAL)

LABEL = "paddock.lab"
#: More labels on all that is made: the attempt, when it may be swept away (seconds since 1970), whose it is.
ATTEMPT, EXPIRES, OWNER, MACHINE = "paddock.attempt", "paddock.expires", "paddock.owner", "paddock.machine"
BASE_IMAGE = os.environ.get("PADDOCK_BASE_IMAGE", "debian:trixie-slim")
START = "Start Docker (on Debian as root: `bash .ci/engine`), or have DOCKER_HOST name the socket of Podman"
REMEDY = f"{START}; `paddock lab doctor` tells more."


def problem(timeout: float = 5) -> str | None:
    """Why no engine can be used, in words for a person; None when one answers within `timeout` seconds."""
    try:
        from docker.errors import DockerException
        from testcontainers.core.docker_client import DockerClient
    except ModuleNotFoundError as error:
        return f"the Python package {error.name} is not installed: pip install 'paddock[lab]'"
    try:
        # Asked the way the labs will ask, so that both look for the engine in the same place.
        DockerClient(timeout=timeout).client.ping()
    except (DockerException, OSError) as error:
        where = os.environ.get("DOCKER_HOST", "the default address")
        return f"no container engine answers at {where}: {_reason(error)}"
    return None


def _reason(error: BaseException) -> str:
    """What the system said, which the libraries wrap up several times."""
    at: BaseException | None = error
    while at is not None:
        if isinstance(at, PermissionError):
            return "permission denied; is your user in the group `docker`?"
        if isinstance(at, OSError) and at.strerror:
            return at.strerror.lower()
        at = at.__cause__ or at.__context__
    return str(error)


@cache
def client() -> Any:
    """The engine's API, asked once whether it answers.

    Raises:
        Problem: it does not.
    """
    if why := problem():
        raise engine_problem(why, REMEDY)
    from testcontainers.core.docker_client import DockerClient

    return DockerClient(timeout=120).client


def kind() -> str:
    """Whose engine answers: Docker, or Podman, which speaks the same language."""
    parts = client().version().get("Components") or []
    return "Podman" if any(part.get("Name") == "Podman Engine" for part in parts) else "Docker"


def need_compose() -> None:
    """Refuse early and with a remedy where `docker compose` is missing.

    Raises:
        Problem: it is, or it is the old one.
    """
    if not (program := shutil.which("docker")):
        raise engine_problem(
            "the program `docker` is missing", "Install Docker's command line with its compose plugin."
        )
    try:
        done = subprocess.run([program, "compose", "version", "--short"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        done = None
    if done is None or done.returncode or not done.stdout.strip().lstrip("v").startswith(("2", "3", "4", "5")):
        raise engine_problem("`docker compose` v2 is missing", "Debian 13: apt install docker-compose; then try again.")
