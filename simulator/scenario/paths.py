"""A field of a scenario by its path, and the scenario with other values there.

`spec.changes[telemetry].rollout.stages[0].bake`, as messages write it: keys with dots between them, an item of a
list by its name or its number. `spec.` may be left out. Fields that the scenario leaves at their default can be
set as well; a list must be there, for an item of it has no default.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from simulator.scenario import document
from simulator.scenario import yaml as tree
from simulator.scenario.document import TAGS
from simulator.scenario.errors import InvalidScenario, Mistake, Path, nearest, shown
from simulator.scenario.type_errors import keys_at, models_at

S = TypeVar("S", bound=document.Scenario)
_PART = re.compile(r"\.?(?P<key>[^.\[\]]+)|\[(?P<item>[^\[\]]+)\]")
_NULL = "tag:yaml.org,2002:null"


class UnknownPath(ValueError):
    """A path that leads to no field of the scenario; the message says how far it goes and names the nearest."""


def resolve(scenario: document.Scenario, path: str) -> Path:
    """The keys and indices that a path stands for.

    Raises:
        UnknownPath: no such field, or no such item of a list.
    """
    parts = _parts(path)
    if parts[0] == "scenario":
        parts = parts[1:]
    if parts and parts[0] not in ("spec", "metadata", "variants", "apiVersion", "kind"):
        parts = ["spec", *parts]
    if not parts or parts[0] != "spec" or len(parts) < 2:
        raise UnknownPath(f"{path}: a path leads to a field below spec: spec.changes[NAME].rollout.stages[0].bake")
    here: Node | None = scenario.tree
    found: list[str | int] = []
    while parts:
        step, used = _step(type(scenario), scenario.tree, here, tuple(found), parts, path)
        here = tree.child(here, step) if here is not None else None
        found.append(step)
        parts = parts[used:]
    return tuple(found)


def _parts(path: str) -> list[str]:
    """`a.b[c]` as ["a", "b", "[c]"]."""
    parts, at = [], 0
    while at < len(path):
        match = _PART.match(path, at)
        if match is None:
            break
        parts.append(match["key"].strip() if match["key"] else f"[{match['item'].strip()}]")
        at = match.end()
    if at < len(path) or not parts:
        raise UnknownPath(f"{shown(path)} is not a path; write it like spec.changes[NAME].rollout.stages[0].bake")
    return parts


def _step(
    model: type, root: Node, here: Node | None, before: Path, parts: list[str], path: str
) -> tuple[str | int, int]:
    """The next key or index, and how many parts of the path it takes (a key may have dots: cluster.nodes)."""
    place = tree.spell(root, before) or "the scenario"
    if parts[0].startswith("["):
        return _item(here, parts[0][1:-1], place, path), 1
    if isinstance(here, SequenceNode):
        raise UnknownPath(f"{path}: {place} is a list; say which item: {_choices(here)}")
    written = [key.value for key, _ in here.value] if isinstance(here, MappingNode) else []
    for used in range(len(parts), 0, -1):
        if (key := ".".join(parts[:used])) in written:
            return key, used
    known = keys_at(model, before)
    if parts[0] in known:
        return parts[0], 1
    where = f" in {place}" if before else ""
    raise UnknownPath(f"{path}: there is no field {parts[0]!r}{where}{nearest(parts[0], {*known, *written})}")


def _item(here: Node | None, word: str, place: str, path: str) -> int:
    """The index of an item that is named, or numbered from 0."""
    if not isinstance(here, SequenceNode):
        said = "is not a list" if here is not None else "is not written in this scenario, so it has no items to name"
        raise UnknownPath(f"{path}: {place} {said}")
    names = _names(here)
    if word in names:
        return names.index(word)
    if word.isdigit() and int(word) < len(here.value):
        return int(word)
    if word.isdigit():
        raise UnknownPath(f"{path}: {place} has {len(here.value)} items, numbered from 0")
    raise UnknownPath(f"{path}: nothing in {place} is named {word!r}{nearest(word, filter(None, names))}")


def _names(here: SequenceNode) -> list[str]:
    named = [tree.child(item, "name") for item in here.value]
    return [name.value if isinstance(name, ScalarNode) else "" for name in named]


def _choices(here: SequenceNode) -> str:
    return ", ".join(f"[{name or number}]" for number, name in enumerate(_names(here)[:8]))


def value_at(scenario: document.Scenario, path: Path) -> Any:
    """The value at a path as a file would write it, defaults included; None where nothing stands."""
    here: Any = scenario.model_dump(mode="json", by_alias=True)
    for part in path:
        try:
            here = here[part]
        except (KeyError, IndexError, TypeError):
            return None
    return here


def replaced(scenario: S, values: Mapping[str, Any]) -> S:
    """The scenario with these values at these paths; without its variants, which were made for the first.

    values: path -> a value as a file would write it (`"20m"`, 3, a map); None takes the key away.

    Raises:
        UnknownPath: a path leads nowhere.
        InvalidScenario: the scenario can't be run with these values.
    """
    root: Node = scenario.tree
    for path, value in values.items():
        node = tree.child(tree.compose({"value": value}), "value")
        root = _laid(type(scenario), root, resolve(scenario, path), (), node)
    root = MappingNode(
        root.tag, [pair for pair in root.value if pair[0].value != "variants"], root.start_mark, root.end_mark
    )
    try:
        made = type(scenario)._from_tree(root, scenario._source)
    except InvalidScenario as error:
        with_ = ", ".join(f"{path}={shown(value, quoted=False)}" for path, value in values.items())
        mistakes = [Mistake(m.path, m.message) for m in error.mistakes]
        raise InvalidScenario(mistakes, f"{scenario._source} with {with_}") from None
    made._variant = scenario._variant
    return made


def _laid(model: type, here: Node | None, path: Path, before: Path, value: Node) -> Node:
    """The tree with one value changed; maps on the way are made where there are none."""
    if not path:
        return value
    part, rest, below = path[0], path[1:], (*before, path[0])
    if isinstance(part, int):
        items = list(here.value)
        items[part] = _laid(model, items[part], rest, below, value)
        return SequenceNode(here.tag, items, here.start_mark, here.end_mark)
    if here is None or (isinstance(here, ScalarNode) and here.tag == _NULL):
        here = yaml.compose("{}", Loader=tree._Loader)
    elif isinstance(here, ScalarNode):
        here = _widened(model, here, before, part)
    pairs = {key.value: (key, item) for key, item in here.value}
    if not rest and isinstance(value, ScalarNode) and value.tag == _NULL:
        pairs.pop(part, None)
    else:
        key, old = pairs.get(part, (tree.compose({part: 0}).value[0][0], None))
        pairs[part] = (key, _laid(model, old, rest, below, value))
    return MappingNode(here.tag, list(pairs.values()), here.start_mark, here.end_mark)


def _widened(model: type, word: ScalarNode, before: Path, key: str) -> MappingNode:
    """`talos`, where a word stands for a map, as {name: talos}, so that more can be said of it."""
    for kind in models_at(model, before):
        for name, field in kind.model_fields.items():
            if name in TAGS and field.default == word.value:
                return tree.compose({name: word.value})
    raise UnknownPath(
        f"{'.'.join(map(str, before))}: the scenario writes {shown(word.value)} here, which has no {key!r} inside; "
        "write it as a map in the scenario"
    )


def assignment(text: str, example: str = "spec.onCall.decision=10m") -> tuple[str, str]:
    """`PATH=VALUE` in its two parts. Raises UnknownPath where it is none."""
    path, sign, value = text.partition("=")
    if not sign or not path.strip() or not value.strip():
        raise UnknownPath(f"{shown(text)} is not PATH=VALUE; write it like {example}")
    return path.strip(), value.strip()


def values_from(texts: Sequence[str]) -> dict[str, Any]:
    """`PATH=VALUE` texts, of YAML values, as values by path. Raises UnknownPath where one is none."""
    found = {}
    for path, text in map(assignment, texts):
        if len(values := listed(text)) != 1:
            raise UnknownPath(f"{path}: one value is expected, not {len(values)}; put text with a comma in quotes")
        found[path] = values[0]
    return found


def listed(text: str) -> list[Any]:
    """`10m,20m,{lognormal: {median: 5m, sigma: 1}}` as values of YAML. Raises UnknownPath where it is no list."""
    try:
        return tree.data(tree.parse(f"values: [{text}]", "values"))["values"]
    except InvalidScenario as error:
        raise UnknownPath(f"{shown(text)} is not a list of values: {error.mistakes[0].message}") from None
