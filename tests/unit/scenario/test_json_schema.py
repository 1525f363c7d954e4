"""The JSON Schema accepts what Paddock accepts, and an editor can use it."""

import json
import re

import jsonschema
import pytest

from simulator import Scenario
from simulator.facts import format_duration, parse_duration
from simulator.scenario import yaml as tree
from simulator.scenario.base import DURATION_PATTERN
from simulator.scenario.document import library
from simulator.scenario.schema import FACT, json_schema


@pytest.fixture(scope="module")
def schema():
    return json_schema()


@pytest.fixture(scope="module")
def validator(schema):
    return jsonschema.Draft202012Validator(schema)


def test_it_is_a_valid_schema(schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    json.dumps(schema, allow_nan=False)


@pytest.mark.parametrize("name", library())
def test_every_library_scenario_fits(name, validator):
    data = tree.data(tree.parse(library()[name].read_text(encoding="utf-8"), name))
    assert [error.message for error in validator.iter_errors(data)] == []


@pytest.mark.parametrize("name", library())
def test_what_is_written_back_fits(name, validator):
    assert validator.is_valid(Scenario.load(name).to_data())


def test_every_reference_leads_somewhere(schema):
    named = set(re.findall(r'"#/\$defs/([^"]+)"', json.dumps(schema)))
    assert named <= schema["$defs"].keys()


def test_names_are_for_people(schema):
    assert all(re.fullmatch(r"[A-Za-z]+", name) for name in schema["$defs"])


def test_a_default_from_a_fact_is_written_with_its_unit(schema):
    interval = schema["$defs"]["Kustomization"]["properties"]["interval"]
    assert interval["default"] == "10m" and interval[FACT] == "flux.bootstrap.kustomization_interval"


@pytest.mark.parametrize("text", ["90s", "5m", "2d4h", "1h30m", "1.5h", "750ms", "1w", "", "90", "4h2d", "5x", "5m5m"])
def test_the_pattern_of_a_duration_is_its_grammar(text):
    try:
        parse_duration(text)
        valid = True
    except ValueError:
        valid = False
    assert bool(re.fullmatch(DURATION_PATTERN, text)) == valid


@pytest.mark.parametrize("seconds", [0.0, 0.25, 1, 59.5, 3600, 93784.125])
def test_the_pattern_takes_what_is_written(seconds):
    assert re.fullmatch(DURATION_PATTERN, format_duration(seconds))
