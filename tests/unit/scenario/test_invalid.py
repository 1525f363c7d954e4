"""One invalid file for each kind of mistake in invalid/, and beside it the exact lines a user sees."""

from pathlib import Path

import jsonschema
import pytest

from simulator import InvalidScenario, Scenario
from simulator.scenario import yaml as tree
from simulator.scenario.schema import json_schema

FOLDER = Path(__file__).with_name("invalid")
FILES = sorted(FOLDER.glob("*.yaml"))

#: What JSON Schema can't say: it sees one place at a time, and only what a YAML reader hands on.
BEYOND_SCHEMA = {
    "working-hours-of-more-than-a-day",
    "off-hours-without-working-hours",
    "state-of-bad-nodes",
    "tag-by-an-object",
    "empty-render-that-removes",
    "capacity-of-what-is-down",
    "throttle-without-traffic",
    "scope-of-a-known-component",
    "argo-wave-as-carrier",
    "argo-wave-health",
    "barrier-of-a-commit",
    "change-after-the-end",
    "circle-of-depends-on",
    "circle-of-requirements",
    "rate-far-too-high",
    "rate-of-nothing",
    "cluster-name-twice",
    "date-wrong",
    "duration-without-end",
    "flapping-boot-stage",
    "flapping-disk",
    "fleet-of-a-million-nodes",
    "fleet-of-no-nodes",
    "fleet-of-too-many-clusters",
    "name-of-a-component",
    "edited-file-without-its-path",
    "empty-render-by-hand",
    "kured-time-zone",
    "lock-server-unknown",
    "name-twice",
    "number-of-nodes-negative",
    "pinned-replicas-without-nodes",
    "reference-in-an-alert",
    "reference-in-depends-on",
    "reference-in-requires",
    "reference-in-via",
    "reference-to-a-node-component",
    "rolling-sync-selects-nothing",
    "selector-compares-text",
    "selector-label-unknown",
    "selector-label-with-a-prefix",
    "selector-matches-nothing",
    "shards-without-a-hub",
    "status-that-nobody-tells",
    "time-zone-wrong",
    "variant-takes-away-what-is-needed",
    "variant-that-breaks-the-base",
    "variant-without-the-name-of-a-pool",
    "number-not-a-number",
    "order-of-a-revert",
    "order-selects-nothing",
    "people-too-few",
    "quota-of-a-reboot",
    "suspends-without-breaking-the-glass",
    "working-hours-of-no-time-zone",
}


@pytest.fixture(scope="module")
def validator():
    return jsonschema.Draft202012Validator(json_schema())


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_user_sees_these_lines(file, monkeypatch):
    monkeypatch.chdir(FOLDER)
    with pytest.raises(InvalidScenario) as caught:
        Scenario.load(file.name)
    assert caught.value.lines() == file.with_suffix(".txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_message_is_one_line_with_a_place(file):
    with pytest.raises(InvalidScenario) as caught:
        Scenario.load(file)
    for mistake in caught.value.mistakes:
        assert mistake.line >= 1 and mistake.column >= 1
        assert mistake.message.isprintable() and len(mistake.message) < 250
        assert mistake.path.isprintable()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_editor_with_the_schema_sees_it_too(file, validator):
    try:
        data = tree.data(tree.parse(file.read_text(encoding="utf-8"), file.name))
    except (InvalidScenario, UnicodeDecodeError):
        return  # no YAML for a scenario: an editor says so without a schema
    assert validator.is_valid(data) == (file.stem in BEYOND_SCHEMA)


def test_every_file_has_its_lines():
    assert {file.stem for file in FILES} == {file.stem for file in FOLDER.glob("*.txt")}
