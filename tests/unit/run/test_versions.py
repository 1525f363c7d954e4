"""Versions: what they are called has no effect."""

import pandas as pd
import pytest

from simulator import Scenario


@pytest.mark.parametrize("variant", [None, "kubelet"])
def test_releases_of_several_systems_may_have_the_same_version(variant):
    shared = Scenario.load("five-systems")
    shared = shared.variant(variant) if variant else shared
    assert len({change.version for change in shared.spec.changes}) == 1
    names = {f"spec.changes[{c.name}].version": f"1.1.{n}" for n, c in enumerate(shared.spec.changes)}
    pd.testing.assert_series_equal(shared.with_settings(names).run(seed=1).metrics, shared.run(seed=1).metrics)


def test_a_release_that_was_withdrawn_sets_off_no_more_alerts():
    run = Scenario.load("fallback-loop").variant("withdrawn").run(seed=1)
    last_boot = run.events.query("what == 'rolled back by itself'")["until"].max()
    assert len(run.incidents) and (run.incidents["began_at"] <= last_boot).all()
