"""The house: a room imports only from the floors below its own; rooms on one floor do not know each other.

Late imports, in functions or for type checkers only, count too: what is imported late is still depended on.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

HOUSE = Path(__file__).parents[2] / "simulator"

#: From the top down. The facade is simulator/__init__.py and simulator/api.py.
FLOORS = (
    {"cli"},
    {"outages"},
    {"facade"},  # hands out the studies when they are asked for
    {"study"},
    {"results"},
    {"run"},
    {"nodes", "clusters", "gitops", "rollouts", "services", "operations"},  # they meet through `run` alone...
    {"components"},  # ...and through what is up, degraded or down
    {"kernel", "scenario"},
    {"facts"},
)

#: Late imports from above, and why there is no other way. Never allowed at the top of a module.
LATE = {
    ("run/run.py", "results"): "a Run hands out its tables and pictures, made when they are asked for",
    ("run/run.py", "facade"): "a Run says which version of Paddock it comes from",
}


def floor(room: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if room in rooms)


def room_of(path: Path) -> str:
    inside = path.relative_to(HOUSE)
    return inside.parts[0] if len(inside.parts) > 1 else "facade"


@cache
def rooms() -> set[str]:
    return {room_of(path) for path in HOUSE.rglob("*.py")}


def imported(node: ast.AST) -> list[str]:
    """The modules an import names, as dotted names; `from x import y` may name the module x.y."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert not node.level, f"line {node.lineno}: relative imports hide where something comes from"
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def imports() -> Iterator[tuple[str, str, str, bool]]:
    """Every import of one of our rooms by another: file, its room, the other room, whether it is late."""
    for path in sorted(HOUSE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            for name in imported(node):
                first, _, rest = name.partition(".")
                assert first != "labs", f"{path}: the simulator never imports labs"
                if first == "simulator":
                    other = rest.split(".")[0] if rest.split(".")[0] in rooms() else "facade"
                    if other != room_of(path):
                        yield str(path.relative_to(HOUSE)), room_of(path), other, node not in tree.body


def test_every_room_has_a_floor():
    assert rooms() <= set().union(*FLOORS)


def test_rooms_import_only_from_floors_below():
    upwards = {(file, other, late) for file, room, other, late in imports() if floor(other) <= floor(room)}
    allowed = {(*late, True) for late in LATE}
    assert not upwards - allowed, sorted(upwards - allowed)
    assert not allowed - upwards, "an exception that nobody needs any more"


def test_the_kernel_knows_nothing_of_fleets():
    assert not [(file, other) for file, room, other, _ in imports() if room == "kernel"]
