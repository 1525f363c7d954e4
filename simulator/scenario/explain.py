"""What may be said about one field of a scenario file: type, default, meaning, allowed values, fields below.

Everything is read from the JSON Schema, which is made from the models: one truth, and this is a way to walk
it. `scenario.changes[0].rollout.stages.bake`, `spec.changes.rollout` and `changes.rollout` are the same
road; `scenario.fleet.pools.os.talos.upgrade` enters one member of a union by its name.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from simulator import facts
from simulator.facts import Fact
from simulator.scenario.document import TAGS
from simulator.scenario.schema import FACT, Schema, json_schema
from simulator.scenario.selector import ATTRIBUTES

ROOT = "scenario"
#: Definitions that are one value to a writer, by the word for it.
WORDS = {
    "Duration": "duration",
    "Name": "name",
    "Rate": "rate",
    "Share": "share",
    "Selector": "selector",
    "Comparison": "comparison",
    "DurationDistribution": "distribution",
    "NumberDistribution": "distribution",
}
SIMPLE = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
EXAMPLES = {
    "duration": "90s, 5m, 2d4h",
    "share": "5% or 0.05",
    "rate": "1/y, 60/h",
    "date and time": "2026-03-02T09:00:00Z",
    "selector": "{environment: prod, cluster.nodes: {above: 100}}",
    "distribution": "{lognormal: {median: 20m, sigma: 0.8}, level: perEvent}",
}
#: What the schema does not say of them.
MEANINGS = {"distribution": "A value that is drawn: one of these shapes, and for whom one draw holds (level)."}


@dataclass(frozen=True)
class Field:
    """One field of the scenario file, as `paddock explain` shows it.

    name: the last word of the path (cluster.nodes is one); type: in words; required: it has no default; default:
    as a file would write it, None for none; allowed: the words that may stand there, or the bounds of a number;
    fact: the one behind the default; below: the fields below, without their own.
    """

    path: str
    name: str
    type: str
    required: bool
    default: Any
    meaning: str
    allowed: tuple[str, ...] = ()
    example: str = ""
    fact: Fact | None = None
    below: tuple[Field, ...] = field(default=())


class UnknownField(KeyError):
    """No field has this path; `nearest` holds paths that look like it."""

    def __init__(self, path: str, nearest: list[str]) -> None:
        super().__init__(path)
        self.path, self.nearest = path, nearest


def explain(path: str) -> Field:
    """The field at a path, with what stands below it.

    Raises:
        UnknownField: there is none; it names the nearest.
    """
    parts = _split(path)
    here, required, spelled, name = _schema(), True, ROOT, ROOT
    while parts:
        found = _step(here, parts)
        if found is None:
            raise UnknownField(path, _nearest(spelled, here, parts))
        through, name, here, required, used = found
        parts, spelled = parts[used:], f"{spelled}{through}.{name}"
    return _describe(spelled, name, here, required, deep=True)


def value_type(word: str) -> Field | None:
    """A type that fields are said to have, by its word (selector, <duration>, scenario.share)."""
    word = word.lower().removeprefix(f"{ROOT}.").removeprefix("spec.").strip("<>")
    definition = next((name for name, known in WORDS.items() if known == word), None)
    if definition is None:
        return None
    found = _describe(word, word, {"$ref": f"#/$defs/{definition}"}, False, deep=True)
    return replace(found, meaning=found.meaning or MEANINGS[word])


def paths() -> Iterator[str]:
    """The path of every field."""

    def below(here: Schema, spelled: str) -> Iterator[str]:
        yield spelled
        for name, (schema, _) in _children(here).items():
            yield from below(schema, f"{spelled}.{name}")

    yield from below(_schema(), ROOT)


# --- walking -------------------------------------------------------------------------------------------


@cache
def _schema() -> Schema:
    return json_schema()


def _split(path: str) -> list[str]:
    """`scenario.spec.changes[0].rollout` as words; within a patch stands what stands in the file."""
    parts = [part for part in re.sub(r"\[[^\]]*\]?", "", path).split(".") if part]
    if parts and parts[0].lower() == ROOT:
        parts = parts[1:]
    if parts[:2] == ["variants", "patch"]:
        parts = parts[2:] or parts
    return parts


def _step(here: Schema, parts: list[str]) -> tuple[str, str, Schema, bool, int] | None:
    """What is passed through, name, schema, whether it is required, and how many of the parts it took.

    spec may be left out, and so may the word for a kind (an operating system, an engine): os.pull is os.talos.pull.
    """
    children = _children(here)
    skipped = [f".{name}" for name in children if name == "spec" or _tag(_resolve(children[name][0]))]
    for through, choices in [("", children), *((skip, _children(children[skip[1:]][0])) for skip in skipped)]:
        written = {_plain(name): name for name in choices}
        for used in range(min(2, len(parts)), 0, -1):  # cluster.nodes is one name
            name = written.get(_plain(".".join(parts[:used])))
            if name is not None:
                return through, name, *choices[name], used
    return None


def _plain(name: str) -> str:
    """onCall, on_call and oncall are the same to somebody who asks."""
    return name.replace("_", "").replace("-", "").lower()


def _resolve(schema: Schema) -> Schema:
    """A reference followed; what stands beside it (the description of this use) wins."""
    while "$ref" in schema:
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        schema = {**_schema()["$defs"][schema["$ref"].rpartition("/")[2]], **beside}
    return schema


def _alternatives(schema: Schema) -> list[Schema]:
    """The members of a union, unions in it opened, null left out; what is no union is its own only member.

    References are kept, for their names say what kind of value it is.
    """
    members = schema.get("anyOf") or schema.get("oneOf") or []
    if any("required" in member for member in members):  # "exactly one of these keys" is no union
        members = []
    if not members:
        return [] if schema.get("type") == "null" else [schema]
    return [below for member in members for below in _alternatives(member)]


def _tag(schema: Schema) -> str | None:
    """The word that tells a member of a union: talos, flux."""
    properties = schema.get("properties", {})
    return next((properties[key]["const"] for key in TAGS if "const" in properties.get(key, {})), None)


def _children(schema: Schema) -> dict[str, tuple[Schema, bool]]:
    """What may stand below: name -> its schema, and whether it must."""
    found: dict[str, tuple[Schema, bool]] = {}
    members = [_resolve(member) for member in _alternatives(_resolve(schema))]
    for member in members:
        if member.get("type") == "array":
            found |= _children(member["items"])
        elif member.get("title") == "Selector":
            wanted = member["additionalProperties"]
            found |= {
                name: ({**wanted, "description": _sentence(meaning)}, False) for name, meaning in ATTRIBUTES.items()
            }
        elif len(members) > 1 and (tag := _tag(member)):
            found[tag] = (member, False)
        else:
            properties, required = member.get("properties", {}), member.get("required", [])
            if not any(below.get("$ref", "").endswith("Patch") for below in properties.values()):
                # a patch is left out: below it stands what stands in the file
                found |= {name: (below, name in required) for name, below in properties.items()}
    return found


def _nearest(spelled: str, here: Schema, parts: list[str]) -> list[str]:
    """First what may stand at this place, then the same word elsewhere."""
    names = dict.fromkeys(
        [*_children(here), *(_children(_resolve(here["properties"]["spec"])) if here is _schema() else ())]
    )
    close = difflib.get_close_matches(parts[0].lower(), {_plain(name): name for name in names}, n=2, cutoff=0.6)
    found = [f"{spelled}.{name}" for name in names if _plain(name) in close]
    wanted = _plain(parts[-1])
    everywhere = [
        path.replace(f"{ROOT}.spec.", f"{ROOT}.") for path in paths() if _plain(path.rpartition(".")[2]) == wanted
    ]
    return list(dict.fromkeys([*found, *sorted(everywhere, key=len)]))[:4]


# --- describing ----------------------------------------------------------------------------------------


def _describe(path: str, name: str, schema: Schema, required: bool, deep: bool = False) -> Field:
    resolved = _resolve(schema)
    kind = _type(schema)
    fact = resolved.get(FACT)
    below = ()
    if deep:
        below = tuple(
            _describe(f"{path}.{word}", word, child, needed) for word, (child, needed) in _children(schema).items()
        )
    example = next((text for word, text in EXAMPLES.items() if word in kind), "") if not fact else ""
    meaning = _sentence(_meaning(schema))
    if deep and kind == WORDS["Selector"]:  # labels are yours, so they can't be listed below
        meaning += " A label of the fleet or of a pool is selected by its own name: {tier: gold}."
    return Field(
        path,
        name,
        kind,
        required,
        resolved.get("default"),
        meaning,
        tuple(_allowed(schema)),
        example,
        facts.get(fact) if fact else None,
        below,
    )


def _meaning(schema: Schema) -> str:
    """The field's own words; without any, those of what it holds."""
    for part in (schema, *map(_resolve, _alternatives(schema)), _resolve(schema)):
        if part.get("description"):
            return " ".join(part["description"].split())
        if part.get("type") == "array" and _resolve(part["items"]).get("description"):
            return _resolve(part["items"])["description"]
    return ""


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    if not text.partition(" ")[0].endswith(":"):  # "kexec: no firmware POST" explains a word as it is written
        text = text[:1].upper() + text[1:]
    return text + ("" if not text or text.endswith((".", "?", ":")) else ".")


def _type(schema: Schema) -> str:
    words: list[str] = []
    for member in _alternatives(schema):
        word = WORDS.get(member.get("$ref", "").rpartition("/")[2])
        resolved = _resolve(member)
        if word is None and resolved is not member and len(_alternatives(resolved)) > 1:
            word = _type(resolved)
        words.append(word or _word(resolved))
    words = list(dict.fromkeys(words))
    if set(SIMPLE.values()) <= set(words):
        words = ["value", *(word for word in words if word not in SIMPLE.values())]
    return " or ".join(words)


def _word(schema: Schema) -> str:
    if "enum" in schema or "const" in schema:
        return "word"
    if schema.get("type") == "array":
        inside = _type(schema["items"])
        return f"list of {'maps' if inside == 'map' else inside if ' ' in inside else inside + 's'}"
    if schema.get("format") == "date-time":
        return "date and time"
    if "%" in schema.get("pattern", ""):
        return "share"
    return SIMPLE.get(schema.get("type", ""), "map")


def _allowed(schema: Schema) -> Iterator[str]:
    """The words that may stand there, or the bounds of a number."""
    for member in map(_resolve, _alternatives(schema)):
        if member.get("type") == "array":
            member = _resolve(member["items"])
        yield from map(str, member.get("enum", [member["const"]] if "const" in member else []))
        bounds = [
            text
            for key, text in (
                ("exclusiveMinimum", "more than"),
                ("minimum", "at least"),
                ("exclusiveMaximum", "less than"),
                ("maximum", "at most"),
            )
            if key in member
            for text in [f"{text} {member[key]:,}"]
        ]
        if bounds and member.get("type") in ("integer", "number") and "$ref" not in schema:
            yield " and ".join(bounds)
