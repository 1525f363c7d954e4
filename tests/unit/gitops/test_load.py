"""Controllers under load: queues at the hub, shards, rates, processors, workers; and what is there without load."""

from __future__ import annotations

import numpy as np
import pytest

from simulator import InvalidScenario
from tests.unit.worlds import HOUR, MINUTE, applied, breaks, config, down, fleet, scenario, world

COMPARE, APPLY = 1.0, 1.0
#: Requests and processor seconds that make one application a second the limit.
ONE_A_SECOND = {"clientQps": 1, "clientBurst": 1, "requestsPerSync": 1}


def hub(per_cluster: int = 1, controllers: dict | None = None, **settings) -> dict:
    """Argo CD with one declared application and no other limit than those given."""
    free = {"statusProcessors": 100_000, "operationProcessors": 100_000, "kubectlParallelism": 100_000}
    free |= {"clientQps": 1e6, "clientBurst": 1e6, "shardSecondsPerSync": 0}
    return {
        "engine": "argo-cd",
        "webhook": True,
        "compare": "1s",
        "apply": "1s",
        "applications": [{"name": "apps", "perCluster": per_cluster}, {"name": "infra"}],
        "controllers": {**free, **(controllers or {})},
        **settings,
    }


def outage(component: str, at: str, lasts: str, **more) -> dict:
    return {"name": f"no-{component}", "trigger": {"at": at}, "lasts": lasts, **breaks(component), **more}


def lags(gitops: dict, clusters: int = 4, **spec) -> np.ndarray:
    """From a commit at one o'clock to each cluster, s."""
    return applied(world(fleet=fleet(clusters=clusters), gitops=gitops, changes=[config(at="1h")], **spec)) - HOUR


# --- each limit -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "seconds"),
    [
        ({}, 0),
        ({"operationProcessors": 10}, 39),  # 400 applications, ten at once for a second: the last begins after 39 s
        ({"kubectlParallelism": 20, "operationProcessors": 50}, 19),
        ({"statusProcessors": 40}, 9),
        (ONE_A_SECOND, 399),
        ({"clientQps": 10, "clientBurst": 100, "requestsPerSync": 1}, 30),
        ({"shardSecondsPerSync": "500ms", "operationProcessors": 400}, 0),  # it begins as many as it has workers for
        ({"shardSecondsPerSync": "500ms", "operationProcessors": 40}, 180),
        ({"cpus": 8, "cpuSecondsPerSync": "4s"}, 196),
        ({"repoServerParallelism": 4}, 99),
        ({**ONE_A_SECOND, "cpus": 1, "cpuSecondsPerSync": "2s"}, 798),  # whichever binds
    ],
)
def test_the_last_application_waits_for_the_limit_that_binds(limit, seconds):
    assert lags(hub(100, limit)).max() == pytest.approx(COMPARE + APPLY + seconds)


def test_without_load_the_limits_cost_nothing():
    """To the last digit: with the defaults a commit for one application in each of ten clusters is there at once."""
    plain = {"engine": "argo-cd", "compare": "1s", "apply": "1s"}
    spec = {"fleet": fleet(clusters=8), "changes": [config(at="1h")]}
    limits = {"clientQps": 1e6, "clientBurst": 1e6, "shardSecondsPerSync": 0, "operationProcessors": 1000}
    for webhook in (True, False):
        free = applied(world(gitops={**plain, "webhook": webhook, "controllers": limits}, **spec))
        assert applied(world(gitops={**plain, "webhook": webhook}, **spec)).tolist() == free.tolist()


def test_commits_are_worked_off_in_the_order_in_which_they_come():
    """The second waits behind the first, whatever application it is for."""
    changes = [config("first", at="1h"), config("second", at="61m", via="infra")]
    found = world(fleet=fleet(clusters=4), gitops=hub(100, ONE_A_SECOND), changes=changes)
    first, second = applied(found, 0) - HOUR, applied(found, 1) - HOUR
    assert first.tolist() == [COMPARE + APPLY + n for n in (99, 199, 299, 399)]
    assert second.tolist() == [COMPARE + APPLY + n for n in (400, 401, 402, 403)]


def test_a_commit_that_is_seen_earlier_makes_others_wait_longer():
    """The ramp's later clusters are merged when the fix has come: the fix stands in front of them."""
    ramp = config("ramp", at="1h", over="3m")
    spec = {"fleet": fleet(clusters=4), "gitops": hub(100, ONE_A_SECOND)}
    alone = applied(world(changes=[ramp], **spec))
    both = world(changes=[ramp, config("fix", at="61m", via="infra")], **spec)
    (delivery,) = both.carriers[0].deliveries
    later = delivery.committed > 61 * MINUTE
    assert 0 < later.sum() < 4 and (delivery.applied - alone).tolist() == pytest.approx(np.where(later, 4, 0))


def test_what_a_commit_does_moves_with_it():
    """Clusters that have to wait longer are hit later, and no cluster twice."""
    ramp = config("ramp", at="1h", over="3m", defect=breaks("dns"))
    fix = config("fix", at="61m", via="infra")
    found = world(fleet=fleet(clusters=4), gitops=hub(100, ONE_A_SECOND), changes=[ramp, fix])
    assert [(cluster, begin) for cluster, begin, _ in down(found, "dns")] == list(enumerate(applied(found)))
    assert applied(found).max() == HOUR + 22.5 + COMPARE + APPLY + 403  # the ramp begins with an eighth of its length


def test_what_has_begun_does_not_move():
    changes = [config("first", at="1h"), config("second", at="70m", via="infra")]
    spec = {"fleet": fleet(clusters=4), "gitops": hub(100, ONE_A_SECOND)}
    alone, both = world(changes=changes[:1], **spec), world(changes=changes, **spec)
    assert applied(alone).tolist() == applied(both, 0).tolist()


def test_commits_that_the_same_look_sees_are_one_piece_of_work():
    gitops = hub(100, ONE_A_SECOND, webhook=False)
    changes = [config(f"commit-{n}", at=f"{3600 + n}s") for n in range(3)]
    spec = {"fleet": fleet(clusters=1), "gitops": gitops}
    alone, three = world(changes=changes[:1], **spec), world(changes=changes, **spec)
    assert applied(three, 0)[0] == applied(alone, 0)[0]


def test_commits_that_come_while_an_application_waits_are_brought_together_by_the_next_pass():
    """A pass over 200 applications takes 200 s; twelve commits within two minutes make three passes, not twelve."""
    commits = config("commits", at="1h", repeat={"every": "10s", "times": 12})
    found = world(fleet=fleet(clusters=2), gitops=hub(100, ONE_A_SECOND), changes=[commits])
    (delivery,) = found.carriers[0].deliveries
    first, second = (delivery.applied[delivery.clusters == k] - HOUR - COMPARE - APPLY for k in (0, 1))
    # prod-0: 100 for the first; behind prod-1, 100 for the nine that came by then; and 100 for the last two.
    assert first.tolist() == [99] + [299] * 9 + [499] * 2
    assert second.tolist() == [199] + [399] * 11


def test_the_lag_of_a_flooded_hub_does_not_grow():
    """It takes twice as long as there is between two commits; each is there after two passes at most."""
    commits = config("commits", at="1h", repeat={"every": "100s", "times": 100})
    found = world(fleet=fleet(clusters=2), gitops=hub(100, ONE_A_SECOND), changes=[commits])
    (delivery,) = found.carriers[0].deliveries
    lags = delivery.applied - delivery.committed - COMPARE - APPLY
    assert lags.max() <= 400 and lags[-1] > 100
    assert (np.diff(delivery.applied[delivery.clusters == 1]) >= 0).all()


def test_shards_isolate():
    """Clusters are dealt out in turn: what keeps one controller busy keeps no other."""
    stage = {"stages": [{"select": {"cluster": "prod-0"}}]}
    changes = [{"name": "flood", "kind": "config", "at": "1h", "rollout": stage}, config("fix", at="61m", via="infra")]
    found = world(fleet=fleet(clusters=4), gitops=hub(1000, {**ONE_A_SECOND, "shards": 2}), changes=changes)
    fix = applied(found, 1) - 61 * MINUTE - COMPARE - APPLY
    assert fix.tolist() == [940, 0, 941, 1]  # prod-0 and prod-2 share the busy one


def test_shards_on_one_machine_share_its_processors():
    limit = {"cpus": 8, "cpuSecondsPerSync": "4s"}
    one, ten = (lags(hub(100, {**limit, "shards": n}), clusters=10).max() for n in (1, 10))
    assert one == ten == COMPARE + APPLY + 496


def test_an_argo_cd_in_each_cluster_waits_for_its_own_applications_only():
    own = lags(hub(100, ONE_A_SECOND, topology="per-cluster"))
    assert own.tolist() == [COMPARE + APPLY + 99] * 4
    assert lags(hub(100, ONE_A_SECOND)).max() == COMPARE + APPLY + 399


# --- laws -------------------------------------------------------------------------------------------------


def _last(**controllers) -> float:
    settings = {"engine": "argo-cd", "compare": "1s", "apply": "1s", "controllers": {"cpus": 4, **controllers}}
    settings["applications"] = [{"name": "apps", "perCluster": 40}]
    return float(lags({**settings, "webhook": True}, clusters=30).max())


@pytest.mark.parametrize(
    ("setting", "values"),
    [
        ("shards", (1, 2, 3, 7, 30)),
        ("clientQps", (5, 20, 50, 200)),
        ("clientBurst", (1, 50, 100, 1000)),
        ("operationProcessors", (1, 2, 10, 40)),
        ("statusProcessors", (1, 5, 20)),
        ("cpus", (1, 2, 8, 64)),
        ("repoServerParallelism", (1, 4, 16)),
    ],
)
def test_more_of_anything_never_delays_the_last_application(setting, values):
    found = [_last(**{setting: value}) for value in values]
    assert found == sorted(found, reverse=True) and found[0] > found[-1]


def test_a_saturated_hub_gets_slower_with_more_applications():
    found = [
        float(lags({"engine": "argo-cd", "applications": [{"name": "a", "perCluster": n}]}).max()) for n in (1, 500)
    ]
    more = float(lags({"engine": "argo-cd", "applications": [{"name": "a", "perCluster": 1000}]}).max())
    assert found[0] < found[1] < more
    assert more == pytest.approx(2 * found[1], rel=0.1)


# --- outages ----------------------------------------------------------------------------------------------


def test_edge_37_a_hub_that_is_down_works_nothing_off():
    """What waited when it went down waits for as long as it is down; what had begun is there."""
    calm = lags(hub(100, ONE_A_SECOND))
    found = lags(hub(100, ONE_A_SECOND), faults=[outage("hub", "3750s", "1h")])  # 150 s after the commit
    assert (found - calm).tolist() == [0, HOUR, HOUR, HOUR]


@pytest.mark.parametrize("component", ["git", "repo-server"])
def test_edge_37_what_has_been_rendered_needs_neither_git_nor_the_repo_server(component):
    """Comparisons are over when the outage begins, and the manifests are cached: the queue is worked off."""
    calm = lags(hub(100, ONE_A_SECOND))
    assert lags(hub(100, ONE_A_SECOND), faults=[outage(component, "3610s", "5h")]).tolist() == calm.tolist()


def test_a_cluster_that_can_not_be_reached_when_its_turn_comes_is_synced_afterwards():
    calm = lags(hub(100, ONE_A_SECOND))
    shut = outage("api", "3610s", "1h", when={"cluster": "prod-1"})
    found = lags(hub(100, ONE_A_SECOND), faults=[shut])
    assert found[[0, 2, 3]].tolist() == calm[[0, 2, 3]].tolist()
    assert found[1] == HOUR + 10 + COMPARE + APPLY


def test_a_registry_outage_does_not_touch_the_engine():
    edit = {"name": "edit", "kind": "manual", "at": "2h"}
    healing = {"applications": [{"name": "apps", "selfHeal": True}]}
    spec = {"fleet": fleet(clusters=4), "gitops": hub(**healing), "changes": [config(at="1h"), edit]}
    calm, shut = world(**spec), world(**spec, faults=[outage("registry", "10m", "8h")])
    assert applied(shut).tolist() == applied(calm).tolist()
    assert shut.drifts[0].end.tolist() == calm.drifts[0].end.tolist()
    assert shut.engine.unknown(np.ones(4, bool)).entity.size == 0


def test_self_heal_waits_behind_a_batch():
    edit = {"name": "edit", "kind": "manual", "at": "65m"}
    apps = [{"name": "apps", "perCluster": 1000, "selfHeal": True}]
    found = world(
        fleet=fleet(clusters=1),
        gitops=hub(controllers=ONE_A_SECOND, applications=apps),
        changes=[config(at="1h"), edit],
    )
    assert found.drifts[0].end[0] == HOUR + 1000 + APPLY


def test_a_paused_rollout_leaves_no_work_behind():
    """What is cut before it is merged is nobody's work: the revert does not wait for it."""
    gate = {"badNodes": "1%", "action": "revert"}
    bad = config(at="1h", over="8h", gate=gate, defect=breaks("kubelet", clearedBy=["revert"]))
    found = world(fleet=fleet(clusters=4, nodes=2), gitops=hub(100, ONE_A_SECOND), changes=[bad])
    delivered = found.engine.deliveries
    assert len(delivered) == 2 and not np.isfinite(delivered[0].applied).all()
    assert (delivered[1].applied - delivered[1].committed).max() <= COMPARE + APPLY + 400


# --- Flux -------------------------------------------------------------------------------------------------


def flux(kustomizations: list[dict], **settings) -> dict:
    return {
        "engine": "flux",
        "webhook": True,
        "fetch": "2s",
        "apply": "5s",
        "kustomizations": kustomizations,
        **settings,
    }


def test_a_kustomize_controller_works_on_four_at_once():
    found = lags(flux([{"name": "apps", "perCluster": 10}]), clusters=3)
    assert found.tolist() == [2 + 3 * 5] * 3  # each cluster has its own
    wide = flux([{"name": "apps", "perCluster": 10}], concurrency={"kustomizations": 20})
    assert lags(wide, clusters=3).tolist() == [2 + 5] * 3


def test_a_new_revision_makes_all_kustomizations_reconcile():
    """A commit for the last of six waits until the workers have been through the others."""
    many = flux([{"name": f"k{n}"} for n in range(6)])
    for via, rounds in (("k0", 1), ("k3", 1), ("k4", 2), ("k5", 2)):
        found = world(fleet=fleet(), gitops=many, changes=[config(at="1h", via=via)])
        assert applied(found)[0] - HOUR == 2 + 5 * rounds


def test_releases_have_workers_of_their_own():
    gitops = flux([{"name": "apps", "perCluster": 100}], helmReleases=[{"name": "chart", "perCluster": 8}])
    changes = [config("all", at="1h"), config("release", at="1h", via="chart")]
    found = world(fleet=fleet(), gitops=gitops, changes=changes)
    assert applied(found, 0)[0] - HOUR == 2 + 25 * 5 and applied(found, 1)[0] - HOUR == 2 + 2 * 5


def test_a_revision_waits_until_the_one_before_has_been_through():
    changes = [config("first", at="1h"), config("second", at="3610s")]
    found = world(fleet=fleet(), gitops=flux([{"name": "apps", "perCluster": 40}]), changes=changes)
    assert applied(found, 0)[0] - HOUR == 2 + 50 and applied(found, 1)[0] - HOUR == 2 + 100


def test_a_kustomization_that_depends_on_another_takes_its_turn_when_that_is_ready():
    pair = flux([{"name": "infra", "perCluster": 6}, {"name": "apps", "dependsOn": ["infra"]}])
    found = world(fleet=fleet(), gitops=pair, changes=[config(at="1h", via="apps")])
    assert applied(found)[0] - HOUR == 2 + 30 + 5  # infra is ready after 10 s; it looks again after 30


# --- what may be declared ---------------------------------------------------------------------------------


def test_fifteen_thousand_applications_are_one_line():
    assert lags(hub(5000, ONE_A_SECOND), clusters=3).max() == COMPARE + APPLY + 14_999


def test_shards_are_for_a_hub():
    with pytest.raises(InvalidScenario, match=r"spec.gitops.controllers.shards: shards part the clusters of a hub"):
        scenario(fleet=fleet(), gitops=hub(controllers={"shards": 3}, topology="per-cluster")).require_valid()
