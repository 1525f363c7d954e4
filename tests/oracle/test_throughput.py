"""Argo CD and Flux under load against what was measured: published figures beside simulated ones.

Twelve figures are held to 25 %; the rest are predictions whose errors are stated here, misses included. Nothing was
tuned to any figure but the one that gives a limit its constant.
"""

from __future__ import annotations

import numpy as np
import pytest

from simulator import facts
from tests.oracle.throughput import FIGURES, HELD, table

TOLERANCE = 0.25


@pytest.mark.parametrize("figure", HELD, ids=lambda figure: figure.fact)
def test_within_a_quarter_of_what_was_published(figure):
    assert abs(figure.error()) <= TOLERANCE


#: What the further figures come to, in percent. Experiment 4 is not smooth (20,000 applications took longer than
#: 25,000): three of its five points are a quarter and more above what the processors need by the figure for 10,000.
FURTHER = {
    "sync_15000_apps_3_clusters_qps_200/400": 0,
    "sync_15000_apps_3_clusters_qps_250/500": 3,
    "sync_15000_apps": -25,
    "sync_20000_apps": -25,
    "sync_25000_apps": 2,
    "sync_30000_apps": -29,
    "sync_50000_apps": -7,
}


def test_the_further_figures_are_as_far_off_as_we_say():
    further = {f.fact.removeprefix("argo-cd.bench."): f for f in FIGURES if f.use == "further"}
    assert {name: round(100 * figure.error()) for name, figure in further.items()} == FURTHER


def test_each_limit_has_one_constant_and_one_figure_it_comes_from():
    estimates = {figure.limit: figure for figure in FIGURES if figure.use == "estimate"}
    assert len(estimates) == sum(figure.use == "estimate" for figure in FIGURES)
    constants = {
        "client rate": ("argo-cd.requests_per_sync", 50 / 15_000),
        "shard": ("argo-cd.shard_seconds_per_sync", 1 / 15_000),
        "processors": ("argo-cd.cpu_seconds_per_sync", 8 / 10_000),
        "workers": ("flux.apply_duration", 20 / 1000),
    }
    assert constants.keys() == estimates.keys()
    for limit, (constant, share) in constants.items():
        assert facts.get(constant).number == pytest.approx(estimates[limit].published * share, rel=0.02)
        assert estimates[limit].fact in facts.get(constant).source


def test_a_shard_of_a_quarter_second_would_contradict_the_first_experiment():
    """Three shards needed 75 min for 50,000 applications. Were that a pace of the shard itself, and not of its client,
    one shard could not have synced 15,000 in half an hour at twice the rate."""
    pace = 3 * facts.get("argo-cd.bench.sync_50000_apps_3_shards").seconds / 50_000
    faster = facts.get("argo-cd.bench.sync_15000_apps_3_clusters_qps_100/200").seconds
    assert pace * 15_000 > 2 * faster


def test_a_hub_slows_down_in_proportion_once_it_is_saturated():
    times = np.array([figure.simulated() for figure in FIGURES if figure.fact.endswith("_shards")])
    np.testing.assert_allclose(times * [3, 6, 9] / times[0], 3, rtol=0.02)


def test_the_table_shows_every_figure():
    lines = table(HELD).splitlines()
    assert len(lines) == 2 + len(HELD)
    assert lines[2].split("|")[4:7] == [" 61.5 min ", " 61.5 min ", " -0 % "]
