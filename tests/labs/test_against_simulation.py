"""Measured times beside simulated ones: what counts, what lies inside, what is refused."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from labs.cli import app
from labs.runner.against_simulation import picture, times
from labs.runner.against_simulation.times import Times
from labs.runner.checks.verdict import Verdict
from labs.runner.lab.catalogue import CATALOGUE
from labs.runner.lab.spec import LabSpec
from labs.runner.store.progress import RUNNING, Attempt, Event, Progress

SIMULATION = {
    "settings": {"spec.gitops.interval": "20s", "spec.gitops.apply": "5s"},
    "measures": {
        "to-live": {"title": "From the push to what runs", "lag": "release"},
        "to-healed": {"title": "From the edit to its end", "correction": "edit"},
    },
}


def spec(mirrors: str = "pull-loop", simulation: dict | None = None) -> LabSpec:
    least = {"minutes": 10, "difficulty": "beginner", "objectives": ["x"], "machine": "m", "steps": [{}]}
    return LabSpec.model_validate({**least, "mirrors": mirrors, "simulation": simulation or SIMULATION})


def check(number: int, measured: dict) -> Event:
    return Event(number, "a", 0.0, "check", 1, "pass", {"measured": measured})


def test_a_verdict_collects_what_observers_have_measured():
    seen = {"checker": {"measured": {"to-live": [1, 2]}}, "node": {"measured": {"to-live": [3.5]}}, "engine": {"n": {}}}
    assert Verdict("pass", evidence=seen).measured == {"to-live": [1.0, 2.0, 3.5]}
    assert Verdict("error").as_dict()["measured"] == {}


def test_the_last_check_of_an_attempt_tells_of_all_its_times():
    events = [check(1, {"to-live": [4.0]}), check(2, {"to-live": [4.0, 9.0], "to-healed": [7.0]}), check(3, {})]
    assert times.measured(events) == {"to-live": [4.0, 9.0], "to-healed": [7.0]}


def test_the_scenario_runs_with_the_labs_own_settings():
    live, healed = times.compare(spec(), [[check(1, {"to-live": [15.0]})], [check(1, {"to-live": [16.0, 30.0]})]])
    # A wait is uniform from 0 to the interval, and an apply comes after it.
    assert live.simulated.min() >= 5.0 and live.simulated.max() <= 25.0
    assert live.interval == pytest.approx((7.0, 23.0), abs=1.0)
    assert live.measured.tolist() == [15.0, 16.0, 30.0] and live.median == 16.0 and live.inside
    assert healed.median is None and healed.inside is None and len(healed.simulated) == 500


def test_what_lies_outside_is_said_to():
    assert not Times("x", "x", np.array([9.5]), np.arange(10.0)).inside
    assert Times("x", "x", np.array([9.5]), np.arange(10.0), resolution=2.0).inside


def test_a_component_is_down_from_and_until():
    found = times.compare(
        spec(
            "quorum-loss",
            {
                "measures": {
                    "refused": {"title": "refused", "begins": "etcd", "since": "1h"},
                    "back": {"title": "back", "ends": "etcd", "since": "90m"},
                }
            },
        ),
        [],
    )
    assert np.unique(found[0].simulated).tolist() == [0.0]
    assert 0.0 < found[1].simulated.min() < found[1].simulated.max() < 2.0


def test_the_picture_is_one():
    drawn = picture.as_png("Lab", times.compare(spec(), [[check(1, {"to-live": [15.0]})]]))
    with Image.open(io.BytesIO(drawn)) as image:
        assert image.size[0] > 600 and len(image.convert("L").getcolors()) > 20


@pytest.mark.parametrize(
    "measure",
    [{}, {"lag": "a", "correction": "b"}, {"begins": "etcd"}, {"lag": "a", "since": "1h"}],
)
def test_a_measure_is_one_thing(measure):
    with pytest.raises(ValueError, match="exactly one of|since is needed"):
        spec(simulation={"measures": {"x": {"title": "x", **measure}}})


@pytest.fixture
def report(tmp_path, monkeypatch):
    monkeypatch.setenv("PADDOCK_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, ["report", *arguments])


def test_the_command_gives_a_table_or_json_and_a_picture(report, tmp_path):
    known = Progress()
    made = Attempt("a1", "etcd-quorum-loss", CATALOGUE / "etcd-quorum-loss", 1, {}, 0.0, 1e12)
    known.begin(made)
    known.started(made, {})
    assert made.status == RUNNING
    known.log(made, "check", 2, "pass", {"measured": {"restored-to-writes": [0.7]}})
    said = report("etcd-quorum-loss", "--against-simulation")
    assert said.exit_code == 0, said.output
    assert "0.70" in said.output and "etcd-quorum-loss-against-simulation.png" in said.output
    assert (tmp_path / "etcd-quorum-loss-against-simulation.png").read_bytes().startswith(b"\x89PNG")
    found = json.loads(report("etcd-quorum-loss", "--against-simulation", "--format", "json", "-o", "p.png").stdout)
    assert found["scenario"] == "quorum-loss" and (tmp_path / "p.png").exists()
    assert {one["name"]: one["measured"] for one in found["times"]}["restored-to-writes"] == [0.7]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--against-simulation"], "needs a lab"), (["x", "--against-simulation", "-f", "csv"], "a table or json")],
)
def test_mistakes_are_told(report, arguments, said):
    made = report(*arguments)
    assert made.exit_code and said in str(made.exception or made.output)
