"""Small scenarios for studies, and how to make them."""

from __future__ import annotations

from simulator import Scenario

TEXT = """
apiVersion: paddock/v1alpha1
kind: Scenario
metadata: {name: small, title: A small one}
spec:
  horizon: 4h
  fleet:
    - {name: staging, environment: staging, pools: [{name: workers, nodes: 3, os: talos}]}
    - {name: prod, clusters: 2, pools: [{name: workers, nodes: 5, os: talos}]}
  services: [{name: web}]
  changes:
    - name: sysctl
      at: 10m
      rollout: {stages: [{name: staging, select: {environment: staging}, bake: 5m}, {name: prod}]}
      defect: {when: {environment: prod}, impairs: [{component: kubelet}], clearedBy: [revert]}
  alerts: [{name: nodes-bad, expr: {nodes: bad}, for: 1m}]
variants:
  - {name: later, title: An hour later, patch: {spec: {changes: [{name: sysctl, at: 70m}]}}}
  - {name: slow-alert, patch: {spec: {alerts: [{name: nodes-bad, for: 3m}]}}}
"""

UNCERTAIN = """
apiVersion: paddock/v1alpha1
kind: Scenario
metadata: {name: unsure}
spec:
  horizon: 4h
  fleet: [{name: prod, clusters: 2, pools: [{name: workers, nodes: 5, os: talos}]}]
  changes:
    - {name: c, at: 10m, defect: {impairs: [{component: kubelet}], clearedBy: [revert]}}
  alerts: [{name: nodes-bad, expr: {nodes: bad}, for: 1m}]
  onCall: {decision: {uniform: {low: 1m, high: 90m}, level: uncertain}}
variants:
  - {name: slow-alert, patch: {spec: {alerts: [{name: nodes-bad, for: 6m}]}}}
"""

#: Machines that fail at a rate and are repaired in exponential time: availability is known in closed form.
REPAIRED = """
apiVersion: paddock/v1alpha1
kind: Scenario
metadata: {name: repaired}
spec:
  horizon: 20d
  fleet: [{name: prod, pools: [{name: workers, nodes: 10, os: talos}]}]
  faults:
    - name: dies
      trigger: {rate: 0.5/d}
      impairs: [{component: disk}]
      lasts: {exponential: {mean: 6h}, level: perEvent}
"""


def small() -> Scenario:
    return Scenario.parse(TEXT, "small.yaml")
