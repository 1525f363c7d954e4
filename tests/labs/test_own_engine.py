"""What must be tried on an engine that is the tests' own: it is stopped, started again, and its disk is filled.

Only where PADDOCK_OWN_ENGINE=1 says so (`.ci/run` does where it has started the engine itself), and one at a time:
`pytest -m own_engine -n 0`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from labs.runner import engine
from tests.labs.learners import ROOT, TINY, Learner

pytestmark = [
    pytest.mark.engine,
    pytest.mark.own_engine,
    pytest.mark.skipif(os.environ.get("PADDOCK_OWN_ENGINE") != "1", reason="the engine may be somebody's"),
]
PID = Path("/var/run/docker.pid")


def stop_engine() -> None:
    pid = int(PID.read_text())
    os.kill(pid, 15)
    for _ in range(600):
        if not Path(f"/proc/{pid}").exists():
            return
        time.sleep(0.1)
    pytest.fail("the engine does not stop")


def start_engine() -> None:
    subprocess.run(["bash", ROOT / ".ci" / "engine"], check=True, capture_output=True, timeout=120)
    engine.client.cache_clear()


@pytest.fixture
def engine_again():
    """Whatever a test does to the engine, it runs afterwards."""
    yield
    start_engine()


def test_a_restarted_engine_costs_nothing_but_the_start_of_the_machines(learner, engine_again):
    learner("start", TINY, "--quiet")
    word = learner.json("check", code=1)["criteria"][0]["wanted"]
    learner.sh("web", f"echo {word} >/srv/word")
    stop_engine()
    said = learner("check", code=4)
    assert "no container engine answers" in said and "paddock lab doctor" in said
    start_engine()
    assert learner.json("status")["running"][0]["machines"] == {"peer": "exited", "web": "exited"}
    assert "paddock lab machine tiny start web" in learner("check", code=1) + learner("shell", code=5)
    for machine in ("web", "peer"):
        learner("machine", "tiny", "start", machine)
    learner("check")  # what was done before is there still
    learner("stop")
    assert learner.objects() == []


def test_a_stopped_engine_keeps_nobody_from_reading(learner, engine_again):
    stop_engine()
    assert "etcd-quorum-loss" in learner("list") and "snapshot" in learner("show", "etcd-quorum-loss")
    assert "no container engine answers" in learner("start", TINY, code=4)


@contextmanager
def full_disk():
    """The engine's disk without a free byte."""
    root = Path(engine.client().info()["DockerRootDir"])
    filler = root / "paddock-test-filler"
    try:
        with filler.open("wb") as file:
            size = shutil.disk_usage(root).free
            while size >= 4096:  # as much as can be had at once, then the rest
                try:
                    os.posix_fallocate(file.fileno(), file.seek(0, 2), size)
                except OSError:
                    size //= 2
        assert shutil.disk_usage(root).free < 2**20
        yield
    finally:
        filler.unlink(missing_ok=True)


def test_a_full_disk_is_named_and_leaves_nothing(monkeypatch):
    memory = Path("/dev/shm/paddock-test")  # the learner's own files are not on that disk
    memory.mkdir(exist_ok=True)
    monkeypatch.setenv("TMPDIR", str(memory))
    learner = Learner(memory, monkeypatch)
    try:
        with full_disk():
            assert "MB of disk; 0 are free" in learner("start", TINY, "--quiet", code=4)
            assert learner.objects() == []
        learner("start", TINY, "--quiet")
        with full_disk():
            learner("check", code=None)  # a verdict or one line, whatever the engine can still do
            learner("stop")
        assert learner.objects() == []
    finally:
        learner("stop", "--all")
        shutil.rmtree(memory)
