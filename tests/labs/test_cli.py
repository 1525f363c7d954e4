"""The command line where no engine is needed, or none answers."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from labs.cli import speak
from labs.runner.checks.verdict import Criterion, Verdict

ROOT = Path(__file__).parents[2]
TINY = Path(__file__).parent / "data" / "tiny"
NO_ENGINE = "unix:///nonexistent/engine.sock"


@pytest.fixture
def lab(tmp_path):
    """Runs `paddock lab` as a user without an engine would."""

    def run(*arguments, **environment):
        own = {"PADDOCK_DATA": str(tmp_path / "data"), "DOCKER_HOST": NO_ENGINE, "PYTHONPATH": str(ROOT)}
        paths = os.pathsep.join([own["PYTHONPATH"], os.environ.get("PYTHONPATH", "")])
        command = [sys.executable, "-m", "labs", *map(str, arguments)]
        everything = os.environ | own | {"PYTHONPATH": paths} | environment
        return subprocess.run(command, env=everything, cwd=tmp_path, capture_output=True, text=True, timeout=60)

    return run


def test_paddock_has_the_command_lab():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["paddock.commands"] == {"lab": "labs.cli:app"}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["start", TINY], 4, "no container engine answers"),
        (["doctor"], 4, "no container engine answers"),
        (["stop", "--all"], 4, "no container engine answers"),
        (["selftest", TINY], 4, "no container engine answers"),
        (["build", "--all"], 4, "no container engine answers"),
        (["show", "nosuchlab"], 2, "there is no lab 'nosuchlab'"),
        (["show", TINY, "9"], 2, "It has intro, 1, 2, finish, all."),
        (["show"], 2, "no lab is running"),
        (["status", "nosuchlab"], 2, "there is no lab 'nosuchlab'"),
        (["show", __file__], 2, "is a file: a lab is a folder with an index.json"),
        (["lint", "./nosuchlab"], 2, "there is no folder ./nosuchlab"),
        (["show", ROOT], 2, "has no index.json: it is no lab"),
        (["show", TINY, "--html"], 2, "--html needs --json"),
        (["check", "--evidence"], 2, "--evidence needs --json"),
        (["lint"], 2, "say which labs, or --all"),
        (["lint", "--all", TINY], 2, "say which labs, or --all"),
        (["report", "tiny"], 2, "there is no attempt"),
        (["import", "nowhere"], 2, "nowhere is no folder"),
        (["nonsense"], 2, "No such command"),
        (["new", "Bad Name"], 2, "is no name for a lab"),
        (["selftest", TINY, "--replay", "nowhere"], 1, ""),
    ],
)
def test_each_mistake_is_one_line_and_its_code(lab, arguments, code, said):
    done = lab(*arguments)
    assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (code, True, False), done.stderr


@pytest.mark.parametrize("text", ["{", '{"a": ', "[]"])
def test_broken_json_is_a_located_line(lab, tmp_path, text):
    shutil.copytree(TINY, tmp_path / "tiny")
    (tmp_path / "tiny" / "index.json").write_text(text)
    for command in ("show", "lint"):
        done = lab(command, tmp_path / "tiny")
        assert done.returncode == 3 and "index.json:1: error: " in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "nothing"), (True, "yes"), (False, "no"), ("a", "a"), (["a", 1], "a and 1"), (0, "0")]
)
def test_what_was_found_is_told_in_words(capsys, value, shown):
    speak.verdict(Verdict("fail", [Criterion("x", False, found=value, wanted="b")]), 1)
    assert capsys.readouterr().out == f"Step 1: not yet\n  ✗ x\n      found:  {shown}\n      wanted: b\n"


def test_what_is_not_running_is_no_mistake_to_ask_for(lab):
    assert lab("status", "sbom").stdout == "sbom is not running\n"
    assert json.loads(lab("status", "sbom", "--json").stdout) == {"running": []}


def test_report_is_for_people_unless_a_format_is_named(lab, tmp_path):
    assert lab("report").stdout == "nothing has been started yet\n"
    assert json.loads(lab("report", "--format", "json").stdout) == {"attempts": []}
    lab("report", "--out", "grades")
    assert json.loads((tmp_path / "grades").read_text()) == {"attempts": []}


def test_show_is_for_people_and_for_programs(lab):
    shown = lab("show", TINY).stdout
    assert "Serve a word" in shown and "  $ " in shown
    pages = json.loads(lab("show", TINY, "--json", "--html").stdout)["pages"]
    assert [page["kind"] for page in pages] == ["intro", "step", "step", "finish"]
    assert [block["action"] for page in pages for block in page["blocks"]].count("exec") == 1
    assert 'data-action="exec"' in pages[1]["html"]


@pytest.mark.parametrize(
    ("page", "shown"), [("intro", ["Introduction"]), ("2", ["After a fault (step 2 of 2)"]), ("finish", ["The end"])]
)
def test_show_has_a_page_alone(lab, page, shown):
    said = lab("show", TINY, page).stdout
    assert re.findall("^— (.*) —$", said, re.MULTILINE) == shown and "points" not in said
    (only,) = json.loads(lab("show", TINY, page, "--json").stdout)["pages"]
    assert shown[0].startswith(only["title"])


def test_show_lists_what_stands_in_for_what(lab):
    said = lab("show", "debug-without-a-shell", COLUMNS="50").stdout.partition("— Introduction")[0]
    assert max(map(len, said.splitlines())) <= 50
    assert "  - kubectl debug with --target: here the machine\n    `debug`, which shares" in said
    assert "    - It has a volume for your report\n" in said


def test_a_notice_is_told_with_the_page_it_is_about(lab, tmp_path):
    folder = shutil.copytree(TINY, tmp_path / "tiny")
    with (folder / "step2" / "text.md").open("a") as text:
        text.write("\n`x`{{exeute}}\n")
    told = "step2/text.md:3: warning: unknown annotation {{exeute}}; did you mean 'execute'?\n"
    assert [lab("show", folder, page).stderr for page in ("all", "2", "1", "intro")] == [told, told, "", ""]
    assert lab("import", folder).stderr == f"{folder}/{told}"


@pytest.mark.parametrize("width", [60, 80])
def test_list_keeps_names_whole_on_a_narrow_terminal(lab, width):
    lines = lab("list", COLUMNS=str(width)).stdout.splitlines()
    ids = {row["id"] for row in json.loads(lab("list", "--json").stdout)["labs"]}
    assert ids <= {line.split(" ")[0] for line in lines} and max(map(len, lines)) <= width
    assert ("intermediate" in " ".join(lines)) == (width == 80)


def test_new_then_lint(lab, tmp_path):
    assert lab("new", tmp_path / "mine", "--steps", 2).returncode == 0
    assert lab("lint", tmp_path / "mine", "--strict").returncode == 0
    assert lab("new", tmp_path / "mine").returncode == 2


def test_import_takes_in_all_below_a_folder(lab, tmp_path):
    for name, text in (
        ("a", '{"title": "A", "backend": {"imageid": "kubernetes-kubeadm-1node"}}'),
        ("b/c", "{"),
        ("d", "{}"),
    ):
        (tmp_path / "repo" / name).mkdir(parents=True)
        (tmp_path / "repo" / name / "index.json").write_text(text)
    done = lab("import", tmp_path / "repo", "--json")
    found = json.loads(done.stdout)["scenarios"]
    assert [item["id"] for item in found] == ["a", None, "d"] and done.returncode == 0
    assert [row["id"] for row in json.loads(lab("list", "--json").stdout)["labs"] if "imported" in row["folder"]] == [
        "a",
        "d",
    ]
    assert "kubernetes-kubeadm-1node" in lab("show", "a").stdout
    assert lab("import", tmp_path / "repo").returncode == 2
    assert lab("import", tmp_path / "repo", "--force").returncode == 0


def test_export_is_a_scenario_without_missing_files(lab, tmp_path):
    done = lab("export", TINY, tmp_path / "out", "--seed", 3)
    assert done.returncode == 0, done.stderr
    shown = json.loads(lab("show", tmp_path / "out", "--json").stdout)
    assert shown["notices"] == []
    assert {asset["target"] for asset in shown["assets"]} >= {"/opt/paddock/plan.json", "/opt/paddock/paddock_check.py"}
    text = (tmp_path / "out" / "step1" / "text.md").read_text()
    assert "{{PADDOCK_" not in text
    plan = json.loads((tmp_path / "out" / "assets" / "paddock" / "plan.json").read_text())
    assert plan["values"]["word"] in text and plan["values"]["ticket"] not in text
    assert lab("export", TINY, tmp_path / "out").returncode == 2


@pytest.mark.parametrize("arguments", [[], ["list"], ["start", "x", "--seed", "1"]])
def test_without_the_extra_packages_one_line_says_how_to_get_them(arguments):
    code = (
        "import sys, typer.main; sys.modules['nh3'] = None\n"
        "from labs.cli import app; from simulator.cli import console\n"
        "with console.user_mistakes_as_lines() as outcome:\n"
        f"    typer.main.get_command(app)({arguments}, standalone_mode=False)\n"
        "sys.exit(outcome.code)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    said = "error: labs need the Python package nh3\npip install 'paddock[lab]'\n"
    assert (done.returncode, done.stderr) == (4, said)
