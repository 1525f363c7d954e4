"""Programs: the sequences of states a node goes through when it is updated, rebooted or repaired.

A program says, for each of its steps, the state, the version that runs and the version that would
boot next. The last is what makes a power cut in the middle of an update, or an update that was
installed and never rebooted into, come out right.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from simulator.nodes.states import BAD, State

STEPS = 8  # the longest program


class Boots(IntEnum):
    """Which version boots next."""

    STAGED = 0  # what was the default when the program began
    NEW = 1
    OLD = 2  # what ran when the program began


@dataclass(frozen=True)
class Step:
    """One step of a program."""

    state: State
    runs_new: bool = False
    boots: Boots = Boots.STAGED


class Program:
    """A named sequence of steps. Made once, at import; its number is kept with every row of the agenda."""

    all: list[Program] = []

    def __init__(self, name: str, *steps: Step) -> None:
        self.name, self.steps = name, steps
        self.number = len(Program.all)
        self.states = np.array([s.state for s in steps], np.uint8)
        last = steps[-1] if steps else None
        self.succeeds = bool(last and last.runs_new and last.state == State.READY)
        self.reverts = bool(last and last.state == State.REVERTED)
        self.is_stuck = bool(last and BAD[last.state])  # ends out of order: somebody must come
        ready = [k for k, step in enumerate(steps) if step.state in (State.READY, State.REVERTED)]
        self.ready_step = ready[0] if ready else max(len(steps) - 1, 0)  # or, where it never is, the last
        Program.all.append(self)

    def __repr__(self) -> str:
        return f"Program({self.name!r})"


NOTHING = Program("nothing")  # number 0: the row every node starts from


def table(field: str) -> np.ndarray:
    """`runs_new` or `boots` of every step of every program: programs x STEPS; the last value is repeated."""
    found = np.zeros((len(Program.all), STEPS), np.int8)
    for program in Program.all:
        values = [int(getattr(step, field)) for step in program.steps] or [0]
        found[program.number] = values + values[-1:] * (STEPS - len(values))
    return found


_BOOTING = Step(State.REBOOTING, boots=Boots.NEW)
_TRYING = Step(State.REBOOTING, boots=Boots.OLD)  # the boot loader has used up its only try
_STUCK = Step(State.UNPROVEN, boots=Boots.NEW)  # in user space, on the way to being given up
_BOOT_OLD = (Step(State.REBOOTING, boots=Boots.OLD), Step(State.REVERTED, boots=Boots.OLD))

#: What a boot into the default version may come to.
BOOTS = {
    "boots": (_BOOTING, Step(State.UNPROVEN, True, Boots.NEW), Step(State.READY, True, Boots.NEW)),
    "dead": (_BOOTING, Step(State.FAILED, boots=Boots.NEW)),
    "fallback": (_BOOTING, *_BOOT_OLD),  # the boot loader goes back: no user space of the version is ever reached
    "revert": (_BOOTING, _STUCK, *_BOOT_OLD),  # user space of the version gives up and goes back
    "stopped": (_BOOTING, _STUCK, Step(State.NOT_READY, True, Boots.NEW)),
    "shell": (_BOOTING, _STUCK, Step(State.FAILED, boots=Boots.NEW)),
    # A slot that has to prove itself: until it is marked good, any other boot goes back.
    "proven": (
        _TRYING,
        Step(State.UNPROVEN, True, Boots.OLD),
        Step(State.READY, True, Boots.OLD),
        Step(State.READY, True, Boots.NEW),
    ),
    "stranded": (_TRYING, Step(State.UNPROVEN, True, Boots.OLD), Step(State.NOT_READY, True, Boots.OLD)),
}


def family(name: str, *head: Step) -> dict[str, Program]:
    """The programs that begin with the same steps and end in a boot, by what the boot comes to."""
    return {outcome: Program(f"{name}-{outcome}", *head, *tail) for outcome, tail in BOOTS.items()}


REBOOT = family("reboot")  # 'new' is whatever boots: the same version, another, or a staged one
REPAIR = family("repair", Step(State.FAILED))
REPLACE = Program("replace", Step(State.PROVISIONING), Step(State.READY, True, Boots.NEW))
DIE = Program("die", Step(State.FAILED))

#: A system that updates itself writes a version beside the one that runs, and waits for leave to reboot into it...
INSTALL = Program("install", Step(State.UPDATING), Step(State.PENDING_REBOOT, boots=Boots.NEW))
#: ...or changes the system that runs.
IN_PLACE = Program("in-place", Step(State.UPDATING), Step(State.READY, True, Boots.NEW))

_DRAIN = Step(State.DRAINING, boots=Boots.NEW)
DRAINED = family("drained-reboot", _DRAIN)
#: What a drain may come to that does not end: it goes on for ever, it is given up for now, or for good.
DRAINS = Program("drains", _DRAIN)
DRAIN_GIVEN_UP = Program("drain-given-up", _DRAIN, Step(State.PENDING_REBOOT, boots=Boots.NEW))
DRAIN_FAILED = Program("drain-failed", _DRAIN, Step(State.CORDONED, boots=Boots.NEW))


def up_step(program: Program) -> int:
    """The step at which the machine is up again on the version it stays on; -1 if the program has none."""
    for number, step in enumerate(program.steps):
        if step.runs_new or step.state == State.REVERTED:
            return number
    return -1
