"""Every field of the scenario file can be asked about, and says what it is."""

import pytest

from simulator.scenario.explain import UnknownField, explain, paths
from simulator.scenario.selector import ATTRIBUTES

EVERY = list(paths())


def test_every_path_finds_itself():
    assert [explain(path).path for path in EVERY] == EVERY


def test_every_field_says_what_it_is():
    fields = [explain(path) for path in EVERY]
    assert [field.path for field in fields if not (field.meaning and field.type)] == []


@pytest.mark.parametrize(
    "path",
    [
        "scenario.spec.changes.rollout.stages.bake",
        "scenario.changes.rollout.stages.bake",
        "spec.changes[0].rollout.stages[prod].bake",
        "changes.rollout.stages.bake",
        "variants.patch.spec.changes.rollout.stages.bake",
        "SCENARIO.Changes.Rollout.Stages.Bake",
    ],
)
def test_roads_to_one_field(path):
    assert explain(path).path == "scenario.spec.changes.rollout.stages.bake"


def test_a_member_of_a_union_may_be_named_or_not():
    assert explain("fleet.pools.os.talos.pull") == explain("fleet.pools.os.pull")
    assert explain("gitops.flux.interval").fact.name == "flux.bootstrap.gitrepository_interval"


def test_a_default_shows_its_fact():
    field = explain("fleet.pools.os.talos.upgrade.drain_timeout")
    assert (field.default, field.fact.name) == ("5m", "talos.upgrade.client_timeout_drain")


def test_words_that_may_stand_there():
    assert explain("fleet.pools.platform").allowed == ("vm", "cloud", "bare-metal")


def test_attributes_of_a_selector():
    assert "number of nodes" in explain("changes.select.cluster.nodes").meaning.lower()
    field = explain("scenario.services.select")
    assert [below.name for below in field.below] == list(ATTRIBUTES)
    assert "by its own name: {tier: gold}" in field.meaning


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("scenario.chages", "scenario.changes"),
        ("scenario.bake", "scenario.changes.rollout.stages.bake"),
        ("changes.rolout", "scenario.spec.changes.rollout"),
    ],
)
def test_an_unknown_field_names_the_nearest(path, near):
    with pytest.raises(UnknownField) as caught:
        explain(path)
    assert near in caught.value.nearest
