"""Fields by their paths: found, set, and the nearest named where there is none."""

from __future__ import annotations

import pytest

from simulator import InvalidScenario, Scenario
from simulator.scenario.paths import UnknownPath, assignment, listed, replaced, resolve, value_at, values_from


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return Scenario.load("bad-sysctl")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("spec.changes[sysctl].rollout.stages[0].bake", "7m"),
        ("changes[sysctl].rollout.stages[staging].bake", "7m"),
        ("scenario.spec.changes[0].rollout.stages[staging].bake", "7m"),
        ("spec.onCall.decision", "7m"),  # not in the file: a distribution by default
        ("spec.fleet[prod-eu].pools[workers].os.upgrade.drainTimeout", "7m"),  # os is a word there
        ("spec.changes[sysctl].defect.trigger.after.lognormal.median", "7m"),
        ("spec.fleet[staging].clusters", 9),
        ("spec.horizon", "7h"),
    ],
)
def test_a_field_can_be_set(scenario, path, value):
    other = replaced(scenario, {path: value})
    assert value_at(other, resolve(other, path)) == value
    assert value_at(scenario, resolve(scenario, path)) != value and other.digest() != scenario.digest()
    assert other.variants == [], "they were made for the first"


def test_the_same_value_is_the_same_scenario(scenario):
    assert replaced(scenario, {"spec.changes[sysctl].rollout.stages[0].bake": "10m"}).digest() == scenario.digest()


def test_several_at_once_and_nothing_takes_away(scenario):
    other = replaced(scenario, {"spec.horizon": "5h", "spec.changes[sysctl].rollout.stages[america].over": None})
    assert other.spec.horizon == 5 * 3600 and not other.spec.changes[0].rollout.stages[2].over


def test_a_variant_stays_one(scenario):
    other = replaced(scenario.variant("longer-bake"), {"spec.horizon": "5h"})
    assert other.variant_name == "longer-bake" and other.spec.changes[0].rollout.stages[0].bake == 3600


def test_a_key_with_a_dot():
    text = """
    apiVersion: paddock/v1alpha1
    kind: Scenario
    metadata: {name: x}
    spec:
      fleet: [{name: a, pools: [{name: w, nodes: 6}]}]
      changes: [{name: c, select: {cluster.nodes: {above: 3}}}]
    """
    scenario = Scenario.parse(text)
    path = "spec.changes[c].select.cluster.nodes.above"
    assert resolve(scenario, path)[-2:] == ("cluster.nodes", "above")
    assert replaced(scenario, {path: 5}).digest() != scenario.digest()


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("spec.changes[sysctll].rollout", "nothing in spec.changes is named 'sysctll'; did you mean 'sysctl'?"),
        ("spec.changs", "there is no field 'changs' in spec; did you mean 'changes'?"),
        (
            "spec.changes[0].rollout.stages[0].bke",
            "in spec.changes[sysctl].rollout.stages[staging]; did you mean 'bake'?",
        ),
        ("spec.changes.rollout", "spec.changes is a list; say which item: [sysctl]"),
        ("spec.changes[9].at", "spec.changes has 1 items, numbered from 0"),
        ("spec.horizon[0]", "spec.horizon is not a list"),
        ("spec.faults[x].name", "spec.faults is not written in this scenario"),
        ("spec", "a path leads to a field below spec"),
        ("metadata.name", "a path leads to a field below spec"),
        ("", "is not a path"),
        ("spec..x", "is not a path"),
    ],
)
def test_a_path_that_leads_nowhere_names_the_nearest(scenario, path, said):
    with pytest.raises(UnknownPath) as refused:
        resolve(scenario, path)
    assert said in str(refused.value)


def test_a_part_of_what_is_one_word(scenario):
    with pytest.raises(UnknownPath, match="no field 'x' in spec.horizon|write it as a map"):
        replaced(scenario, {"spec.horizon.x": 1})


def test_a_value_that_can_not_be_is_told_with_its_path(scenario):
    path = "spec.changes[sysctl].rollout.stages[0].bake"
    with pytest.raises(InvalidScenario) as refused:
        replaced(scenario, {path: 5})
    (mistake,) = refused.value.mistakes
    assert mistake.path == "spec.changes[sysctl].rollout.stages[staging].bake" and "needs a unit" in mistake.message
    assert refused.value.source.endswith(f"with {path}=5")


def test_values_as_they_are_written():
    assert listed("10m, 3,5%,{lognormal: {median: 5m, sigma: 1}},off") == [
        "10m",
        3,
        "5%",
        {"lognormal": {"median": "5m", "sigma": 1}},
        "off",
    ]
    assert values_from(["spec.a=3", "spec.b[c].d = x=y"]) == {"spec.a": 3, "spec.b[c].d": "x=y"}
    assert assignment("a=b=c") == ("a", "b=c")


@pytest.mark.parametrize(
    ("text", "said"),
    [("a", "PATH=VALUE"), ("a=", "PATH="), ("=1", "PATH="), ("a=1,2", "one value"), ("a={", "not a list of values")],
)
def test_values_that_are_none(text, said):
    with pytest.raises(UnknownPath, match=said):
        values_from([text])
