"""The two stories of the library about a hub: what its alerts see, and what a queue costs."""

from __future__ import annotations

import pytest

from simulator import Scenario
from simulator.run import Run

HOUR, MINUTE = 3600.0, 60.0


def variants(name: str) -> dict[str, Run]:
    base = Scenario.load(name)
    return {"": base.run(), **{v.name: base.variant(v.name).run() for v in base.variants}}


def lag(run: Run, change: str) -> float:
    """From the merge to the last cluster, s."""
    return float(run.changes.set_index("change")["convergence_max_s"][change])


def test_nobody_notices_a_hub_that_is_down():
    runs = variants("quiet-hub")
    (told,) = runs[""].incidents.to_dict("records")
    assert told["alert"] == "" and told["cause"] == "hub-upgrade"
    assert runs[""].metrics["unknown_cluster_hours"] == pytest.approx(40 * 12, rel=0.01)
    assert lag(runs[""], "urgent-fix") > 11 * HOUR

    (told,) = runs["alert-on-unknown"].incidents.to_dict("records")
    assert told["alert"] == "unknown" and told["remedy"] == "back-to-the-old-hub"
    assert lag(runs["alert-on-unknown"], "urgent-fix") < HOUR

    own = runs["agent-in-each-cluster"]
    assert own.metrics["unknown_cluster_hours"] == 0 and lag(own, "urgent-fix") < 4 * MINUTE
    assert own.metrics["drift_node_hours"] < 1 < runs[""].metrics["drift_node_hours"]


def test_a_hub_slows_down_with_its_applications_and_shards_help_until_processors_bind():
    runs = variants("slow-hub")
    years = [lag(runs[name], "base-chart") for name in ("first-year", "second-year", "")]
    assert years[0] < 5 * MINUTE and 15 * MINUTE < years[1] < 30 * MINUTE and years[2] > HOUR
    # Ten shards have ten times the rate, but not ten times the processors.
    assert years[2] / 6 < lag(runs["ten-shards"], "base-chart") < years[2] / 4
    assert lag(runs["ten-shards-two-machines"], "base-chart") < lag(runs["ten-shards"], "base-chart")
    assert lag(runs["higher-rate"], "base-chart") == pytest.approx(years[2] / 3, rel=0.01)
    assert lag(runs["agent-in-each-cluster"], "base-chart") < MINUTE
    assert lag(runs[""], "fix") > 55 * MINUTE > MINUTE > lag(runs["agent-in-each-cluster"], "fix")
    assert [alert for alert in runs[""].incidents["alert"]] == ["out-of-sync"] and runs["ten-shards"].incidents.empty
