"""The container engine: does one answer, and if not, why not."""

import os

# Testcontainers' own cleaner would end a lab seconds after the command that started it, and has to be pulled.
# Labs mark what they make with LABEL and remove it themselves. Testcontainers reads this when it is imported.
os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")

LABEL = "paddock.lab"
BASE_IMAGE = os.environ.get("PADDOCK_BASE_IMAGE", "debian:trixie-slim")


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
        return f"no container engine answers at {where}: {error}"
    return None
