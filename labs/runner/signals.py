"""Ctrl-C, and the kinder ways to be killed: all of them unwind, and clearing away is never cut short."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def _interrupt(number: int, frame: Any) -> None:
    raise KeyboardInterrupt


def unwind_when_killed() -> None:
    """SIGTERM and SIGHUP (a closed terminal) end a command as Ctrl-C does."""
    if threading.current_thread() is threading.main_thread():
        for name in ("SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), _interrupt)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Clearing away: an impatient second Ctrl-C waits until it is done, and counts then."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    missed: list[int] = []
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.signal(number, lambda n, _: missed.append(n)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if missed:
        raise KeyboardInterrupt
