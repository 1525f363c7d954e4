"""A lab's folder as a whole: its scenario, its `lab.yaml`, its machines, its steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from labs.runner.format import InvalidLab, Notice, Scenario, load
from labs.runner.format.index import read_text
from labs.runner.lab import machines, scripts
from labs.runner.lab.spec import LabSpec, Needs, StepSpec
from simulator.scenario import yaml
from simulator.scenario.errors import InvalidScenario

CHECKER = scripts.CHECKER


@dataclass(frozen=True)
class Step:
    """One step, and the files of it that are there."""

    number: int
    title: str
    folder: Path
    spec: StepSpec = StepSpec()
    verify: Path | None = None
    foreground: Path | None = None
    background: Path | None = None

    @property
    def observers(self) -> dict[str, Path]:
        """Scripts that take evidence, by the place where they run."""
        return observers(self.folder)

    @property
    def judge(self) -> Path | None:
        file = self.folder / "judge.py"
        return file if file.is_file() else None

    @property
    def hints(self) -> list[Path]:
        return sorted(self.folder.glob("hint[0-9]*.md"), key=lambda path: (len(path.name), path.name))

    @property
    def solution(self) -> Path | None:
        file = self.folder / "solution.sh"
        return file if file.is_file() else None

    @property
    def traps(self) -> list[Path]:
        return sorted((self.folder / "traps").glob("*.sh"))


def observers(folder: Path) -> dict[str, Path]:
    """`observe.sh` in a checker container, `observe.n1.sh` on machine n1; `.py` as well as `.sh`."""
    found: dict[str, Path] = {}
    for path in sorted(folder.glob("observe*")):
        words = path.name.split(".")
        if path.is_file() and words[0] == "observe" and words[-1] in ("sh", "py") and len(words) in (2, 3):
            found[words[1] if len(words) == 3 else CHECKER] = path
    return found


@dataclass
class Lab:
    """A lab, ours or a stranger's (`spec` is None: a plain scenario with one machine and `verify` scripts)."""

    id: str
    folder: Path
    scenario: Scenario
    spec: LabSpec | None = None
    compose: dict[str, Any] | None = None
    notices: list[Notice] = field(default_factory=list)

    @property
    def plain(self) -> bool:
        return self.spec is None

    @property
    def errors(self) -> list[Notice]:
        return [notice for notice in self.notices if notice.level == "error"]

    @property
    def machine(self) -> str:
        return self.spec.machine if self.spec else "host01"

    @property
    def machines(self) -> list[str]:
        return list(self.compose["services"]) if self.compose else [self.machine]

    @property
    def needs(self) -> Needs:
        return self.spec.needs if self.spec else Needs()

    @cached_property
    def steps(self) -> list[Step]:
        steps = []
        for leaf in self.scenario.steps:
            text = Path(leaf.file)
            folder = self.folder / (text.parent if str(text.parent) not in ("", ".") else f"step{leaf.number}")
            specs = self.spec.steps if self.spec else []
            spec = specs[leaf.number - 1] if leaf.number <= len(specs) else StepSpec()
            steps.append(Step(leaf.number, leaf.title, folder, spec, **leaf.scripts))
        return steps

    def parts(self, path: Path) -> list[scripts.Shell | scripts.Action]:
        """A script of this lab, in parts; of a trap, without what undoes it."""
        return self._parts(path, scripts.undo(text_of(path))[0] if _is_trap(path) else text_of(path))

    def undo(self, trap: Path) -> list[scripts.Shell | scripts.Action] | None:
        """What undoes a trap, in parts; empty where it leaves nothing behind, None where nothing undoes it."""
        text = scripts.undo(text_of(trap))[1]
        return None if text is None else self._parts(trap, text)

    def _parts(self, path: Path, text: str) -> list[scripts.Shell | scripts.Action]:
        found: list[scripts.Shell | scripts.Action] = []
        for part in scripts.split(text, self.name_of(path), self.machine, set(self.machines)):
            if not isinstance(part, scripts.Solution):
                found.append(part)
            elif not _is_trap(path):
                raise InvalidLab(Notice(self.name_of(path), 0, "`#@ solution` is for traps only", "error"))
            else:
                found += self.parts(path.parent.parent / "solution.sh")
        return found

    def name_of(self, path: Path) -> str:
        """A file as messages name it."""
        return str(path.relative_to(self.folder)) if path.is_relative_to(self.folder) else str(path)

    @property
    def points(self) -> int:
        return sum(step.spec.points for step in self.steps)


def _is_trap(path: Path) -> bool:
    return path.parent.name == "traps"


def text_of(path: Path) -> str:
    """A script; some public ones have the line ends of Windows."""
    return read_text(path, path.name).replace("\r\n", "\n")


def open_lab(folder: Path, id: str | None = None) -> Lab:
    """Read a lab. What is wrong with it is in its notices; its errors keep it from starting.

    Raises:
        InvalidLab: there is no scenario, or `lab.yaml` or `compose.yaml` can't be read.
    """
    folder = folder.absolute()
    scenario = load(folder)
    lab = Lab(id or folder.name, folder, scenario, notices=list(scenario.notices))
    if not (folder / "lab.yaml").is_file():
        if (folder / "compose.yaml").is_file():
            lab.notices.append(Notice("compose.yaml", 0, "there is no lab.yaml beside it: not used"))
        return lab
    tree, document = _yaml(folder / "lab.yaml")
    lab.spec = _validated(LabSpec, document, tree, "lab.yaml")
    if not (folder / "compose.yaml").is_file():
        raise InvalidLab(Notice("compose.yaml", 0, "is missing: it names the machines", "error"))
    tree, lab.compose = _yaml(folder / "compose.yaml")
    wrong = [
        Notice("compose.yaml", yaml.locate(tree, path)[0], f"{'.'.join(map(str, path))}: {message}", "error")
        for path, message in machines.problems(lab.compose, folder, lab.spec.needs)
    ]
    if wrong and not isinstance(lab.compose.get("services"), dict):
        raise InvalidLab(*wrong)
    lab.notices += wrong
    if lab.spec.machine not in lab.machines:
        known = ", ".join(lab.machines)
        lab.notices.append(
            Notice("lab.yaml", 0, f"machine {lab.spec.machine!r} is not in compose.yaml; known: {known}", "error")
        )
    if len(lab.spec.steps) != len(scenario.steps):
        message = f"has {len(lab.spec.steps)} steps, index.json {len(scenario.steps)}"
        lab.notices.append(Notice("lab.yaml", 0, message, "error"))
    return lab


def _yaml(file: Path) -> tuple[Any, dict[str, Any]]:
    text = read_text(file, file.name)
    if not text.strip():
        raise InvalidLab(Notice(file.name, 0, "is empty", "error"))
    try:
        tree = yaml.parse(text, file.name)
    except InvalidScenario as error:
        raise InvalidLab(*(Notice(file.name, m.line or 0, m.message, "error") for m in error.mistakes)) from None
    return tree, yaml.data(tree)


def _validated(model: type[BaseModel], document: Any, tree: Any, name: str) -> Any:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        notices = []
        for mistake in error.errors():
            path = tuple(part for part in mistake["loc"] if part != "function-after")
            line = yaml.locate(tree, path, key=mistake["type"] == "extra_forbidden")[0]
            message = mistake["msg"].removeprefix("Value error, ")
            if mistake["type"] == "extra_forbidden":
                message = "unknown key"
            dotted = ".".join(str(part) for part in path)
            notices.append(Notice(name, line, f"{dotted}: {message[:1].lower()}{message[1:]}", "error"))
        raise InvalidLab(*notices) from None
