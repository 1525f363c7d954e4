import json
import multiprocessing
import os
import signal
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from labs.runner import grades, store
from labs.runner.lab.lab import open_lab
from labs.runner.store import locks, progress, score
from labs.runner.store.progress import Attempt, Progress
from simulator.cli.console import Problem

TINY = open_lab(Path(__file__).parent / "data" / "tiny")


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("PADDOCK_DATA", str(tmp_path))
    return tmp_path


def begin(known, id="a1", status=progress.RUNNING):
    attempt = Attempt(id, "tiny", TINY.folder, 7, {"word": "a-b"}, time.time(), time.time() + 60)
    known.begin(attempt)
    if status == progress.RUNNING:
        known.started(attempt, {"engine": {}})
    return attempt


def test_attempts_are_appended_and_found_again():
    known = Progress()
    attempt = begin(known)
    known.log(attempt, "check", 1, "fail")
    again = Progress()
    assert again.running("tiny") == attempt
    assert [event.kind for event in again.events(attempt)] == ["check"]
    known.end(attempt)
    assert again.running("tiny") is None
    begin(known, "a2")
    assert [found.id for found in again.attempts("tiny")] == ["a1", "a2"]


@pytest.mark.parametrize(
    ("events", "points", "passed", "assisted"),
    [
        ([], 0, False, False),
        ([("check", "fail"), ("check", "error")], 0, False, False),
        ([("check", "fail"), ("check", "pass"), ("check", "fail")], 10, True, False),
        ([("solve", None), ("check", "pass")], 0, True, True),
        ([("check", "pass"), ("solve", None)], 10, True, False),
    ],
)
def test_what_a_step_is_worth(events, points, passed, assisted):
    known = Progress()
    attempt = begin(known)
    for kind, verdict in events:
        known.log(attempt, kind, 1, verdict)
    first, second = score.scores(TINY.steps, known.events(attempt))
    assert (first.points, first.passed, first.assisted) == (points, passed, assisted)
    assert first.checks == sum(verdict in ("pass", "fail") for _, verdict in events)
    assert score.current_step([first, second]) == (2 if passed else 1)


def test_a_damaged_store_is_one_clear_message(data):
    file = store.folder() / "progress.sqlite"
    file.write_text("this is no database, however long one looks at it" * 100)
    with pytest.raises(Problem) as caught:
        Progress()
    assert str(file) in caught.value.message and "damaged" in caught.value.message
    assert "stop --all" in caught.value.hint


def test_a_data_folder_that_cant_be_made_is_one_clear_message(data, monkeypatch):
    (data / "file").write_text("")
    monkeypatch.setenv("PADDOCK_DATA", str(data / "file"))
    with pytest.raises(Problem, match="can't be made"):
        store.folder()


def test_the_owner_is_drawn_once():
    assert store.owner() == store.owner() != ""


def hold(id, ready):
    with locks.lab(id), locks.attempt(id):
        ready.set()
        time.sleep(60)


def test_a_lock_holds_others_off_and_a_killed_process_leaves_it():
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    other = context.Process(target=hold, args=("tiny", ready))
    other.start()
    try:
        assert ready.wait(30)
        assert locks.attempt_is_held("tiny")
        with pytest.raises(Problem, match="another command works on the lab 'tiny'"), locks.lab("tiny", wait=0.1):
            pass
    finally:
        os.kill(other.pid, signal.SIGKILL)
        other.join()
    assert not locks.attempt_is_held("tiny")
    with locks.lab("tiny", wait=0.1):
        pass


@pytest.fixture
def results():
    known = Progress()
    attempt = begin(known)
    known.log(attempt, "check", 1, "pass")
    known.log(attempt, "hint", 2, detail={"tier": 1})
    known.log(attempt, "solve", 2)
    known.log(attempt, "check", 2, "pass")
    return [grades.grade(TINY, attempt, known.events(attempt))]


def test_reports(results):
    (attempt,) = json.loads(grades.as_json(results))["attempts"]
    assert (attempt["points"], attempt["max_points"], attempt["assisted"]) == (10, 40, True)
    assert [entry["kind"] for entry in attempt["log"]] == ["check", "hint", "solve", "check"]
    header, row = grades.as_csv(results, "ann").splitlines()
    assert header == (
        "assignment,duedate,timestamp,student_id,last_name,first_name,email,"
        "raw_score,late_submission_penalty,score,max_score"
    )
    assert row.startswith("tiny,,") and row.endswith(",ann,,,,10,0,10,40")
    suite = ET.fromstring(grades.as_junit(results)).find("testsuite")
    assert (suite.get("tests"), suite.get("failures")) == ("2", "0")
    gradescope = json.loads(grades.as_gradescope(results))
    assert gradescope["score"] == 10
    assert [test["score"] for test in gradescope["tests"]] == [10, 0]


def test_the_best_attempt_counts_and_the_earlier_of_equals(results):
    (one,) = results
    later = grades.Result(**{**one.__dict__, "attempt": "b", "started": one.started + 1})
    assert grades.best([later, one]) == [one] and grades.best([]) == []
