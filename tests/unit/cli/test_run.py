"""`paddock run`: the summary, the files, the document."""

import json
import os

import pandas as pd
import pytest

from simulator.cli.console import plain
from simulator.cli.run import TABLES

ERROR = "error: "


def test_the_summary_answers_first_and_ends_with_the_way_to_more(paddock, small):
    outcome = paddock("run", small)
    lines = outcome.out.splitlines()
    assert (outcome.code, outcome.err) == (0, "")
    assert lines[0] == "A small one"
    assert "sysctl" in lines[2]
    assert "METRIC" in outcome.out and "Bad node-hours" in outcome.out and "node-h" in outcome.out
    assert all(word in outcome.out for word in ("DETECTED", "DECIDED", "RECOVERED", "VERDICT", "staging"))
    steps = lines[next(k for k, line in enumerate(lines) if line.endswith("INCIDENT 1 STEP BY STEP")) + 1 :]
    assert "the change sysctl is merged" in steps[0] and "sysctl takes hold of" in steps[1]
    assert lines[-1] == f"Report and tables: paddock run {small} --out DIR"


def test_lines_end_where_their_text_does(paddock, small):
    assert all(line == line.rstrip() for line in paddock("run", small).out.splitlines())


def test_a_variant_says_its_name(paddock, small):
    outcome = paddock("run", small, "--variant", "later", "--seed", 3)
    assert outcome.out.splitlines()[1] == "Variant later: An hour later"
    assert outcome.out.splitlines()[-1].endswith("--variant later --seed 3 --out DIR")


def test_the_document(paddock, small):
    document = paddock("run", small, "--json", "--seed", 5, "--replication", 2, "--variant", "later").document
    assert list(document) == [
        "scenario",
        "variant",
        "seed",
        "replication",
        "version",
        "digest",
        "metrics",
        "changes",
        "stages",
        "incidents",
        "timeline",
    ]
    assert (document["scenario"], document["variant"], document["seed"], document["replication"]) == (
        "small",
        "later",
        5,
        2,
    )
    assert document["changes"][0]["change"] == "sysctl"
    assert [stage["stage"] for stage in document["stages"]] == ["staging", "prod"]
    assert document["metrics"]["vulnerable_node_days"] is None, "no OS release: NaN, which JSON has no word for"


def test_equal_inputs_give_equal_bytes(paddock, small):
    assert paddock("run", small, "--json").out == paddock("run", small, "--json").out
    assert paddock("run", small, "--json").out != paddock("run", small, "--json", "--seed", 2).out


def test_files(paddock, small, tmp_path):
    outcome = paddock("run", small, "--out", "results/first")
    folder = tmp_path / "results" / "first"
    assert outcome.out.splitlines()[-1] == f"Report: {os.path.join('results', 'first', 'report.html')}"
    assert {file.name for file in folder.iterdir()} == {
        "report.html",
        "metrics.json",
        *(f"{t}.csv" for t in TABLES),
    }
    assert len(pd.read_csv(folder / "nodes.csv")) == 13
    metrics = json.loads((folder / "metrics.json").read_text())["metrics"]
    assert metrics["mttd"]["unit"] == "s" and metrics["mttd"]["definition"]
    assert "A small one" in (folder / "report.html").read_text(encoding="utf-8")


def test_files_are_the_same_each_time(paddock, small, tmp_path):
    for name in ("a", "b"):
        paddock("run", small, "--out", name)
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes(), file.name


def test_files_and_document_at_once(paddock, small, tmp_path):
    assert paddock("run", small, "--out", "a", "--json").document["scenario"] == "small"
    assert (tmp_path / "a" / "report.html").exists()


def test_standard_input(paddock, small, monkeypatch):
    with small.open("rb") as file:
        monkeypatch.setattr("sys.stdin", type("Stdin", (), {"buffer": file}))
        assert paddock("run", "-").out.startswith("A small one")


def test_a_folder_of_the_same_name_does_not_hide_the_library(paddock, tmp_path):
    (tmp_path / "homelab").mkdir()
    assert paddock("validate", "homelab").code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["bad-sysct"], "no library scenario of that name; did you mean 'bad-sysctl'?"),
        (["nope.yaml"], "nope.yaml: no such file"),
        (["."], "this is a directory"),
        (["small.yaml", "--variant", "latter"], "no variant 'latter'; there are later"),
        (["small.yaml", "--out", "small.yaml"], "small.yaml is a file; --out names a directory"),
        (["small.yaml", "--out", "small.yaml/below"], "small.yaml/below can't be written: not a directory"),
        (["small.yaml", "--seed", "-1"], "--seed"),
        (["small.yaml", "--seed", "one"], "--seed"),
        (["small.yaml", "--sed", "1"], "--seed"),
        ([], "SCENARIO"),
    ],
)
def test_mistakes_are_lines(paddock, small, arguments, said):
    outcome = paddock("run", *arguments)
    assert outcome.code == 2
    assert outcome.err.startswith(ERROR) and said in outcome.err
    assert "Traceback" not in outcome.err and not outcome.out


def test_an_invalid_file_says_where(paddock, small):
    small.write_text(small.read_text().replace("horizon: 4h", "horizon: 4"))
    outcome = paddock("run", "small.yaml")
    assert outcome.code == 2
    assert outcome.err.splitlines() == [
        "small.yaml:5:12: spec.horizon: a duration needs a unit: 4s, 4m or 4h",
        "error: small.yaml has 1 mistake",
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(paddock, small, tmp_path):
    (tmp_path / "closed").mkdir(mode=0o500)
    outcome = paddock("run", small, "--out", "closed")
    assert (outcome.code, outcome.err) == (2, "error: closed can't be written: permission denied\n")


def test_a_full_disk_is_said_plainly(paddock, small, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("simulator.cli.files.os.replace", full)
    outcome = paddock("run", small, "--out", "a")
    assert outcome.code == 1 and outcome.err.endswith("can't be written: no space left on device\n")


def test_what_json_has_no_word_for():
    assert plain({"a": float("nan"), "b": [float("inf"), pd.NaT], "c": pd.Timestamp("2026-03-02", tz="UTC")}) == {
        "a": None,
        "b": [None, None],
        "c": "2026-03-02T00:00:00+00:00",
    }
