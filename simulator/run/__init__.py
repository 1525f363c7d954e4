"""One run: the rooms wired together, and what came of it.

- world: everything that exists in a run, built from a scenario and a seed (`World`).
- effects: what happens where a change arrives.
- carriers: the ways a change travels, as a rollout sees them.
- levers: what people can do about it.
- faults: what breaks by itself. repeats: changes that come again and again. watches: what gates and alerts look at.
- processes: all that decides something, started.
- run: `simulate` and its result (`Run`).
"""

from simulator.run.run import Run, simulate

__all__ = ["Run", "simulate"]
