"""YAML in: a tree that keeps the line and column of everything, patched by variants, turned into data.

The scalars are YAML 1.2's: only `true` and `false` are booleans (so `strategy: off` is a word), and
dates stay text until a field asks for a date. Keys are always text. Whatever a YAML file may hold that a
scenario has no use for (tags, a list as a key, an alias inside itself) is refused here, with its place:
behind `parse` there are only maps, lists and five kinds of scalar.
"""

from __future__ import annotations

import re
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from simulator.scenario.errors import InvalidScenario, Mistake, Path, shown

#: Guards against a file that would fill the memory: levels of nesting, values once aliases are written out.
DEEPEST, MOST_VALUES = 40, 500_000
#: No count of anything here is longer; Python itself refuses to read some thousand digits.
MOST_DIGITS = 18

_TAG = "tag:yaml.org,2002:"


class _Loader(yaml.SafeLoader):
    """SafeLoader with the scalars of YAML 1.2's core schema."""

    yaml_implicit_resolvers: dict[str, list] = {}


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        "-+.0123456789",
    ),
):
    _Loader.add_implicit_resolver(f"{_TAG}{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first))
# '<<' stays what YAML users expect of it. Ints come before floats in the resolver list, so "1" is an int and
# "1.0" a float; "01" is the int 1, not octal.
_Loader.add_implicit_resolver(f"{_TAG}merge", re.compile(r"^(?:<<)$"), ["<"])


def parse(text: str, source: str) -> MappingNode:
    """The tree of one YAML document that is a map.

    Raises:
        InvalidScenario: it is empty, not YAML, several documents, not a map, repeats a key or holds what no
            scenario has.
    """

    def refuse(message: str, mark: yaml.Mark | None = None, path: str = "") -> InvalidScenario:
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return InvalidScenario([Mistake(path, message, line, column)], source)

    try:
        documents = list(yaml.compose_all(text, Loader=_Loader))
    except yaml.MarkedYAMLError as error:
        if "<stream end>" in (error.problem or "") and error.context_mark:
            begins_here = error.context in ("while parsing a flow mapping", "while parsing a flow sequence")
            raise refuse(
                f"not YAML: {'what begins here' if begins_here else 'a bracket or brace'} is never closed",
                error.context_mark,
            ) from None
        raise refuse(_not_yaml(error), error.problem_mark or error.context_mark) from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        mark = yaml.Mark("", 0, before.count("\n"), error.position - before.rfind("\n") - 1, None, None)
        raise refuse(f"not YAML: the character {chr(error.character)!r} can't stand in a text file", mark) from None
    except RecursionError:
        raise refuse(f"nested too deeply: a scenario needs at most {DEEPEST} levels") from None
    if not documents or (isinstance(documents[0], ScalarNode) and not documents[0].value.strip()):
        raise refuse("the file is empty; `paddock new` writes a scenario to start from")
    if len(documents) > 1:
        raise refuse(
            "a scenario file holds one document; put the second into a file of its own",
            documents[1].start_mark,
        )
    if not isinstance(documents[0], MappingNode):
        raise refuse(
            "a scenario is a map that begins with apiVersion, kind, metadata and spec",
            documents[0].start_mark,
        )
    return _Plain(refuse).mapping(documents[0], 0)


def _not_yaml(error: yaml.MarkedYAMLError) -> str:
    """What PyYAML says, and for the commonest slips what to do about it."""
    problem, context = error.problem or "", error.context or ""
    if "'\\t'" in problem:
        return "not YAML: a tab can't indent or separate here; use spaces"
    if "undefined alias" in problem:
        return f"not YAML: {problem}; an alias (*name) needs an anchor (&name) before it"
    if "mapping values are not allowed" in problem:
        return "not YAML: a colon too many, or the line is indented too far; put text with a colon in quotes"
    if "could not find expected ':'" in problem:
        return "not YAML: a key without its colon, or a line that is indented wrongly"
    return " ".join(part for part in ("not YAML:", problem, context and f"({context})") if part)


class _Plain:
    """Makes a tree plain: merge keys are written out, and what a scenario has no use for is refused."""

    def __init__(self, refuse: Any) -> None:
        self.refuse = refuse
        self.values = 0

    def node(self, node: Node, depth: int) -> Node:
        self.values += 1
        if depth > DEEPEST:  # an alias inside what it stands for never ends, so it ends here
            raise self.refuse(
                f"nested too deeply (or an alias inside itself): a scenario needs at most {DEEPEST} levels",
                node.start_mark,
            )
        if self.values > MOST_VALUES:
            raise self.refuse(f"more than {MOST_VALUES:,} values once its aliases are written out", node.start_mark)
        if isinstance(node, MappingNode):
            return self.mapping(node, depth)
        if isinstance(node, SequenceNode):
            self._tagged(node, "seq")
            items = [self.node(item, depth + 1) for item in node.value]
            return SequenceNode(node.tag, items, node.start_mark, node.end_mark)
        self._tagged(node, "str", "bool", "null", "int", "float", "merge")
        try:
            _scalar(node)
        except ValueError as error:
            raise self.refuse(str(error), node.start_mark) from None
        return node

    def mapping(self, node: MappingNode, depth: int) -> MappingNode:
        self._tagged(node, "map")
        merged: dict[str, tuple[Node, Node]] = {}
        own: dict[str, tuple[Node, Node]] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                raise self.refuse("a key must be a plain word", key.start_mark)
            if key.value in own:
                raise self.refuse(
                    f"the key stands twice, first on line {own[key.value][0].start_mark.line + 1}",
                    key.start_mark,
                    shown(key.value, quoted=False),
                )
            below = self.node(value, depth + 1)
            if key.tag != f"{_TAG}merge":
                own[key.value] = (key, below)
                continue
            for part in below.value if isinstance(below, SequenceNode) else [below]:
                if not isinstance(part, MappingNode):
                    raise self.refuse(
                        "<< merges a map, or a list of maps: write an alias such as *name", value.start_mark
                    )
                merged = {k.value: (k, v) for k, v in part.value} | merged
        return MappingNode(node.tag, list((merged | own).values()), node.start_mark, node.end_mark)

    def _tagged(self, node: Node, *allowed: str) -> None:
        if node.tag not in [_TAG + name for name in allowed]:
            raise self.refuse(
                f"the tag {shown(node.tag.replace(_TAG, '!!'), quoted=False)} has no meaning in a "
                "scenario; write the plain value",
                node.start_mark,
            )


def _scalar(node: ScalarNode) -> Any:
    """The value of a scalar.

    Raises:
        ValueError: it is not what its tag says, or a number that can't be meant.
    """
    tag, text = node.tag.removeprefix(_TAG), node.value
    if tag == "null":
        return None
    if tag == "bool":
        if text.lower() not in ("true", "false"):
            raise ValueError(f"{shown(text)} is neither true nor false")
        return text.lower() == "true"
    if tag == "int":
        if len(text) > MOST_DIGITS:
            raise ValueError(f"a number of {len(text)} digits can't be meant")
        try:
            return int(text)
        except ValueError:
            raise ValueError(f"{shown(text)} is not a whole number") from None
    if tag == "float":
        try:
            return float(re.sub(r"^([-+]?)\.(inf|nan)$", r"\1\2", text.lower()))
        except ValueError:
            raise ValueError(f"{shown(text)} is not a number") from None
    return text


def data(node: Node) -> Any:
    """The tree as Python data; keys are text."""
    if isinstance(node, MappingNode):
        return {key.value: data(value) for key, value in node.value}
    if isinstance(node, SequenceNode):
        return [data(item) for item in node.value]
    return _scalar(node)


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
    """Line and column (from 1) of the deepest part of `path` that is there; of the last key if asked."""
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
            readable = isinstance(name, ScalarNode) and len(name.value) <= 63 and re.fullmatch(r"[\w.-]+", name.value)
            text += f"[{name.value if readable else part}]"
        else:
            part = part if re.fullmatch(r"[\w./-]{1,63}", part) else shown(part)
            text += f".{part}" if text else part
        node = below
    return text


def patched(base: Node, patch: Node) -> Node:
    """`base` with `patch` laid over it: maps merge, lists of named things merge by name, all else replaces.

    A value of null takes a key away (and stays where there is none, for whoever looks whether the key is known), and a
    map of another kind (another engine, another coordinator) replaces the one that was there. Both trees keep their
    marks, so messages point into the patch.
    """
    if isinstance(base, MappingNode) and isinstance(patch, MappingNode) and not _other_kind(base, patch):
        merged = {k.value: (k, v) for k, v in base.value}
        for k, v in patch.value:
            if k.value in merged and isinstance(v, ScalarNode) and v.tag == "tag:yaml.org,2002:null":
                del merged[k.value]
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


#: What tells the kinds of a map apart; `name` is left out, for it names things as well.
KINDS = ("engine", "by")


def _other_kind(base: MappingNode, patch: MappingNode) -> bool:
    """Whether a patch says that a map is of another kind than it was."""
    pairs = [(child(base, key), child(patch, key)) for key in KINDS]
    return any(old is not None and new is not None and old.value != new.value for old, new in pairs)


def in_patch(merged: Node, patch: Node, path: Path) -> Path:
    """How far a path of the merged tree goes within the patch, as a path of the patch: indices may differ."""
    found: list[str | int] = []
    for part in path:
        merged = child(merged, part) if merged is not None else None
        if isinstance(part, int) and isinstance(patch, SequenceNode) and merged is not None and _named(patch):
            names = [child(item, "name").value for item in patch.value]
            name = child(merged, "name")
            part = names.index(name.value) if isinstance(name, ScalarNode) and name.value in names else len(names)
        below = child(patch, part)
        if below is None:
            break
        found.append(part)
        patch = below
    return tuple(found)


def _named(node: SequenceNode) -> bool:
    return bool(node.value) and all(isinstance(child(item, "name"), ScalarNode) for item in node.value)
