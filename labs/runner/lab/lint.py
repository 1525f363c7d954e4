"""Everything that can be wrong with a lab and be seen without starting it."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from labs.runner.format import InvalidLab, Notice
from labs.runner.format.index import read_text
from labs.runner.lab.lab import CHECKER, Lab, Step, observers
from labs.runner.lab.spec import LabSpec
from labs.runner.running import images

#: The one line of every `verify.sh`: what is exported calls the same check.
VERIFY = "exec paddock-check {step}"
#: What makes a criterion.
CRITERIA = frozenset({"equal", "same_set", "holds"})
#: What a judge may use besides `judging`: nothing that looks at the world or the clock.
PURE = frozenset(
    "judging __future__ collections datetime functools ipaddress itertools json math re statistics string".split()
)

_HISTORY_FILE = re.compile("bash_history|HISTFILE")
_HISTORY = re.compile(r"bash_history|HISTFILE|(?:^|[;&|`(\s])history(?:\s|$|[;&|)])", re.MULTILINE)
_KNOWN_FILES = re.compile(
    r"index\.json|intro\.md|finish\.md|lab\.yaml|compose\.yaml|setup\.sh|README\.md|baseline/observe(\.[a-z0-9-]+)?\.(sh|py)"
    r"|step\d+/(text\.md|verify\.sh|judge\.py|solution\.sh|(fore|back)ground\.sh|hint\d+\.md|observe(\.[a-z0-9-]+)?\.(sh|py)"
    r"|traps/[a-z0-9-]+\.sh)|images/.*|.*\.(png|jpe?g|svg|gif)"
)
_VACUOUS = re.compile(r"(?:set\s.*|true|:|exit\s+0|echo\s.*|printf\s.*|sleep\s.*|return\s+0|#.*)?")


def lint(lab: Lab) -> list[Notice]:
    """All notices about a lab, errors and warnings first."""
    found = list(lab.notices)
    found += _plain(lab) if lab.plain else _ours(lab)
    order = {"error": 0, "warning": 1, "notice": 2}
    return sorted(dict.fromkeys(found), key=lambda notice: (order[notice.level], notice.file, notice.line))


def _ours(lab: Lab) -> Iterator[Notice]:
    for step in lab.steps:
        yield from _step(lab, step)
    yield from _scripts(lab)
    yield from _images(lab)
    yield from _files(lab)
    yield from _spec(lab)


def _plain(lab: Lab) -> Iterator[Notice]:
    """A public scenario: its checks, as far as a look at them tells."""
    for step in lab.steps:
        if step.verify is None:
            continue
        name = lab.name_of(step.verify)
        text = read_text(step.verify, name)
        lines = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
        if all(_VACUOUS.fullmatch(line) for line in lines):
            yield Notice(name, 1, "this check passes whatever was done")
        elif re.match(r"(echo|printf)\b", lines[-1]) and not re.search(r"\|\||&&", lines[-1]):
            yield Notice(name, len(text.splitlines()), "ends with output: what the check before it found is lost")
        yield from (replace(notice, level="warning") for notice in _history(name, text))


def _history(name: str, text: str) -> Iterator[Notice]:
    pattern = _HISTORY_FILE if name.endswith(".py") else _HISTORY  # `history` is a fine name in Python
    for match in pattern.finditer(text):
        line = text.count("\n", 0, match.start()) + 1 + match[0].startswith("\n")
        yield Notice(name, line, "looks into the shell's history: check the state, not the commands", "error")


def _step(lab: Lab, step: Step) -> Iterator[Notice]:
    folder = lab.name_of(step.folder)

    def missing(name: str, why: str) -> Notice:
        return Notice(f"{folder}/{name}", 0, f"is missing: {why}", "error")

    wanted = VERIFY.format(step=step.number)
    if step.verify is None:
        yield Notice("index.json", 0, f"step {step.number} names no verify script", "error")
    else:
        text = read_text(step.verify, "verify.sh")
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
        if lines != [wanted]:
            yield Notice(lab.name_of(step.verify), 0, f"must be the one line `{wanted}`", "error")
    if not step.observers:
        yield missing("observe.sh", "nothing takes the evidence")
    if step.judge is None:
        yield missing("judge.py", "nothing decides")
    else:
        yield from _judge(lab, step.judge)
    if step.solution is None:
        yield missing("solution.sh", "nobody has shown that it can be done")
    if not step.traps:
        yield missing("traps/", "nobody has tried to seem to do it")
    if not step.hints:
        yield Notice(f"{folder}/hint1.md", 0, "is missing: a learner who is stuck stays stuck")
    yield from _hints(lab, step)
    for number in step.spec.undoes:
        if not 1 <= number < step.number:
            yield Notice("lab.yaml", 0, f"step {step.number} undoes step {number}, which is no earlier step", "error")


def _hints(lab: Lab, step: Step) -> Iterator[Notice]:
    """Hints do not contain the solution."""
    if step.solution is None:
        return
    lines = {" ".join(line.split()) for line in read_text(step.solution, "solution.sh").splitlines()}
    telling = {line for line in lines if len(line) > 25 and not line.startswith("#")}
    for hint in step.hints:
        text = " ".join(read_text(hint, hint.name).split())
        for line in sorted(telling):
            if line in text:
                yield Notice(lab.name_of(hint), 0, f"contains a line of the solution: {line[:60]!r}")


def _judge(lab: Lab, path: Path) -> Iterator[Notice]:
    name = lab.name_of(path)
    try:
        tree = ast.parse(read_text(path, name))
    except (SyntaxError, ValueError) as error:
        yield Notice(name, getattr(error, "lineno", 0) or 0, f"is not Python: {error}", "error")
        return
    function = next((n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "judge"), None)
    if function is None or len(function.args.args) != 1:
        yield Notice(name, 0, "needs a function judge(see)", "error")
        return
    for node in ast.walk(tree):
        yield from _impure(name, node)
    criteria = [n for n in ast.walk(function) if isinstance(n, ast.Call) and _called(n) in CRITERIA]
    if not criteria:
        yield Notice(name, function.lineno, "yields no criteria", "error")
    for call in criteria:
        yield from _criterion(name, call)
    for node in ast.walk(function):
        if isinstance(node, ast.Return):
            yield Notice(name, node.lineno, "an early return hides the criteria after it", "error")


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _impure(name: str, node: ast.AST) -> Iterator[Notice]:
    modules = []
    if isinstance(node, ast.Import):
        modules = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        modules = [node.module or ""]
    for module in modules:
        if module.split(".")[0] not in PURE:
            yield Notice(name, node.lineno, f"imports {module}: a judge sees the evidence and nothing else", "error")  # type: ignore[attr-defined]
    if isinstance(node, ast.Call) and _called(node) in ("open", "eval", "exec", "print", "input", "__import__"):
        yield Notice(name, node.lineno, f"calls {_called(node)}: a judge only judges", "error")
    if isinstance(node, ast.Call) and _called(node) == "all":
        yield Notice(name, node.lineno, "all(...) is true of nothing: use every(items, condition)", "error")


def _criterion(name: str, call: ast.Call) -> Iterator[Notice]:
    if not call.args or not isinstance(call.args[0], ast.Constant):
        yield Notice(name, call.lineno, "the id of a criterion is plain text, the same whatever the evidence", "error")
    tested = call.args[1:]
    if tested and all(isinstance(argument, ast.Constant) for argument in tested):
        yield Notice(name, call.lineno, "this criterion does not depend on the evidence", "error")
    for argument in tested[:1]:
        if _called(call) == "holds" and isinstance(argument, ast.BoolOp) and isinstance(argument.op, ast.And):
            yield Notice(name, call.lineno, "`and` makes one criterion of two: write two, so that each can be tried")


def _scripts(lab: Lab) -> Iterator[Notice]:
    parts = [
        lab.folder / "setup.sh",
        *(path for path in lab.folder.glob("step*/*.sh")),
        *lab.folder.glob("step*/traps/*.sh"),
    ]
    shell = [path for path in parts if path.is_file() and path.name != "verify.sh"]
    for path in shell:
        name = lab.name_of(path)
        text = read_text(path, name)
        if path.name.startswith("observe"):
            yield from _history(name, text)
            continue
        try:
            split = lab.parts(path)
            if path.parent.name == "traps":
                lab.undo(path)
        except InvalidLab as error:
            yield from error.notices
            continue
        if not split and path.name != "verify.sh":
            yield Notice(name, 0, "does nothing", "error")
    for folder in [lab.folder / "baseline", *(step.folder for step in lab.steps)]:
        for place, path in observers(folder).items():
            if place != CHECKER and place not in lab.machines:
                yield Notice(lab.name_of(path), 0, f"no such machine: {place}", "error")
            if path.suffix == ".py":
                yield from _history(lab.name_of(path), read_text(path, path.name))
    yield from _shellcheck(lab, [*shell, *lab.folder.glob("baseline/*.sh")])


def _shellcheck(lab: Lab, paths: list[Path]) -> Iterator[Notice]:
    beside = Path(sys.executable).with_name("shellcheck")
    program = shutil.which("shellcheck") or (str(beside) if beside.is_file() else None)
    if program is None:
        yield Notice("lint", 0, "shellcheck is not installed: scripts were not looked at", "notice")
        return
    if not paths:
        return
    done = subprocess.run(
        [program, "--shell=bash", "--severity=warning", "--exclude=SC1091", "--format=json1", *map(str, paths)],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    for comment in json.loads(done.stdout or "{}").get("comments", []):
        name = lab.name_of(Path(comment["file"]))
        yield Notice(name, comment["line"], f"shellcheck SC{comment['code']}: {comment['message']}")


def _images(lab: Lab) -> Iterator[Notice]:
    known = images.of_lab(lab)
    own = {name: recipe for name, recipe in known.items() if recipe.folder.is_relative_to(lab.folder)}
    for recipe in own.values():
        for line, message in images.problems(recipe, known):
            yield Notice(lab.name_of(recipe.folder / "Dockerfile"), line, message, "error")
    used = {str(service.get("image")) for service in (lab.compose or {}).get("services", {}).values()}
    used |= {lab.spec.checker.image} if lab.spec else set()
    for name in sorted(used):
        if name.startswith("paddock/") and name not in known:
            yield Notice("compose.yaml", 0, f"there is no recipe for the image {name}", "error")
    needed = used | {parent for name in used & set(known) for parent in _parents(known, name)}
    for name in sorted(set(own) - needed):
        yield Notice(lab.name_of(own[name].folder), 0, "no machine is made from this image")


def _parents(known: dict[str, images.Recipe], name: str) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for parent in known[waiting.pop()].parents():
            if parent in known and parent not in found:
                found.add(parent)
                waiting.append(parent)
    return found


def _files(lab: Lab) -> Iterator[Notice]:
    """Every file is there for something."""
    mounted = [
        str(volume.get("source", "") if isinstance(volume, dict) else volume).split(":")[0].removeprefix("./")
        for service in (lab.compose or {}).get("services", {}).values()
        for volume in service.get("volumes") or []
    ]
    sources = {copy.source for copy in lab.scenario.copies}
    for path in sorted(lab.folder.rglob("*")):
        name = lab.name_of(path)
        if not path.is_file() or "__pycache__" in path.parts or path in sources or _KNOWN_FILES.fullmatch(name):
            continue
        if not any(name == place or name.startswith(f"{place}/") for place in mounted if place):
            yield Notice(name, 0, "nothing uses this file")


def _spec(lab: Lab) -> Iterator[Notice]:
    assert lab.spec is not None
    text = "\n".join(
        read_text(path, path.name)
        for path in lab.folder.rglob("*")
        if path.is_file() and path.suffix in (".sh", ".py", ".md", ".yaml", ".yml", ".conf") and path.name != "lab.yaml"
    )
    for name, value in lab.spec.values.items():
        if (
            not value.hidden
            and f"PADDOCK_{name.upper()}" not in text
            and not re.search(rf"\bvalues\b.*\b{name}\b", text)
        ):
            yield Notice("lab.yaml", 0, f"nothing uses the value {name}")
    for stand_in in lab.spec.stand_ins:
        if stand_in.real.split()[0].lower() not in " ".join(leaf.source for leaf in lab.scenario.pages).lower():
            yield Notice("lab.yaml", 0, f"the texts do not say that something stands in for {stand_in.real}")
    if lab.spec.mirrors is None:
        yield Notice("lab.yaml", 0, "mirrors: names no scenario of the simulator", "notice")
    elif not _is_scenario(lab.spec.mirrors):
        yield Notice("lab.yaml", 0, f"mirrors: there is no scenario {lab.spec.mirrors!r} (paddock list)")
    yield from _simulation(lab.spec)
    if not lab.steps:
        yield Notice("index.json", 0, "has no steps", "error")


def _simulation(spec: LabSpec) -> Iterator[Notice]:
    """What is measured is there in the scenario, which runs with the lab's settings."""
    if spec.simulation is None:
        return
    if spec.mirrors is None or not _is_scenario(spec.mirrors):
        yield Notice("lab.yaml", 0, "simulation: needs a scenario that the lab mirrors", "error")
        return
    from simulator import InvalidScenario, Scenario

    try:
        scenario = Scenario.load(spec.mirrors).with_settings(spec.simulation.settings)
        scenario.require_valid()
    except (InvalidScenario, ValueError) as error:
        yield Notice("lab.yaml", 0, f"simulation.settings: {spec.mirrors} can't be run with them: {error}", "error")
        return
    changes = [change.name for change in scenario.spec.changes]
    for name, measure in spec.simulation.measures.items():
        wanted = measure.lag or measure.correction
        if wanted is not None and wanted not in changes:
            known = ", ".join(changes) or "none"
            yield Notice("lab.yaml", 0, f"simulation.measures.{name}: no change {wanted!r}; known: {known}", "error")


def _is_scenario(name: str) -> bool:
    from simulator.scenario.document import library

    return name in library()
