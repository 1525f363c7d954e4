"""The STRESS-DES checklist (Monks et al. 2019, J. Simulation 13:1), filled from the scenario and the study."""

from __future__ import annotations

from typing import Any

from simulator.results.words import count, date, duration, plural
from simulator.study.fingerprint import fingerprint

#: What every run has, whatever the scenario.
LOGIC = (
    "A change travels from Git to machines along its rollout plan; GitOps engines poll and reconcile; nodes drain, "
    "update, reboot and prove themselves as their system does; conditions (defects and faults) impair components, "
    "which services and remedies require; alerts see what their expressions see, people and automation answer."
)
ALGORITHMS = (
    "Discrete events (SimPy); node states as arrays in one agenda of planned transitions; polls are computed, not "
    "simulated; random numbers are pure functions of (seed, replication, purpose, entity, attempt), by splitmix64."
)


def checklist(study: Any) -> list[tuple[str, str, str]]:
    """The items: section and number, what is asked, the answer."""
    scenario = study.arms[0].scenario
    spec = scenario.spec
    return [
        ("1.1", "Purpose of the model", scenario.metadata.description or scenario.title),
        ("1.2", "Model outputs", _outputs(study)),
        ("1.3", "Aims of experimentation", _aims(study)),
        ("2.1", "Base model overview", LOGIC),
        ("2.2", "Base model logic", f"{_engine(spec)}; {plural(len(spec.changes), 'change')}: {_names(spec.changes)}."),
        ("2.3", "Scenario logic", _arms(study)),
        ("2.4", "Algorithms", ALGORITHMS),
        ("2.5.1", "Entities", f"Nodes: {_fleet(spec)}."),
        ("2.5.2", "Activities", f"Rollouts, reconciliations, updates, repairs; faults: {_names(spec.faults)}."),
        (
            "2.5.3",
            "Resources",
            f"People on call; remedies: {_names(spec.remedies)}; services: {_names(spec.services)}.",
        ),
        (
            "2.5.4",
            "Queues",
            "Reconcile workers, API servers, registries and people serve so many at once; the rest waits.",
        ),
        (
            "2.5.5",
            "Entry and exit points",
            "The fleet is there from the start; no node is added or removed but by repair.",
        ),
        (
            "3.1",
            "Data sources",
            "The table of defaults below names the source of each; what the scenario sets is its author's.",
        ),
        ("3.2", "Input parameters", "The scenario as YAML; its digests stand at the end of this page."),
        ("3.3", "Pre-processing", "None."),
        (
            "3.4",
            "Assumptions",
            "Defaults marked as assumptions below. " + (study.parameter_words or "No parameter is declared uncertain."),
        ),
        ("4.1", "Initialisation", f"{study.horizon_words} The clock starts on {date(spec.start)}."),
        ("4.2", "Run length", f"{duration(spec.horizon)} of simulated time."),
        ("4.3", "Estimation approach", _estimation(study)),
        ("5.1", "Software", f"Paddock {fingerprint()} (Python, SimPy, NumPy, SciPy, SALib)."),
        (
            "5.2",
            "Random sampling",
            f"Keyed streams under seed {study.seed}, replications 0 to {study.n - 1:,}; all arms share them.",
        ),
        (
            "5.3",
            "Model execution",
            "Event by event; replications are independent, so results do not depend on workers.",
        ),
        (
            "5.4",
            "System specification",
            "Any machine: results do not depend on it beyond the last digits of floating point.",
        ),
        (
            "6.1",
            "Computer model sharing",
            "The commands under “Run it again” make the same numbers with the same version.",
        ),
    ]


def _outputs(study: Any) -> str:
    return f"{study.info.title} ({study.info.definition}) and {len(study.metric_info) - 1} other metrics."


def _aims(study: Any) -> str:
    return {
        "compare": f"Compare {', '.join(a.name for a in study.arms[1:])} with {study.arms[0].name}.",
        "sweep": f"See how {study.info.title.lower()} changes along {', '.join(getattr(study, 'paths', []))}.",
        "sensitivity": "Find which fields matter.",
    }.get(study.kind, "Estimate the metrics of one scenario.")


def _arms(study: Any) -> str:
    if study.kind == "compare":
        return "The differences from the baseline stand at the top of this page."
    return plural(len(study.arms), "design point") + "."


def _engine(spec: Any) -> str:
    return f"GitOps engine: {spec.gitops.engine}"


def _names(items: Any) -> str:
    return ", ".join(item.name for item in items) or "none"


def _fleet(spec: Any) -> str:
    parts = []
    for entry in spec.fleet:
        pools = ", ".join(
            f"{pool.nodes if isinstance(pool.nodes, int) else 'a distribution of'} {pool.os.name} nodes"
            for pool in entry.pools
        )
        parts.append(f"{entry.name}: {count(entry.clusters)} x ({pools})")
    return "; ".join(parts)


def _estimation(study: Any) -> str:
    words = (
        f"{study.stopped}. Means with t intervals, quantiles between order statistics, probabilities by Wilson (3/n "
        "for none)"
    )
    if study.kind == "compare":
        several = (
            f"; {study.correction} correction for {len(study.arms) - 1} comparisons" if len(study.arms) > 2 else ""
        )
        words += f"; differences paired run by run{several}"
    return f"{words}."
