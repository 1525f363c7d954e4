"""The steps of incidents: worlds whose time lines can be worked out by hand, and the library against its own tables."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from simulator import Scenario
from simulator.operations import Attempt
from simulator.results import plots, report
from simulator.results.postmortem import ORDER
from tests.unit import worlds
from tests.unit.worlds import BOOT, HOUR, MINUTE, QUICK, alert, breaks, config, fleet, image

#: A pipeline that takes a minute, and ten seconds for each cluster, one after the other.
ONE_BY_ONE = {"engine": "push", "pipeline": "1m", "apply": "10s", "parallel": 1}
REVERT = {"name": "revert", "duration": "5m"}
LIBRARY = (
    "telemetry-overload",
    "bad-sysctl",
    "dead-kernel",
    "frozen-lock",
    "argo-gives-up",
    "kargo-green",
    "power-on",
    "five-systems",
    "coordinators",
)


def run_of(**spec):
    return worlds.scenario(**{"gitops": ONE_BY_ONE, "onCall": QUICK, **spec}).run(seed=1)


def steps(run, incident: int = 1) -> list[tuple[str, float]]:
    """The steps of an incident with their times."""
    told = run.timeline[run.timeline["incident"] == incident]
    return list(zip(told["step"].astype(str), told["at"], strict=True))


def step(run, name: str, incident: int = 1, **having):
    """The one step of a kind."""
    told = run.timeline[(run.timeline["incident"] == incident) & (run.timeline["step"] == name)]
    for column, value in having.items():
        told = told[told[column] == value]
    (found,) = told.itertuples()
    return found


def down_dns(clusters: int = 10, **spec):
    """A commit takes the DNS of one cluster after the other down; a revert is at hand."""
    return run_of(
        **{
            "fleet": fleet(nodes=1, clusters=clusters),
            "changes": [config(at="1h", defect=breaks("dns", clearedBy=["revert"]))],
            "alerts": [alert({"component": "dns"}, **{"for": "1m"})],
            "remedies": [REVERT],
            **spec,
        }
    )


# --- each kind of step -----------------------------------------------------------------------------------


def test_an_incident_from_the_change_to_the_recovery():
    run = down_dns()
    incident, first = run.incidents.iloc[0], HOUR + 70
    told = steps(run)
    assert [name for name, _ in told] == [
        "changed",
        "first bite",
        "first symptom",
        "visible",
        "at worst",
        "alert fires",
        "paged",
        "acknowledged",
        "diagnosed",
        "decided",
        "remedy started",
        "half recovered",
        "90 % recovered",
        "remedy done",
        "recovered",
    ]
    by_step = dict(told)
    assert [at for _, at in told[:5]] == [HOUR, first, first, first, first + 90]
    paged = incident["paged_at"]
    assert [by_step[n] for n in ("acknowledged", "diagnosed", "decided")] == [paged + 60, paged + 180, paged + 240]
    # five minutes to write the revert, a minute in the pipeline, ten seconds for each cluster
    assert by_step["half recovered"] == pytest.approx(by_step["decided"] + 300 + 60 + 50)
    assert by_step["90 % recovered"] == pytest.approx(by_step["decided"] + 300 + 60 + 90)
    assert by_step["remedy done"] == by_step["recovered"] == pytest.approx(by_step["decided"] + 300 + 60 + 100)
    assert step(run, "changed").note == "the change conf is merged, meant for 10 nodes in 10 clusters"
    bite = step(run, "first bite")
    assert (bite.subject, bite.count, bite.counted) == ("prod-0", 1, "clusters")
    assert bite.note == "conf takes hold of prod-0: dns down"
    assert (step(run, "half recovered").count, step(run, "90 % recovered").count) == (5, 1)
    assert step(run, "90 % recovered").note.startswith("right again: 9 of 10 clusters, ")
    assert step(run, "remedy started").until == step(run, "remedy done").at
    assert step(run, "remedy started").note == "revert begins against conf, which has hit 10 clusters"


def test_what_is_right_again_all_at_once_is_only_recovered():
    names = [name for name, _ in steps(down_dns(1))]
    assert "half recovered" not in names and "at worst" not in names and names[-1] == "recovered"


def test_a_cache_lets_the_first_symptom_come_after_the_first_bite():
    run = down_dns(
        1,
        components=[{"name": "mesh", "requires": [{"component": "dns", "cache": "20m"}]}],
        services=[{"name": "web", "replicas": 1, "requires": [{"component": "mesh"}]}],
        alerts=[alert({"component": "web"})],
        onCall={**QUICK, "acknowledge": "2h"},
    )
    ((_, web, _),) = worlds.down(run.world, "web")
    assert HOUR + 70 < web < HOUR + 70 + 20 * MINUTE
    symptom = step(run, "first symptom")
    assert (symptom.at, symptom.subject, step(run, "first bite").at) == (web, "web", HOUR + 70)
    assert symptom.note.startswith("web is down in prod because of conf, ") and "after the first bite" in symptom.note
    assert step(run, "visible").at == web


def test_a_symptom_that_is_over_before_the_alert_could_see_anything_is_still_the_first():
    pools = [{"name": name, "nodes": nodes, "os": worlds.TALOS} for name, nodes in (("a", 1), ("b", 2))]
    run = run_of(
        fleet=[{"name": "prod", "clusters": 2, "pools": pools}],
        changes=[config(at="1h", over="80m", defect=breaks("kubelet", when={"pool": "a"}))],
        services=[{"name": "web", "replicas": 3, "needs": 3}],
        alerts=[alert({"nodes": "bad", "select": {"pool": "a"}, "above": 0.6})],
    )
    (first, second) = sorted(begin for _, begin, _ in worlds.spans(run.record.bad))
    web = worlds.down(run.world, "web")[0]
    assert step(run, "visible").at == second and first <= web[1] < web[2] < second  # its pods were moved
    assert (step(run, "first symptom").subject, step(run, "first symptom").at) == ("web", web[1])


def test_a_service_that_fails_later_than_what_the_alert_sees_is_told_too():
    run = down_dns(
        1,
        services=[{"name": "web", "replicas": 1, "requires": [{"component": "dns", "cache": "20m"}]}],
        onCall={**QUICK, "acknowledge": "2h"},
    )
    ((_, web, _),) = worlds.down(run.world, "web")
    assert (step(run, "first symptom").subject, step(run, "service down").at) == ("dns", web)


def test_where_nobody_looks_at_a_component_the_first_symptom_is_a_bad_node():
    run = run_of(fleet=fleet(nodes=3), changes=[config(at="1h", defect=breaks("kubelet"))])
    symptom = step(run, "first symptom")
    assert (symptom.at, symptom.count, symptom.counted) == (HOUR + 70, 3, "nodes")
    assert symptom.note == "prod-workers-0 and 2 nodes more are bad because of conf"


def test_what_no_alert_told_has_neither_people_nor_remedies():
    run = down_dns(2, alerts=[])
    assert steps(run) == [
        ("changed", HOUR),
        ("first bite", HOUR + 70),
        ("first symptom", HOUR + 70),
        ("at worst", HOUR + 80),
    ]
    assert set(run.timeline["alert"]) == {""}


def test_what_comes_back_is_a_relapse():
    outage = {"name": "outage", "trigger": {"at": "1h", "every": "6h"}, "lasts": "30m", **breaks("api")}
    run = run_of(fleet=fleet(nodes=1, clusters=2), faults=[outage])
    assert steps(run) == [
        ("first bite", HOUR),
        ("first symptom", HOUR),
        ("all right", 1.5 * HOUR),
        ("relapsed", 7 * HOUR),
        ("all right", 7.5 * HOUR),
        ("relapsed", 13 * HOUR),
        ("all right", 13.5 * HOUR),
        ("relapsed", 19 * HOUR),
        ("recovered", 19.5 * HOUR),
    ]
    first = next(s for s in run.timeline.itertuples() if s.step == "relapsed")
    assert first.note == "outage is back on 2 clusters, 5 h 30 min after all were right"


def test_a_relapse_that_tells_an_alert_again_is_the_next_incident():
    outage = {"name": "outage", "trigger": {"at": "1h", "every": "6h"}, "lasts": "30m", **breaks("api")}
    run = run_of(fleet=fleet(nodes=1), faults=[outage], alerts=[alert({"component": "api"})])
    assert len(run.incidents) == 4
    assert steps(run)[-2:] == [("recovered", 1.5 * HOUR), ("relapsed", 7 * HOUR)]
    assert step(run, "relapsed").note.endswith("(incident 2)")
    assert steps(run, 4)[-1] == ("recovered", 19.5 * HOUR)


def test_the_next_victim_of_chance_is_no_relapse():
    lost = {"name": "hardware", "trigger": {"rate": "400/y"}, "lasts": "10m", **breaks("kubelet")}
    run = run_of(fleet=fleet(nodes=10), faults=[lost], alerts=[alert({"nodes": "bad"})], horizon="10d")
    assert len(run.incidents) > 2 and not (run.timeline["step"] == "relapsed").any()


def test_planned_work_has_no_bite():
    web = {"name": "web", "replicas": 1, "requires": [{"component": "api"}]}
    slow = {"acknowledge": "2d", "diagnosis": "1m", "decision": "1m"}
    run = run_of(
        fleet=fleet(nodes=1, clusters=2),
        onCall=slow,
        services=[web],
        alerts=[alert({"component": "web"})],
        changes=[image("os", at="1h")],
    )
    names = [name for name, _ in steps(run)]
    assert names[:2] == ["changed", "first symptom"] and "first bite" not in names
    assert step(run, "changed").note.startswith("the change os is released, ")
    assert step(run, "first symptom").subject == "web"


def test_a_gate_that_stops_the_rollout_is_a_step():
    run = run_of(
        fleet=fleet(nodes=2, clusters=2),
        changes=[
            config(
                at="1h",
                defect=breaks("kubelet"),
                rollout={
                    "gate": {"badNodes": "0%"},
                    "stages": [{"name": "one", "select": {"cluster": "prod-0"}, "bake": "1h"}, {"name": "two"}],
                },
            )
        ],
    )
    stopped = step(run, "rollout stopped")
    (entry,) = worlds.said(run.world, "paused")
    assert (stopped.at, stopped.subject) == (entry.at, "conf") and entry.note in stopped.note


def test_a_wrong_diagnosis_is_told_where_operations_know_of_it():
    run = down_dns(1)
    incident = run.world.incidents[0]
    incident.misdiagnosed_at = incident.acknowledged_at + 60
    run.world.tell(incident.misdiagnosed_at, "wrong diagnosis", "alarm", cause="conf", note="other looked guilty")
    assert step(run, "wrong diagnosis").at == incident.acknowledged_at + 60
    assert step(run, "wrong diagnosis").note == "somebody takes something else for the cause: other looked guilty"


def test_a_ticket_is_not_called_a_page():
    run = down_dns(1)
    run.world.tell(run.world.incidents[0].paged_at, "ticket", "alarm")
    assert step(run, "paged").note == "a ticket is written because of alarm"
    assert step(run, "acknowledged").note == "somebody looks, 1 min after the ticket"


# --- remedies --------------------------------------------------------------------------------------------


def test_a_remedy_that_needs_what_it_should_repair_waits_in_a_circle():
    run = down_dns(3, remedies=[{**REVERT, "requires": ["dns"]}, {"name": "break-glass", "duration": "40m"}])
    incident, wait = run.incidents.iloc[0], step(run, "remedy waits")
    assert (wait.subject, wait.waits_for, wait.circular) == ("revert", "dns", True)
    assert (wait.at, wait.until) == (incident["decided_at"], incident["recovered_at"])
    assert (wait.count, wait.counted) == (3, "clusters")
    assert wait.note == (
        "revert waits 40 min for dns, which is down because of conf in 3 clusters: "
        "the way back needs what is broken; then it is no longer needed"
    )


def test_the_circle_goes_through_what_the_prerequisite_needs():
    run = down_dns(
        1,
        components=[{"name": "tunnel", "requires": [{"component": "dns"}]}],
        remedies=[{**REVERT, "requires": ["tunnel"]}],
    )
    wait = step(run, "remedy waits")
    assert wait.circular and wait.waits_for == "tunnel" and np.isnan(wait.until)
    assert "waits to the end of the run for tunnel, which is down because of conf in 1 cluster" in wait.note


def test_a_wait_for_what_another_outage_has_down_is_no_circle():
    outage = {"name": "git-outage", "trigger": {"at": "62m"}, "lasts": "2h", **breaks("git")}
    run = down_dns(1, faults=[outage], remedies=[{**REVERT, "requires": ["git"]}])
    wait, ends = step(run, "remedy waits"), 62 * MINUTE + 2 * HOUR
    assert (wait.circular, wait.until, wait.count) == (False, ends, 0)
    assert wait.note.endswith(" for git, which is down because of git-outage")
    assert step(run, "remedy started").at == ends


def test_what_operations_say_of_a_circle_is_believed():
    run = down_dns(1, remedies=[{**REVERT, "requires": ["dns"]}])
    run.world.incidents[0].attempts[0].circular = False
    assert not step(run, "remedy waits").circular


def test_clusters_that_were_left_out_wait_from_the_start_on():
    run = down_dns(2)
    (attempt,) = run.world.incidents[0].attempts
    run.world.incidents[0].attempts = [replace(attempt, waited_for="git", complete=False)]
    wait = step(run, "remedy waits")
    assert (wait.at, wait.until) == (attempt.started_at, run.incidents["recovered_at"].iloc[0])


def test_a_remedy_that_is_refused_says_why():
    run = down_dns(1, gitops={"engine": "argo-cd"}, remedies=[{"name": "app-rollback", "duration": "1m"}, REVERT])
    refused = step(run, "remedy refused")
    (entry,) = worlds.said(run.world, "remedy refused")
    assert (refused.at, refused.subject) == (entry.at, "app-rollback")
    assert refused.note == f"app-rollback is refused: {entry.note}"
    assert not (run.timeline["step"] == "remedy waits").any() and step(run, "remedy started").subject == "revert"


def test_a_remedy_that_did_not_help_everywhere_says_what_is_left():
    run = down_dns(1)
    incident = run.world.incidents[0]
    early = Attempt("pause", "conf", incident.decided_at, incident.decided_at, incident.decided_at)
    incident.attempts.insert(0, early)
    assert step(run, "remedy done", subject="pause").note == "pause is done at once; 1 cluster is still hit"


def test_a_remedy_that_never_arrives_is_not_done():
    """The pipeline needs the API that it should bring back."""
    run = down_dns(
        1,
        changes=[config(at="1h", defect=breaks("api", clearedBy=["revert"]))],
        alerts=[alert({"component": "api"})],
    )
    started = step(run, "remedy started")
    assert np.isnan(started.until) and started.note.endswith(", and is not done when the run ends")
    assert steps(run)[-1][0] == "remedy started"


def test_nodes_that_are_still_hit_when_the_alert_is_right_are_told():
    run = run_of(
        fleet=fleet(nodes=4),
        changes=[config(at="1h", defect=breaks("kubelet", clearedBy=["reboot"]))],
        alerts=[alert({"nodes": "bad", "above": 0.3})],
        remedies=[{"name": "reboot", "duration": "10m", "rate": "6/h"}],
    )
    ends = sorted(end for _, _, end in worlds.spans(run.record.hit_nodes(run.world.conditions[0])))
    assert np.allclose(np.diff(ends), 10 * MINUTE) and ends[0] > BOOT
    assert step(run, "half recovered").at == ends[1]
    recovered = step(run, "recovered")
    assert (recovered.at, recovered.count) == (ends[2], 1) and "while 1 node is still hit" in recovered.note
    assert step(run, "all right").at == ends[3]


# --- over time -------------------------------------------------------------------------------------------


def test_the_course_counts_what_was_hit_and_what_was_down():
    run = down_dns(2, alerts=[], services=[{"name": "web", "replicas": 1, "requires": [{"component": "dns"}]}])
    course = run.course(1)
    assert course.index.tolist() == [0.0, HOUR + 70, HOUR + 80]
    assert {name: course[name].tolist() for name in course} == {
        "nodes": [0, 0, 0],
        "clusters": [0, 1, 2],
        "dns": [0, 1, 2],
        "web": [0, 1, 2],
    }
    with pytest.raises(ValueError, match="no incident 2: this run has 1"):
        run.course(2)


def test_what_another_cause_has_down_is_not_counted():
    other = {"name": "other", "trigger": {"at": "2h"}, "lasts": "1h", **breaks("api"), "when": {"cluster": "prod-1"}}
    run = down_dns(2, alerts=[], faults=[other])
    assert "api" not in run.course(1) and "dns" not in run.course(2)
    assert run.course(2)["api"].tolist() == [0, 1, 0]


# --- the library against its own tables ------------------------------------------------------------------


@pytest.fixture(scope="module", params=LIBRARY)
def library(request):
    return Scenario.load(request.param).run(seed=1)


def test_steps_stand_in_the_order_of_time_within_the_run(library):
    told, horizon = library.timeline, float(library.scenario.spec.horizon)
    assert set(told["incident"]) == set(library.incidents["incident"]) and set(told["step"]) <= set(ORDER)
    assert ((told["at"] >= 0) & (told["at"] <= horizon)).all()
    assert not ((told["until"] < told["at"]) | (told["until"] > horizon)).any()
    assert told["incident"].is_monotonic_increasing
    for _, mine in told.groupby("incident"):
        assert mine["at"].is_monotonic_increasing
    assert not told["note"].str.contains("nan|–|None").any()


def test_steps_are_those_of_the_table_of_incidents(library):
    pairs = {
        "changed": "changed_at",
        "first bite": "bitten_at",
        "visible": "began_at",
        "alert fires": "detected_at",
        "paged": "paged_at",
        "acknowledged": "acknowledged_at",
        "diagnosed": "diagnosed_at",
        "decided": "decided_at",
        "recovered": "recovered_at",
    }
    for incident in library.incidents.itertuples():
        mine = library.timeline[library.timeline["incident"] == incident.incident]
        assert set(mine["alert"]) == {incident.alert} and set(mine["cause"]) == {incident.cause}
        for name, column in pairs.items():
            at = getattr(incident, column)
            wanted = [] if np.isnan(at) or (name == "visible" and not incident.alert) else [at]
            assert mine.loc[mine["step"] == name, "at"].tolist() == wanted, name
        waits = mine[mine["step"] == "remedy waits"]
        until = waits["until"].fillna(float(library.scenario.spec.horizon))
        assert (until - waits["at"]).sum() == pytest.approx(incident.waited_s)
        assert ", ".join(dict.fromkeys(waits["waits_for"])) == incident.waited_for
        assert ", ".join(mine.loc[mine["step"] == "remedy started", "subject"]) == incident.remedy
        hit = incident.nodes_hit or incident.clusters_hit
        worst = mine.loc[mine["step"].isin(["at worst", "first bite"]), "count"]
        assert not len(worst) or worst.max() <= hit


def test_steps_are_those_of_the_journal(library):
    """One that is told again and again (a page for more of a group) is one step."""
    for name in ("alert fires", "paged", "remedy refused", "remedy waits", "remedy started"):
        told = library.timeline[library.timeline["step"] == name]
        events = library.events[library.events["what"].isin([name, "ticket"] if name == "paged" else [name])]
        assert set(zip(told["at"], told["subject"], strict=True)) <= set(
            zip(events["at"], events["subject"], strict=True)
        ), name
        assert set(told["subject"]) == set(events["subject"]), name


def test_nothing_is_seen_before_it_is_there(library):
    for incident in library.incidents.itertuples():
        told = dict(steps(library, incident.incident))
        if not np.isnan(incident.bitten_at):
            assert told.get("first symptom", np.inf) >= told["first bite"]
        if "half recovered" in told and "90 % recovered" in told:
            assert told["half recovered"] <= told["90 % recovered"]


def test_the_worst_of_the_course_is_the_worst_step(library):
    for incident in library.incidents.itertuples():
        mine = library.timeline[library.timeline["incident"] == incident.incident]
        worst = mine[mine["step"] == "at worst"]
        for row in worst.itertuples():
            assert library.course(incident.incident).at[row.at, row.counted] >= row.count


def test_in_its_picture_no_text_lies_on_another_or_outside(library):
    for number in library.incidents["incident"].head(3):
        with plots.style():
            figure = Figure(figsize=(12, library.plot.height("incident", number)), layout="constrained")
            canvas = FigureCanvasAgg(figure)
            ax = library.plot.incident(number, figure.subplots())
            canvas.draw()
        texts = [*ax.texts, *ax.get_yticklabels(), *ax.get_legend().get_texts(), ax._left_title]
        assert min(text.get_fontsize() for text in texts) >= 11
        boxes = [text.get_window_extent(canvas.get_renderer()).padded(-1) for text in texts]
        assert all(box.x0 > -2 and box.x1 < figure.bbox.x1 + 2 for box in boxes)
        for (one, a), (other, b) in combinations(zip(texts, boxes, strict=True), 2):
            assert not a.overlaps(b), f"{one.get_text()!r} lies on {other.get_text()!r}"


def test_an_alert_on_applications_saw_applications_and_not_nodes():
    """Git is away, so that Argo CD compares nothing; no node is bad at any time."""
    run = run_of(
        fleet=fleet(nodes=1, clusters=2),
        gitops={"engine": "argo-cd"},
        faults=[{"name": "away", "trigger": {"at": "1h"}, "lasts": "1h", **breaks("git")}],
        alerts=[{"name": "unknown", "expr": {"applications": "unknown"}}],
    )
    seen = step(run, "visible")
    assert (seen.subject, seen.note) == ("applications", "unknown could see it: applications are unknown")


def test_a_tag_that_is_moved_is_told_as_such():
    run = run_of(
        fleet=fleet(nodes=4),
        services=[{"name": "web", "replicas": 4, "needs": 4, "image": {"policy": "Always"}}],
        changes=[{"name": "moved", "kind": "tag", "service": "web", "at": "1h", "defect": breaks("web")}],
        faults=[worlds.power_cut("2h", "1h")],
    )
    assert {"moves the tag" in note for note in run.timeline.loc[run.timeline["step"] == "changed", "note"]} == {True}


def quota_wait(**remedy):
    """Eleven disks die at once, and machines for three are there; more come five hours after the fourth was asked for,
    two every ten minutes."""
    return run_of(
        fleet=fleet(nodes=11),
        faults=[{"name": "die", "trigger": {"at": "1h"}, "clearedBy": ["replace"], **breaks("disk")}],
        alerts=[alert({"nodes": "bad"}, **{"for": "1m"})],
        remedies=[
            {
                "name": "replace",
                "quota": {"nodes": 3, "raisedAfter": "5h"},
                "parallel": 2,
                "duration": "10m",
                **remedy,
            }
        ],
        horizon="1d",
    )


def test_a_machine_that_is_being_provisioned_is_not_right_again():
    run = quota_wait()
    decided = run.incidents["decided_at"].iloc[0]
    raised = decided + 10 * MINUTE + 5 * HOUR
    half = step(run, "half recovered")
    assert (
        half.at == pytest.approx(raised + 20 * MINUTE) and half.count == 4
    )  # by hand: 3 before, 2 at each of two turns
    assert "all right" not in [name for name, _ in steps(run)]
    assert run.incidents["recovered_at"].iloc[0] == pytest.approx(raised + 40 * MINUTE)


def test_a_wait_for_a_quota_in_the_middle_of_the_work_is_told():
    run = quota_wait()
    decided = run.incidents["decided_at"].iloc[0]
    waits = step(run, "remedy waits")
    assert (waits.subject, waits.waits_for, waits.note) == ("replace", "quota", "replace waits 5 h for quota")
    assert (waits.at, waits.until) == pytest.approx((decided + 10 * MINUTE, decided + 10 * MINUTE + 5 * HOUR))
    assert run.incidents["waited_s"].iloc[0] == pytest.approx(5 * HOUR)
    figure = Figure(figsize=(12, run.plot.height("incident")))
    words = [text.get_text() for text in run.plot.incident(ax=figure.subplots()).texts]
    assert "acts, 50 min" in words and "waits for quota, 5 h" in words


def test_a_wait_between_two_tiers_is_told():
    run = run_of(
        fleet=fleet(nodes=2, control_plane=1),
        faults=[
            {"name": "die", "trigger": {"at": "1h"}, "clearedBy": ["replace"], **breaks("disk")},
            {"name": "away", "trigger": {"at": "1h8m"}, "lasts": "1h", **breaks("registry")},
        ],
        alerts=[alert({"nodes": "bad"}, **{"for": "1m"})],
        remedies=[
            {"name": "replace", "duration": "10m", "order": [{"role": "control-plane"}], "requires": ["registry"]}
        ],
    )
    waits = step(run, "remedy waits")
    assert waits.waits_for == "registry" and waits.until == pytest.approx(HOUR + 68 * MINUTE)
    assert run.incidents["waited_s"].iloc[0] == pytest.approx(waits.until - waits.at)


def hosted(**spec):
    """Two clusters whose control planes are a service of another one; a fault takes that one's machines."""
    return run_of(
        **{
            "fleet": [
                *fleet(nodes=3, name="parents"),
                *fleet(nodes=2, clusters=2, name="kids", hostedBy={"fleet": "parents", "service": "kcp"}),
            ],
            "services": [{"name": "kcp", "select": {"fleet": "parents"}, "replicas": 3, "needs": 2}],
            "faults": [{"name": "cut", "trigger": {"at": "1h"}, "lasts": "2h", **breaks("boot.firmware")}],
            "alerts": [alert({"component": "api", "select": {"fleet": "kids"}}, **{"for": "1m"})],
            **spec,
        }
    )


def test_a_control_plane_that_is_hosted_is_down_because_of_what_its_host_lost():
    cut = {
        "name": "cut",
        "trigger": {"at": "1h"},
        "lasts": "2h",
        "when": {"fleet": "parents"},
        **breaks("boot.firmware"),
    }
    run = hosted(faults=[cut])
    (incident,) = run.incidents.itertuples()
    assert (incident.alert, incident.cause) == ("alarm", "cut") and not np.isnan(incident.decided_at)
    course = run.course(1)
    assert course["kcp"].max() == 1 and course["api"].max() == 2
    # Of what happens elsewhere nobody is suspected
    other = run_of(
        fleet=[*fleet(name="parents"), *fleet(name="kids")],
        faults=[cut, {"name": "own", "trigger": {"at": "1h"}, **breaks("api"), "when": {"fleet": "kids"}}],
        alerts=[alert({"component": "api", "select": {"fleet": "kids"}}, **{"for": "1m"})],
    )
    assert list(other.incidents["cause"]) == ["own", "cut"]


def test_planned_work_on_a_host_is_behind_the_control_planes_it_hosts():
    run = hosted(faults=[], changes=[image(at="1h", select={"fleet": "parents"}, maxUnavailable=3)])
    assert list(run.incidents["cause"]) == ["v2"]


def test_what_is_shared_and_overloaded_is_down_in_all_clusters():
    run = run_of(
        fleet=fleet(nodes=2, clusters=4),
        components=[{"name": "store", "scope": "global", "capacity": 10}],
        services=[{"name": "web", "replicas": 2, "requires": [{"component": "store"}]}],
        changes=[
            config(
                at="1h",
                select={"cluster": ["prod-0"]},
                defect={"loads": [{"component": "store", "perNode": 30}], "clearedBy": ["revert"]},
            )
        ],
        alerts=[alert({"component": "web", "select": {"cluster": "prod-3"}}, **{"for": "1m"})],
        remedies=[REVERT],
    )
    (incident,) = run.incidents.itertuples()
    assert (incident.cause, incident.remedy) == ("conf", "revert")
    assert (incident.clusters_hit, incident.clusters_down, run.course(1)["web"].max()) == (1, 4, 4)
    assert step(run, "first symptom").note.startswith("web is down in prod-0 and 3 clusters more because of conf")
    assert report.answer(run)[0].startswith("The change conf broke something in 4 of 4 clusters;")


def test_an_api_that_is_asked_too_much_is_called_overloaded_and_down_what_is_down():
    loads = [{"component": "api", "perNode": 1000, "bounded": False}]
    run = run_of(
        fleet=fleet(nodes=2),
        changes=[config(at="1h", defect={"loads": loads, "clearedBy": ["revert"]})],
        alerts=[alert({"component": "api", "state": "degraded"}, **{"for": "1m"})],
        remedies=[{**REVERT, "requires": ["api"]}],
    )
    waits = step(run, "remedy waits")
    assert ", which is overloaded because of conf in 1 cluster: the way back needs what is broken" in waits.note
    assert step(run, "first symptom").note == "api is down in prod because of conf"
    assert step(run, "visible").note == "alarm could see it: api is degraded or down"
