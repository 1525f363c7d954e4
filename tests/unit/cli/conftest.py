"""The command, called as from a shell: arguments in; exit code, output and errors out."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from simulator.cli import main


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def document(self):
        return json.loads(self.out)


@pytest.fixture
def paddock(capsys, monkeypatch, tmp_path):
    """Run the command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")

    def call(*arguments: object) -> Outcome:
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Outcome(left.value.code, captured.out, captured.err)

    return call


SMALL = """\
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
"""


@pytest.fixture
def small(tmp_path):
    """A scenario file that runs in no time."""
    file = tmp_path / "small.yaml"
    file.write_text(SMALL, encoding="utf-8")
    return file
