"""Starts a lab's machines, checks the learner's work, and clears away what it started."""
