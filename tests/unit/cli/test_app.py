"""What all commands share: help, version, plug-ins, pipes, signals, the time to start."""

import os
import signal
import subprocess
import sys
import time
from importlib.metadata import EntryPoint

import pytest
import typer

from simulator import __version__
from simulator.cli import plugins

COMMANDS = ["run", "replicate", "compare", "sweep", "sensitivity", "validate", "list", "new", "explain", "schema"]
HEAVY = ("pandas", "matplotlib", "scipy.stats", "jinja2")


def python(code: str, **more) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, **more)


def test_version(paddock):
    assert paddock("--version").out == f"paddock {__version__}\n"


def test_help_teaches(paddock):
    for arguments in ([], ["--help"], ["-h"]):
        outcome = paddock(*arguments)
        assert outcome.code == 0
        assert all(name in outcome.out for name in COMMANDS)
        assert "paddock run bad-sysctl" in outcome.out and "Exit codes" in outcome.out


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command(paddock, command):
    outcome = paddock(command, "--help")
    assert outcome.code == 0 and f"paddock {command}" in outcome.out


def test_paths_in_help_keep_their_brackets(paddock):
    assert "spec.alerts[web-down].for=1m..10m" in paddock("sensitivity", "--help").out
    assert "spec.changes[sysctl].rollout.stages[0].bake=" in paddock("sweep", "--help").out


def test_an_unknown_command_gets_the_nearest(paddock):
    outcome = paddock("vaildate", "x")
    assert outcome.code == 2 and "Did you mean 'validate'?" in outcome.err


def test_list(paddock):
    outcome = paddock("list")
    assert outcome.code == 0 and "bad-sysctl" in outcome.out and "longer-bake" in outcome.out
    entry = next(e for e in paddock("list", "--json").document["scenarios"] if e["name"] == "bad-sysctl")
    assert entry["title"] == "A bad sysctl reaches production by GitOps"
    assert {"name": "longer-bake", "title": "Staging bakes for an hour, and nobody looks"} in entry["variants"]


def test_a_broken_library_scenario_does_not_hide_the_others(paddock, monkeypatch, tmp_path, small):
    from simulator.scenario import document

    (tmp_path / "broken.yaml").write_text("spec: [")
    for module in (document, sys.modules["simulator.cli.listing"]):
        monkeypatch.setattr(module, "library", lambda: {"broken": tmp_path / "broken.yaml", "small": small})
    outcome = paddock("list")
    assert outcome.code == 0 and "A small one" in outcome.out
    assert outcome.err.startswith("warning: the library scenario 'broken' is broken: broken.yaml:1:8: not YAML")


def test_a_mistake_of_ours_is_told_from_a_failed_check(paddock, monkeypatch):
    def broken():
        raise RuntimeError("two\nlines")

    monkeypatch.setattr(sys.modules["simulator.cli.listing"], "library", broken)
    outcome = paddock("list")
    assert outcome.code == 70 and "70 an internal error" in " ".join(paddock("--help").out.split())
    assert outcome.err.startswith("Traceback")
    assert outcome.err.splitlines()[-1] == "internal error: RuntimeError: two lines; please report it"


def test_schema(paddock, tmp_path):
    printed = paddock("schema")
    assert printed.document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    told = paddock("schema", "--out", "paddock.json")
    assert (tmp_path / "paddock.json").read_text(encoding="utf-8") == printed.out
    assert "yaml-language-server: $schema=paddock.json" in told.out
    assert paddock("schema", "--out", "no/where.json").code == 2


# --- plug-ins ------------------------------------------------------------------------------------------

extra = typer.Typer(help="Something of another package.")


@extra.command()
def greet(name: str) -> None:
    if name == "nobody":
        raise typer.Exit(3)
    print(f"hello {name}")


@extra.callback()
def _group() -> None:
    """Something of another package."""


@pytest.fixture
def entry_points(monkeypatch):
    sys.modules["paddock_extra_for_tests"] = sys.modules[__name__]
    monkeypatch.setattr(
        plugins.metadata,
        "entry_points",
        lambda group: [
            EntryPoint(name, value, group)
            for name, value in (
                ("extra", "paddock_extra_for_tests:extra"),
                ("broken", "no_such_package:app"),
                ("run", "paddock_extra_for_tests:extra"),
                ("no-app", "os:path"),
            )
        ],
    )
    plugins._entry_points.cache_clear()
    plugins.load.cache_clear()
    yield
    plugins._entry_points.cache_clear()
    plugins.load.cache_clear()


def test_another_package_adds_a_command(paddock, entry_points):
    assert paddock("extra", "greet", "you").out == "hello you\n"
    assert paddock("extra", "greet", "nobody").code == 3
    assert "Something of another package." in paddock("--help").out


def test_a_broken_plug_in_is_a_line(paddock, entry_points):
    outcome = paddock("--help")
    assert outcome.code == 0 and "validate" in outcome.out
    warnings = outcome.err.splitlines()
    assert [line.partition(" (")[0] for line in warnings] == [
        "warning: the command 'broken'",
        "warning: the command 'no-app'",
    ]
    assert "Traceback" not in outcome.err
    assert paddock("broken").code == 2


def test_a_plug_in_is_not_imported_before_it_is_needed(paddock, entry_points, small):
    assert paddock("validate", "small.yaml").err == ""


def test_our_own_commands_can_not_be_taken(paddock, entry_points):
    assert "SCENARIO" in paddock("run", "--help").out


# --- the shell -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["--help"], ["validate", "homelab"], ["list"], ["schema"], ["new", "--yes"]])
def test_what_is_quick_loads_nothing_heavy(arguments, tmp_path):
    code = (
        "import sys; from simulator.cli import _code; code = _code(sys.argv[1:], leaves=True);"
        f"print(code, [m for m in {HEAVY} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        timeout=60,
    )
    assert done.stderr.splitlines()[-1] == "0 []"


@pytest.mark.parametrize("arguments", ["'list'", "'schema'", "'explain'"])
def test_a_reader_who_has_gone(arguments):
    done = python(
        "import os, sys, subprocess\n"
        "from simulator.cli import main\n"
        "r, w = os.pipe(); os.close(r); os.dup2(w, 1)\n"
        f"main([{arguments}])"
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_control_c():
    code = (
        "import sys, simulator.cli.run as run, time\n"
        "from simulator import Scenario\n"
        "from simulator.cli import main\n"
        "def forever(self, **_): print('ready', flush=True); time.sleep(60)\n"
        "Scenario.run = forever\n"
        "main(['run', 'homelab'])"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130 and "interrupted" in errors and "Traceback" not in errors


def test_after_control_c_a_process_that_goes_on_can_be_interrupted_again(paddock, monkeypatch):
    monkeypatch.setattr("simulator.Scenario.run", lambda *_, **__: signal.raise_signal(signal.SIGINT))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert paddock("run", "homelab").code == 130
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_terminal_without_letters():
    done = python(
        "from simulator.cli import main; main(['run', 'homelab'])",
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_document_is_out_before_the_next_is_made():
    code = "import os; from simulator.cli.console import say_json; say_json({'a': 1}); os._exit(0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == '{\n  "a": 1\n}\n'
