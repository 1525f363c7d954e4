"""Whatever is done to a scenario file: it is valid, or every mistake has a place. Never another exception."""

import copy
import re

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator import InvalidScenario, Scenario
from simulator.scenario import yaml as tree
from simulator.scenario.document import library

#: Values that nobody would write on purpose, and some that would be right elsewhere.
ODD = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        -1,
        1,
        3,
        10**6,
        10**17,
        0.5,
        -0.5,
        1e-300,
        1e300,
        float("inf"),
        float("nan"),
        "",
        " ",
        "0",
        "-5m",
        "5m",
        "0s",
        "90",
        "1e999",
        "100%",
        "0%",
        "250%",
        "1/y",
        "0/y",
        "9" * 400,
        "9" * 40 + "d",
        "a" * 5000,
        "größe",
        "\u202e\u0000x",
        "line\nbreak",
        "null",
        "prod",
        "api",
        "kubelet",
        "web",
        "talos",
        "microos",
        "push",
        "flux",
        "revert",
        "2026-03-02T09:00:00Z",
        "9999-12-31T23:59:59Z",
        "../../etc/passwd",
        "Europe/Berlin",
        "*",
        "&a",
        "<<",
        "!tag",
        [],
        {},
        [None],
        [[]],
        [{}],
        {"": None},
        {"name": None},
        {"name": "x"},
        {"above": 1},
        {"above": "x"},
        {"not": None},
        {"lognormal": {"median": "5m", "sigma": 1}},
        {"lognormal": {"median": 5, "sigma": 5}},
        {"exponential": {"mean": -3}},
        {"uniform": {"low": 5, "high": 1}},
        {"uniform": {"low": "1s", "high": "9h"}},
        {"triangular": {"low": 1, "mode": 1, "high": 1}},
        {"lognormal": None},
        {"engine": "flux"},
        {"name": "talos"},
        {"component": "api"},
        {"select": {"os.version": "1"}},
        {"os.version": "1.0.0"},
        {"cluster.nodes": {"above": 1e308}},
    ]
)
TEXTS = {name: path.read_text(encoding="utf-8") for name, path in library().items()}


def accepted_or_located(text: str) -> None:
    try:
        scenario = Scenario.parse(text, "fuzz.yaml")
    except InvalidScenario as error:
        assert error.mistakes
        for mistake in error.mistakes:
            assert mistake.line >= 1 and mistake.column >= 1
            assert mistake.message and str(mistake).isprintable(), str(mistake)
            assert len(str(mistake)) < 1000
        return
    assert re.fullmatch("[0-9a-f]{16}", scenario.digest())
    for variant in scenario.variants:
        scenario.variant(variant.name).digest()


def places(value, path=()):
    """Every place of a document, as a path."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in items:
        yield from places(below, (*path, key))


def at(document, path):
    for key in path:
        document = document[key]
    return document


@st.composite
def mutated(draw):
    """A scenario of the library with a few things wrong."""
    name = draw(st.sampled_from(sorted(TEXTS)))
    document = copy.deepcopy(tree.data(tree.parse(TEXTS[name], name)))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from([p for p in places(document) if p]))
        parent, key = at(document, path[:-1]), path[-1]
        what = draw(st.sampled_from(["replace", "replace", "replace", "remove", "rename", "double", "swap", "wrap"]))
        if what == "replace":
            parent[key] = copy.deepcopy(draw(ODD))
        elif what == "remove":
            del parent[key]
        elif what == "rename" and isinstance(parent, dict):
            parent[draw(st.sampled_from(["nmae", "", "0", "name", "größe", "a.b", "x\ny", "<<"]))] = parent.pop(key)
        elif what == "double" and isinstance(parent, list):
            parent.append(copy.deepcopy(parent[key]))
        elif what == "swap":
            parent[key] = copy.deepcopy(at(document, draw(st.sampled_from(list(places(document))))))
        elif what == "wrap":
            parent[key] = draw(st.sampled_from([[parent[key]], {"name": parent[key]}, {"patch": parent[key]}]))
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=draw(st.booleans()))


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated())
def test_a_scenario_with_a_few_things_wrong(text):
    accepted_or_located(text)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(TEXTS)), st.data())
def test_a_file_with_letters_wrong(name, data):
    text = TEXTS[name]
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(text)))
        cut = data.draw(st.integers(0, 8))
        new = data.draw(
            st.one_of(
                st.text(max_size=4),
                st.sampled_from(
                    [
                        "\t",
                        "\n",
                        "{",
                        "}",
                        "[",
                        "]",
                        ": ",
                        "- ",
                        "#",
                        "'",
                        '"',
                        "&a ",
                        "*a",
                        "!!x ",
                        "---\n",
                        "<<: ",
                        "%",
                        "\x00",
                        "\ufeff",
                        "? ",
                        "|\n",
                        ">\n",
                        "\u2028",
                        "~",
                        "1e999",
                        "? [a]: b\n",
                    ]
                ),
            )
        )
        text = text[:place] + new + text[place + cut :]
    accepted_or_located(text)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_any_text(text):
    accepted_or_located(text)


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [*a]",
        "? a\n: b",
        "{}",
        "[]",
        "~",
        "--- |\n x",
        "!!map {}",
        "!!set {a}",
        "!!binary aGk=",
        "<<: {a: b}",
        "<<: [*x]",
        "&a a: *a",
        "a: !!int x",
        "a: !!float x",
        "a: !!bool x",
        "a: !!null x",
        "\ufeffkind: Scenario",
        "kind: Scenario\r\nmetadata: {name: x}\r\n",
        "{" * 5000,
        "- " * 5000,
        "a: " * 3000,
        "%YAML 9.9\n---\na: b",
        "%TAG ! tag:x,2000:\n--- !a {}",
    ],
)
def test_odd_yaml(text):
    accepted_or_located(text)


def test_aliases_that_multiply_are_cut_short():
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
    )
    accepted_or_located(bomb)


def test_a_long_chain_of_requirements_is_no_circle():
    services = "".join(f"    - {{name: s{n}, requires: [{{component: s{n + 1}}}]}}\n" for n in range(3000))
    text = (
        "apiVersion: paddock/v1alpha1\nkind: Scenario\nmetadata: {name: chain}\nspec:\n"
        "  fleet: [{name: prod, pools: [{name: workers, nodes: 3}]}]\n  services:\n"
        + services
        + "    - {name: s3000}\n"
    )
    assert len(Scenario.parse(text).spec.services) == 3001
