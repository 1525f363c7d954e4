"""The JSON Schema of a scenario file, for editors: `paddock schema --out scenario.schema.json`.

The schema is made from the models, so that it never says anything else than they do. What JSON Schema can't
say (references between parts of the file, selectors that match nothing) is left to `paddock validate`.
Whatever Paddock accepts in its plain spelling the schema accepts too; it refuses only what Paddock refuses.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, NoDefault

from simulator.facts import format_duration
from simulator.scenario.base import YEAR, Duration, Name, PerSecond, Rate, Seconds, Share
from simulator.scenario.document import API_VERSION, REQUIRED, TAGS, Scenario

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]

#: Value types that stand at hundreds of places: each is written once and referred to.
VALUES = {"Duration": Duration, "Name": Name, "Rate": Rate, "Share": Share}
#: How the models spell a bound, and how JSON Schema does.
BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
#: Where a field keeps the name of the fact behind its default. Editors pass over keywords they don't know.
FACT = "x-fact"
#: What makes a map or a list complete; a patch is not, it only says what is different.
COMPLETENESS = ("required", "minItems", "minProperties", "oneOf", "anyOf", "not", "if", "then")


def json_schema() -> Schema:
    """The JSON Schema (draft 2020-12) of a scenario file, as plain data."""
    schema = Scenario.model_json_schema(by_alias=True, schema_generator=_Generator)
    definitions = _readable_names(schema)
    for part in [schema, *definitions.values()]:
        for below in _parts(part):
            _tidy(below)
    schema["properties"]["metadata"]["description"] = "What the scenario is called."
    definitions["Variant"]["properties"]["patch"] = _patch(definitions)
    definitions |= {name: _value_schema(kind) for name, kind in VALUES.items()}
    _share_values(schema)
    return {
        "$schema": DIALECT,
        "$id": f"urn:{API_VERSION.replace('/', ':')}:scenario",
        **schema,
        "required": [*REQUIRED, *schema["required"]],
        "title": "Paddock scenario",
        "description": "What is simulated: a fleet, what is changed, what breaks, "
        "who notices. Ask `paddock explain scenario` for more.",
    }


class _Generator(GenerateJsonSchema):
    """Pydantic's generator without made-up titles, and with defaults as a file would write them."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def get_default_value(self, schema: Any) -> Any:
        default = super().get_default_value(schema)
        if default is NoDefault and "default_factory" in schema and not schema.get("default_factory_takes_data"):
            made = schema["default_factory"]()
            return made if as_written(made) else NoDefault  # an empty map says less than its own fields do
        return default

    def encode_default(self, dft: Any) -> Any:
        return as_written(dft)


def as_written(value: Any) -> Any:
    """A default as a scenario file would write it."""
    if isinstance(value, Seconds):
        return format_duration(value)
    if isinstance(value, PerSecond):
        return f"{value * YEAR:.6g}/y"
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if isinstance(value, (list, tuple)):
        return [as_written(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _readable_names(schema: Schema) -> dict[str, Schema]:
    """Names of definitions without the types inside generic ones: DurationLognormal, NumberLognormal."""

    def readable(name: str) -> str:
        stem, _, inside = name.partition("_")
        return f"{'Duration' if 'Serializer' in inside else 'Number'}{stem}" if inside else stem

    old = schema["$defs"]
    schema["$defs"] = new = {readable(name): definition for name, definition in old.items()}
    for part in _parts(schema):
        if "$ref" in part:
            part["$ref"] = "#/$defs/" + readable(part["$ref"].rpartition("/")[2])
    for name, definition in new.items():
        definition["title"] = name
    return new


def _parts(schema: Any) -> Iterator[Schema]:
    """Every map inside a schema, itself first; maps of properties too, which do no harm."""
    if isinstance(schema, dict):
        yield schema
        for below in list(schema.values()):
            yield from _parts(below)
    elif isinstance(schema, list):
        for item in schema:
            yield from _parts(item)


def _tidy(schema: Schema) -> None:
    """Bounds in JSON Schema's words, a default's fact under its own key, tags that must be written."""
    for ours, theirs in BOUNDS.items():
        if isinstance(limit := schema.get(ours), (int, float)):
            del schema[ours]
            if {"const": 0} not in schema.get("anyOf", []):
                schema[theirs] = limit
    if {"const": 0} in schema.get("anyOf", []) and schema.pop("exclusiveMinimum", None) == 0:
        schema["anyOf"] = [choice for choice in schema["anyOf"] if choice != {"const": 0}]
    if isinstance(schema.get("fact"), str):
        schema[FACT] = schema.pop("fact")
    properties = schema.get("properties", {})
    for tag in TAGS:
        if "const" in properties.get(tag, {}):  # of an open end: told apart by this
            schema["required"] = sorted({*schema.get("required", []), tag})
            properties[tag].setdefault("description", "Which one it is. The word alone may stand for the whole map.")


def _value_schema(kind: Any) -> Schema:
    from pydantic import TypeAdapter

    return TypeAdapter(kind).json_schema()


def _share_values(schema: Schema) -> None:
    """Value types that are written out are replaced by a reference to their one definition."""
    keys = ("type", "pattern", "anyOf", "minimum", "maximum")
    essence: Callable[[Schema], Schema] = lambda part: {key: part[key] for key in keys if key in part}  # noqa: E731
    known = [(name, essence(schema["$defs"][name])) for name in VALUES]
    definitions = [schema["$defs"][name] for name in VALUES]
    for part in _parts(schema):
        if any(part is definition for definition in definitions):
            continue
        name = next((name for name, value in known if value == essence(part)), None)
        if name:
            for key in (*keys, "examples"):
                part.pop(key, None)
            part["$ref"] = f"#/$defs/{name}"
            if name == "Duration" and part.get("default") == 0:
                part["default"] = "0s"


def _patch(definitions: dict[str, Schema]) -> Schema:
    """What may stand in a variant: the same nouns, but nothing must be there, and null takes a key away."""

    def relaxed(part: Any) -> Any:
        if isinstance(part, list):
            return [relaxed(item) for item in part]
        if not isinstance(part, dict):
            return part
        found = {key: relaxed(value) for key, value in part.items() if key != "default"}
        if found.get("type") in ("object", "array"):
            found = {key: value for key, value in found.items() if key not in COMPLETENESS}
        if "oneOf" in found:  # without its required tag, a map may fit several members
            found["anyOf"] = found.pop("oneOf")
        if "$ref" in found:
            found["$ref"] += "Patch"
        if isinstance(found.get("properties"), dict):
            found["properties"] = {name: _or_null(value) for name, value in found["properties"].items()}
        return found

    reachable = {
        name: relaxed(copy.deepcopy(definition))
        for name, definition in definitions.items()
        if name not in ("Variant", "Metadata")
    }
    definitions |= {
        f"{name}Patch": {**definition, "title": f"Patch of {name}"} for name, definition in reachable.items()
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "description": "Laid over the file: maps merge, lists of named things merge by name (what the file does not "
        "have is added), other lists replace, null takes a key away.",
        "properties": {"spec": {"$ref": "#/$defs/SpecPatch"}, "metadata": {"type": "object"}},
    }


def _or_null(schema: Schema) -> Schema:
    description = {"description": schema["description"]} if "description" in schema else {}
    return {"anyOf": [schema, {"type": "null"}], **description}
