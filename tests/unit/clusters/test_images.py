"""Images: one at a time, from a registry that may be away, and not for good on the node."""

from __future__ import annotations

import numpy as np

from simulator.clusters import ImagePulls
from simulator.kernel import Intervals
from tests.unit.worlds import BOOT, HOUR, breaks, down, fleet, image, microos, power_cut, said, world

STARTUP, PULL = 20.0, 10.0
INSTANT = {"engine": "push", "pipeline": "0s", "apply": "0s"}
#: The registry is away from half past twelve to four.
NO_REGISTRY = {"name": "registry-away", "trigger": {"at": "30m"}, "lasts": "210m", **breaks("registry")}


def service(replicas: int, **more) -> dict:
    return {"name": "web", "startup": "20s", "replicas": replicas, "needs": replicas, **more}


def racks(nodes: int) -> list[dict]:
    """A cluster whose nodes stand in a rack each."""
    return [{"name": "prod", "pools": [{**fleet(nodes=nodes)[0]["pools"][0], "rackSize": 1}]}]


def lost(*services: dict, nodes: int, faults: list | None = None, **more):
    """The first node dies at one o'clock and is not back before five."""
    dead = power_cut("1h", "4h", when={"rack": "rack-0"})
    return world(fleet=racks(nodes), services=list(services), faults=[dead, *(faults or [])], **more)


def test_a_pull_that_fails_is_tried_again_with_growing_gaps():
    """10, 20, 40, ... 300 s, until the registry is back."""
    away = Intervals.of(np.zeros(1, int), np.array([0.0]), np.array([HOUR]))
    pulls = ImagePulls(lambda clusters: away, 1)
    tries = np.cumsum([0.0, 10.0, 20.0, 40.0, 80.0, 160.0, *[300.0] * 12])
    wanted = tries[tries >= HOUR][0] + PULL
    assert pulls.pulled_at(np.zeros(1, int), np.zeros(1), PULL).tolist() == [wanted]
    assert pulls.pulled_at(np.zeros(1, int), np.array([HOUR]), PULL).tolist() == [HOUR + PULL]


def test_images_of_a_node_are_pulled_one_by_one_and_not_faster_than_the_kubelet_asks():
    pulls = ImagePulls(lambda clusters: Intervals.none(), 1)
    assert pulls.ahead(np.array([3.0]), np.array([30.0])).tolist() == [30.0]
    assert pulls.ahead(np.array([60.0]), np.array([0.0])).tolist() == [10.0]  # a burst of 10, then 5 a second


def test_a_replica_that_moves_to_a_node_without_the_image_waits_for_it():
    on_all = lost(service(4, image={"pull": "10s"}), nodes=4)
    on_some = lost(service(4, image={"pull": "10s"}), nodes=8)
    assert down(on_all, "web") == [(0, HOUR, HOUR + 300.0 + STARTUP)]
    assert down(on_some, "web") == [(0, HOUR, HOUR + 300.0 + PULL + STARTUP)]


def test_edge_27_a_registry_outage_turns_a_lost_node_into_an_application_outage():
    """The replica can't be made anew where its image is not; the registry is back at four."""
    found = lost(service(4), nodes=8, faults=[NO_REGISTRY])
    ((_, begin, end),) = down(found, "web")
    assert begin == HOUR and 4 * HOUR < end < 4 * HOUR + 300.0 + 60.0
    assert down(lost(service(4), nodes=4, faults=[NO_REGISTRY]), "web") == [(0, HOUR, HOUR + 300.0 + STARTUP)]


def test_edge_27_a_reboot_needs_the_registry_where_the_policy_is_always():
    def rebooted(policy: str):
        return world(
            horizon="2d",
            fleet=fleet(microos(reboots="immediate"), nodes=2),
            services=[service(2, image={"policy": policy, "pull": "10s"})],
            changes=[image(at="30m")],
            faults=[{"name": "away", "trigger": {"at": "40m"}, "lasts": "40h", **breaks("registry")}],
        )

    always, usual = down(rebooted("Always"), "web"), down(rebooted("IfNotPresent"), "web")
    assert sum(end - begin for _, begin, end in usual) <= 2 * BOOT
    assert always[0][1] == usual[0][1] and always[-1][2] > 40 * HOUR


def test_a_new_machine_pulls_the_images_of_all_its_pods_one_after_the_other():
    """Two services with a replica on each node, which wait for it: the second image comes after the first."""
    found = world(
        fleet=racks(1),
        kubernetes={"podToleration": "1d"},
        services=[
            {**service(1, image={"pull": "60s"}), "name": "first"},
            {**service(1, image={"pull": "10s"}), "name": "second"},
        ],
        faults=[{"name": "burnt", "trigger": {"at": "1h"}, **breaks("disk"), "clearedBy": ["replace"]}],
        alerts=[{"name": "bad", "expr": {"nodes": "bad"}}],
        onCall={"acknowledge": "1m", "diagnosis": "1m", "decision": "1m"},
        remedies=[{"name": "replace", "duration": "10m"}],
    )
    ends = [down(found, name)[0][2] for name in ("first", "second")]
    assert ends[1] - ends[0] == 10.0


def test_edge_28_a_rollback_needs_the_registry_when_the_old_image_has_been_collected():
    def rolled_back(**kubernetes):
        gate = {"badClusters": "0%", "for": "10m", "action": "revert"}
        late = breaks("web", trigger={"on": "apply", "after": "2h"}, mode="hang", clearedBy=["revert"])
        return world(
            fleet=fleet(nodes=4),
            gitops=INSTANT,
            kubernetes=kubernetes,
            services=[{**service(4), "needs": 1}],
            changes=[
                {
                    "name": "web-2",
                    "kind": "image",
                    "at": "5m",
                    "service": "web",
                    "defect": late,
                    "rollout": {"stages": [{"bake": "5h", "gate": gate}]},
                }
            ],
            faults=[{"name": "away", "trigger": {"at": "1h"}, "lasts": "5h", **breaks("registry")}],
        )

    kept, collected = down(rolled_back(), "web"), down(rolled_back(imageGc="1h"), "web")
    assert kept[0][1] == collected[0][1]
    assert kept[-1][2] < 2.5 * HOUR and collected[-1][2] > 6 * HOUR


def test_edge_29_a_tag_that_is_moved_changes_versions_at_the_next_start():
    """Nothing happens when it is moved; the node that reboots runs the new version, which fails."""

    def moved(policy: str):
        return world(
            fleet=racks(4),
            services=[{**service(4, image={"policy": policy}), "needs": 4}],
            changes=[{"name": "latest", "kind": "tag", "at": "1h", "service": "web", "defect": breaks("web")}],
            faults=[power_cut("2h", "60s", when={"rack": "rack-0"})],
        )

    always = down(moved("Always"), "web")
    assert [begin for _, begin, _ in always] == [2 * HOUR] and always[0][2] == 24 * HOUR
    assert down(moved("IfNotPresent"), "web") == [(0, 2 * HOUR, 2 * HOUR + 60.0 + BOOT)]
    assert [entry.subject for entry in said(moved("Always"), "tag moved")] == ["latest"]


def test_a_tag_that_nobody_looks_up_breaks_nothing():
    found = world(
        fleet=racks(2),
        services=[service(2)],
        changes=[{"name": "latest", "kind": "tag", "at": "1h", "service": "web", "defect": breaks("web")}],
    )
    assert len(found.conditions[0].on_cluster.intervals()) == 0
