"""Two labs from start to end on Podman: an engine of the test's own, in a container on the one that is here.

Images come to it as they come to a class: `paddock lab save` on one engine, `paddock lab load` on the other.
"""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from labs.runner import engine
from labs.runner.running import archive, checker, images
from tests.labs.learners import Learner

pytestmark = [pytest.mark.engine, pytest.mark.slow]
IMAGE = "paddock/test-podman"
#: Seconds after which any command sweeps away the engine of a test that was killed.
LIFETIME = 1800


@pytest.fixture
def podman(tmp_path, monkeypatch):
    """From here on DOCKER_HOST is Podman's, and nothing is there yet."""
    folder = tmp_path / "podman"
    folder.mkdir()
    tag = images.build([IMAGE], {IMAGE: images.Recipe(IMAGE, Path(__file__).parent / "podman")})[IMAGE]
    made = engine.client().containers.create(
        tag,
        labels={engine.LABEL: "podman", engine.EXPIRES: str(int(time.time()) + LIFETIME)},
        init=True,
        cap_add=["SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE"],
        security_opt=["seccomp=unconfined", "apparmor=unconfined"],
        volumes={str(folder): {"bind": "/run/podman", "mode": "rw"}},
    )
    try:
        made.start()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{folder}/podman.sock")
        engine.client.cache_clear()
        deadline = time.monotonic() + 60
        while why := engine.problem():
            assert time.monotonic() < deadline, f"{why}\n{made.logs().decode()}"
            time.sleep(0.1)
        yield engine.client()
    finally:
        checker.remove(made)
        engine.client.cache_clear()


@pytest.fixture
def carried(lab, tmp_path, monkeypatch):
    """The images of a lab in a file, from the engine that is here."""
    file = tmp_path / "images.tar"
    Learner(tmp_path, monkeypatch)("save", file, lab)
    yield file
    file.unlink()


@pytest.mark.parametrize(("lab", "machine"), [("etcd-quorum-loss", "n2"), ("debug-without-a-shell", "debug")])
def test_a_lab_from_start_to_end(carried, podman, learner, lab, machine):
    def everything() -> list[str]:
        found = [*podman.containers.list(all=True), *podman.networks.list(), *podman.volumes.list()]
        return [item.name for item in found]

    before = everything()
    loaded = learner("load", carried)
    assert f"\npaddock/{lab}/" in loaded and "localhost/" not in loaded
    told = learner.json("doctor")
    assert (told["engine"]["kind"], {row["id"]: row["runs"] for row in told["labs"]}[lab]) == ("Podman", True)

    learner("start", lab, "--quiet", "--seed", 3)
    (status,) = learner.json("status")["running"]
    assert set(status["machines"].values()) == {"running"}
    for step in range(1, status["steps"] + 1):
        assert learner.json("check", "--step", step, code=1)["outcome"] == "fail"
        learner("solve", "--step", step)
        assert learner.json("check", "--step", step)["outcome"] == "pass"

    for action, name in (("pause", "admin"), ("replace", "admin"), ("replace", machine)):
        learner("machine", lab, action, name)
    (solved,) = learner.json("status")["running"]
    assert (solved["steps_passed"], solved["machines"]) == (status["steps"], status["machines"])

    learner("reset", lab, "--quiet")
    (status,) = learner.json("status")["running"]
    assert (status["seed"], status["steps_passed"]) == (3, 0)
    assert learner.json("check", code=1)["outcome"] == "fail"
    learner("stop")
    assert everything() == before


def test_an_image_is_built_found_and_outdated_and_carried_to_docker(tmp_path, request, monkeypatch):
    recipe = images.Recipe("paddock/own", tmp_path / "own")
    recipe.folder.mkdir()
    (recipe.folder / "Dockerfile").write_text(f"FROM {images.BASE}\nRUN echo built >/built\n")
    base = subprocess.run(["docker", "save", engine.BASE_IMAGE], check=True, capture_output=True).stdout
    request.getfixturevalue("podman").images.load(base)
    tag = images.build(["paddock/own"], {recipe.name: recipe})[recipe.name]
    assert images.missing(["paddock/own"], {recipe.name: recipe}) == {}
    assert images.outdated({}) == [tag]

    archive.save([tag], tmp_path / "images.tar")
    monkeypatch.undo()  # the engine that is here
    engine.client.cache_clear()
    assert not images.is_there(tag)
    try:
        assert archive.load(tmp_path / "images.tar") == [tag]
        assert images.missing(["paddock/own"], {recipe.name: recipe}) == {}
    finally:
        engine.client().images.remove(tag)
