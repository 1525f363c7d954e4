"""One run: the rooms wired together, and what came of it.

- world: everything that exists in a run, built from a scenario and a seed (`World`).
- effects: what happens where a change arrives.
- carriers: the ways a change travels, as a rollout sees them.
- levers: what people can do about it.
- run: `simulate` and its result (`Run`).
"""

from simulator.run.run import Run, simulate

__all__ = ["Run", "simulate"]
