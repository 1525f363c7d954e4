"""Checks that can be trusted: evidence is taken, then judged.

- evidence: what the observers and the engine say, as one JSON document.
- inside/judging.py: what judges are written with; it runs in a checker container beside the judge.
- judge: a judge applied to evidence, and what its criteria say.
- verdict: pass, fail, or an error that is nobody's fault.
- check: the whole, with a second look at what is only true after a while.
"""
