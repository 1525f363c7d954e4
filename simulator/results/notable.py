"""Which changes, stages and incidents of a run to look at first; pictures and report choose alike."""

from __future__ import annotations

from typing import Any

import numpy as np

from simulator.scenario.component import known_scope


def defective(run: Any) -> set[str]:
    """Names of the changes that have a defect, whether or not it took effect."""
    declared = {change.name for change in run.scenario.spec.changes if getattr(change, "defect", None)}
    return declared | set(run.changes.loc[run.changes["bites"] > 0, "change"])


def notable_changes(run: Any, most: int = 3) -> list[str]:
    """The changes to look at: those with a defect, the worst first; without any, the latest few."""
    changes = run.changes
    faulty = changes[changes["change"].isin(list(defective(run)))]
    if len(faulty):
        return list(faulty.sort_values("bites", ascending=False, kind="stable")["change"][:most])
    return list(changes.sort_values("at", kind="stable")["change"][-most:])


def shown_changes(run: Any) -> str:
    """Which of the changes are shown and why, 'the 3 of 6 with a defect'; '' where all are."""
    shown, total = notable_changes(run), len(run.changes)
    if len(shown) >= total:
        return ""
    faulty = len(run.changes["change"][run.changes["change"].isin(list(defective(run)))])
    if not faulty:
        return f"the latest {len(shown)} of {total}"
    if faulty > len(shown):
        return f"{len(shown)} of {total}, the worst of the {faulty} with a defect"
    return f"the {len(shown)} of {total} with a defect"


def worst_incidents(run: Any) -> Any:
    """The incidents, the worst first: by how long users missed services; then what took hold of something before
    planned work; then by nodes hit, clusters with something down, clusters hit (by more than the loss of what all
    share), and how long they lasted."""
    lasted = run.incidents["recovered_at"].fillna(run.scenario.spec.horizon) - run.incidents["began_at"]
    order = np.lexsort(
        (
            -lasted.to_numpy(float),
            -run.incidents["clusters_hit"].to_numpy(float),
            np.array([bool(took_away(run, cause)) for cause in run.incidents["cause"]], bool),
            -run.incidents["clusters_down"].to_numpy(float),
            -run.incidents["nodes_hit"].to_numpy(float),
            run.incidents["bitten_at"].isna().to_numpy(),
            -run.incidents["service_down_h"].to_numpy(float),
        )
    )
    return run.incidents.iloc[order]


def took_away(run: Any, cause: str) -> str:
    """'took away hub', of a cause that bites nothing but what all clusters share; '' for others."""
    spec = run.scenario.spec
    scopes = {component.name: component.scope for component in getattr(spec, "components", ())}
    declared = [change.defect for change in spec.changes if change.name == cause and getattr(change, "defect", None)]
    declared += [fault for fault in getattr(spec, "faults", ()) if fault.name == cause]
    impairs = [impairment for one in declared for impairment in getattr(one, "impairs", ())]
    shared = [i for i in impairs if (known_scope(i.component) or scopes.get(i.component)) == "global"]
    if not shared or len(shared) < len(impairs):
        return ""
    verb = "took away" if all(i.to == "down" for i in shared) else "impaired"
    return f"{verb} {' and '.join(dict.fromkeys(i.component for i in shared))}"


def stages_of(run: Any, change: str) -> list[Any]:
    """The stages of a change, in their order."""
    return list(run.stages[run.stages["change"] == change].sort_values("number", kind="stable").itertuples())


def stage_name(stage: Any) -> str:
    """Its name; a stage without one is known by its number."""
    return f"stage {stage.stage}" if str(stage.stage).isdigit() else str(stage.stage)
