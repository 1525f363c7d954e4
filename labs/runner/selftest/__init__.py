"""Does a lab's check tell right from wrong? Tried on real machines, before any learner does.

- bench: the lab on real machines, brought into the states that matter.
- run: fresh, traps, earlier solutions, the solution, again, other seeds, reset, nothing left: what must hold.
- record: the evidence of each state, kept; mutants: judges weakened one criterion at a time, on that evidence.
"""
