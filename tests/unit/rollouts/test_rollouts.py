"""Rollouts: stages, bake, ramps, waves, places, and what stops them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.worlds import (
    BOOT,
    DAY,
    HOUR,
    MINUTE,
    UPGRADE,
    applied,
    breaks,
    config,
    entered,
    fleet,
    image,
    microos,
    power_cut,
    said,
    spans,
    state,
    talos,
    version,
    world,
)

#: A webhook and whole seconds: a commit is applied 7 s after its merge.
PROMPT = {"engine": "flux", "webhook": True, "fetch": "2s", "apply": "5s"}
WAY = 7.0


def staged(*stages: dict, **change) -> dict:
    """A change in stages."""
    gate = {"gate": change.pop("gate")} if "gate" in change else {}
    return {"name": "v2", "kind": "config", "rollout": {"stages": list(stages), **gate}, **change}


def entries(*names: str, **pool) -> list[dict]:
    """One cluster for each environment."""
    return [{**fleet(**pool)[0], "name": name, "environment": name} for name in names]


def at_once(found, intervals) -> int:
    """How many at most were so at once."""
    return int(intervals.most(1.0, found.horizon)[0])


# --- stages -----------------------------------------------------------------------------------------------


def test_all_at_once_is_the_default():
    found = world(fleet=fleet(clusters=4), gitops=PROMPT, changes=[config(at="1h")])
    assert applied(found).tolist() == [HOUR + WAY] * 4


def test_a_stage_waits_for_the_one_before_to_converge_and_bake():
    found = world(
        fleet=entries("staging", "prod"),
        gitops=PROMPT,
        changes=[
            staged(
                {"select": {"environment": "staging"}, "bake": "30m"},
                {"select": {"environment": "prod"}},
                at="1h",
            )
        ],
    )
    assert applied(found).tolist() == [HOUR + WAY, HOUR + WAY + 30 * MINUTE + WAY]
    stage = found.rollouts[0].stages[0]
    assert (stage.started_at, stage.converged_at, stage.ended_at) == (
        HOUR,
        HOUR + WAY,
        HOUR + WAY + 30 * MINUTE,
    )


def test_a_target_belongs_to_the_first_stage_that_selects_it():
    found = world(
        fleet=entries("staging", "prod"),
        gitops=PROMPT,
        changes=[staged({"select": {"environment": "prod"}}, {}, at="1h")],
    )
    assert [s.clusters.tolist() for s in found.rollouts[0].stages] == [[1], [0]]


def test_a_stage_whose_targets_are_all_taken_is_passed():
    found = world(
        fleet=entries("staging", "prod"),
        gitops=PROMPT,
        changes=[
            staged(
                {},
                {"select": {"environment": "prod"}, "bake": "1m"},
                {"select": {"environment": "staging"}},
                at="1h",
            )
        ],
    )
    assert found.rollouts[0].status == "done" and len(applied(found)) == 2


def test_what_really_gets_it_may_differ_from_what_was_meant():
    found = world(
        fleet=entries("staging", "prod"),
        gitops=PROMPT,
        changes=[
            config(
                at="1h",
                select={"environment": "staging"},
                actualSelect={"environment": "prod"},
                defect=breaks("dns"),
            )
        ],
    )
    assert [c for c, *_ in spans(found.components.down("dns"))] == [1]


# --- ramps and waves --------------------------------------------------------------------------------------


def test_a_ramp_of_commits_goes_cluster_by_cluster():
    found = world(fleet=fleet(clusters=10), gitops=PROMPT, changes=[config(at="1h", over="100m")])
    np.testing.assert_allclose(np.sort(applied(found)), HOUR + WAY + 10 * MINUTE * (np.arange(10) + 0.5))


def test_a_ramp_of_a_release_goes_node_by_node_where_nodes_fetch_by_themselves():
    """What a node may fetch from noon on it fetches the next night."""
    prompt = microos(transactionalUpdate={"randomDelay": "0s"})
    found = world(horizon="4d", fleet=fleet(prompt, nodes=100), changes=[image(at="12h", over="2d")])
    nights = np.array([entered(found, n, "UPDATING") for n in range(100)]) / DAY
    assert [(nights == night).sum() for night in (1, 2, 3)] == [25, 50, 25]


def test_waves_wait_for_each_other_and_pause():
    found = world(
        fleet=fleet(clusters=5),
        gitops=PROMPT,
        changes=[config(at="1h", waves={"clusters": 2, "pause": "10m"})],
    )
    step = WAY + 10 * MINUTE
    np.testing.assert_allclose(applied(found), HOUR + WAY + step * np.array([0, 0, 1, 1, 2]))


@pytest.mark.parametrize(
    ("share", "waves"),
    [
        ("25%", [0, 0, 1, 1, 2, 2, 3, 3]),
        ("30%", [0, 0, 1, 1, 2, 2, 3, 3]),
        ("1%", list(range(8))),
        ("100%", [0] * 8),
    ],
)
def test_a_share_of_a_stage_rounds_down_and_is_at_least_one(share, waves):
    found = world(fleet=fleet(clusters=8), gitops=PROMPT, changes=[config(at="1h", waves={"clusters": share})])
    np.testing.assert_allclose((applied(found) - HOUR) / WAY, np.array(waves) + 1)


@pytest.mark.parametrize(("places", "rounds"), [(1, 6), (2, 3), (4, 2), ("50%", 2), (100, 1)])
def test_nodes_of_a_pool_take_turns(places, rounds):
    found = world(fleet=fleet(nodes=6, clusters=2), changes=[image(maxUnavailable=places)])
    assert max(entered(found, n, "READY") for n in range(12)) == rounds * UPGRADE


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(1, 10_000), places=st.integers(1, 3), path=st.sampled_from(["lifecycle", "legacy"]))
def test_waves_never_take_more_than_their_places(seed, places, path):
    """Whatever machines die meanwhile: those are down for another reason."""
    os = talos(upgrade={"path": path, "onFailure": "continue"}, reboot={"uniform": {"low": "60s", "high": "10m"}})
    found = world(
        seed,
        horizon="12h",
        fleet=fleet(os, nodes=9),
        changes=[image(maxUnavailable=places)],
        faults=[{"name": "hardware", "trigger": {"rate": "2/d"}, "lasts": "20m", **breaks("boot.firmware")}],
    )
    agenda = found.nodes.agenda
    own = np.flatnonzero((agenda.owner == 0) & (agenda.until >= agenda.begins))
    busy = np.ones(13, bool)
    busy[[0, 1]] = False
    assert at_once(found, agenda.spans(busy, own)) <= places


def test_a_reboot_for_a_configuration_takes_turns_as_well():
    found = world(fleet=fleet(nodes=5), gitops=PROMPT, changes=[config(reboot=True, maxUnavailable=2)])
    assert at_once(found, found.nodes.out_of_service()) == 2
    together = world(fleet=fleet(nodes=5), gitops=PROMPT, changes=[config(reboot=True)])
    assert at_once(together, together.nodes.out_of_service()) == 5


def test_a_dead_node_does_not_hold_the_reboots_of_its_pool_up():
    entry = fleet()[0]
    entry["pools"] = [{**entry["pools"][0], "nodes": 3}]
    dies = {
        "name": "fire",
        "trigger": {"rate": "20/d"},
        "clearedBy": ["replace"],
        "lasts": None,
        **breaks("disk", probability=0.4),
    }
    seed = next(
        s
        for s in range(1, 60)
        if [state(world(s, fleet=[entry], faults=[dies]), n, 6 * HOUR) for n in range(3)]
        == ["FAILED", "READY", "READY"]
    )
    found = world(seed, fleet=[entry], faults=[dies], changes=[config(at="6h", reboot=True, maxUnavailable=1)])
    assert state(found, 0, DAY - 1) == "FAILED"
    assert np.isfinite([entered(found, n, "REBOOTING") for n in (1, 2)]).all()


# --- gates ------------------------------------------------------------------------------------------------

BAD_IN_STAGING = {"select": {"environment": "staging"}, "bake": "1h"}


def test_a_gate_that_aborts_saves_the_next_stage():
    found = world(
        fleet=entries("staging", "prod"),
        gitops=PROMPT,
        changes=[
            staged(
                BAD_IN_STAGING,
                {"select": {"environment": "prod"}},
                at="1h",
                gate={"badNodes": 0, "action": "abort"},
                defect=breaks("kubelet"),
            )
        ],
    )
    assert found.rollouts[0].status == "aborted" and applied(found).tolist() == [HOUR + WAY]
    assert [s.verdict for s in found.rollouts[0].stages] == ["aborted", "not started"]


def test_a_defect_that_shows_after_the_bake_gets_through():
    change = staged(
        BAD_IN_STAGING,
        {"select": {"environment": "prod"}},
        at="1h",
        gate={"badNodes": 0, "action": "abort"},
        defect=breaks("kubelet", trigger={"after": "61m"}),
    )
    assert len(applied(world(fleet=entries("staging", "prod"), gitops=PROMPT, changes=[change]))) == 2
    caught = {
        **change,
        "rollout": {
            **change["rollout"],
            "stages": [{**BAD_IN_STAGING, "bake": "62m"}, change["rollout"]["stages"][1]],
        },
    }
    assert len(applied(world(fleet=entries("staging", "prod"), gitops=PROMPT, changes=[caught]))) == 1


def test_a_gate_that_pauses_goes_on_when_it_is_well_again():
    found = world(
        fleet=entries("staging", "prod"),
        gitops=PROMPT,
        changes=[
            staged(
                BAD_IN_STAGING,
                {"select": {"environment": "prod"}},
                at="1h",
                gate={"badNodes": 0},
                defect=breaks("kubelet", lasts="3h", when={"environment": "staging"}),
            )
        ],
    )
    assert [e.what for e in found.journal.entries(DAY) if e.what in ("paused", "resumed")] == [
        "paused",
        "resumed",
    ]
    assert applied(found)[1] == HOUR + WAY + 3 * HOUR + WAY and found.rollouts[0].status == "done"


def test_a_pause_takes_the_ramp_up_where_it_was():
    """Nobody gets the rest of a ramp all at once."""

    def ramp(**defect):
        return world(
            fleet=fleet(clusters=20),
            gitops=PROMPT,
            changes=[config(at="1h", over="200m", gate={"badNodes": 0}, **defect)],
        )

    fifth = int(np.argsort(applied(ramp()))[4])
    found = ramp(defect=breaks("kubelet", lasts="1h", when={"cluster": f"prod-{fifth}"}))
    times = np.sort(np.concatenate([d.applied[np.isfinite(d.applied)] for d in found.carriers[0].deliveries]))
    assert len(times) == 20
    resumed = said(found, "resumed")[0].at
    after = times[times > resumed]
    assert len(after) == 15 and np.diff(after).min() > 5 * MINUTE
    assert times[-1] == pytest.approx(np.sort(applied(ramp()))[-1] + HOUR, abs=10 * MINUTE)


def test_a_gate_waits_as_long_as_its_for():
    def status(lasts: str) -> str:
        return (
            world(
                fleet=entries("staging", "prod"),
                gitops=PROMPT,
                changes=[
                    staged(
                        BAD_IN_STAGING,
                        {"select": {"environment": "prod"}},
                        at="1h",
                        gate={"badNodes": 0, "for": "5m", "action": "abort"},
                        defect=breaks("kubelet", lasts=lasts),
                    )
                ],
            )
            .rollouts[0]
            .status
        )

    assert status("4m") == "done" and status("6m") == "aborted"


def test_a_gate_looks_at_clusters_too():
    found = world(
        fleet=entries("staging", "prod"),
        gitops=PROMPT,
        services=[{"name": "web", "requires": [{"component": "dns"}]}],
        changes=[
            staged(
                BAD_IN_STAGING,
                {"select": {"environment": "prod"}},
                at="1h",
                gate={"badClusters": "50%", "action": "abort"},
                defect=breaks("dns"),
            )
        ],
    )
    assert found.rollouts[0].status == "aborted"


@pytest.mark.parametrize(("fairness", "per_node"), [(False, 2000), (True, 1000)])
def test_a_gate_looks_at_what_a_change_asks_too_much_of(fairness, per_node):
    """Three servers take 1,800 at once; of that 735 are the share of workloads."""
    found = world(
        fleet=entries("staging", "prod"),
        gitops=PROMPT,
        kubernetes={"apiServer": {"fairness": fairness}},
        changes=[
            staged(
                BAD_IN_STAGING,
                {"select": {"environment": "prod"}},
                at="1h",
                gate={"badClusters": 0, "action": "abort"},
                defect={"loads": [{"perNode": per_node}]},
            )
        ],
    )
    assert found.rollouts[0].status == "aborted"


def test_an_abort_lets_what_has_started_run_to_its_end():
    found = world(
        fleet=fleet(talos(upgrade={"onFailure": "continue"}), nodes=6),
        changes=[image(maxUnavailable=2, gate={"badNodes": 0, "action": "abort"}, defect=breaks("kubelet"))],
    )
    assert [version(found, n, DAY - 1) for n in range(6)] == ["v2"] * 2 + ["1.0.0"] * 4


def test_a_gate_that_reverts_takes_the_change_back():
    found = world(
        fleet=fleet(nodes=4),
        changes=[image(maxUnavailable=1, gate={"badNodes": 0, "action": "revert"}, defect=breaks("kubelet"))],
    )
    assert {version(found, n, DAY - 1) for n in range(4)} == {"1.0.0"}
    assert spans(found.nodes_bad())[0][2] < HOUR


def test_resuming_waits_for_the_node_that_is_still_in_hand():
    """A pause and a quick recovery must not put two nodes of one place out at once."""
    entry = fleet(nodes=4)
    found = world(
        fleet=entry,
        changes=[image(maxUnavailable=1, gate={"badNodes": 0})],
        faults=[{"name": "blip", "trigger": {"at": "130s"}, "lasts": "10s", **breaks("kubelet")}],
    )
    assert [e.what for e in found.journal.entries(DAY) if e.what in ("paused", "resumed")] == [
        "paused",
        "resumed",
    ]
    assert at_once(found, found.nodes.out_of_service()) == 1
    assert {version(found, n, DAY - 1) for n in range(4)} == {"v2"}


def test_a_stage_held_up_by_an_outage_without_a_known_end_goes_on_when_somebody_ends_it():
    git = {"name": "outage", "trigger": {"at": "30m"}, "clearedBy": ["restore"], **breaks("git")}
    found = world(
        fleet=entries("staging", "prod"),
        gitops=PROMPT,
        faults=[git],
        onCall={"acknowledge": "1m", "diagnosis": "1m", "decision": "1m"},
        alerts=[{"name": "git", "expr": {"component": "git"}}],
        remedies=[{"name": "restore", "duration": "5h"}],
        changes=[staged({"select": {"environment": "staging"}}, {"select": {"environment": "prod"}}, at="1h")],
    )
    times = applied(found)
    assert len(times) == 2 and (times > 5.5 * HOUR).all() and np.isfinite(times).all()
    assert found.rollouts[0].status == "done"


def test_a_timeout_counts_a_stage_as_done():
    change = staged({"select": {"environment": "staging"}}, {"select": {"environment": "prod"}}, at="1h")
    cut = {
        "name": "cut",
        "trigger": {"at": "30m"},
        "lasts": "20h",
        "when": {"environment": "staging"},
        **breaks("api"),
    }
    waits = world(fleet=entries("staging", "prod"), gitops=PROMPT, changes=[change], faults=[cut])
    assert len(applied(waits)) == 2 and applied(waits)[1] > 20 * HOUR
    change["rollout"]["timeout"] = "30m"
    goes_on = world(fleet=entries("staging", "prod"), gitops=PROMPT, changes=[change], faults=[cut])
    assert applied(goes_on)[1] == HOUR + 30 * MINUTE + WAY


def test_a_machine_that_is_away_in_its_turn_comes_at_the_end():
    entry = fleet()[0]
    entry["pools"] = [{**entry["pools"][0], "nodes": 5}]
    cut = power_cut("1s", "1h", probability=0.2)
    seed = next(
        s
        for s in range(1, 99)
        if [state(world(s, fleet=[entry], faults=[cut]), n, HOUR) == "FAILED" for n in range(5)]
        == [False, True, False, False, False]
    )
    found = world(seed, fleet=[entry], faults=[cut], changes=[image(maxUnavailable=1)])
    assert entered(found, 4, "READY") == 5 * UPGRADE, "its place stays empty, the others do not wait"
    assert version(found, 1, HOUR + 1 + BOOT) == "1.0.0" and version(found, 1, DAY - 1) == "v2"
