"""Every column of every table of a run: name, dtype, unit, meaning.

The tables are made to this list, and tests hold them to it.

Times named `..._at` are seconds since the scenario's start; NaN says that it did not happen (by the horizon).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Column:
    """One column. dtype: str, category, int64, float64, bool or datetime (in UTC)."""

    name: str
    dtype: str
    unit: str
    meaning: str


def _table(text: str) -> tuple[Column, ...]:
    return tuple(Column(*(part.strip() for part in line.split("|"))) for line in text.strip().splitlines())


COLUMNS: dict[str, tuple[Column, ...]] = {
    "nodes": _table("""
        node | str | | name: cluster-pool-number
        cluster | category | | its cluster
        pool | category | | its pool
        fleet | category | | the fleet entry that declared it
        environment | category | | environment of the cluster
        role | category | | worker or control-plane
        os | category | | operating system
        version | category | | OS version it runs at the end
        previous_version | category | | OS version it ran before that
        state | category | | state at the end, impairments included
        updates | int64 | updates | OS updates completed
        automatic_rollbacks | int64 | rollbacks | boots of the old version by the system's own decision, or a gate's
        failures | int64 | failures | deaths of the machine
        serving_h | float64 | h | time able to run pods
        bad_h | float64 | h | time not-ready, unreachable or failed
        planned_out_h | float64 | h | time out of service for an update or a reboot
    """),
    "systems": _table("""
        part | category | | the operating system (of `side_by_side`: whatever the fleet was parted by)
        nodes | int64 | nodes | size
        updates | int64 | updates | OS updates completed
        automatic_rollbacks | int64 | rollbacks | boots of the old version by the system's own decision, or a gate's
        manual_rollbacks | int64 | rollbacks | boots of the version before by people's decision
        bad_node_h | float64 | node-h | time not-ready, unreachable or failed
        worst_bad_share | float64 | share | largest share of its nodes bad at once
        planned_out_node_h | float64 | node-h | time out of service for an update or a reboot
        pending_node_h | float64 | node-h | time with an update installed that waited for its reboot
        vulnerable_node_d | float64 | node-d | time on another OS version than the newest one released for the node
        on_newest_share | float64 | share | nodes on the newest OS version released for them, at the end
        drift_node_h | float64 | node-h | time off what was declared
    """),
    "clusters": _table("""
        cluster | str | | name
        fleet | category | | the fleet entry that declared it
        environment | category | | environment
        region | category | | region
        zone | category | | zone
        nodes | int64 | nodes | size
        bad_node_h | float64 | node-h | sum of its nodes' time out of order
        worst_bad_share | float64 | share | largest share of its nodes bad at once
        first_bad_at | float64 | s | when its first node went bad
        down_s | float64 | s | time with a component or a service down
        drift_node_h | float64 | node-h | time off the desired state, times its nodes
    """),
    "services": _table("""
        service | category | | name
        cluster | category | | where
        replicas | int64 | replicas | placed there
        needs | int64 | replicas | it is up while so many are available
        availability | float64 | share | share of the time it was up, its requirements included
        down_s | float64 | s | time down
        degraded_s | float64 | s | time up with fewer replicas than placed, a soft requirement down, or too much traffic
        unserved_share | float64 | share | requests not served there, of what its own users ask; NaN without traffic
        slo | float64 | share | its objective
    """),
    "changes": _table("""
        change | str | | name
        title | str | | for people
        kind | category | | config, image, os-image, ...
        route | category | | git, push, os or hand
        version | str | | the version it brings
        at | float64 | s | when it was merged, released or done
        commits | int64 | commits | 1, or the number of repetitions
        clusters | int64 | clusters | targets
        nodes | int64 | nodes | targets
        offered_nodes | int64 | nodes | targets for which it was there: on the release server, or in Git
        reached_clusters | int64 | clusters | targets that got it (os-image: all of whose nodes got it)
        reached_nodes | int64 | nodes | targets that got it and did not refuse it, also if it was taken back later
        converged_at | float64 | s | when the last target had it
        convergence_p50_s | float64 | s | from the commit to a target, median over the targets reached
        convergence_p95_s | float64 | s | the same, 95th percentile
        convergence_max_s | float64 | s | the same, last target; NaN while one is missing
        bites | int64 | targets | nodes and clusters on which its defect took effect
        automatic_rollbacks | int64 | rollbacks | boots of the old version by the system's own decision
        rolled_back_nodes | int64 | nodes | nodes that did so, once or again and again
        refused | int64 | nodes | nodes that refused it, its version or its configuration
        status | category | | done, incomplete (over, not on all nodes), running, paused, aborted, reverted or waiting
    """),
    "stages": _table("""
        change | str | | name of the change
        stage | str | | name of the stage
        number | int64 | | its number, from 1
        nodes | int64 | nodes | targets
        clusters | int64 | clusters | targets
        bake_s | float64 | s | bake time asked for
        started_at | float64 | s | first target
        promoted_at | float64 | s | when Kargo's promotion had succeeded
        converged_at | float64 | s | last target, before the bake; NaN while one is missing
        ended_at | float64 | s | end of the bake, or of the stage
        verdict | category | | done, incomplete (not on all nodes), running, paused, aborted or not started
    """),
    "reach": _table("""
        change | category | | name of the change
        stage | category | | name of the stage
        number | int64 | | number of the stage, from 1
        at | float64 | s | time of the step
        nodes | int64 | nodes | targets of the stage that have the change from then on
        share | float64 | share | the same, of the stage's targets
    """),
    "incidents": _table("""
        incident | int64 | | number, from 1
        alert | str | | the alert that told; empty when nobody was told
        cause | str | | change or fault behind it, as diagnosed (or as it was, if nobody looked); may be planned work
        changed_at | float64 | s | when the change that caused it was merged, released or done
        bitten_at | float64 | s | when it first took hold of what it then had in its grip; NaN for planned work
        began_at | float64 | s | when what the alert looks at went wrong
        detected_at | float64 | s | the rule fires
        paged_at | float64 | s | the page goes out
        acknowledged_at | float64 | s | somebody looks
        diagnosed_at | float64 | s | somebody knows what it is
        decided_at | float64 | s | somebody decides what to do
        recovered_at | float64 | s | what the alert looks at is right again, for good
        remedy | str | | remedies in the order in which they were started
        waited_s | float64 | s | time remedies stood ready and their prerequisites were down
        waited_for | str | | the prerequisites that were waited for
        still_waits | str | | remedies that wait when the run ends, and for what: reboot for access
        clusters_hit | int64 | clusters | with something in the grip of the cause, or out for its work, meanwhile
        nodes_hit | int64 | nodes | in the grip of the cause, or out of service for its work, during the incident
        covered_by | int64 | | where alert is empty: the incident whose alert was firing for it as well; 0 for none
        clusters_down | int64 | clusters | with a component or a service of theirs down because of it, meanwhile
        service_down_h | float64 | h | time services were down because of it, summed over services and clusters
        exposure_at_detection | float64 | share | share of all nodes that were bad when the rule fired
        mttd_s | float64 | s | began to detected
        decide_s | float64 | s | detected to decided
        mttr_s | float64 | s | began to recovered
    """),
    "timeline": _table("""
        incident | int64 | | number in the table `incidents`; its steps stand in the order of time
        alert | str | | the alert that told; empty when nobody was told
        cause | str | | change or fault behind it, as in the table `incidents`
        at | float64 | s | when the step was taken
        time | datetime | | the same, date and time
        step | category | | what was done or happened; `simulator.results.postmortem.ORDER` lists them
        subject | str | | what it is about: a change, node, cluster, component, service, alert or remedy
        count | int64 | | how many nodes or clusters it is about; 0 where nothing is counted
        counted | category | | what is counted: nodes or clusters
        waits_for | str | | the component that a remedy waits for
        circular | bool | | what is waited for is down because of the very cause that the remedy would clear
        until | float64 | s | end of a wait (started, or not needed any more) or of a remedy's work, by the horizon
        note | str | | the step in a plain sentence
    """),
    "events": _table("""
        at | float64 | s | when, or the first of many
        time | datetime | | the same, date and time
        what | category | | what happened
        subject | str | | to what
        until | float64 | s | the last of many
        count | int64 | | how many (clusters or nodes)
        cause | str | | the change or fault behind it
        note | str | | more
    """),
    "exposure": _table("""
        at | float64 | s | time of the step
        bad_nodes | float64 | share | share of all nodes out of order from then on
        bad_clusters | float64 | share | share of all clusters affected from then on
    """),
    "assumptions": _table("""
        name | str | | the fact or assumption
        value | str | | value with its unit
        kind | category | | default, measured, documented-behaviour, spec, or assumption (nobody published it)
        source | str | | where it was read, or why it was assumed
        used_for | str | | the scenario fields it is the default of
    """),
}


def frame(table: str, data: Mapping[str, object] | pd.DataFrame | list[dict[str, object]]) -> pd.DataFrame:
    """A DataFrame with exactly the columns of a table, in order and with dtypes, from columns or rows."""
    columns = COLUMNS[table]
    if isinstance(data, list):
        data = {c.name: [row[c.name] for row in data] for c in columns}
    made = pd.DataFrame({c.name: data[c.name] for c in columns})
    return pd.DataFrame({c.name: _typed(made[c.name], c.dtype) for c in columns})


def _typed(values: pd.Series, dtype: str) -> pd.Series:
    """Values as a dtype of the list above; the same one with and without rows."""
    if dtype == "datetime":
        return pd.to_datetime(values, utc=True).astype("datetime64[ns, UTC]")
    if dtype == "category" and values.dtype != "category":
        return values.astype("str").astype("category")
    return values.astype(dtype)
