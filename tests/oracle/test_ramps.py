"""Back test: whom the withdrawn rollouts of Fedora CoreOS had been offered to, from ramp and stop time alone.

The figures are of the public history of the release metadata (testing and next, 2019 to
2026): how long each rollout was planned to take, when it was withdrawn, and the share of nodes it was offered to.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from tests.oracle.fleets import scenario

ROLLOUTS = list(csv.DictReader((Path(__file__).parent / "data" / "withdrawn-rollouts.csv").open()))
NODES = 20_000


def offered(over: str, withdrawn: float, seed: int = 51) -> float:
    """The share of a fleet that a release was offered to which is withdrawn after so many minutes."""
    rollout = {"stages": [{"over": over}], "withdrawAfter": f"{withdrawn:.1f}m"}
    change = {"name": "release", "kind": "os-image", "rollout": rollout}
    run = scenario(100, NODES // 100, "3d", "fedora-coreos", changes=[change]).run(seed=seed)
    (row,) = run.changes.itertuples()
    assert row.status == "withdrawn" or row.offered_nodes == NODES
    return row.offered_nodes / row.nodes


def test_all_of_them_are_here():
    assert len(ROLLOUTS) == 11


@pytest.mark.parametrize("rollout", ROLLOUTS, ids=lambda r: r["version"])
def test_the_offered_share_follows_from_ramp_and_stop_time(rollout):
    found = offered(f"{rollout['planned_min']}m", float(rollout["withdrawn_after_min"]))
    assert 100 * found == pytest.approx(float(rollout["offered_percent"]), abs=1.0)


def test_another_ramp_would_have_offered_it_to_others():
    """The counterfactuals of the reference: the same stop times, a ramp of 24 h, 72 h or 7 days."""
    stops = [float(rollout["withdrawn_after_min"]) for rollout in ROLLOUTS]
    for over, mean in (("24h", 48.2), ("72h", 20.2), ("7d", 8.6)):
        found = [100 * offered(over, stop) for stop in stops]
        assert np.mean(found) == pytest.approx(mean, abs=1.0)
