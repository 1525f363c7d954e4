"""Results: tables, metrics, pictures and the report of a run.

- columns: every column of every table: dtype, unit, meaning.
- record: what a run has left behind, as the questions that the others ask of it.
- tables: the tables, made from the record.
- metrics: the numbers, each with name, unit and definition, in this one place.
- notable, words: what to look at first, and how to say it; pictures and report share both.
- plots, report: pictures, and a page that can be projected.
"""
