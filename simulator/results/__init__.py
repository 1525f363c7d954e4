"""Results: tables, metrics, pictures and the report of a run.

- columns: every column of every table: dtype, unit, meaning.
- tables: the tables, made from what a run has left behind.
- metrics: the numbers, each with name, unit and definition, in this one place.
- plots, report: pictures, and a page that can be projected.
"""
