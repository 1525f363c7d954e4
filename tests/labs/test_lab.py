import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from labs.runner.format import InvalidLab
from labs.runner.lab import machines, scripts, skeleton, values
from labs.runner.lab.catalogue import CATALOGUE
from labs.runner.lab.lab import open_lab
from labs.runner.lab.lint import lint
from labs.runner.lab.spec import Needs, Value
from labs.runner.running import attempt, images
from simulator.cli.console import Problem

TINY = Path(__file__).parent / "data" / "tiny"


@pytest.fixture
def tiny(tmp_path):
    """A copy of the tiny lab, to be broken."""
    return Path(shutil.copytree(TINY, tmp_path / "tiny"))


def said(folder: Path, *levels: str) -> list[str]:
    return [str(notice) for notice in lint(open_lab(folder)) if notice.level in (levels or ("error", "warning"))]


def test_the_tiny_lab_is_clean():
    assert said(TINY) == []


@pytest.mark.parametrize(
    "folder", sorted(path.parent for path in CATALOGUE.glob("*/index.json")), ids=lambda path: path.name
)
def test_labs_of_the_catalogue_have_no_errors(folder):
    assert said(folder, "error") == []


def test_a_new_lab_passes_lint(tmp_path):
    skeleton.write(tmp_path / "mine", "Mine", 2)
    assert said(tmp_path / "mine") == []
    assert len(open_lab(tmp_path / "mine").steps) == 2


def test_a_new_lab_never_overwrites_and_needs_a_name(tmp_path):
    for name in ("tmp", "Not A Name"):
        (tmp_path / "tmp").mkdir(exist_ok=True)
        with pytest.raises(Problem):
            skeleton.write(tmp_path / name, "", 1)


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        (
            "step1/judge.py",
            "def judge(see):\n    return\n    yield equal('a', see, 1)\n",
            "judge.py:2: error: an early return",
        ),
        (
            "step1/judge.py",
            "def judge(see):\n  yield holds('a', all(see))\n",
            "judge.py:2: error: all(...) is true of nothing",
        ),
        (
            "step1/judge.py",
            "def judge(see):\n  yield holds('a', True)\n",
            "judge.py:2: error: this criterion does not depend",
        ),
        (
            "step1/judge.py",
            "def judge(see):\n  yield holds('a', see and 1)\n",
            "judge.py:2: warning: `and` makes one criterion",
        ),
        ("step1/judge.py", "import os\ndef judge(see):\n  yield holds('a', see)\n", "judge.py:1: error: imports os"),
        ("step1/judge.py", "def judge(see):\n  yield holds(see, see)\n", "judge.py:2: error: the id of a criterion"),
        ("step1/judge.py", "def judge(see:\n", "judge.py:1: error: is not Python"),
        ("step1/judge.py", "x = 1\n", "judge.py: error: needs a function judge(see)"),
        ("step1/verify.sh", "exec paddock-check 1\ntrue\n", "verify.sh: error: must be the one line"),
        ("step1/observe.sh", "grep curl ~/.bash_history\n", "observe.sh:1: error: looks into the shell's history"),
        ("step1/observe.nobody.sh", "echo\n", "observe.nobody.sh: error: no such machine: nobody"),
        ("step1/solution.sh", "#@ engine fly web\n", "solution.sh:1: error: '#@ engine fly web': unknown action"),
        (
            "step1/solution.sh",
            "#@ nobody\ntrue\n",
            "solution.sh:1: error: '#@ nobody': no such machine; known: peer, web",
        ),
        ("step1/solution.sh", "# nothing\n", "solution.sh: error: does nothing"),
        ("step1/solution.sh", "cd $x/y || true; rm $a\nif\n", "solution.sh:2: warning: shellcheck SC"),
        (
            "step1/hint2.md",
            'Write: echo "$PADDOCK_WORD" >/srv/word it is',
            "hint2.md: warning: contains a line of the solution",
        ),
        ("spare.txt", "", "spare.txt: warning: nothing uses this file"),
        ("images/own/Dockerfile", "FROM alpine\n", "Dockerfile:1: error: FROM alpine: only"),
        (
            "images/own/Dockerfile",
            "FROM scratch\nRUN --mount=type=cache x\n",
            "Dockerfile:2: error: only what the old builder",
        ),
        (
            "images/own/Dockerfile",
            "FROM scratch\nHEALTHCHECK CMD true\n",
            "Dockerfile:2: error: HEALTHCHECK belongs in compose.yaml",
        ),
        ("lab.yaml", "minutes: 1\n", "error"),
    ],
)
def test_what_lint_finds(tiny, file, text, expected):
    path = tiny / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    try:
        found = said(tiny)
    except InvalidLab as error:
        found = [str(notice) for notice in error.notices]
    assert any(expected in line for line in found), found


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("step1/judge.py", "step1/judge.py: error: is missing"),
        ("step1/observe.sh", None),  # the other observer is enough
        ("step1/solution.sh", "step1/solution.sh: error: is missing"),
        ("step1/traps", "step1/traps/: error: is missing"),
        ("step1/hint1.md", None),
        ("step1/text.md", "index.json:7: warning: text 'step1/text.md' is missing"),
    ],
)
def test_what_is_missing(tiny, file, expected):
    path = tiny / file
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    found = said(tiny)
    assert (expected is None and not found) or expected in " ".join(found)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("minutes: 1", "minutes: many", "lab.yaml:1: error: minutes: "),
        ("minutes: 1", "minuts: 1", "lab.yaml:1: error: minuts: unknown key"),
        ("word: {word: 2}", "word: {word: 2, int: [1, 2]}", "exactly one of word, int, choice and secret"),
        ("needs: {memory: 64}", "needs: {capabilities: [CAP_FLY]}", "is no capability"),
        ("machine: web", "machine: [", "lab.yaml:"),
        ("machine: web", "machine: nobody", "machine 'nobody' is not in compose.yaml"),
        ("  - {points: 30}", "", "has 1 steps, index.json 2"),
    ],
)
def test_mistakes_in_lab_yaml_have_a_line(tiny, old, new, expected):
    file = tiny / "lab.yaml"
    file.write_text(file.read_text().replace(old, new))
    try:
        lines = [str(notice) for notice in open_lab(tiny).notices]
    except InvalidLab as error:
        lines = [str(notice) for notice in error.notices]
    assert any(expected in line for line in lines), lines


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ({"privileged": True}, "never: name the capabilities"),
        ({"container_name": "web"}, "a fixed name"),
        ({"ports": ["80:8080"]}, "a fixed host port"),
        ({"ports": ["127.0.0.1:80:8080"]}, "a fixed host port"),
        ({"ports": [{"target": 80, "published": 80}]}, "a fixed host port"),
        ({"network_mode": "host"}, "reaches outside the lab"),
        ({"pid": "host"}, "reaches outside the lab"),
        ({"volumes": ["/var/run/docker.sock:/s"]}, "the engine's socket"),
        ({"volumes": ["/etc:/x:ro"]}, "only the lab's own files"),
        ({"volumes": ["../x:/x:ro"]}, "only the lab's own files"),
        ({"volumes": ["./lab.yaml:/x"]}, "mounted read-only"),
        ({"volumes": ["./gone:/x:ro"]}, "./gone is missing"),
        ({"cap_add": ["ALL"]}, "ALL is not given on every engine"),
        ({"cap_add": ["SYS_ADMIN"]}, "lab.yaml does not say that SYS_ADMIN is needed"),
        ({"devices": ["/dev/net/tun:/dev/net/tun"]}, "lab.yaml does not say that /dev/net/tun"),
        ({"image": "nginx"}, "only images of ours"),
        ({"build": "."}, "name the image instead"),
    ],
)
def test_what_is_refused_in_compose(service, expected):
    document = {"services": {"web": {"image": "paddock/checker", **service}}}
    assert any(expected in message for _, message in machines.problems(document, TINY, Needs()))


@pytest.mark.parametrize("ports", [["8080"], [8080], ["8080/tcp"], [{"target": 80}]])
def test_a_port_of_the_containers_own_is_fine(ports):
    document = {
        "services": {"web": {"image": "paddock/checker", "ports": ports, "volumes": ["./lab.yaml:/x:ro", "v:/v"]}}
    }
    assert list(machines.problems(document, TINY, Needs())) == []


def test_two_attempts_share_nothing():
    document = yaml.safe_load((TINY / "compose.yaml").read_text())
    one, two = (
        machines.for_attempt(
            document, folder=TINY, project=f"paddock-{id}", labels={"paddock.attempt": id},
            tags={"paddock/checker": "paddock/checker:1"}, environment={"PADDOCK_WORD": id},
        )
        for id in ("a", "b")
    )  # fmt: skip
    assert one["name"] != two["name"]
    for made, id in ((one, "a"), (two, "b")):
        for item in [*made["services"].values(), *made["networks"].values(), *made["volumes"].values()]:
            assert item["labels"]["paddock.attempt"] == id
        assert made["services"]["web"]["init"] and made["services"]["web"]["environment"]["PADDOCK_WORD"] == id
        assert made["services"]["web"]["image"] == "paddock/checker:1"
    assert document == yaml.safe_load((TINY / "compose.yaml").read_text())


def test_readiness_is_asked_by_the_runner_and_not_by_the_engine():
    document = {
        "services": {
            "a": {"image": "x", "healthcheck": {"test": ["CMD", "test", "-f", "/up"], "interval": "1s"}},
            "b": {"image": "x", "healthcheck": {"test": "curl -f http://localhost"}},
            "c": {"image": "x", "healthcheck": {"test": ["CMD-SHELL", "true && true"]}},
            "d": {"image": "x"},
        }
    }
    machines.keep_readiness_aside(document)
    assert not any("healthcheck" in service for service in document["services"].values())
    assert document["x-ready"] == {
        "a": ["test", "-f", "/up"],
        "b": ["sh", "-c", "curl -f http://localhost"],
        "c": ["sh", "-c", "true && true"],
    }


def test_who_shares_anothers_network_has_its_host_name_too():
    document = {"services": {
        "web": {"image": "paddock/checker"},
        "beside": {"image": "paddock/checker", "network_mode": "service:web", "pid": "service:web"},
    }}  # fmt: skip
    assert list(machines.problems(document, TINY, Needs())) == []
    made = machines.for_attempt(document, folder=TINY, project="p", labels={}, tags={}, environment={})["services"]
    assert made["web"]["hostname"] == "web"
    assert "hostname" not in made["beside"]  # the engine refuses it


def test_whoever_lives_in_namespaces_of_a_machine_is_beside_it():
    services = {
        "web": {},
        "debug": {"pid": "service:web", "network_mode": "service:web"},
        "trace": {"pid": "service:debug"},
        "peer": {},
    }
    assert machines.beside({"services": services}, "web") == ["trace", "debug"]
    assert machines.beside({"services": services}, "peer") == []


def test_values_come_from_the_seed_each_by_itself():
    kinds = {
        "word": Value(word=2), "port": Value(int=(5, 9)), "flavour": Value(choice=["a", "b"]),
        "token": Value(secret=16),
    }  # fmt: skip
    one = values.draw(kinds, 1)
    assert one == values.draw(kinds, 1) != values.draw(kinds, 2)
    assert values.draw({"word": kinds["word"]}, 1)["word"] == one["word"]
    assert 5 <= int(one["port"]) <= 9 and len(one["token"]) == 16 and one["word"].count("-") == 1
    assert values.marker() != values.marker()


def test_a_script_in_parts_keeps_its_line_numbers():
    text = "echo a\n#@ peer\n\nfalse\n#@ engine stop web\n#@ checker\ncurl\n"
    first, second, action, third = scripts.split(text, "x.sh", "web", {"web", "peer"})
    assert (first.place, second.place, third.place) == ("web", "peer", "checker")
    assert (action.action, action.machine) == ("stop", "web")
    assert (first.where, second.where, third.where) == ("x.sh:1", "x.sh:3", "x.sh:7")
    done = subprocess.run(
        ["bash", "-c", second.text.replace("false", "nonsense_command")], capture_output=True, text=True
    )
    assert "line 4" in done.stderr


def test_of_what_begins_a_step_only_the_foreground_is_heard(tiny, monkeypatch):
    monkeypatch.setattr(attempt, "run", lambda lab, of, parts, step: str(parts))
    assert attempt.enter(open_lab(tiny), None, open_lab(tiny).steps[1]) == ""
    (tiny / "step2/foreground.sh").write_text("echo begun\n")
    index = (tiny / "index.json").read_text()
    (tiny / "index.json").write_text(index.replace('"background"', '"foreground": "step2/foreground.sh", "background"'))
    assert attempt.enter(open_lab(tiny), None, open_lab(tiny).steps[1]).count("echo begun") == 1


def test_an_images_tag_tells_all_that_goes_into_it(tmp_path):
    for name, text in (
        ("base", "FROM debian:trixie-slim\n"),
        ("top", "FROM paddock/base AS x\nFROM x\nFROM scratch\n"),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "Dockerfile").write_text(text)
    known = images._recipes(tmp_path, "paddock/")
    assert known["paddock/top"].parents() == ["paddock/base"]
    before = images.tags(known, known)
    assert before == images.tags(known, known)
    (tmp_path / "base" / "file").write_text("new")
    after = images.tags(known, known)
    assert before["paddock/base"] != after["paddock/base"] and before["paddock/top"] != after["paddock/top"]
    assert after["paddock/base"] in images.rewritten(known["paddock/top"], after)


def test_an_image_built_from_itself_is_refused(tmp_path):
    for name, parent in (("a", "b"), ("b", "a")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "Dockerfile").write_text(f"FROM paddock/{parent}\n")
    known = images._recipes(tmp_path, "paddock/")
    with pytest.raises(Problem, match="built from itself"):
        images.tags(known, known)
    with pytest.raises(Problem, match="no recipe for the image paddock/c"):
        images.tags(["paddock/c"], known)


def test_the_simulator_does_not_know_the_labs():
    code = (
        "import sys, simulator, simulator.cli.app; sys.exit(any(name.split('.')[0] == 'labs' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
