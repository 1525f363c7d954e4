"""`paddock compare`, `replicate`, `sweep`, `sensitivity`: summaries, documents, files, mistakes."""

import json
import re
import shlex

import pandas as pd
import pytest

BAKE = "spec.changes[sysctl].rollout.stages[0].bake"
FOR = "spec.alerts[nodes-bad].for"
FEW = ("--replications", 4, "--jobs", 1)


def test_compare_answers_first(paddock, small):
    outcome = paddock("compare", small, "--variant", "later", *FEW, "--event", "bad_node_hours>0")
    lines = outcome.out.splitlines()
    assert outcome.code == 0 and lines[0] == "A small one" and "later" in lines[2]
    assert "4 replications, as asked for." in lines
    assert any(line.startswith("Terminating: each run goes") for line in lines)
    assert "VARIANCE RATIO" in outcome.out and "(≤ " in outcome.out
    assert "P(bad_node_hours>0) in later: 100 % (25 % to 100 %)" in lines, "3/n, from above"
    assert "warning: later: 4 pairs are few for this interval" in outcome.err


def test_the_replayed_run_is_the_one_of_the_study(paddock, small):
    outcome = paddock("compare", small, "--variant", "later", *FEW, "--set", f"{FOR}=2m", "--json")
    for row in outcome.document["replay"]:
        words = shlex.split(row["command"])
        assert words[0] == "paddock" and f"{FOR}=2m" in words
        again = paddock(*words[1:], "--json").document
        assert again["metrics"]["bad_node_hours"] == row["value"]


def test_the_document(paddock, small):
    document = paddock("compare", small, "--variant", "base", "--variant", "later", *FEW, "--json").document
    assert [arm["name"] for arm in document["arms"]] == ["base", "later"]
    row = next(r for r in document["differences"] if r["metric"] == "mttr")
    assert {"difference", "low", "high", "variance_ratio", "variance_ratio_bound", "p_better", "p_adjusted"} <= set(row)
    changed = [line.strip("+- ") for line in document["changes"]["later"].splitlines() if line[0] in "+-"][2:]
    assert changed == ["at: 10m", "at: 1h10m"]
    assert not re.search(r"elapsed|seconds_taken|jobs|workers", json.dumps(document))


def test_equal_inputs_give_equal_bytes_wherever_they_run(paddock, small, tmp_path):
    alone = paddock("compare", small, "--variant", "later", *FEW, "--json", "--no-store").out
    assert paddock("compare", small, "--variant", "later", "--replications", 4, "--jobs", 2, "--json").out == alone
    assert paddock("compare", small, "--variant", "later", *FEW, "--json", "--store", tmp_path / "s").out == alone
    assert list((tmp_path / "s").rglob("*.parquet"))


def test_files(paddock, small, tmp_path):
    outcome = paddock("compare", small, "--variant", "later", *FEW, "--out", "o")
    folder = tmp_path / "o"
    assert outcome.out.splitlines()[-1] == "Report: o/report.html"
    assert {file.name for file in folder.iterdir()} == {
        "report.html",
        "study.json",
        "runs.csv",
        "summary.csv",
        "differences.csv",
    }
    assert len(pd.read_csv(folder / "runs.csv")) == 8
    assert "STRESS-DES" in (folder / "report.html").read_text(encoding="utf-8")


def test_replicate(paddock, small):
    outcome = paddock("replicate", small, "--precision", 0.9, "--metric", "mttr", "--jobs", 1, "--variant", "later")
    assert outcome.code == 0 and "Mean time to recover is" in outcome.out and "95 % INTERVAL" in outcome.out
    assert "15 replications: the half width was at most 0.9 of the mean at 10 and for 5 more." in outcome.out


def test_steady_state(paddock, small):
    outcome = paddock("replicate", small, *FEW, "--steady", "--warmup", "3h")
    assert "Steady state" in outcome.out and "3 h of each (as asked for) are left out; 1 h remain" in outcome.out
    assert "Service availability" in outcome.out and "Bad node-hours" not in outcome.out


def test_sweep(paddock, small):
    outcome = paddock("sweep", small, "--vary", f"{BAKE}=5m,20m", "--vary", f"{FOR}=1m,2m", *FEW)
    assert outcome.code == 0 and "FRONTIER" in outcome.out and outcome.out.count("20m") >= 2
    points = paddock("sweep", small, "--vary", f"{BAKE}=5m,20m", *FEW, "--json").document["points"]
    assert [point["settings"] for point in points] == [{BAKE: "5m"}, {BAKE: "20m"}]


def test_sensitivity(paddock, small, tmp_path):
    vary = ("--vary", f"{FOR}=1m..3m", "--vary", "spec.onCall.decision=1m..20m")
    outcome = paddock("sensitivity", small, *vary, *FEW, "--trajectories", 2, "--out", "o")
    assert outcome.code == 0 and "One at a time" in outcome.out and "(Morris)" in outcome.out
    assert {"tornado.csv", "morris.csv", "report.html"} <= {file.name for file in (tmp_path / "o").iterdir()}
    document = paddock("sensitivity", small, *vary, *FEW, "--method", "one-at-a-time", "--json").document
    assert len(document["tornado"]) == 2 and document["morris"] == [] and len(document["summary"]) > 5


def test_an_interruption_says_what_was_kept(paddock, small, monkeypatch):
    from simulator.study import workers
    from simulator.study.observation import observe

    made = []

    def interrupted(batch):
        if len(made) == 3:
            raise KeyboardInterrupt
        made.append(batch)
        return observe(batch)

    monkeypatch.setattr(workers, "observe", interrupted)
    outcome = paddock("replicate", small, "--replications", 6, "--jobs", 1)
    assert outcome.code == 130
    assert outcome.err.splitlines()[-3:] == [
        "3 of 6 runs are done and kept; the same command goes on from there",
        "",
        "interrupted",
    ]
    made.clear()
    assert paddock("replicate", small, "--replications", 6, "--jobs", 1).code == 0 and len(made) == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["compare"], "say what to compare: --variant NAME (variants of small.yaml: later)"),
        (["compare", "--variant", "latter"], "no variant 'latter'; there are later"),
        (["compare", "--variant", "later", "--variant", "later"], "named twice"),
        (["compare", "--variant", "later", "--metric", "mtr"], "did you mean 'mttr'"),
        (["compare", "--variant", "later", "--jobs", 2, "--dask", "tcp://x:1"], "exclude each other"),
        (["compare", "--variant", "later", "--replications", 2, "--precision", 0.1], "exclude each other"),
        (["compare", "--variant", "later", "--jobs", 0], "at least one process"),
        (["compare", "--variant", "later", "--correction", "x"], "holm, bonferroni, none"),
        (["replicate", "--replications", 2, "--event", "mttr"], "write METRIC>VALUE"),
        (["replicate", "--replications", 2, "--event", "mttr>soon"], "not a duration"),
        (["replicate", "--replications", 2, "--event", "mtrt>1h"], "did you mean 'mttr'"),
        (["replicate", "--precision", 5], "between 0 and 1"),
        (["replicate", "--out", "small.yaml"], "--out names a directory"),
        (["replicate", "--store", "small.yaml"], "can't be written"),
        (["replicate", "--set", "spec.horizn=1h"], "did you mean 'horizon'"),
        (["replicate", "--steady", "--warmup", "9h", "--replications", 2], "leaves nothing of a run"),
        (["sweep", "--vary", f"{BAKE.replace('bake', 'bke')}=5m"], "did you mean 'bake'"),
        (["sweep", "--vary", f"{BAKE}=5"], "a duration needs a unit"),
        (["sweep", "--vary", BAKE], "is not PATH=VALUE"),
        (["sweep", "--vary", f"{BAKE}=5m", "--vary", f"{BAKE}=6m"], "varied twice"),
        (["sweep"], "--vary"),
        (["sensitivity"], "level: uncertain"),
        (["sensitivity", "--vary", f"{BAKE}=5m"], "LOW..HIGH"),
        (["sensitivity", "--vary", f"{BAKE}=5m..5%"], "one kind"),
        (["sensitivity", "--vary", f"{FOR}=1m..2m", "--method", "sobol"], "one-at-a-time"),
    ],
)
def test_mistakes_are_lines(paddock, small, arguments, said):
    command, *rest = arguments
    outcome = paddock(command, "small.yaml", *rest)
    assert (outcome.code, outcome.out) == (2, "") and said in outcome.err and "Traceback" not in outcome.err
