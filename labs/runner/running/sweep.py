"""What belongs to nobody any more is removed: expired, or made by a command that is gone. Nothing else is touched."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from labs.runner import engine, store
from labs.runner.running import checker, loops
from labs.runner.signals import uninterrupted
from labs.runner.store import locks, progress

Labels = dict[str, str]
#: How often it is looked for what is left.
LOOKS = 5


def remove(wanted: Callable[[Labels], bool], settle: float = 0.0) -> int:
    """Remove containers, networks and volumes whose labels are wanted; how many there were.

    Looks again: what others hold (for Podman that is a machine, too, whose namespaces another one shares) can be
    removed after them. `settle`: seconds without a find, since what compose was making when it was ended comes later.
    """
    import docker.errors
    from docker.models.containers import Container
    from docker.models.networks import Network

    count = look = 0
    with uninterrupted():
        last_find = time.monotonic()
        while look < LOOKS:
            found = [item for item in everything() if wanted(labels_of(item))]
            if found:
                look, last_find = look + 1, time.monotonic()
            elif time.monotonic() - last_find >= settle:
                break
            detached = False
            for item in found:
                if not isinstance(item, Container) and not detached:  # all containers are gone now, and no volume is
                    loops.detach([other.name for other in found if other.attrs.get("Mountpoint")])
                    detached = True
                try:
                    if isinstance(item, Container):
                        checker.remove(item)
                    elif isinstance(item, Network):
                        _free(item)
                        item.remove()
                    else:
                        item.remove(force=True)
                    count += 1
                except docker.errors.NotFound:
                    pass
                except docker.errors.APIError as error:
                    # Still in use: the next look gets it. In the end that is somebody else's use.
                    if look == LOOKS and error.status_code not in (403, 409):
                        raise
            time.sleep(0.05)
    return count


def _free(network: Any) -> None:
    """A container of somebody else's may have joined the network; it is let go, not removed."""
    network.reload()
    for container in network.attrs.get("Containers") or {}:
        network.disconnect(container, force=True)


def everything() -> Iterable[Any]:
    """All that carries our label: containers first, since they hold the rest."""
    client = engine.client()
    ours = {"label": engine.LABEL}
    # Sparse: what the list tells is enough, and nobody is asked about a container that somebody else removes meanwhile.
    yield from client.containers.list(all=True, filters=ours, sparse=True)
    yield from client.networks.list(filters=ours)
    yield from client.volumes.list(filters=ours)


def labels_of(item: Any) -> Labels:
    return item.attrs.get("Labels") or item.attrs.get("Config", {}).get("Labels") or {}


def attempt(id: str, settle: float = 0.0) -> int:
    """Remove all that was made for an attempt; see `remove`."""
    return remove(lambda labels: labels.get(engine.ATTEMPT) == id, settle)


def all_of_mine() -> int:
    """Remove all that this learner's labs have made."""
    mine = store.owner()
    return remove(lambda labels: labels.get(engine.OWNER) == mine)


def all_of_everyone() -> int:
    """Remove all that labs have made on this engine, whoever started them."""
    return remove(lambda labels: True)


def orphans(known: progress.Progress) -> int:
    """Remove what is expired, and what commands that were killed have left.

    Something of ours has an owner alive when its attempt is in use, or when a living process holds the attempt.
    """
    now = time.time()
    mine = store.owner()
    for old in known.attempts(status=progress.STARTING):
        if not locks.attempt_is_held(old.id):
            known.end(old, progress.FAILED_TO_START)
    for old in known.attempts(status=progress.RUNNING):
        if old.expires < now:
            known.end(old, progress.EXPIRED)
    in_use = {attempt.id for attempt in known.attempts(status=progress.RUNNING)}
    held: dict[str, bool] = {}

    def is_orphan(labels: Labels) -> bool:
        expires = labels.get(engine.EXPIRES, "")
        if expires.isdigit() and int(expires) < now:
            return True
        if labels.get(engine.OWNER) != mine:
            return False
        id = labels.get(engine.ATTEMPT, "")
        if id in in_use or id == "probe":  # a probe lives for seconds, and then expires
            return False
        if id not in held:
            held[id] = locks.attempt_is_held(id)
        return not held[id]

    return remove(is_orphan)


def everything_of(attempts: Iterable[str]) -> list[Any]:
    """All that is there of these attempts, by its label or by its name."""
    ids = set(attempts)
    client = engine.client()
    found = [
        *client.containers.list(all=True, ignore_removed=True),
        *client.networks.list(),
        *client.volumes.list(),
    ]
    return [
        item for item in found
        if labels_of(item).get(engine.ATTEMPT) in ids or any(f"paddock-{id}" in item.name for id in ids)
    ]  # fmt: skip
