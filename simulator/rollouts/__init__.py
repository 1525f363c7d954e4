"""Rollouts: whom a change reaches in which order, and what stops it.

- plan: the targets and start times of a stage, nothing but arithmetic.
- rollout: the process that walks the stages, bakes, and heeds its gates (`RolloutProcess`).
"""

from simulator.rollouts.rollout import Carrier, RolloutProcess, StageRecord

__all__ = ["Carrier", "RolloutProcess", "StageRecord"]
