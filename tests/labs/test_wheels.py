"""Wheels for images: fetched by this machine's pip, here from a folder instead of an index."""

import hashlib
import tarfile
import zipfile

import pytest

from labs.runner.running import images
from simulator.cli.console import Problem


@pytest.fixture
def recipe(tmp_path, monkeypatch):
    """An image that asks for a wheel, and the only place where that can be had."""
    index = tmp_path / "index"
    index.mkdir()
    wheel = index / "lantern-1.2-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("lantern.py", "")
        file.writestr("lantern-1.2.dist-info/METADATA", "Metadata-Version: 2.1\nName: lantern\nVersion: 1.2\n")
        file.writestr("lantern-1.2.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    folder = tmp_path / "lamp"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM debian:trixie-slim\nCOPY wheels /wheels\n")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (folder / "requirements.txt").write_text(f"lantern==1.2 --hash=sha256:{digest}\n")
    return images.Recipe("paddock/lamp", folder)


def in_context(recipe):
    with tarfile.open(fileobj=images._context(recipe, recipe.dockerfile)) as tar:
        return tar.getnames()


def test_the_build_finds_the_wheels_that_the_image_asks_for(recipe):
    assert "wheels/lantern-1.2-py3-none-any.whl" in in_context(recipe)
    assert not (recipe.folder / "wheels").exists()


def test_an_image_without_requirements_asks_pip_for_nothing(recipe):
    (recipe.folder / "requirements.txt").unlink()
    assert in_context(recipe) == ["Dockerfile"]


@pytest.mark.parametrize("line", ["lantern==1.2 --hash=sha256:" + 64 * "0", "lantern==1.2", "lamp==1 --hash=sha256:0"])
def test_another_wheel_than_the_one_that_was_meant_is_refused(recipe, line):
    (recipe.folder / "requirements.txt").write_text(line + "\n")
    with pytest.raises(Problem, match="pip can't fetch the wheels"):
        in_context(recipe)
