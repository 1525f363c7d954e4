"""The facade: scenarios from files, text and Python mean the same; runs are pure functions of their key."""

from __future__ import annotations

import pytest

from simulator import InvalidScenario, Scenario, simulate
from simulator.scenario.document import library

TEXT = """
apiVersion: paddock/v1alpha1
kind: Scenario
metadata: {name: pair}
spec:
  horizon: 24h
  fleet: [{name: a, clusters: 5, pools: [{name: w, nodes: 6, os: talos}]}]
  changes:
    - {name: c, at: 1h, defect: {impairs: [{component: kubelet}], clearedBy: [revert]}}
  alerts: [{name: bad, expr: {nodes: bad}, for: 2m}]
variants:
  - {name: slower, patch: {spec: {onCall: {decision: 30m}}}}
  - {name: with-faults, patch: {spec: {faults: [{name: hw, trigger: {rate: 20/y}, impairs: [{component: disk}]}]}}}
"""


def _python() -> Scenario:
    return Scenario(
        metadata={"name": "pair"},
        spec={
            "horizon": "24h",
            "fleet": [{"name": "a", "clusters": 5, "pools": [{"name": "w", "nodes": 6, "os": "talos"}]}],
            "changes": [
                {"name": "c", "at": "1h", "defect": {"impairs": [{"component": "kubelet"}], "clearedBy": ["revert"]}}
            ],
            "alerts": [{"name": "bad", "expr": {"nodes": "bad"}, "for": "2m"}],
        },
        variants=[{"name": "slower", "patch": {"spec": {"onCall": {"decision": "30m"}}}}],
    )


def test_python_and_yaml_mean_the_same():
    assert _python().digest() == Scenario.parse(TEXT).digest()
    assert _python().variant("slower").digest() == Scenario.parse(TEXT).variant("slower").digest()
    assert _python().digest() != _python().variant("slower").digest()


def test_a_scenario_survives_its_own_data():
    import yaml

    scenario = Scenario.parse(TEXT)
    again = Scenario.parse(yaml.safe_dump(scenario.to_data()))
    assert again.digest() == scenario.digest()


def test_what_differs_in_one_thing_shares_every_other_draw():
    base = Scenario.parse(TEXT)
    run, slower, faulty = (
        s.run(seed=3).incidents.iloc[0] for s in (base, base.variant("slower"), base.variant("with-faults"))
    )
    assert run.diagnosed_at == slower.diagnosed_at and run.decided_at < slower.decided_at
    # Faults elsewhere change neither the alert's clocks nor the people's times from the page on.
    assert run.acknowledged_at - run.paged_at == pytest.approx(faulty.acknowledged_at - faulty.paged_at)


def test_replications_differ_and_repeat():
    base = Scenario.parse(TEXT)
    first = [run.metrics["mttr"] for run in base.runs(4, seed=9)]
    assert len(set(first)) == 4
    assert first == [run.metrics["mttr"] for run in base.runs(4, seed=9)]
    assert first[2] == simulate(base, seed=9, replication=2).metrics["mttr"]


SWITCHED = """
apiVersion: paddock/v1alpha1
kind: Scenario
metadata: {name: switched}
spec:
  horizon: 1h
  fleet:
    - {name: prod, pools: [{name: w, nodes: 1, os: {name: flatcar, reboots: {by: kured, lockTtl: 1h}}}]}
  gitops: {engine: argo-cd, version: "2.10", applications: [{name: apps, selfHeal: true}]}
variants:
  - {name: other-engine, patch: {spec: {gitops: {engine: flux, interval: 5m}}}}
  - {name: same-engine, patch: {spec: {gitops: {engine: argo-cd, webhook: true}}}}
  - name: other-coordinator
    patch: {spec: {fleet: [{name: prod, pools: [{name: w, os: {reboots: {by: fluo}}}]}]}}
"""


def test_a_patch_of_another_kind_replaces_what_was_said_of_the_first():
    base = Scenario.parse(SWITCHED)
    gitops = base.variant("other-engine").spec.gitops
    assert (gitops.engine, gitops.interval) == ("flux", 300.0)
    gitops = base.variant("same-engine").spec.gitops
    assert (gitops.version, gitops.webhook, gitops.applications[0].self_heal) == ("2.10", True, True)
    os = base.variant("other-coordinator").spec.fleet[0].pools[0].os
    assert (os.name, os.reboots.by, os.reboots.max_rebooting) == ("flatcar", "fluo", 1)


def test_an_unknown_variant_or_scenario_names_the_nearest():
    with pytest.raises(KeyError, match="slower"):
        Scenario.parse(TEXT).variant("slowr")
    with pytest.raises(FileNotFoundError, match="bad-sysctl"):
        Scenario.load("bad-sysctrl")


@pytest.mark.parametrize("name", library())
def test_every_library_scenario_and_variant_runs(name):
    scenario = Scenario.load(name)
    assert scenario.metadata.name == name and scenario.metadata.title
    for each in (scenario, *(scenario.variant(v.name) for v in scenario.variants)):
        run = each.run()
        assert (run.states.sum(axis=1) == run.world.layout.nodes).all()
        assert run.metrics.notna().any()


def test_a_scenario_built_in_python_is_checked_too():
    scenario = Scenario(
        metadata={"name": "x"},
        spec={
            "fleet": [{"name": "a", "pools": [{"name": "w"}]}],
            "changes": [{"name": "c", "select": {"os": "microos"}}],
        },
    )
    with pytest.raises(InvalidScenario, match=r"spec.changes\[c\].select: the selector 'os: microos' matches nothing"):
        scenario.run()


def test_other_values_at_some_paths():
    base = Scenario.parse(TEXT, "pair")
    slower = base.with_settings({"spec.onCall.decision": "30m"})
    assert isinstance(slower, Scenario) and not slower.variants
    assert slower.digest() == base.variant("slower").digest() != base.digest()
    with pytest.raises(ValueError, match="there is no field 'onCal'"):
        base.with_settings({"spec.onCal.decision": "30m"})
    with pytest.raises(InvalidScenario):
        base.with_settings({"spec.onCall.decision": "soon"})
