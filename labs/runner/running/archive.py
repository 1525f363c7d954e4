"""Images in a file, as `docker save` writes it: carried from one engine to another."""

from __future__ import annotations

import json
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path

from labs.runner import engine
from labs.runner.codes import FAILED, engine_problem
from labs.runner.running.images import own_name
from simulator.cli.console import Problem


def save(tags: Sequence[str], file: Path) -> None:
    """Write images to a file: whole, or not at all.

    Raises:
        Problem: the engine can't, or there is no room for it.
    """
    part = file.with_name(f".{file.name}.part")
    try:
        done = subprocess.run(["docker", "save", "--output", str(part), *tags], capture_output=True, text=True)
        if done.returncode:
            raise engine_problem(f"the images can't be saved: {done.stderr.strip()}")
        part.replace(file)
    except OSError as error:
        raise Problem(f"{file} can't be written: {error.strerror}", code=FAILED) from None
    finally:
        part.unlink(missing_ok=True)


def load(file: Path) -> list[str]:
    """Read images from a file; their names, which are found from now on.

    Raises:
        Problem: the file holds none, or the engine does not take them.
    """
    told = names(file)
    done = subprocess.run(["docker", "load", "--input", str(file)], capture_output=True, text=True)
    if done.returncode:
        raise engine_problem(f"{file} can't be loaded: {(done.stderr.strip().splitlines() or ['no reason'])[-1]}")
    if engine.kind() == "Docker":  # Podman finds an image without the prefix that it has given it
        for name in told:
            _rename(name, own_name(name))
    return sorted(own_name(name) for name in told)


def _rename(name: str, own: str) -> None:
    if name.startswith("localhost/"):
        repository, _, tag = own.rpartition(":")
        engine.client().images.get(name).tag(repository, tag)
        engine.client().images.remove(name)


def names(file: Path) -> list[str]:
    """The names of the images in a file, as they are written there.

    Raises:
        Problem: it is no such file.
    """
    try:
        with tarfile.open(file) as tar:
            manifest = tar.extractfile("manifest.json")
            listed = json.load(manifest) if manifest else []
        return [name for image in listed for name in image["RepoTags"] or []]
    except OSError as error:
        raise Problem(f"{file} can't be read: {error.strerror or error}") from None
    except (tarfile.TarError, KeyError, TypeError, ValueError, EOFError):
        raise Problem(f"{file} holds no images", hint="`paddock lab save FILE` writes one that does.") from None
