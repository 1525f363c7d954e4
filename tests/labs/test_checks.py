import json
import time
from pathlib import Path

import pytest

from labs.runner.checks import judge
from labs.runner.checks.check import until_settled
from labs.runner.checks.inside import judging
from labs.runner.checks.verdict import Criterion, NoVerdict
from labs.runner.lab.lab import open_lab
from labs.runner.selftest import mutants, record
from labs.runner.selftest.record import Record
from labs.runner.selftest.run import Outcome, replay

TINY = Path(__file__).parent / "data" / "tiny"
JUDGE = """
from judging import equal, every, holds

def judge(see):
    yield equal("count", len(see.at("checker.items", [])), 2, pointer="count them")
    yield holds("big", every(see.at("checker.items", []), lambda item: item > 1), found=see.at("checker.items"))
"""


def seen(*items):
    return {"checker": {"items": list(items)}}


def outcomes(*evidence):
    return [[c.id for c in criteria if not c.passed] for criteria in judge.judge(JUDGE, evidence)]


def test_a_judge_is_a_function_of_the_evidence():
    assert outcomes(seen(2, 3), seen(1, 3), seen(2), seen(), {}) == [
        [], ["big"], ["count"], ["count", "big"], ["count", "big"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def judge(see:", "judge.py:1: SyntaxError"),
        ("def judge(see):\n    yield see['gone']\n", "judge.py:2: KeyError: 'gone'"),
        ("def judge(see):\n    return []\n", "yields no criteria"),
        ("def judge(see):\n    yield 1\n", "not 1"),
        ("from judging import *\ndef judge(see):\n    yield holds('a', 1)\n    yield holds('a', 1)\n", "two criteria"),
        ("print('x')\nfrom judging import *\ndef judge(see):\n    yield holds('a', 1)\n", "must not print"),
        ("import sys\nsys.exit(3)\n", "code 3"),
    ],
)
def test_a_broken_judge_gives_no_verdict(source, said):
    with pytest.raises(NoVerdict, match=said.replace("(", r"\(")):
        judge.judge(source, [{}])


def test_reading_evidence_never_raises():
    see = judging.Evidence({"a": {"b": [{"c": 1}, None]}})
    assert see.at("a.b.0.c") == 1
    assert see.at("a.b.7.c", "none") == see.at("a.b.1.c", "none") == see.at("a.x.y", "none") == "none"


def test_nothing_is_proven_by_an_empty_set_and_kinds_count():
    assert not judging.every([], bool) and not judging.every(None, bool) and judging.every([1], bool)
    assert not judging.equal("a", True, 1)["passed"] and not judging.equal("a", "1", 1)["passed"]


def looks(*states):
    """A look that finds one state after the other: which criteria fail, and how long each may take."""
    left = list(states)

    def once():
        failing = left.pop(0) if len(left) > 1 else left[0]
        return {}, [Criterion(name, False, within=within) for name, within in failing.items()] + [Criterion("ok", True)]

    return once


def test_only_what_may_take_a_while_is_looked_at_again():
    assert until_settled(looks({"slow": 5}, {"slow": 5}, {}), pause=0).tries == 3
    final = until_settled(looks({"slow": 5, "now": 0}, {}), pause=0)
    assert (final.outcome, final.tries) == ("fail", 1)
    began = time.monotonic()
    verdict = until_settled(looks({"slow": 0.2}), pause=0.05)
    assert verdict.outcome == "fail" and verdict.failing == ["slow"] and 0.2 <= time.monotonic() - began < 2


def records(*states):
    return [
        Record(1, state, accept, [Criterion(name, name not in failing) for name in ("a", "b", "c")])
        for state, accept, failing in states
    ]


def test_a_mutant_is_killed_by_a_state_in_which_its_criterion_alone_fails():
    found = mutants.mutants(
        records(("fresh", False, "abc"), ("trap one", False, "a"), ("trap two", False, "bc"), ("solution", True, ""))
    )
    assert [(mutant.criterion, mutant.killed_by) for mutant in found] == [("a", "trap one"), ("b", None), ("c", None)]
    outcome = Outcome("x", mutants=found)
    assert (outcome.killed, round(outcome.share, 2), outcome.passed) == (1, 0.33, False)
    assert outcome.as_dict()["survivors"] == ["step 1: b", "step 1: c"]


def test_a_solution_never_kills():
    assert not mutants.mutants(records(("solution", True, "a")))[0].killed_by


def test_a_judge_that_returns_early_is_found_out():
    early = [
        Record(2, "fresh", False, [Criterion("a", False)]),
        Record(2, "x", True, [Criterion("a", True), Criterion("b", True)]),
    ]
    assert mutants.inconsistent(early)[0].startswith(
        "step 2: judge.py yields other criteria in the states 'fresh' and 'x'"
    )
    assert mutants.inconsistent(records(("fresh", False, "a"), ("x", True, ""))) == []


def test_kept_evidence_tests_a_judge_without_machines(tmp_path):
    kept = [
        Record(1, "fresh", False, [], {"checker": {"word": ""}, "web": {"state": "began"}, "values": {"word": "a-b"}}),
        Record(
            1, "trap lost", False, [], {"checker": {"word": "a-b"}, "web": {"state": "none"}, "values": {"word": "a-b"}}
        ),
        Record(
            1, "solution", True, [], {"checker": {"word": "a-b"}, "web": {"state": "began"}, "values": {"word": "a-b"}}
        ),
    ]
    record.write(tmp_path, [*kept, Record(2, "of an earlier time", True)])
    record.write(tmp_path, kept)
    lab = open_lab(TINY)
    outcome = replay(lab, record.read(tmp_path))
    assert outcome.findings == ["step 2: no evidence"]
    assert (len(outcome.mutants), outcome.killed) == (2, 2)

    wrong = json.loads((tmp_path / "step1-000-fresh.json").read_text())
    wrong["accept"] = True
    (tmp_path / "step1-000-fresh.json").write_text(json.dumps(wrong))
    assert "step 1: 'fresh' should be accepted" in replay(lab, record.read(tmp_path)).findings
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(ValueError, match="no recorded evidence"):
        record.read(tmp_path)
