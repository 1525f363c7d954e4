"""Measured meets simulated: the times of a lab's attempts, and those of the scenario it mirrors.

- times: what was measured, what is simulated with the lab's own settings, and how the two compare.
- picture: one laid over the other.
"""
