"""YAML in: a tree that keeps the line and column of everything, patched by variants, turned into data.

The scalars are YAML 1.2's: only `true` and `false` are booleans (so `strategy: off` is a word), and
dates stay text until a field asks for a date.
"""

from __future__ import annotations

import re
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from simulator.scenario.errors import InvalidScenario, Mistake, Path


class _Loader(yaml.SafeLoader):
    """SafeLoader with the scalars of YAML 1.2's core schema."""

    yaml_implicit_resolvers: dict[str, list] = {}


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
     "-+.0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first))
# '<<' stays what YAML users expect of it.
_Loader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile(r"^(?:<<)$"), ["<"])
# Ints come before floats in the resolver list, so "1" is an int and "1.0" a float; "01" is the int 1, not octal.
_Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(loader.construct_scalar(node)))


def parse(text: str, source: str) -> MappingNode:
    """The tree of one YAML document that is a map.

    Raises:
        InvalidScenario: it is empty, not YAML, several documents, not a map, or repeats a key.
    """
    def refuse(message: str, mark: yaml.Mark | None = None) -> InvalidScenario:
        return InvalidScenario([Mistake("", message, mark.line + 1 if mark else 1, mark.column + 1 if mark else 1)],
                               source)

    try:
        documents = list(yaml.compose_all(text, Loader=_Loader))
    except yaml.MarkedYAMLError as error:
        what = " ".join(part for part in (error.problem, error.context and f"({error.context})") if part)
        raise refuse(f"not YAML: {what}", error.problem_mark or error.context_mark) from None
    except yaml.YAMLError as error:
        raise refuse(f"not YAML: {str(error).splitlines()[0]}") from None
    if not documents or (isinstance(documents[0], ScalarNode) and not documents[0].value.strip()):
        raise refuse("the file is empty; `paddock new` writes a scenario to start from")
    if len(documents) > 1:
        raise refuse("a scenario file holds one document", documents[1].start_mark)
    if not isinstance(documents[0], MappingNode):
        raise refuse("a scenario is a map that begins with apiVersion, kind, metadata and spec",
                     documents[0].start_mark)
    _refuse_repeated_keys(documents[0], source)
    return documents[0]


def _refuse_repeated_keys(node: Node, source: str) -> None:
    if isinstance(node, MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                raise InvalidScenario([Mistake("", "a key must be a plain word", key.start_mark.line + 1,
                                               key.start_mark.column + 1)], source)
            if key.value in seen and key.value != "<<":
                raise InvalidScenario([Mistake(key.value, f"the key stands twice, first on line {seen[key.value]}",
                                               key.start_mark.line + 1, key.start_mark.column + 1)], source)
            seen[key.value] = key.start_mark.line + 1
            _refuse_repeated_keys(value, source)
    elif isinstance(node, SequenceNode):
        for item in node.value:
            _refuse_repeated_keys(item, source)


def data(node: Node) -> Any:
    """The tree as Python data."""
    loader = _Loader("")
    try:
        return loader.construct_document(node)
    finally:
        loader.dispose()


def compose(value: Any) -> MappingNode:
    """Python data as a tree, so that scenarios made in Python are patched by the same code."""
    return yaml.compose(yaml.safe_dump(value, sort_keys=False), Loader=_Loader)


def child(node: Node, key: str | int) -> Node | None:
    """What stands below a key or an index, or None."""
    if isinstance(node, MappingNode):
        return next((v for k, v in node.value if k.value == str(key)), None)
    if isinstance(node, SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key]
    return None


def locate(node: Node, path: Path, *, key: bool = False) -> tuple[int, int]:
    """Line and column (from 1) of the deepest part of `path` that is there; of the last key itself if asked."""
    mark = node.start_mark
    for index, part in enumerate(path):
        below = child(node, part)
        if below is None:
            continue
        mark = below.start_mark
        if key and index == len(path) - 1 and isinstance(node, MappingNode):
            mark = next(k for k, _ in node.value if k.value == str(part)).start_mark
        node = below
    return mark.line + 1, mark.column + 1


def spell(node: Node, path: Path) -> str:
    """`spec.changes[telemetry].rollout.stages[0].bake`: names where things have one, numbers elsewhere."""
    text = ""
    for part in path:
        below = child(node, part) if node is not None else None
        if isinstance(part, int):
            name = child(below, "name") if below is not None else None
            text += f"[{name.value if isinstance(name, ScalarNode) else part}]"
        else:
            text += f".{part}" if text else str(part)
        node = below
    return text


def patched(base: Node, patch: Node) -> Node:
    """`base` with `patch` laid over it: maps merge, lists of named things merge by name, all else is replaced.

    A value of null takes a key away. Both trees keep their marks, so messages point into the patch.
    """
    if isinstance(base, MappingNode) and isinstance(patch, MappingNode):
        merged = {k.value: (k, v) for k, v in base.value}
        for k, v in patch.value:
            if isinstance(v, ScalarNode) and v.tag == "tag:yaml.org,2002:null":
                merged.pop(k.value, None)
            elif k.value in merged:
                merged[k.value] = (merged[k.value][0], patched(merged[k.value][1], v))
            else:
                merged[k.value] = (k, v)
        return MappingNode(base.tag, list(merged.values()), base.start_mark, base.end_mark)
    if isinstance(base, SequenceNode) and isinstance(patch, SequenceNode) and _named(base) and _named(patch):
        merged_list = {child(item, "name").value: item for item in base.value}
        for item in patch.value:
            name = child(item, "name").value
            merged_list[name] = patched(merged_list[name], item) if name in merged_list else item
        return SequenceNode(base.tag, list(merged_list.values()), base.start_mark, base.end_mark)
    return patch


def _named(node: SequenceNode) -> bool:
    return bool(node.value) and all(isinstance(child(item, "name"), ScalarNode) for item in node.value)
