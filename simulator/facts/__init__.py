"""Sourced constants, keyed ``system.parameter``, and the way to ask for them.

The ideas that live here:

- `Fact` (`fact`): one constant with its unit, its kind and its source. Its value stays as published;
  properties read it as a number, a range, a duration in seconds or a flag (`values`).
- The tables (`table`): ``domain-facts.csv`` holds what was read in a source, ``assumptions.csv`` what
  Paddock needs and nobody published, with the reasoning in the place of the source. `get` asks by name,
  `search` by words.
- Durations (`durations`): ``90s``, ``5m``, ``2d4h``, the one way to write a length of time in Paddock.

>>> from simulator import facts
>>> facts.get("talos.boot.timeout_all_services").seconds
4200.0

To add a number, add a row to ``assumptions.csv``: nothing else. A quantity that varies takes two rows: its
median under the plain name, whose note says "median of a lognormal", and the sigma under that name with
``.sigma`` after it.
"""

from simulator.facts.durations import format_duration, parse_duration
from simulator.facts.fact import Fact
from simulator.facts.table import UnknownFact, all_facts, get, search

__all__ = ["Fact", "UnknownFact", "all_facts", "format_duration", "get", "parse_duration", "search"]
