"""Conditions that a reboot ends: any boot of the node does, whoever ordered it."""

from __future__ import annotations

from simulator import Scenario

TEXT = """
apiVersion: paddock/v1alpha1
kind: Scenario
metadata: {{name: leak}}
spec:
  horizon: 3d
  fleet: [{{name: a, pools: [{{name: w, nodes: 4, os: talos}}]}}]
  changes:
    - name: leak
      at: 1h
      defect: {{trigger: {{after: 5h}}, impairs: [{{component: kubelet}}], clearedBy: [{cleared}]}}
    - {{name: os, kind: os-image, at: 10h}}
"""


def _bad_at_the_end(cleared: str) -> float:
    return float(Scenario.parse(TEXT.format(cleared=cleared)).run(seed=1).exposure["bad_nodes"].iloc[-1])


def test_an_update_that_reboots_ends_what_a_reboot_ends():
    assert _bad_at_the_end("reboot") == 0.0


def test_it_ends_nothing_else():
    assert _bad_at_the_end("revert") == 1.0
