"""What can be done to a machine from outside: its power, its network cable, a fresh one in its place."""

from __future__ import annotations

from typing import Any

from labs.runner import engine
from labs.runner.codes import USAGE, engine_problem
from labs.runner.lab.lab import Lab
from labs.runner.running import compose
from labs.runner.store.progress import Attempt
from simulator.cli.console import Problem

#: Seconds a machine gets to shut down before its power is cut.
SHUTDOWN = 5


def act(lab: Lab, attempt: Attempt, action: str, machine: str) -> None:
    """Do it, and return when it is done.

    Raises:
        Problem: the engine refuses.
    """
    import docker.errors

    if action == "replace":
        compose.recreate(attempt, machine, lab.spec.ready if lab.spec else 60)
        return
    found = compose.containers(attempt).get(machine)
    if found is None:
        raise compose.gone(attempt, machine)
    host = _shares_with(lab, machine)
    if host and action in ("disconnect", "connect"):
        raise Problem(
            f"{machine} has no network of its own",
            hint=f"It shares that of {host}: `paddock lab machine {lab.id} {action} {host}`.",
            code=USAGE,
        )
    try:
        if action == "disconnect":
            for network in _networks(attempt):
                if machine in _members(lab, network):
                    _disconnect(network, found)
        elif action == "connect":
            for network in _networks(attempt):
                members = _members(lab, network)
                found.reload()
                if machine in members and network.name not in found.attrs["NetworkSettings"]["Networks"]:
                    network.connect(found, aliases=[machine, *members[machine]])
        elif action in ("stop", "restart"):
            getattr(found, action)(timeout=SHUTDOWN)
        elif action == "kill" and found.status != "running":
            pass
        else:
            getattr(found, action)()
    except docker.errors.APIError as error:
        raise engine_problem(f"{machine} can't be changed ({action}): {error.explanation or error}") from None


def _shares_with(lab: Lab, machine: str) -> str:
    """The machine whose network another one shares; '' where it has its own."""
    service = (lab.compose or {"services": {}})["services"].get(machine, {})
    return str(service.get("network_mode", "")).partition("service:")[2]


def _networks(attempt: Attempt) -> list[Any]:
    return engine.client().networks.list(filters={"label": f"{engine.ATTEMPT}={attempt.id}"})


def _members(lab: Lab, network: Any) -> dict[str, list[str]]:
    """Machines that belong on a network by the lab's compose file, with their other names there."""
    name = network.attrs["Labels"].get("com.docker.compose.network", "default")
    members: dict[str, list[str]] = {}
    for machine, service in (lab.compose or {"services": {lab.machine: {}}})["services"].items():
        joined = service.get("networks", ["default"])
        if name in joined:
            settings = joined[name] if isinstance(joined, dict) else None
            members[machine] = list((settings or {}).get("aliases", []))
    return members


def _disconnect(network: Any, container: Any) -> None:
    container.reload()
    if network.name in container.attrs["NetworkSettings"]["Networks"]:
        network.disconnect(container, force=True)
