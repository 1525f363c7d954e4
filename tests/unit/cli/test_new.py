"""`paddock new`: what it writes validates and runs."""

import os
import pty
import select
import subprocess
import sys
import time

import pytest

from simulator import Scenario
from simulator.cli.new import TROUBLES, scenario_text
from simulator.nodes import SYSTEMS


@pytest.mark.parametrize("clusters", [1, 3, 40])
@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("os_name", SYSTEMS)
def test_every_answer_makes_a_valid_scenario(os_name, trouble, clusters):
    scenario = Scenario.parse(scenario_text("mine", os_name, clusters, 4, trouble))
    assert sum(entry.clusters for entry in scenario.spec.fleet) == clusters
    assert len(scenario.variants) == 1


@pytest.mark.parametrize("trouble", TROUBLES)
def test_it_runs_and_what_goes_wrong_goes_wrong(trouble):
    run = Scenario.parse(scenario_text("mine", "talos", 12, 20, trouble)).run(seed=1)
    assert (run.metrics["bad_node_hours"] > 0) == (trouble != "nothing")


def test_its_comments_teach(paddock, tmp_path):
    paddock("new", "mine.yaml", "--yes")
    text = (tmp_path / "mine.yaml").read_text()
    assert text.count("#") > 10 and "paddock explain" in text and "name: mine" in text
    assert max(map(len, text.splitlines())) <= 120


def test_options_are_answers(paddock, tmp_path):
    outcome = paddock("new", "--name", "lab", "--os", "microos", "--clusters", 2, "--nodes", 7, "--trouble", "nothing")
    assert outcome.code == 0
    assert outcome.out.splitlines()[:2] == ["Wrote lab.yaml. Next:", "  paddock run lab.yaml"]
    pool = Scenario.load(tmp_path / "lab.yaml").spec.fleet[0].pools[0]
    assert (pool.os.name, pool.nodes) == ("microos", 7)


def test_what_it_proposes_next_works(paddock):
    for line in paddock("new", "--yes").out.splitlines()[1:]:
        assert paddock(*line.split()[1:]).code == 0


def test_it_does_not_overwrite(paddock, tmp_path):
    (tmp_path / "mine.yaml").write_text("precious")
    outcome = paddock("new", "mine.yaml", "--yes")
    assert (outcome.code, outcome.err) == (2, "error: mine.yaml exists already\n--force overwrites it.\n")
    assert (tmp_path / "mine.yaml").read_text() == "precious"
    assert paddock("new", "mine.yaml", "--yes", "--force").code == 0
    assert (tmp_path / "mine.yaml").read_text() != "precious"
    assert [file.name for file in tmp_path.iterdir()] == ["mine.yaml"], "nothing unfinished is left behind"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--os", "tallos"], "did you mean 'talos'?"),
        (["--trouble", "bad-imge"], "did you mean 'bad-image'?"),
        (["--name", "My Fleet"], "is not a name"),
        (["--clusters", "0"], "--clusters"),
        (["--nodes", "many"], "--nodes"),
        (["--clusters", "2000", "--nodes", "5000", "-y"], "2,000 clusters and 10,000,000 nodes; the limits are 20,000"),
        (["nowhere/mine.yaml"], "nowhere/mine.yaml can't be written: no such file or directory"),
        (["."], ". is a directory; name a file"),
    ],
)
def test_mistakes_are_lines(paddock, tmp_path, arguments, said):
    outcome = paddock("new", *arguments)
    assert outcome.code == 2 and outcome.err.startswith("error: ") and said in outcome.err
    assert not any(tmp_path.iterdir())


def test_questions_on_a_terminal(tmp_path):
    """A wrong answer is asked again; an empty one takes the default."""
    screen = _on_a_terminal(tmp_path, ["new"], ["first", "tallos", "microos", "", "5", "nothing"])
    scenario = Scenario.load(tmp_path / "first.yaml")
    assert scenario.spec.fleet[0].pools[0].os.name == "microos"
    assert scenario.spec.fleet[0].pools[0].nodes == 5
    assert "did you mean 'talos'?" in screen and "What goes wrong [bad-config]" in screen


def test_a_fleet_beyond_the_limits_is_asked_again(tmp_path):
    screen = _on_a_terminal(tmp_path, ["new"], ["first", "", "2000", "5000", "9", "nothing"])
    assert "the fleet would have 2,000 clusters and 10,000,000 nodes" in screen
    assert Scenario.load(tmp_path / "first.yaml").spec.fleet[0].pools[0].nodes == 9


def test_control_c_at_a_question(tmp_path):
    screen = _on_a_terminal(tmp_path, ["new"], ["\x03"], code=130)
    assert "interrupted" in screen and "Traceback" not in screen
    assert list(tmp_path.iterdir()) == []


def _on_a_terminal(folder, arguments, answers, code=0):
    """The command on a pseudo-terminal: waits for each question, types an answer."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", "from simulator.cli import main; main()", *arguments],
        cwd=folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env={**os.environ, "TERM": "dumb", "PYTHONPATH": os.pathsep.join(sys.path)},
        preexec_fn=lambda: __import__("fcntl").ioctl(0, __import__("termios").TIOCSCTTY, 0),
    )
    os.close(theirs)
    screen, answers, end = "", list(answers), time.monotonic() + 60
    interrupted = False
    while time.monotonic() < end:
        if not select.select([ours], [], [], 0.2)[0]:
            if process.poll() is not None:
                break
            if interrupted:  # on a busy machine the first may fall between two reads: press it again, as people do
                os.write(ours, b"\x03")
            continue
        try:
            screen += os.read(ours, 4096).decode(errors="replace")
        except OSError:  # the other end is closed
            break
        if answers and screen.rstrip(" ").endswith("]:"):
            answer = answers.pop(0)
            interrupted = answer == "\x03"
            os.write(ours, answer.encode() if answer == "\x03" else f"{answer}\n".encode())
            screen += "\n"
    process.wait(10)
    os.close(ours)
    assert process.returncode == code, screen
    return screen
