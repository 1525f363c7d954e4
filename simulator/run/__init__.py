"""One run: the rooms wired together, and what came of it.

- world: everything that exists in a run, built from a scenario and a seed (`World`).
- effects: what happens where a change arrives.
- carriers: the ways a change travels, as a rollout sees them.
- levers: what people can do about it. job: one of them at work; past_git: what goes straight into clusters; quotas:
  what a provider lets them order; suspects: whom a condition has in its grip, and what an alert may be about.
- faults: what breaks by itself. repeats: changes that come again and again. watches: what gates and alerts look at.
- processes: all that decides something, started.
- run: `simulate` and its result (`Run`).
"""

from simulator.run.run import Run, simulate

__all__ = ["Run", "simulate"]
