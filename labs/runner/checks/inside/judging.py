"""What judges are written with. Runs beside `judge.py` in a checker container: standard library only.

A judge is a function of the evidence that yields criteria, always the same ids in the same order:

    from judging import equal, every, holds

    def judge(see):
        yield equal("members", len(see.at("checker.members", [])), 3, pointer="etcdctl member list")
"""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

MOST_TEXT = 2000


class Evidence(dict):
    """The evidence; `at` reads deep into it without ever raising."""

    def at(self, path: str, default: Any = None) -> Any:
        """`see.at("checker.members.0.name")`; `default` where there is no such thing."""
        here: Any = self
        for part in path.split("."):
            if isinstance(here, dict) and part in here:
                here = here[part]
            elif isinstance(here, list) and part.isdigit() and int(part) < len(here):
                here = here[int(part)]
            else:
                return default
        return default if here is None else here


def holds(
    id: str, condition: Any, *, found: Any = None, wanted: Any = None, pointer: str = "", within: float = 0
) -> dict:
    """A criterion that is true or not."""
    return {
        "id": id, "passed": bool(condition), "found": found, "wanted": wanted, "pointer": pointer, "within": within,
    }  # fmt: skip


def equal(id: str, found: Any, wanted: Any, *, pointer: str = "", within: float = 0) -> dict:
    """A criterion that two things are the same, in kind as well: 1 is not True, and "1" is not 1."""
    same = found == wanted and isinstance(found, bool) == isinstance(wanted, bool)
    return holds(id, same, found=found, wanted=wanted, pointer=pointer, within=within)


def every(items: Iterable[Any] | None, condition: Callable[[Any], Any]) -> bool:
    """Whether a condition is true of every item, and there is one: nothing is proven by an empty set."""
    listed = list(items or ())
    return bool(listed) and all(condition(item) for item in listed)


def apply(source: str, evidence: dict, name: str = "judge.py") -> list[dict]:
    """Apply a judge's source to evidence.

    Raises:
        ValueError: it yields no criteria, or none that can be told apart.
        Exception: whatever the judge itself raises.
    """
    module = types.ModuleType("judge")
    exec(compile(source, name, "exec"), module.__dict__)
    criteria = list(_checked(module.__dict__["judge"](Evidence(evidence))))
    if not criteria:
        raise ValueError("the judge yields no criteria")
    return criteria


def _checked(yielded: Iterable[Any]) -> Iterator[dict]:
    seen: set[str] = set()
    for criterion in yielded:
        if not isinstance(criterion, dict) or "id" not in criterion or "passed" not in criterion:
            raise ValueError(f"a judge yields equal(...) and holds(...), not {criterion!r}")
        if criterion["id"] in seen:
            raise ValueError(f"two criteria have the id {criterion['id']!r}")
        seen.add(criterion["id"])
        yield {**criterion, "found": _short(criterion.get("found")), "wanted": _short(criterion.get("wanted"))}


def _short(value: Any) -> Any:
    text = json.dumps(value, default=str)
    return value if len(text) <= MOST_TEXT else text[:MOST_TEXT] + "…"


def main() -> None:
    """Judge what stands on standard input; one JSON line for each criterion, a block for each evidence.

    Input: {"judge": source, "evidence": [document, ...]}. Exit code 2: the judge itself failed.
    """
    asked = json.load(sys.stdin)
    for number, document in enumerate(asked["evidence"]):
        try:
            criteria = apply(asked["judge"], document)
        except Exception as error:
            line = _line_in_judge(error)
            print(json.dumps({"case": number, "error": f"judge.py{line}: {type(error).__name__}: {error}"}))
            continue
        for criterion in criteria:
            print(json.dumps({"case": number, **criterion}, default=str))


def _line_in_judge(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return f":{error.lineno}"
    trace, line = error.__traceback__, 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "judge.py":
            line = trace.tb_lineno
        trace = trace.tb_next
    return f":{line}" if line else ""


sys.modules.setdefault("judging", sys.modules[__name__])  # `from judging import ...` inside a judge means this module

if __name__ == "__main__":
    main()
