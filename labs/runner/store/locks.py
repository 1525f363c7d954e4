"""Locks that a killed process leaves open: the kernel frees them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from labs.runner import store
from labs.runner.codes import FAILED
from simulator.cli.console import Problem


def _lock(name: str) -> FileLock:
    folder = store.folder() / "locks"
    folder.mkdir(exist_ok=True)
    return FileLock(folder / f"{re.sub(r'[^a-zA-Z0-9._-]', '_', name)}.lock")


@contextmanager
def lab(id: str, wait: float = 3) -> Iterator[None]:
    """Hold a lab: nobody else starts, checks or stops it meanwhile.

    Raises:
        Problem: another command holds it and does not let go.
    """
    lock = _lock(f"lab-{id}")
    try:
        lock.acquire(timeout=wait)
    except Timeout:
        raise Problem(f"another command works on the lab {id!r}; wait for it to end", code=FAILED) from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def attempt(id: str) -> Iterator[None]:
    """Held while an attempt is made or used by a process alone: as long as it is, the sweep leaves it alone."""
    with _lock(f"attempt-{id}"):
        yield
    (store.folder() / "locks" / f"attempt-{id}.lock").unlink(missing_ok=True)


def attempt_is_held(id: str) -> bool:
    """Whether a living process works on the attempt."""
    file = store.folder() / "locks" / f"attempt-{id}.lock"
    if not file.exists():
        return False
    lock = _lock(f"attempt-{id}")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    file.unlink(missing_ok=True)
    return False


@contextmanager
def image(name: str) -> Iterator[None]:
    """Held while an image is built: a second builder waits, and then finds it built."""
    with _lock(f"image-{name}"):
        yield
