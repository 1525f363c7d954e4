"""The states a node can be in, and what they mean for those who use it."""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class State(IntEnum):
    """Lifecycle of a node. The order is the order of plots and tables."""

    READY = 0
    REVERTED = 1  # ready, on the old version after a rollback
    CORDONED = 2
    DRAINING = 3
    UPDATING = 4  # an image is fetched or a snapshot written; the node serves
    PENDING_REBOOT = 5
    REBOOTING = 6
    UNPROVEN = 7  # booted, not yet known to be good
    NOT_READY = 8
    UNREACHABLE = 9
    FAILED = 10
    PROVISIONING = 11
    GONE = 12

    @property
    def label(self) -> str:
        """The word for people: 'pending-reboot'."""
        return "ready on old version" if self is State.REVERTED else self.name.lower().replace("_", "-")


def _flags(*states: State) -> np.ndarray:
    flags = np.zeros(len(State), bool)
    flags[list(states)] = True
    return flags


#: Runs pods. A cordoned or draining node still runs what it has; an image is written while the node serves.
SERVING = _flags(State.READY, State.REVERTED, State.CORDONED, State.DRAINING, State.UPDATING, State.PENDING_REBOOT)
#: Switched on and past the boot: what a controller applies can take effect.
RUNNING = SERVING | _flags(State.UNPROVEN, State.NOT_READY)
#: In the middle of something, or dead: no update begins.
BUSY = _flags(
    State.DRAINING, State.UPDATING, State.REBOOTING, State.UNPROVEN, State.FAILED, State.PROVISIONING, State.GONE
)
#: Out of order without anybody having planned it; a machine that is being replaced was.
BAD = _flags(State.NOT_READY, State.UNREACHABLE, State.FAILED, State.PROVISIONING)
