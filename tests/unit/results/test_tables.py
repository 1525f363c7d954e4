"""The tables say what happened: small scenarios whose rows can be worked out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulator import Scenario
from simulator.results.columns import COLUMNS
from simulator.results.report import answer
from simulator.results.tables import rollouts
from tests.unit import worlds
from tests.unit.worlds import BOOT, DAY, HOUR, QUICK, alert, breaks, config, fleet, image, power_cut

#: A pipeline that takes a minute, and ten seconds for each cluster, all at once.
PUSH = {"engine": "push", "pipeline": "1m", "apply": "10s", "parallel": 50}
#: The golden scenarios: small, and between them nearly everything that can happen.
GOLDEN = sorted((Path(__file__).parents[2] / "golden").glob("*.yaml"))


def run_of(**spec):
    return worlds.scenario(**{"gitops": PUSH, **spec}).run(seed=1)


@pytest.fixture(scope="module", params=GOLDEN, ids=lambda path: path.stem)
def golden(request):
    return Scenario.load(request.param).run(seed=7)


# --- columns ---------------------------------------------------------------------------------------------


def dtypes_hold(run) -> None:
    for name, columns in COLUMNS.items():
        table = getattr(run, name)
        assert list(table.columns) == [column.name for column in columns], name
        for column in columns:
            dtype = table[column.name].dtype
            if column.dtype == "category":
                assert dtype.categories.dtype == "str", f"{name}.{column.name}"
            assert dtype == {"datetime": "datetime64[ns, UTC]"}.get(column.dtype, column.dtype), f"{name}.{column.name}"


def test_dtypes_hold_where_much_happened(golden):
    dtypes_hold(golden)
    assert (golden.states.dtypes == np.int64).all()


def test_dtypes_hold_where_nothing_happened():
    run = run_of(fleet=fleet(nodes=2))
    dtypes_hold(run)
    empty = ("services", "changes", "stages", "reach", "incidents", "events")
    assert [len(getattr(run, name)) for name in empty] == [0] * len(empty)
    assert run.states.to_dict("list") == {"ready": [2]}
    assert run.exposure.to_dict("list") == {"at": [0.0], "bad_nodes": [0.0], "bad_clusters": [0.0]}


# --- nodes and clusters ----------------------------------------------------------------------------------


def test_an_outage_is_bad_time_and_the_boot_after_it_is_not():
    cut = power_cut("1h", "30m", when={"cluster": "prod-0"})
    run = run_of(fleet=fleet(nodes=2, clusters=2), faults=[cut])
    hit = run.nodes["cluster"] == "prod-0"
    assert run.nodes["bad_h"].tolist() == pytest.approx(np.where(hit, 0.5, 0.0))
    assert run.nodes["planned_out_h"].tolist() == pytest.approx(np.where(hit, BOOT / HOUR, 0.0))
    assert run.nodes["serving_h"].tolist() == pytest.approx(np.where(hit, 23.5 - BOOT / HOUR, 24.0))
    assert run.nodes["failures"].tolist() == [1, 1, 0, 0]
    first, second = run.clusters.itertuples()
    assert (first.bad_node_h, first.worst_bad_share, first.first_bad_at) == (1.0, 1.0, HOUR)
    assert (second.bad_node_h, second.worst_bad_share) == (0.0, 0.0) and np.isnan(second.first_bad_at)


def test_a_planned_reboot_is_time_out_but_not_bad():
    run = run_of(fleet=fleet(nodes=3), changes=[config(at="1h", reboot=True)])
    assert run.nodes["planned_out_h"].tolist() == pytest.approx([BOOT / HOUR] * 3)
    assert not run.nodes["bad_h"].any() and not run.nodes["updates"].any()


def test_versions_and_updates_at_the_end():
    run = run_of(fleet=fleet(nodes=2), changes=[image("v2", at="1h"), image("v3", at="12h")])
    assert set(run.nodes["version"]) == {"v3"} and set(run.nodes["previous_version"]) == {"v2"}
    assert run.nodes["updates"].tolist() == [2, 2]


# --- services --------------------------------------------------------------------------------------------


def test_a_service_is_down_as_long_as_what_it_needs():
    fault = {
        "name": "outage",
        "trigger": {"at": "2h"},
        "lasts": "1h",
        **breaks("api"),
        "when": {"cluster": ["prod-0", "prod-1"]},
    }
    run = run_of(
        fleet=fleet(nodes=2, clusters=4),
        faults=[fault],
        services=[
            {"name": "web", "replicas": 2, "requires": [{"component": "api"}]},
            {"name": "batch", "replicas": 2, "requires": [{"component": "api", "policy": "soft"}]},
        ],
    )
    of = run.services.set_index(["service", "cluster"])
    assert of.loc["web"]["down_s"].tolist() == [HOUR, HOUR, 0, 0]
    assert of.loc["web"]["availability"].tolist() == pytest.approx([23 / 24, 23 / 24, 1, 1])
    assert of.loc["batch"]["down_s"].tolist() == [0] * 4
    assert of.loc["batch"]["degraded_s"].tolist() == [HOUR, HOUR, 0, 0]
    assert run.clusters["down_s"].tolist() == [HOUR, HOUR, 0, 0]


# --- changes, stages, reach ------------------------------------------------------------------------------


def test_a_ramp_is_reached_step_by_step():
    run = run_of(fleet=fleet(nodes=2, clusters=5), changes=[config(at="1h", over="100s")])
    assert run.reach["at"].tolist() == [HOUR, *(HOUR + 80 + 20 * k for k in range(5))]
    assert run.reach["nodes"].tolist() == [0, 2, 4, 6, 8, 10] and run.reach["share"].iloc[-1] == 1.0
    change = run.changes.iloc[0]
    assert (change["convergence_p50_s"], change["convergence_max_s"]) == (120.0, 160.0)
    assert change["converged_at"] == HOUR + 160 and change["status"] == "done"
    assert (change["reached_clusters"], change["reached_nodes"]) == (5, 10)


def test_stages_that_share_a_cluster_count_their_own_nodes():
    run = run_of(
        fleet=[{"name": "prod", "pools": [{"name": "a", "nodes": 2}, {"name": "b", "nodes": 3}]}],
        changes=[
            config(at="1h", rollout={"stages": [{"name": "a", "select": {"pool": "a"}, "bake": "10m"}, {"name": "b"}]})
        ],
    )
    second = run.stages["started_at"].iloc[1]
    assert second == HOUR + 70 + 600
    assert run.reach["at"].tolist() == [HOUR, HOUR + 70, second, second + 70]
    assert run.reach["nodes"].tolist() == [0, 2, 0, 3]
    assert run.stages["verdict"].tolist() == ["done", "done"] and run.changes["reached_nodes"].tolist() == [5]


def test_a_stage_that_is_over_without_all_its_nodes_is_incomplete():
    unplugged = {
        "name": "unplugged",
        "trigger": {"at": "30m"},
        "lasts": "2d",
        **breaks("api"),
        "when": {"cluster": "prod-0"},
    }
    run = run_of(
        fleet=fleet(nodes=2, clusters=2), faults=[unplugged], changes=[config(at="1h", rollout={"timeout": "2h"})]
    )
    assert run.stages["verdict"].tolist() == ["incomplete"]
    change = run.changes.iloc[0]
    assert (change["status"], change["reached_nodes"], change["reached_clusters"]) == ("incomplete", 2, 1)
    assert np.isnan(change["converged_at"]) and np.isnan(change["convergence_max_s"])
    assert run.stages["converged_at"].isna().all() and run.stages["ended_at"].notna().all()


def test_what_had_not_happened_by_the_horizon_is_not_a_number():
    run = run_of(
        fleet=fleet(nodes=2, clusters=2),
        changes=[
            config("late", at="1d"),
            config(
                "baking",
                at="23h",
                rollout={"stages": [{"name": "one", "select": {"cluster": "prod-0"}, "bake": "2h"}, {"name": "two"}]},
            ),
            config("on-its-way", at="1439m30s"),
        ],
    )
    stages = run.stages.set_index(["change", "stage"])
    assert stages["verdict"].tolist() == ["not started", "running", "not started", "running"]
    assert np.isnan(stages.loc[("baking", "two"), "started_at"])
    assert stages.loc[("baking", "one"), "converged_at"] == 23 * HOUR + 70
    changes = run.changes.set_index("change")
    assert changes["commits"].tolist() == [0, 1, 1]
    assert changes["reached_nodes"].tolist() == [0, 2, 0]
    assert changes["status"].tolist() == ["waiting", "running", "running"]
    assert changes["converged_at"].isna().all()


def test_a_rollout_that_stands_still_is_paused():
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
    assert run.stages["verdict"].tolist() == ["paused", "not started"]
    assert run.changes["status"].tolist() == ["paused"]


def test_a_hand_edit_reaches_the_nodes_it_was_made_on():
    run = run_of(
        fleet=[{"name": "prod", "pools": [{"name": "a", "nodes": 2}, {"name": "b", "nodes": 3}]}],
        changes=[{"name": "edit", "kind": "manual", "at": "1h", "select": {"pool": "a"}}],
    )
    assert run.changes[["nodes", "reached_nodes"]].to_numpy().tolist() == [[2, 2]]
    assert run.reach["at"].tolist() == [HOUR, HOUR] and run.reach["nodes"].tolist() == [0, 2]


# --- incidents -------------------------------------------------------------------------------------------


def bad_kubelets(**spec):
    """Every kubelet breaks with a commit; a revert is at hand."""
    return run_of(
        **{
            "fleet": fleet(nodes=2, clusters=2),
            "onCall": QUICK,
            "changes": [config(at="1h", defect=breaks("kubelet", clearedBy=["revert"]))],
            "alerts": [alert({"nodes": "bad"}, **{"for": "1m"})],
            "remedies": [{"name": "revert", "duration": "5m"}],
            **spec,
        }
    )


def test_an_incident_from_its_begin_to_its_end():
    incident = bad_kubelets().incidents.iloc[0]
    assert incident["changed_at"] == HOUR and incident["bitten_at"] == incident["began_at"] == HOUR + 70
    assert incident["acknowledged_at"] == incident["paged_at"] + 60
    assert incident["diagnosed_at"] == incident["acknowledged_at"] + 120
    assert incident["decided_at"] == incident["diagnosed_at"] + 60
    # five minutes to write the revert, and once more through the pipeline
    assert incident["recovered_at"] == pytest.approx(incident["decided_at"] + 300 + 70)
    assert (incident["cause"], incident["remedy"], incident["nodes_hit"]) == ("conf", "revert", 4)
    assert incident["exposure_at_detection"] == 1.0 and incident["waited_s"] == 0.0


def test_what_nobody_was_told_of_is_an_incident_too():
    run = bad_kubelets(alerts=[])
    incident = run.incidents.iloc[0]
    assert (incident["alert"], incident["cause"], incident["began_at"]) == ("", "conf", HOUR + 70)
    never = [
        "detected_at",
        "paged_at",
        "acknowledged_at",
        "diagnosed_at",
        "decided_at",
        "recovered_at",
        "mttd_s",
        "decide_s",
        "mttr_s",
        "exposure_at_detection",
    ]
    assert incident[never].isna().all()


def test_a_remedy_that_waits_says_for_what_and_how_long():
    outage = {"name": "git-outage", "trigger": {"at": "62m"}, "lasts": "2h", **breaks("git")}
    run = bad_kubelets(faults=[outage], remedies=[{"name": "revert", "duration": "5m", "requires": ["git"]}])
    incident = run.incidents.iloc[0]
    assert incident["waited_for"] == "git"
    assert incident["waited_s"] == pytest.approx(62 * 60 + 2 * HOUR - incident["decided_at"])


def test_what_never_recovers_is_open_at_the_horizon():
    run = bad_kubelets(remedies=[])
    incident = run.incidents.iloc[0]
    assert np.isnan(incident["recovered_at"]) and np.isnan(incident["mttr_s"]) and incident["remedy"] == ""
    assert run.exposure["bad_nodes"].iloc[-1] == 1.0
    assert set(run.nodes["state"]) == {"not-ready"} and run.states["not-ready"].iloc[-1] == 4


def test_the_steps_of_incidents_stand_in_the_order_of_time(golden):
    for incident in golden.incidents.itertuples():
        steps = [
            incident.began_at,
            incident.detected_at,
            incident.paged_at,
            incident.acknowledged_at,
            incident.diagnosed_at,
            incident.decided_at,
        ]
        known = [at for at in steps if not np.isnan(at)]
        assert known == sorted(known)
        assert not incident.recovered_at < incident.began_at and not incident.bitten_at > incident.began_at
        # Recovered before it was decided: by itself, so nothing was started
        assert not incident.recovered_at < incident.decided_at or incident.remedy == ""


def unlooked(**spec):
    """An alert on web, which needs the API, and people too slow to find a cause within the run."""
    slow = {"acknowledge": "2d", "diagnosis": "1m", "decision": "1m"}
    web = {"name": "web", "replicas": 1, "requires": [{"component": "api"}]}
    run = run_of(**{"onCall": slow, "services": [web], "alerts": [alert({"component": "web"})], **spec})
    return run, run.incidents[run.incidents["alert"] != ""].iloc[0]


def test_what_nobody_diagnosed_is_blamed_on_what_the_alert_looks_at():
    dark = {"name": "dark", "trigger": {"at": "1h"}, "lasts": "4h", **breaks("telemetry")}
    outage = {"name": "outage", "trigger": {"at": "2h"}, "lasts": "1h", **breaks("api"), "when": {"cluster": "prod-1"}}
    _, incident = unlooked(fleet=fleet(nodes=3, clusters=3), faults=[dark, outage])
    assert (incident["cause"], incident["clusters_hit"], incident["bitten_at"]) == ("outage", 1, 2 * HOUR)


def test_an_outage_of_telemetry_is_not_blamed_for_bad_nodes():
    dark = {"name": "dark", "trigger": {"at": "1h"}, "lasts": "4h", **breaks("telemetry")}
    cut = power_cut("2h", "30m", when={"cluster": "prod-0"})
    _, incident = unlooked(
        fleet=fleet(nodes=2, clusters=4), faults=[dark, cut], services=[], alerts=[alert({"nodes": "bad"})]
    )
    assert (incident["cause"], incident["nodes_hit"], incident["clusters_hit"]) == ("power-cut", 2, 1)


def test_planned_reboots_that_set_off_an_alert_are_its_cause():
    run, incident = unlooked(fleet=fleet(nodes=1, clusters=2), changes=[image("os", at="1h")])
    assert (incident["cause"], incident["changed_at"]) == ("os", HOUR)
    assert incident["nodes_hit"] >= 1 and incident["clusters_hit"] >= 1 and np.isnan(incident["bitten_at"])
    assert answer(run)[0] == "The alert alarm fired while the change os rebooted nodes."


def test_a_release_that_rolled_itself_back_is_the_cause_of_what_its_reboots_set_off():
    release = image("update", version="1.1.0", at="1h", defect=breaks("boot.kernel"))
    spec = {"fleet": fleet("microos", nodes=1, clusters=2), "changes": [release], "horizon": "3d"}
    run, incident = unlooked(**spec)
    # Two nodes, two nights: the same release is installed and left again.
    assert (incident["cause"], run.changes["automatic_rollbacks"].iloc[0]) == ("update", 4)
    assert answer(run)[0] == (
        "The alert alarm fired while release 1.1.0 (change update) was rolled out: "
        "its kernel did not boot on 2 nodes, which rolled back by themselves."
    )
    quiet = run_of(**spec)
    assert not len(quiet.incidents)
    assert answer(quiet)[0] == (
        "Release 1.1.0 (change update): its kernel did not boot on 2 nodes, which rolled back by themselves; "
        "no alert fired."
    )


def test_a_service_is_brought_down_by_what_takes_its_nodes():
    dark = {"name": "dark", "trigger": {"at": "1h"}, "lasts": "20h", **breaks("telemetry")}
    cut = power_cut("2h", "1h")
    _, incident = unlooked(fleet=fleet(nodes=1), services=[{"name": "web", "replicas": 1}], faults=[dark, cut])
    assert incident["cause"] == "power-cut"


def test_what_still_waits_at_the_end_is_told():
    locked = {"name": "locked", "trigger": {"at": "62m"}, "lasts": "2d", **breaks("git")}
    run = bad_kubelets(faults=[locked], remedies=[{"name": "revert", "duration": "5m", "requires": ["git"]}])
    assert run.incidents["still_waits"].iloc[0] == "revert for git"
    assert answer(run)[1].endswith("The revert waits for git.")
    again = {**locked, "lasts": "2h"}
    run = bad_kubelets(faults=[again], remedies=[{"name": "revert", "duration": "5m", "requires": ["git"]}])
    assert run.incidents["still_waits"].iloc[0] == ""


# --- refused, and taken back -----------------------------------------------------------------------------


def test_nodes_that_refused_a_configuration_are_not_reached():
    record = run_of(fleet=fleet(nodes=3, clusters=2), changes=[config(at="1h")]).record
    record.world.refusals[0] = np.arange(6) < 2
    change = rollouts.changes(record).iloc[0]
    assert (change["reached_nodes"], change["refused"], change["status"]) == (4, 2, "incomplete")
    record.world.refusals[0] = np.arange(6) < 3
    change = rollouts.changes(record).iloc[0]
    assert (change["reached_clusters"], change["reached_nodes"], change["refused"]) == (1, 3, 3)
    assert rollouts.stages(record)["verdict"].tolist() == ["incomplete"]


@pytest.mark.parametrize("what", ["rolled back by Helm", "rolled back by the gate"])
def test_what_was_taken_back_is_reverted(what):
    record = run_of(fleet=fleet(nodes=3), changes=[config(at="1h")]).record
    record.world.tell(2 * HOUR, what, "conf")
    assert rollouts.changes(record)["status"].tolist() == ["reverted"]


# --- curves: conservation --------------------------------------------------------------------------------


def test_every_node_is_in_one_state_at_every_instant(golden):
    states = golden.states
    assert (states.sum(axis=1) == len(golden.nodes)).all() and (states >= 0).all(axis=None)
    assert states.index[0] == 0.0 and states.index.is_monotonic_increasing and states.index.is_unique
    assert states.index[-1] < golden.scenario.spec.horizon
    at_the_end = golden.nodes["state"].value_counts()
    assert states.iloc[-1][states.iloc[-1] > 0].to_dict() == at_the_end[at_the_end > 0].to_dict()


def test_bad_time_is_the_same_in_every_table(golden):
    total, horizon = golden.metrics["bad_node_hours"], float(golden.scenario.spec.horizon)
    assert golden.clusters["bad_node_h"].sum() == pytest.approx(total)
    assert golden.nodes["bad_h"].sum() == pytest.approx(total)
    lasts = np.diff(np.append(golden.exposure["at"], horizon))
    share = total * HOUR / (len(golden.nodes) * horizon)
    assert (golden.exposure["bad_nodes"] * lasts).sum() / horizon == pytest.approx(share)
    bad = golden.states.reindex(columns=["not-ready", "unreachable", "failed"], fill_value=0).sum(axis=1)
    lasts = np.diff(np.append(golden.states.index, horizon))
    assert (bad.to_numpy() * lasts).sum() / HOUR == pytest.approx(total)
    assert golden.exposure["bad_nodes"].max() == pytest.approx(golden.metrics["blast_radius_nodes"])
    assert golden.exposure["bad_clusters"].max() == pytest.approx(golden.metrics["blast_radius_clusters"])


@pytest.mark.parametrize("begin, end", [(0.0, 1.0), (0.1, 0.6)])
def test_the_heat_map_holds_all_bad_time_whatever_its_bins(golden, begin, end):
    horizon = float(golden.scenario.spec.horizon)
    sizes = golden.clusters.set_index("cluster")["nodes"]
    sums = []
    for bins in (7, 120):
        heat = golden.heat(bins, begin * horizon, end * horizon)
        assert heat.shape == (len(sizes), bins) and heat.columns[0] == begin * horizon
        sums.append((heat.mul(sizes, axis=0) * (end - begin) * horizon / bins).to_numpy().sum() / HOUR)
    assert sums[0] == pytest.approx(sums[1])
    if begin == 0.0:
        assert sums[0] == pytest.approx(golden.metrics["bad_node_hours"])


def test_the_heat_map_of_clusters_is_the_time_they_were_affected():
    fault = {"name": "outage", "trigger": {"at": "2h"}, "lasts": "30m", **breaks("api"), "when": {"cluster": "prod-0"}}
    run = run_of(fleet=fleet(nodes=2, clusters=2), faults=[fault])
    assert not run.heat(24).to_numpy().any()
    heat = run.heat(3, HOUR, 4 * HOUR, "clusters")
    assert heat.columns.tolist() == [HOUR, 2 * HOUR, 3 * HOUR]
    assert heat.to_numpy().tolist() == [[0, 0.5, 0], [0, 0, 0]]


# --- the journal and the defaults ------------------------------------------------------------------------


def test_the_journal_is_in_order_and_knows_the_date():
    run = bad_kubelets()
    assert run.events["at"].is_monotonic_increasing and (run.events["at"] <= DAY).all()
    start = pd.Timestamp("2026-03-02T00:00:00Z")
    assert ((run.events["time"] - start).dt.total_seconds() - run.events["at"]).abs().max() < 1e-6


def test_assumptions_are_the_defaults_that_were_left_alone():
    left = run_of(fleet=fleet("talos"))
    asked = run_of(fleet=fleet(worlds.talos(serviceStart={"uniform": {"low": "10s", "high": "20s"}})))
    assert "node.pull_duration" not in set(left.assumptions["name"])
    names = set(run_of(fleet=[{"name": "prod", "pools": [{"name": "workers", "os": "talos"}]}]).assumptions["name"])
    assert names - set(left.assumptions["name"]) >= {
        "node.pull_duration",
        "node.install_duration",
        "node.service_start",
    }
    assert set(asked.assumptions["name"]) == set(left.assumptions["name"])
    assert left.assumptions["source"].str.len().min() > 0
