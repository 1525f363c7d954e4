"""An operating system, a coordinator and an engine are one new file each: a copy of Paddock with such a file, and
nothing else changed, knows it everywhere."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2] / "simulator"

SYSTEM = '''
"""An operating system that looks on the hour and is never wrong."""

from typing import Literal

import numpy as np

from simulator.nodes.coordinators import CoordinatorChoice
from simulator.nodes.system import SelfUpdatingSystem
from simulator.scenario.fleet import OperatingSystem


class HourlySettings(OperatingSystem):
    name: Literal["hourly"] = "hourly"
    reboots: CoordinatorChoice = "immediate"
    service_start: float = 20.0
    reboot: None = None


class Hourly(SelfUpdatingSystem):
    settings = HourlySettings

    def looks(self, looking, zone):
        return np.ceil(looking.at / 3600.0) * 3600.0

    def write_seconds(self, nodes, attempt):
        return np.full(len(nodes), 60.0)

    def reboot_seconds(self, boot, which=""):
        return np.full(len(boot.nodes), 40.0)


SYSTEM = Hourly
'''

COORDINATOR = '''
"""A coordinator that lets nodes reboot a quarter of an hour after they have asked."""

from typing import Literal

from simulator.nodes.coordinators.coordinator import Coordinator
from simulator.scenario.fleet import Coordination


class PoliteSettings(Coordination):
    by: Literal["polite"] = "polite"


class Polite(Coordinator):
    settings = PoliteSettings

    def asks(self, nodes, since, at, zone, attempt):
        return at + 900.0


COORDINATOR = Polite
'''

ENGINE = '''
"""An engine that applies everything a minute later."""

from typing import Literal

from simulator.gitops.reconciler import Reconciler
from simulator.scenario.gitops import Engine


class MinuteSettings(Engine):
    engine: Literal["minute"] = "minute"


class Minute(Reconciler):
    settings = MinuteSettings

    def applied_at(self, delivery, index):
        return delivery.committed[index] + 60.0


ENGINE = Minute
'''

SCENARIO = """
apiVersion: paddock/v1alpha1
kind: Scenario
metadata: {name: new-files}
spec:
  horizon: 1d
  fleet:
    - {name: prod, pools: [{name: workers, nodes: 2, os: {name: hourly, reboots: polite}}]}
  gitops: {engine: minute}
  changes:
    - {name: release, kind: os-image, at: 30m}
    - {name: commit, kind: config, at: 2h}
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("copy")
    shutil.copytree(HOUSE, home / "simulator", ignore=shutil.ignore_patterns("__pycache__"))
    (home / "simulator/nodes/hourly.py").write_text(SYSTEM)
    (home / "simulator/nodes/coordinators/polite.py").write_text(COORDINATOR)
    (home / "simulator/gitops/minute.py").write_text(ENGINE)
    (home / "new.yaml").write_text(SCENARIO)
    return home


def paddock(home: Path, *words: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", "import sys; from simulator.cli import main; sys.exit(main())", *words]
    return subprocess.run(command, cwd=home, capture_output=True, text=True)


def test_one_file_each_is_enough_to_run(copy):
    done = paddock(copy, "run", "new.yaml", "--json")
    assert done.returncode == 0, done.stderr
    changes = {change["change"]: change for change in json.loads(done.stdout)["changes"]}
    # At the full hour, a minute to write, a quarter of an hour to wait, a minute to be back; then the engine's minute.
    assert changes["release"]["convergence_max_s"] == 1800 + 60 + 900 + 60
    assert changes["commit"]["convergence_max_s"] == 60


def test_the_vocabulary_knows_them(copy):
    done = paddock(copy, "explain", "scenario.fleet.pools.os.hourly.reboots")
    assert done.returncode == 0 and "polite" in done.stdout, done.stdout + done.stderr
    (copy / "typo.yaml").write_text(SCENARIO.replace("hourly", "hourlyy"))
    done = paddock(copy, "validate", "typo.yaml")
    assert done.returncode == 2 and "hourly" in done.stderr + done.stdout
