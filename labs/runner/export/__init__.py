"""A lab of ours as a folder that KillerCoda itself can run: its Ubuntu host has Docker, and the machines run in it.

- bundle: what goes into the folder. inside/paddock_check.py: what runs over there, with Python's standard library only.
"""

from labs.runner.export.bundle import export

__all__ = ["export"]
