"""Exercises on real containers that practise what the simulator teaches."""
