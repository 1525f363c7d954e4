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


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nothing"),
        ("", "nothing"),
        ([], "nothing"),
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        (30.0, "30"),
        (0.5, "0.5"),
        (["n1"], "n1"),
        (["n1", None], "n1 and nothing"),
        (["n1", "n2", "n3"], "n1, n2 and n3"),
        (list("abcdef"), "a, b, c, d, e and f"),
        (list("abcdefg"), "a, b, c, d, e and 2 more"),
        ([["a", "b"], ["c"]], "a and b; c"),
        ({"healthz": "ok", "name": None}, "healthz: ok, name: nothing"),
        ({"edge": ["a", "b"], "store": []}, "edge: a and b; store: nothing"),
        ("two\n lines", "two lines"),
        ("sha256:" + "1a2b3c4d5e6f7890" * 4, "sha256:1a2b3c4d5e6f…"),
        (f"/deploy/{'0a' * 32}.0", f"/deploy/{'0a' * 6}….0"),
        ("1a2b3c4d5e6f7890", "1a2b3c4d5e6f7890"),
        ("x" * 500, "x" * 400 + "…"),
    ],
)
def test_values_are_shown_as_words(value, text):
    assert judging.shown(value) == text


def test_of_two_mappings_what_differs_is_shown():
    before = {"id": "1a2b3c4d5e6f7890" * 4, "state": "running", "user": None}
    assert judging.contrast({**before, "state": "paused"}, before) == ("state: paused", "state: running")
    assert judging.contrast({"id": 1}, {"id": 1, "new": True}) == ("new: nothing", "new: yes")
    assert judging.contrast(["a"], ["a", "b"]) == ("a", "a and b")


def test_a_long_list_is_cut_and_counted():
    judged = "from judging import equal\ndef judge(see):\n    yield equal('none', see['files'], [])\n"
    [criterion] = judge.judge(judged, [{"files": [f"usr/{number}" for number in range(1000)]}])[0]
    assert not criterion.passed and criterion.found[-2:] == ["usr/4", "995 more"]
    assert judging.shown(criterion.found) == "usr/0, usr/1, usr/2, usr/3, usr/4 and 995 more"
    assert judge.judge(judged, [{"files": [str(number) for number in range(20)]}])[0][0].found[-1] == "19"


def test_of_two_sets_is_told_what_one_has_more():
    judged = "from judging import same_set\ndef judge(see):\n    yield same_set('all', see['listed'], see['real'])\n"
    real = {"a": 1, "b": 1, "c": 1}
    listed = [["c", "a", "b"], ["c", "x"], []]
    judged = [one for [one] in judge.judge(judged, [{"listed": each, "real": real} for each in listed])]
    assert [one.passed for one in judged] == [True, False, False]
    assert [judging.contrast(one.found, one.wanted) for one in judged[1:]] == [
        ("missing: a and b; too much: x", "missing: nothing, too much: nothing"),
        ("missing: a, b and c", "missing: nothing"),
    ]


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
