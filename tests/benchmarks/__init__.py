"""How fast the simulator is: `make bench`.

- sizes: the fleets that are measured, and what is promised of them.
- measure: one measurement in a process of its own.
- bench: all of them, as a table, a JSON file and a picture.
- study: a classroom's study on all cores, and what it costs to start the workers (`make bench-studies`).
"""
