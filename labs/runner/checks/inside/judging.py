"""What judges are written with. Runs beside `judge.py` in a checker container: standard library only.

A judge is a function of the evidence that yields criteria, always the same ids in the same order:

    from judging import equal, every, holds

    def judge(see):
        yield equal("members", len(see.at("checker.members", [])), 3, pointer="etcdctl member list")
"""

from __future__ import annotations

import json
import re
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

MOST_TEXT, MOST_ITEMS, MOST_SHOWN = 2000, 5, 400
_DIGEST = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{28,}\b")


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


def same_set(id: str, found: Iterable[str], wanted: Iterable[str], *, pointer: str = "", within: float = 0) -> dict:
    """A criterion that two sets are the same. What is missing and what is too much is told."""
    found, wanted = set(found), set(wanted)
    apart = {"missing": sorted(wanted - found), "too much": sorted(found - wanted)}
    return equal(id, apart, {"missing": [], "too much": []}, pointer=pointer, within=within)


def every(items: Iterable[Any] | None, condition: Callable[[Any], Any]) -> bool:
    """Whether a condition is true of every item, and there is one: nothing is proven by an empty set."""
    listed = list(items or ())
    return bool(listed) and all(condition(item) for item in listed)


def contrast(found: Any, wanted: Any) -> tuple[str, str]:
    """What was found and what was wanted, as a learner reads it; of two mappings only what differs."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        differ = [key for key in wanted | found if found.get(key) != wanted.get(key)]
        found, wanted = ({key: each.get(key) for key in differ} for each in (found, wanted))
    return shown(found), shown(wanted)


def shown(value: Any) -> str:
    """A value as a learner reads it: `yes`, `nothing`, `a, b and c`, `sha256:1a2b3c4d5e6f…`."""
    text = _DIGEST.sub(r"\1…", " ".join(_phrase(value).split()))
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"


def _phrase(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value in (None, "", [], {}):
        return "nothing"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dict):
        parts, last = [f"{key}: {_phrase(item)}" for key, item in value.items()], ", "
    elif isinstance(value, list):
        parts, last = [_phrase(item) for item in _first(value)], " and "
    else:
        return str(value)
    if any(", " in part or " and " in part for part in parts):
        return "; ".join(parts)
    return last.join(filter(None, [", ".join(parts[:-1]), parts[-1]]))


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
    """A value that fits on a page."""
    text = json.dumps(value, default=str)
    if len(text) <= MOST_TEXT:
        return value
    if isinstance(value, dict):
        return {key: _short(item) for key, item in value.items()}
    if isinstance(value, list) and len(value) > len(_first(value)):
        return _short(_first(value))
    return text[:MOST_TEXT] + "…"


def _first(items: list) -> list:
    """The first of many items, and how many more there are. Of what is left then nothing more is taken."""
    many = len(items) > MOST_ITEMS + 1
    return [*items[:MOST_ITEMS], f"{len(items) - MOST_ITEMS} more"] if many else items


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
