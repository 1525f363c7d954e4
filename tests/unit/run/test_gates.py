"""Gates: what they end, and what they say they have stopped."""

import numpy as np

from simulator import Scenario

SCENARIO = """
apiVersion: paddock/v1alpha1
kind: Scenario
metadata: {{name: gated}}
spec:
  horizon: 8h
  fleet:
    - {{name: staging, environment: staging, clusters: 2, pools: [{{name: workers, nodes: 20, os: talos}}]}}
    - {{name: prod, environment: prod, clusters: 5, pools: [{{name: workers, nodes: 40, os: microos}}]}}
  changes:
    - name: flag
      at: 30m
      rollout:
        gate: {{badNodes: 5%, action: revert}}
        stages: [{{name: staging, select: {{environment: staging}}, bake: 30m}}, {{name: prod}}]
      defect: {{trigger: {{on: apply, after: {after}}}, impairs: [{{component: kubelet}}], clearedBy: {cleared}}}
  onCall: {{people: 1}}
"""


def run(cleared: str, after: str = "2m"):
    return Scenario.parse(SCENARIO.format(cleared=cleared, after=after)).run(seed=1)


def test_a_gate_takes_the_change_back_and_the_defect_says_whether_that_ends_it():
    ended, stays = run("[revert]"), run("[replace]")
    assert ended.nodes["bad_h"].max() < 0.5
    assert np.isclose(stays.nodes["bad_h"].max(), 7.4, atol=0.2), "to the end of the run"
    assert (stays.nodes["bad_h"] > 0).sum() >= (ended.nodes["bad_h"] > 0).sum()


def test_what_has_not_bitten_when_the_change_is_gone_never_does():
    slow = run("[replace]", after="{uniform: {low: 1m, high: 2h}}")
    hit = int((slow.nodes["bad_h"] > 0).sum())
    assert 2 <= hit < 30, "of forty, in two hours; the gate trips long before"


def test_a_gate_counts_all_that_had_not_begun():
    (stopped,) = run("[revert]").events.query("what == 'aborted'").to_dict("records")
    assert stopped["count"] == 200 and stopped["note"] == "the gate tripped; 200 nodes had not begun"
