"""What happened in a run, in a few plain sentences; the report and the command line say the same ones."""

from __future__ import annotations

from typing import Any

from simulator.results.notable import stage_name, stages_of, took_away, worst_incidents
from simulator.results.words import clock, count, duration, happened, hours, percent, plural
from simulator.run.overload import overload_of

#: What to call the part of a release that keeps a machine from booting, the earliest first.
_BOOTS = (("boot.firmware", "its firmware"), ("boot.kernel", "its kernel"), ("boot.init", "its init"))


def answer(run: Any) -> list[str]:
    """What happened, in one to four sentences for somebody who reads nothing else."""
    incidents = list(worst_incidents(run).itertuples())
    if not incidents:
        told = [sentence for sentence in (_bad_without_incident(run), _went_back(run)) if sentence]
        return [*(told or [_nothing_bad(run)]), *_changes_made(run)]
    worst = incidents[0]
    sentences = (_damage(run, worst), _course(run, worst), _what_stages_did(run, worst.cause), _the_others(incidents))
    return [sentence for sentence in sentences if sentence]


def _damage(run: Any, incident: Any) -> str:
    """'The change x broke 4,000 of 10,000 nodes (40 %) in 80 of 200 clusters.'"""
    nodes, clusters = len(run.nodes), len(run.clusters)
    if planned := _planned(run, incident):
        return planned
    if incident.cause in set(run.changes["change"]):
        who = f"The change {incident.cause}"
    elif service := next((name for name in run.services["service"] if incident.cause == overload_of(name)), None):
        who = f"An overload of {service}"
    else:
        who = f"The fault {incident.cause}" if incident.cause else "A fault"
    hit = incident.clusters_hit if incident.nodes_hit else incident.clusters_down or incident.clusters_hit
    where = f"in {count(hit)} of {plural(clusters, 'cluster')}"
    if incident.nodes_hit:
        return (
            f"{who} broke {count(incident.nodes_hit)} of {plural(nodes, 'node')} "
            f"({percent(incident.nodes_hit / nodes)}) {where}."
        )
    if incident.clusters_down:
        unseen = "no service was down, and " if len(run.services) and not incident.service_down_h else ""
        return f"{who} broke something {where}; {unseen}the nodes themselves stayed well."
    if incident.clusters_hit:
        harmless = "no service was down" if len(run.services) else "nothing in a cluster was down"
        return f"{who} {took_away(run, incident.cause) or f'impaired something {where}'}; {harmless}."
    if incident.cause:
        return f"{who} set off the alert {incident.alert}, but broke no node and no cluster."
    return f"The alert {incident.alert} fired without a faulty change or a fault behind it."


def _planned(run: Any, incident: Any) -> str:
    """An alert that a change set off without taking hold of anything: by its reboots, or by those that went back."""
    change = next(run.changes[run.changes["change"] == incident.cause].itertuples(), None)
    if change is None or not incident.alert or happened(incident.bitten_at) or not incident.nodes_hit:
        return ""
    if change.automatic_rollbacks:
        went = f"while {_release(change)} was rolled out: {_failed_boots(run, change)}"
    else:
        went = f"while the change {change.change} rebooted nodes"
    return f"The alert {incident.alert} fired {went}."


def _release(change: Any) -> str:
    """'release 1.1.0 (change update)'; a release without a version of its own goes by the change."""
    if change.version and change.version != change.change:
        return f"release {change.version} (change {change.change})"
    return f"the change {change.change}"


def _failed_boots(run: Any, change: Any) -> str:
    """'its kernel did not boot on 15 nodes, which rolled back by themselves'"""
    broken = {
        impairment.component
        for declared in run.scenario.spec.changes
        if declared.name == change.change and getattr(declared, "defect", None)
        for impairment in getattr(declared.defect, "impairs", ())
    }
    what = next((word for component, word in _BOOTS if component in broken), "it")
    one = change.rolled_back_nodes == 1
    back = "which rolled back by itself" if one else "which rolled back by themselves"
    return f"{what} did not boot on {plural(change.rolled_back_nodes, 'node')}, {back}"


def _course(run: Any, incident: Any) -> str:
    """When it was noticed, when it was over, and what that waits for."""
    waits = _waits(incident)
    return f"{_told_when(run, incident)} {waits}" if waits else _told_when(run, incident)


def _waits(incident: Any) -> str:
    """'The reboot waits for access.', of what is not over because a remedy can't begin."""
    if happened(incident.recovered_at) or not getattr(incident, "still_waits", ""):
        return ""
    waits = [each.split(" for ", 1) for each in incident.still_waits.split(", ")]
    return " ".join(f"The {remedy} waits for {what}." for remedy, what in waits)


def _told_when(run: Any, incident: Any) -> str:
    """When it was noticed, and when it was over."""
    if not happened(incident.detected_at):
        return _unnoticed(run, incident)
    unseen = incident.began_at - incident.bitten_at
    if unseen >= 60:
        return f"For {duration(unseen)} no alert could see it; then it {_noticed(run, incident)}"
    return f"It {_noticed(run, incident)}"


def _unnoticed(run: Any, incident: Any) -> str:
    """The course of what no alert told anybody, or only along with something else."""
    noticed = "No alert noticed it"
    if incident.covered_by:
        other = next(run.incidents[run.incidents["incident"] == incident.covered_by].itertuples())
        noticed = f"The alert {other.alert} was firing for it as well (incident {other.incident})"
    if not happened(incident.recovered_at):
        return f"{noticed}, and it was not over when the run ended."
    lasted = duration(incident.recovered_at - incident.began_at)
    return f"{noticed}; it was over after {lasted}."


def _noticed(run: Any, incident: Any) -> str:
    """'was noticed after 6 min and recovered after 52 min.'"""
    over = happened(incident.recovered_at)
    early = over and not incident.recovered_at >= incident.paged_at
    lasted = duration(incident.recovered_at - incident.began_at)
    noticed = f"was noticed after {duration(incident.detected_at - incident.began_at)}"
    if incident.exposure_at_detection > 0:
        noticed += f", with {percent(incident.exposure_at_detection)} of the nodes bad by then,"
    if early:
        return f"{noticed} and was over, {lasted} after it began, before anybody was paged."
    if over:
        return f"{noticed} and recovered after {lasted}."
    so_far = duration(float(run.scenario.spec.horizon) - incident.began_at)
    return f"{noticed} and not recovered when the run ended, {so_far} after it began."


def _what_stages_did(run: Any, change: str) -> str:
    """Whether a bake or a gate stopped the change before its last stage."""
    stages = stages_of(run, change)
    stopped = next((s for s in stages if s.verdict in ("paused", "aborted")), None)
    spared = sum(s.nodes for s in stages if s.verdict == "not started")
    if stopped and spared:
        return (
            f"The rollout was {stopped.verdict} in {_the_stage(stopped)} "
            f"and never reached the {plural(spared, 'node')} after it."
        )
    passed = [s for s in stages[:-1] if s.verdict in ("done", "incomplete") and s.bake_s > 0]
    if not passed:
        return _stopped_short(run, change) if stopped else ""
    bakes = [f"{stage_name(s)} ({duration(s.bake_s)})" for s in passed]
    if len(bakes) == 1:
        return f"The bake after {bakes[0]} caught nothing."
    return f"The bakes after {', '.join(bakes[:-1])} and {bakes[-1]} caught nothing."


def _stopped_short(run: Any, change: str) -> str:
    """How far a change came that was stopped in its last stage."""
    row = next(run.changes[run.changes["change"] == change].itertuples())
    return f"The rollout was stopped after {count(row.reached_nodes)} of {plural(row.nodes, 'node')}."


def _the_stage(stage: Any) -> str:
    """'stage 1', 'the stage staging'."""
    name = stage_name(stage)
    return name if name.startswith("stage ") else f"the stage {name}"


def _the_others(incidents: list[Any]) -> str:
    """How many more incidents there were."""
    if len(incidents) == 1:
        return ""
    still_open = sum(not happened(i.recovered_at) for i in incidents)
    unsolved = f", {count(still_open)} of them not recovered when the run ended" if still_open else ""
    return f"There were {plural(len(incidents), 'incident')} in all{unsolved}; this was the worst."


def _bad_without_incident(run: Any) -> str:
    """The worst moment of a run in which no alert fired."""
    bad = run.exposure["bad_nodes"].to_numpy(float)
    peak, worst_clusters = int(bad.argmax()), run.exposure["bad_clusters"].max()
    if not bad[peak]:
        return (
            (
                f"At worst {percent(worst_clusters)} of the clusters were bad at once, though no node was; "
                "no alert fired."
            )
            if worst_clusters
            else ""
        )
    when = clock(run.scenario.spec.start, run.exposure["at"].iloc[peak], day=True)
    at_once = round(bad[peak] * len(run.nodes))
    return (
        f"At worst {count(at_once)} of {plural(len(run.nodes), 'node')} ({percent(bad[peak])}) "
        f"{'was' if at_once == 1 else 'were'} bad at once, on {when}; no alert fired."
    )


def _went_back(run: Any) -> str:
    """Releases that did not boot where the nodes helped themselves: no node was ever out of order."""
    back = run.changes[run.changes["automatic_rollbacks"] > 0].sort_values("automatic_rollbacks", ascending=False)
    told = [f"{_release(change)}: {_failed_boots(run, change)}" for change in back.itertuples()]
    if not told:
        return ""
    more = f" (and {plural(len(told) - 1, 'more change')} alike)" if len(told) > 1 else ""
    return f"{told[0][0].upper()}{told[0][1:]}{more}; no alert fired."


def _nothing_bad(run: Any) -> str:
    horizon = duration(float(run.scenario.spec.horizon))
    return (
        f"Nothing broke: {plural(len(run.nodes), 'node')} in {plural(len(run.clusters), 'cluster')} "
        f"ran for {horizon} without a bad node."
    )


def _changes_made(run: Any) -> list[str]:
    """What the changes of a run without incident came to."""
    changes = run.changes
    if not len(changes):
        return ["No change was made."]
    if len(changes) == 1:
        change = next(changes.itertuples())
        reach = f"{count(change.reached_nodes)} of {plural(change.nodes, 'node')}"
        took = f" within {duration(change.converged_at - change.at)}" if happened(change.converged_at) else ""
        return [f"The change {change.change} reached {reach}{took}."]
    made, walked = plural(len(changes), "change"), changes["status"].isin(["done", "incomplete"])
    lacking = changes["change"].isin(list(run.stages.loc[run.stages["verdict"] == "incomplete", "change"]))
    missed = [
        f"{count(number)} did not {what}"
        for number, what in (((~walked).sum(), "reach the end"), ((walked & lacking).sum(), "get to all its nodes"))
        if number
    ]
    return [f"Of {made}, {' and '.join(missed)}." if missed else f"{made} were rolled out to the end."]


def big_numbers(run: Any) -> list[tuple[str, str]]:
    """The figures to remember, each with its name; only those that this run has."""
    numbers = [
        (percent(run.exposure["bad_nodes"].max()), "of the nodes bad at worst"),
        (percent(run.exposure["bad_clusters"].max()), "of the clusters bad at worst"),
    ]
    worst = next(worst_incidents(run).itertuples(), None)
    if worst:
        times = [(worst.detected_at, "until it was noticed"), (worst.recovered_at, "until it was recovered")]
        for at, what in times[1:] if worst.covered_by else times:
            numbers.append((duration(at - worst.began_at) if happened(at) else "never", what))
    numbers.append((hours(run.nodes["bad_h"].sum()), "bad node-hours"))
    if len(run.services):
        numbers.append((percent(run.services["availability"].min()), "availability of the worst service"))
    if len(run.changes) and not worst:
        numbers.append((count(len(run.changes)), "change" if len(run.changes) == 1 else "changes"))
    return numbers
