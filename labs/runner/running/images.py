"""Images: built from Dockerfiles, tagged with the hash of all that goes into them, so that a tag tells it all."""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs.runner import engine
from labs.runner.codes import engine_problem, invalid
from labs.runner.running import wheels
from labs.runner.store import locks

IMAGES = Path(__file__).parents[2] / "images"
#: The name that Dockerfiles write for the base image; PADDOCK_BASE_IMAGE puts another in its place.
BASE = "debian:trixie-slim"
LABEL = "paddock.image"
Say = Callable[[str], None]

#: What Podman puts before the name of an image that it has loaded, or built.
_PODMANS = re.compile(r"^(localhost|docker\.io)/")
_FROM = re.compile(r"(?im)^(?P<word>[ \t]*FROM[ \t]+(?:--platform=\S+[ \t]+)?)(?P<image>\S+)(?P<rest>.*)$")
_STAGE = re.compile(r"(?i)[ \t]+AS[ \t]+(?P<name>\S+)")
_NEW_SYNTAX = re.compile(
    r"(?im)^[ \t]*(?:RUN[ \t]+--(?:mount|network|security)|(?:RUN|COPY|ADD)[ \t]+[^\n#]*<<[A-Z\"'-])"
)


@dataclass(frozen=True)
class Recipe:
    """A Dockerfile's folder and the name of the image it makes."""

    name: str
    folder: Path

    @property
    def dockerfile(self) -> str:
        return (self.folder / "Dockerfile").read_text(encoding="utf-8")

    def parents(self) -> list[str]:
        """Images that it begins from, without its own stages."""
        stages: set[str] = set()
        found = []
        for match in _FROM.finditer(self.dockerfile):
            if match["image"] not in stages and match["image"] != "scratch":
                found.append(match["image"])
            if stage := _STAGE.match(match["rest"]):
                stages.add(stage["name"])
        return found


def shared() -> dict[str, Recipe]:
    """Images that any lab may use: labs/images/NAME is paddock/NAME."""
    return _recipes(IMAGES, "paddock/")


def of_lab(lab: Any) -> dict[str, Recipe]:
    """Images that this lab may use: its own images/NAME is paddock/ID/NAME."""
    return shared() | _recipes(lab.folder / "images", f"paddock/{lab.id}/")


def _recipes(folder: Path, prefix: str) -> dict[str, Recipe]:
    return {f"{prefix}{path.parent.name}": Recipe(f"{prefix}{path.parent.name}", path.parent)
            for path in sorted(folder.glob("*/Dockerfile"))}  # fmt: skip


def problems(recipe: Recipe, known: dict[str, Recipe]) -> list[tuple[int, str]]:
    """What keeps an image from being built everywhere, with lines."""
    text = recipe.dockerfile
    found = []
    for parent in recipe.parents():
        if parent != BASE and parent not in known:
            line = next(text.count("\n", 0, m.start()) + 1 for m in _FROM.finditer(text) if m["image"] == parent)
            found.append((line, f"FROM {parent}: only {BASE}, scratch, or an image of ours (paddock/NAME)"))
    if not _FROM.search(text):
        found.append((1, "has no FROM"))
    for match in re.finditer(r"(?m)^HEALTHCHECK", text):
        line = text.count("\n", 0, match.start()) + 1
        found.append((line, "HEALTHCHECK belongs in compose.yaml (`healthcheck`): the runner asks it, not the engine"))
    for match in _NEW_SYNTAX.finditer(text):
        found.append(
            (text.count("\n", 0, match.start()) + 1, "only what the old builder knows: no --mount, no heredocs")
        )
    return found


def tags(names: Iterable[str], known: dict[str, Recipe]) -> dict[str, str]:
    """The exact tag of each image: a changed file anywhere in it or below it is another tag."""
    made: dict[str, str] = {}
    for recipe in _in_order(names, known):
        digest = hashlib.sha256(rewritten(recipe, made).encode())
        for path in sorted(recipe.folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                mode = path.stat().st_mode & 0o111
                digest.update(f"{path.relative_to(recipe.folder)}\0{bool(mode)}\0".encode() + path.read_bytes())
        made[recipe.name] = f"{recipe.name}:{digest.hexdigest()[:12]}"
    return made


def is_there(tag: str) -> bool:
    """Whether the engine has an image."""
    import docker.errors

    try:
        engine.client().images.get(tag)
    except docker.errors.ImageNotFound:
        return False
    return True


def own_name(name: str) -> str:
    """The name by which labs ask for an image, whatever the engine calls it."""
    return _PODMANS.sub("", name)


def missing(names: Iterable[str], known: dict[str, Recipe]) -> dict[str, str]:
    """Images that are not built yet: name and tag."""
    return {name: tag for name, tag in tags(names, known).items() if not is_there(tag)}


def build(names: Iterable[str], known: dict[str, Recipe], say: Say = lambda line: None) -> dict[str, str]:
    """Build what is missing, parents first; the tags of all.

    Raises:
        Problem: the engine can't build one, with the end of what it said.
    """
    names = list(names)
    exact = tags(names, known)
    absent = missing(names, known)
    for recipe in _in_order(names, known):
        if recipe.name not in absent:
            continue
        with locks.image(recipe.name):
            if missing([recipe.name], known).get(recipe.name):  # somebody else may have built it meanwhile
                _build(recipe, exact, say)
    return exact


def _in_order(names: Iterable[str], known: dict[str, Recipe]) -> list[Recipe]:
    ordered: dict[str, Recipe] = {}

    def visit(name: str, below: tuple[str, ...]) -> None:
        if name in below:
            raise invalid(f"image {name} is built from itself: {' -> '.join((*below, name))}")
        if name not in known:
            has = ", ".join(sorted(known)) or "none"
            raise invalid(f"there is no recipe for the image {name}; known: {has}")
        for parent in known[name].parents():
            if parent.startswith("paddock/"):
                visit(parent, (*below, name))
        ordered.setdefault(name, known[name])

    for name in names:
        visit(name, ())
    return list(ordered.values())


def rewritten(recipe: Recipe, exact: dict[str, str]) -> str:
    def parent(match: re.Match[str]) -> str:
        image = engine.BASE_IMAGE if match["image"] == BASE else exact.get(match["image"], match["image"])
        return f"{match['word']}{image}{match['rest']}"

    return _FROM.sub(parent, recipe.dockerfile)


def _build(recipe: Recipe, exact: dict[str, str], say: Say) -> None:
    import docker.errors

    say(f"building {recipe.name}")
    said: list[str] = []
    try:
        stream = engine.client().api.build(
            fileobj=_context(recipe, rewritten(recipe, exact)),
            custom_context=True,
            tag=exact[recipe.name],
            labels={LABEL: recipe.name},
            rm=True,
            forcerm=True,
            decode=True,
            timeout=1800,
        )
        for event in stream:
            if "error" in event:
                raise docker.errors.BuildError(str(event["error"]), iter(()))
            for line in str(event.get("stream", "")).splitlines():
                if line.strip():
                    said.append(line.strip())
                    say(f"building {recipe.name}: {line.strip()}")
    except (docker.errors.DockerException, OSError) as error:
        base_gone = "pull access denied" in str(error) or "manifest" in str(error) or "no such host" in str(error)
        hint = (
            f"The base image {engine.BASE_IMAGE} can't be had: `bash .ci/engine` makes it, "
            "PADDOCK_BASE_IMAGE names another."
            if base_gone
            else "The end of what the engine said:\n  " + "\n  ".join(said[-8:])
        )
        raise engine_problem(f"the image {recipe.name} can't be built: {error}", hint) from None


def _context(recipe: Recipe, dockerfile: str) -> io.BytesIO:
    """What the engine gets. No times, no owners: the same files give the same layers."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar, tempfile.TemporaryDirectory() as fetched:
        for path in sorted(recipe.folder.rglob("*")):
            if (
                "__pycache__" in path.parts
                or not (path.is_file() or path.is_dir())
                or path == recipe.folder / "Dockerfile"
            ):
                continue
            _add(tar, path, str(path.relative_to(recipe.folder)))
        for wheel in wheels.fetch(recipe.folder, Path(fetched)):
            _add(tar, wheel, f"{wheels.FOLDER}/{wheel.name}")
        text = dockerfile.encode()
        info = tarfile.TarInfo("Dockerfile")
        info.size = len(text)
        tar.addfile(info, io.BytesIO(text))
    buffer.seek(0)
    return buffer


def _add(tar: tarfile.TarFile, path: Path, name: str) -> None:
    info = tar.gettarinfo(path, name)
    info.uid = info.gid = info.mtime = 0
    info.uname = info.gname = ""
    if path.is_file():
        with path.open("rb") as file:
            tar.addfile(info, file)
    else:
        tar.addfile(info)


def outdated(known: dict[str, Recipe]) -> list[str]:
    """Tags of images of ours that no recipe makes any more."""
    wanted = set(tags(known, known).values())
    found = engine.client().images.list(filters={"label": LABEL})
    ours = {own_name(tag) for image in found for tag in image.tags}
    return sorted(tag for tag in ours - wanted if tag.startswith("paddock/"))
