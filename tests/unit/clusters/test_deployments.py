"""Rolling updates: how many replicas are missing for how long, and what stops them."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.scenario.service import Service
from tests.unit.worlds import DAY, HOUR, MINUTE, applied, breaks, down, fleet, image, said, talos, world

STARTUP, PULL = 20.0, 10.0
READY = STARTUP + PULL  # a pod of a new version
INSTANT = {"engine": "push", "pipeline": "0s", "apply": "0s"}


def service(replicas: int = 8, **more) -> dict:
    return {"name": "web", "startup": "20s", "image": {"pull": "10s"}, "replicas": replicas, **more}


def release(name: str = "web-2", at: str = "1h", **more) -> dict:
    return {"name": name, "kind": "image", "at": at, "service": "web", **more}


def updated(replicas: int = 8, changes: list | None = None, nodes: int = 8, **more):
    """A service whose new version comes at one o'clock to one cluster."""
    settings = {key: more.pop(key) for key in ("needs", "maxUnavailable", "maxSurge", "workload") if key in more}
    return world(
        fleet=fleet(nodes=nodes),
        gitops=INSTANT,
        services=[service(replicas, **settings)],
        changes=[release()] if changes is None else changes,
        **more,
    )


def missing(found) -> list[tuple[float, float, int]]:
    """When how many replicas of the first service are missing, in the first cluster, after one o'clock."""
    where, begin, end, count = found.services[0].missing(np.ones(found.layout.clusters, bool))
    order = np.lexsort((end, begin))
    return [(float(begin[k] - HOUR), float(end[k] - HOUR), int(count[k])) for k in order if where[k] == 0]


def test_shares_round_down_for_unavailable_and_up_for_surge():
    say = Service.model_validate({"name": "web", "replicas": 5})
    assert (say.rolling_unavailable(5), say.rolling_surge(5)) == (1, 2)
    assert (say.rolling_unavailable(3), say.rolling_surge(3)) == (0, 1)


def test_an_update_that_may_neither_take_nor_add_takes_one():
    """A share that rounds to nothing on both sides: Kubernetes takes one away."""
    say = Service.model_validate({"name": "web", "replicas": 3, "maxUnavailable": "25%", "maxSurge": "0%"})
    assert (say.rolling_unavailable(3), say.rolling_surge(3)) == (1, 0)


def test_a_rolling_update_goes_in_waves_of_what_is_added_and_taken():
    """8 replicas, 2 fewer and 2 more at once: two waves of four. In the second, four new and two old serve."""
    found = updated(8)
    assert missing(found) == [(0.0, READY, 2), (READY, 2 * READY, 2)]


def test_the_last_wave_misses_no_more_than_is_left():
    """10 replicas, 1 fewer and 3 more (30 % of surge): waves of four, so 4, 8, 10; at the end one is missing."""
    found = updated(10, maxUnavailable="10%", maxSurge="30%")
    assert missing(found) == [(0.0, READY, 1), (READY, 2 * READY, 1), (2 * READY, 3 * READY, 1)]


def test_with_surge_alone_nothing_is_missing():
    assert missing(updated(8, maxUnavailable=0, maxSurge=2)) == []


def test_a_statefulset_replaces_one_replica_at_a_time():
    found = updated(3, workload="statefulset")
    assert missing(found) == [(k * READY, (k + 1) * READY, 1) for k in range(3)]


def test_edge_24_pods_that_never_get_ready_stop_the_update_and_nothing_goes_back():
    """Two of eight are missing to the end of the day; the deadline only tells."""
    found = updated(8, [release(defect=breaks("web"))])
    assert missing(found) == [(0.0, np.inf, 2)]
    told = said(found, "progress deadline exceeded")
    assert [(entry.at, entry.count) for entry in told] == [(HOUR + 600.0, 1)]


def test_an_update_that_is_reverted_in_time_is_not_told_of():
    gate = {"badClusters": "0%", "for": "2m", "action": "revert"}
    bad = release(defect=breaks("web", clearedBy=["revert"]), rollout={"stages": [{"bake": "1h", "gate": gate}]})
    found = updated(8, [bad], needs=7)
    assert missing(found) == [(0.0, 120.0 + STARTUP, 2)]
    assert said(found, "progress deadline exceeded") == []


def test_the_service_is_up_while_an_update_stands_still_if_enough_are_left():
    stuck = [release(defect=breaks("web"))]
    assert down(updated(8, stuck, needs=6), "web") == []
    assert down(updated(8, stuck, needs=7), "web") == [(0, HOUR, DAY)]


def test_a_version_that_breaks_later_has_replaced_everything_by_then():
    """All eight pods hang ten minutes after they were started, wave by wave."""
    late = breaks("web", trigger={"on": "apply", "after": "10m"}, mode="hang", clearedBy=["revert"])
    found = updated(8, [release(defect=late)])
    assert missing(found)[2:] == [(600.0, np.inf, 4), (600.0 + READY, np.inf, 4)]
    assert down(found, "web") == [(0, HOUR + 600.0 + READY, DAY)]


def test_pods_that_end_are_started_anew_with_growing_gaps():
    """They run a minute each time: too short for the gap to start from the beginning."""
    late = breaks("web", trigger={"on": "apply", "after": "1m"}, clearedBy=["revert"])
    found = updated(1, [release(defect=late)], maxUnavailable=0, maxSurge=1, needs=1)
    outages = [(begin - HOUR, end - begin) for _, begin, end in down(found, "web")][:7]
    lengths = [length for _, length in outages]
    assert lengths == [gap + STARTUP for gap in (10.0, 20.0, 40.0, 80.0, 160.0, 300.0, 300.0)]
    assert [b for b, _ in outages][1] == outages[0][0] + outages[0][1] + 60.0


def test_pods_that_run_for_long_are_started_anew_at_once():
    late = breaks("web", trigger={"on": "apply", "after": "30m"}, clearedBy=["revert"])
    found = updated(1, [release(defect=late)], maxUnavailable=0, maxSurge=1, needs=1)
    assert {round(end - begin, 6) for _, begin, end in down(found, "web")[:5]} == {10.0 + STARTUP}


def test_a_newer_version_takes_the_place_of_one_that_stands_still():
    found = updated(8, [release(defect=breaks("web")), release("web-3", at="2h")])
    assert missing(found)[0] == (0.0, HOUR + STARTUP, 2)
    assert missing(found)[1] == (HOUR, HOUR + READY, 2) and len(missing(found)) == 3


def test_edge_25_an_update_is_not_held_by_a_budget_but_uses_it_up():
    """The budget allows no eviction while the update stands still, so the drain of a node blocks."""

    def upgrade(service_change: list):
        return world(
            fleet=fleet(talos(upgrade={"path": "lifecycle"}), nodes=8),
            gitops=INSTANT,
            services=[service(8, pdb={"maxUnavailable": 2})],
            changes=[*service_change, image(at="2h")],
        )

    stuck, free = upgrade([release(defect=breaks("web"))]), upgrade([])
    assert said(stuck, "drain failed") and not said(free, "drain failed")
    assert missing(stuck)[0] == (0.0, np.inf, 2)  # and the budget of two did not hold the update back


def test_edge_26_an_unhealthy_service_blocks_every_drain():
    found = world(
        fleet=fleet(talos(upgrade={"path": "lifecycle"}), nodes=4),
        gitops=INSTANT,
        services=[service(4, pdb={"maxUnavailable": 1})],
        changes=[
            release(defect=breaks("web", trigger={"on": "apply", "after": "10m"}, mode="hang")),
            image(at="2h"),
        ],
    )
    assert said(found, "drain failed") and not said(found, "converged")
    assert {found.nodes.versions[v] for v in found.nodes.versions_at(np.arange(4), DAY)[0]} == {"1.0.0"}


def test_health_checks_wait_for_the_update_and_not_only_for_enough_replicas():
    """Flux with wait: a Kustomization that depends on another is applied when the update of its service is done."""
    flux = {
        "engine": "flux",
        "webhook": True,
        "fetch": "0s",
        "apply": "0s",
        "kustomizations": [{"name": "infra", "wait": True}, {"name": "apps", "dependsOn": ["infra"]}],
    }
    changes = [release(via="infra"), {"name": "next", "kind": "config", "at": "1h", "via": "apps"}]
    found = world(fleet=fleet(nodes=8), gitops=flux, services=[service(8)], changes=changes)
    assert applied(found, 1).min() >= HOUR + 2 * READY


def test_deleted_manifests_delete_the_service_where_the_engine_prunes():
    """And a revert brings the pods back, image and all."""
    flux = {"engine": "flux", "webhook": True, "fetch": "0s", "apply": "0s"}
    gone = {
        "name": "oops",
        "kind": "config",
        "at": "1h",
        "emptyRender": True,
        "rollout": {"stages": [{"bake": "1h", "gate": {"badClusters": "0%", "for": "10m", "action": "revert"}}]},
    }
    found = world(fleet=fleet(nodes=8), gitops=flux, services=[service(8)], changes=[gone])
    assert down(found, "web") == [(0, HOUR, HOUR + 10 * MINUTE + STARTUP)]
    kept = {**flux, "kustomizations": [{"name": "apps", "prune": False}]}
    assert down(world(fleet=fleet(nodes=8), gitops=kept, services=[service(8)], changes=[gone]), "web") == []


def test_what_a_deleted_service_had_stored_comes_back_from_a_backup_only():
    flux = {"engine": "flux", "webhook": True, "fetch": "0s", "apply": "0s"}
    gone = {"name": "oops", "kind": "config", "at": "1h", "emptyRender": True}
    found = world(
        fleet=fleet(nodes=8),
        gitops=flux,
        services=[service(3, workload="statefulset")],
        changes=[gone],
        alerts=[{"name": "down", "expr": {"component": "web"}}],
        onCall={"acknowledge": "1m", "diagnosis": "1m", "decision": "1m"},
        remedies=[{"name": "revert", "requires": ["git"]}, {"name": "restore", "duration": "2h"}],
    )
    assert [a.remedy for a in found.incidents[0].attempts] == ["restore"]
    ((_, begin, end),) = down(found, "web")
    assert end - begin > 2 * HOUR


@pytest.mark.parametrize("path", ["maxUnavailable", "maxSurge"])
def test_a_count_may_be_none(path):
    other = {"maxUnavailable": "maxSurge", "maxSurge": "maxUnavailable"}[path]
    say = Service.model_validate({"name": "web", "replicas": 4, path: 0, other: 2})
    assert {say.rolling_unavailable(4), say.rolling_surge(4)} == {0, 2}


def test_what_was_wrong_with_a_version_ends_where_a_newer_one_is_applied():
    """Nobody is to look for its cause in the old version any more."""
    found = updated(8, [release(defect=breaks("web")), release("web-3", at="2h")])
    assert found.conditions[0].on_cluster.intervals().end.tolist() == [2 * HOUR]


def test_an_older_version_that_comes_late_is_not_undone_by_a_newer_one_before_it():
    late = release("web-2", at="3h", defect=breaks("web"))
    found = updated(8, [late, release("web-3", at="2h")])
    assert found.conditions[0].on_cluster.intervals().begin.tolist() == [3 * HOUR]
    assert np.isinf(found.conditions[0].on_cluster.intervals().end).all()
