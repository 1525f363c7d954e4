"""`simulate(scenario, seed) -> Run`."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal

from simulator.run.processes import start
from simulator.run.world import World
from simulator.scenario.document import Scenario

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from simulator.results.record import Record


def simulate(scenario: Scenario, seed: int = 1, replication: int = 0) -> Run:
    """One run of a scenario. Same scenario, seed, replication and version: the same run, to the byte."""
    scenario.require_valid()
    world = World(scenario, seed, replication)
    start(world)
    world.env.run(until=world.horizon)
    return Run(world, seed, replication)


def _table(name: str) -> cached_property:
    """A table of a run, made when it is first asked for: pandas is not needed to run, only to look."""

    def table(self: Run) -> pd.DataFrame:
        from simulator.results import tables

        return getattr(tables, name)(self.record)

    table.__doc__ = f"The table `{name}`; its columns are documented in `simulator.results.columns`."
    return cached_property(table)


class Run:
    """What came of a run: tables, metrics, pictures.

    Tables are pandas DataFrames, made when they are first asked for; their columns with dtype, unit and
    meaning are in `simulator.results.columns`. Times are seconds since the scenario's start.
    """

    def __init__(self, world: World, seed: int, replication: int) -> None:
        self.world, self.scenario, self.seed, self.replication = world, world.scenario, seed, replication

    nodes = _table("nodes")
    systems = _table("systems")
    clusters = _table("clusters")
    services = _table("services")
    changes = _table("changes")
    stages = _table("stages")
    reach = _table("reach")
    incidents = _table("incidents")
    timeline = _table("timeline")
    events = _table("events")
    states = _table("states")
    exposure = _table("exposure")
    assumptions = _table("assumptions")

    @cached_property
    def record(self) -> Record:
        """What the run has left behind; the tables are made from it."""
        from simulator.results.record import Record

        return Record(self.world)

    @cached_property
    def metrics(self) -> pd.Series:
        """Every metric by name; `metric_info` has units and definitions."""
        from simulator.results.metrics import compute

        return compute(self.record, self.incidents, self.services)

    @property
    def metric_info(self) -> dict:
        """name -> Metric with unit, title and definition."""
        from simulator.results.metrics import METRICS

        return {metric.name: metric for metric in METRICS}

    def heat(
        self,
        bins: int = 120,
        begin: float = 0.0,
        end: float | None = None,
        what: Literal["nodes", "clusters"] = "nodes",
    ) -> pd.DataFrame:
        """Each cluster in equal bins of time between two times (default: the whole run), exact: the mean
        share of its nodes that were bad, or (clusters) the share of the bin in which it was affected."""
        from simulator.results import tables

        return tables.heat(self.record, bins, begin, end, what)

    def course(self, incident: int = 1) -> pd.DataFrame:
        """What the cause of an incident had in its grip as a step function: nodes, clusters, and the clusters in which
        each component or service was down because of it."""
        from simulator.results import tables

        return tables.course(self.record, incident)

    def side_by_side(self, by: str = "os") -> pd.DataFrame:
        """Parts of the fleet side by side, by an attribute or a label of nodes (os, fleet, environment); the columns
        are those of `systems`."""
        from simulator.results import tables

        return tables.side_by_side(self.record, by)

    def states_of(self, by: str, part: str) -> pd.DataFrame:
        """The table `states` for one part of the fleet."""
        from simulator.results import tables

        return tables.states(self.record, self.record.layout.column(by) == part)

    def newest_of(self, by: str, part: str) -> pd.Series:
        """The share of the nodes of one part that run the newest OS version released for them, as a step function."""
        from simulator.results import tables

        return tables.on_newest(self.record, self.record.layout.column(by) == part)

    def lags(self, change: str) -> np.ndarray:
        """Seconds from the commit of a change (each commit of a repeated one) to each target that got it.

        Raises:
            KeyError: there is no such change.
        """
        return self.record.lags(self._number(change))

    def corrections(self, change: str) -> np.ndarray:
        """Seconds from an edit by hand to when it was put right, for each cluster or node where it was.

        Raises:
            KeyError: there is no such change.
        """
        return self.record.corrections(self._number(change))

    def outages(self, component: str) -> pd.DataFrame:
        """When a component or a service was down: cluster (its number), begin and end in seconds, one row a time."""
        import pandas as pd

        down = self.record.down(component)
        return pd.DataFrame({"cluster": down.entity, "begin": down.begin, "end": down.end})

    def _number(self, change: str) -> int:
        names = [found.name for found in self.world.changes]
        if change not in names:
            raise KeyError(f"there is no change {change!r}; there are: {', '.join(names) or 'none'}")
        return names.index(change)

    @cached_property
    def plot(self):
        """Pictures: `run.plot.timeline(ax=None)` and others."""
        from simulator.results.plots import Plots

        return Plots(self)

    @property
    def digest(self) -> str:
        """Hash of everything in the scenario that decides the run."""
        return self.scenario.digest()

    @property
    def version(self) -> str:
        """Version of Paddock."""
        from simulator import __version__

        return __version__

    def __repr__(self) -> str:
        variant = f", variant {self.scenario.variant_name}" if self.scenario.variant_name else ""
        return f"<Run of {self.scenario.metadata.name}{variant}, seed {self.seed}>"

    def _repr_html_(self) -> str:
        """The answer and the metrics, for notebooks."""
        from html import escape

        from simulator.results.report import answer

        sentences = "".join(f"<p>{escape(sentence)}</p>" for sentence in answer(self))
        return f"<h3>{escape(self.scenario.title)}</h3>{sentences}{self.metrics.to_frame().to_html()}"
