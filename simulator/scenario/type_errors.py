"""Errors of types in people's words: pydantic's reports as places in the file, and what would be right there."""

from __future__ import annotations

import re
import types
import typing
from typing import Any

from pydantic import BaseModel, RootModel, ValidationError

from simulator.scenario.base import kind_of
from simulator.scenario.document import OPEN_ENDS, TAGS
from simulator.scenario.errors import Found, Path, nearest, shown


def explain_errors(error: ValidationError, root: type[BaseModel], raw: Any) -> list[Found]:
    """Pydantic's errors as paths into the file and sentences that say what would be right."""
    found: dict[Path, Found] = {}
    corrected: set[Path] = set()  # keys that an unknown key was probably meant to be
    for item in error.errors(include_url=False):
        path = _real_path(item["loc"], raw, missing=item["type"] == "missing")
        on_key = item["type"] == "extra_forbidden"
        if on_key:
            hint = _elsewhere(root, item["loc"]) or nearest(str(path[-1]), keys_at(root, item["loc"][:-1]))
            message = f"unknown key {shown(path[-1])}{hint}"
            corrected |= {(*path[:-1], word) for word in re.findall(r"did you mean '(.*)'", hint)}
        else:
            message = _sentence(item)
        found.setdefault(path, (path, message, on_key))
    # Whoever wrote `sgima` for `sigma` need not be told that `sigma` is missing as well.
    found = {path: mistake for path, mistake in found.items() if path not in corrected}
    # A parent's complaint beside a child's says the same again, and less well.
    return [f for p, f in found.items() if not any(q != p and q[: len(p)] == p for q in found)]


def _sentence(item: Any) -> str:
    """One of pydantic's errors in people's words."""
    kind, value, context = item["type"], item["input"], item.get("ctx", {})
    if kind == "missing":
        return f"{item['loc'][-1]!r} is missing"
    if kind == "literal_error":
        expected = context["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        if isinstance(value, (dict, list, type(None))):
            return f"one of {', '.join(expected)} is expected here, not {kind_of(value)}"
        return f"{shown(value)} is not known here{nearest(str(value), expected)}"
    if kind in ("value_error", "assertion_error"):
        return str(context["error"])
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return f"a map is expected here, not {kind_of(value)}"
    if kind == "list_type":
        return f"a list is expected here, not {kind_of(value)}"
    if kind.startswith("int_"):
        return f"a whole number is expected here, not {_what(value)}"
    if kind.startswith("float_"):
        return f"a number is expected here, not {_what(value)}"
    if kind.startswith("bool_"):
        return f"true or false is expected here, not {_what(value)}"
    if kind == "string_type":
        if isinstance(value, (bool, int, float)):  # 1.10 has become 1.1 by now: don't repeat it
            return f"text is expected here, not {kind_of(value)}; put it in quotes"
        return f"text is expected here, not {_what(value)}"
    if kind == "finite_number":
        return f"a finite number is expected here, not {value}"
    if kind == "too_short":
        return "at least one is needed"
    if kind == "string_pattern_mismatch":
        return f"{shown(value)} is not written as it must be ({context['pattern']})"
    bound = {
        "greater_than": ("more than", "gt"),
        "greater_than_equal": ("at least", "ge"),
        "less_than": ("less than", "lt"),
        "less_than_equal": ("at most", "le"),
    }.get(kind)
    if bound:
        limit = context[bound[1]]
        return f"must be {bound[0]} {limit:,.12g}, not {_what(value)}"
    return item["msg"][0].lower() + item["msg"][1:]


def _what(value: Any) -> str:
    return kind_of(value) if isinstance(value, (dict, list, type(None))) else shown(value)


def _real_path(loc: tuple, raw: Any, missing: bool) -> Path:
    """`loc` without the union tags of pydantic: only what stands in the data, and the key that is missing."""
    path: list = []
    here = raw
    for part in loc[:-1] if missing else loc:
        if (
            isinstance(here, dict)
            and part in here
            or isinstance(here, list)
            and isinstance(part, int)
            and part < len(here)
        ):
            here = here[part]
            path.append(part)
    return (*path, loc[-1]) if missing else tuple(path)


def _elsewhere(root: type[BaseModel], loc: tuple) -> str:
    """`; it belongs to microos`, when another kind of the same thing knows the key, else nothing."""
    owners = {
        kind.model_fields[base.tag].default
        for model in models_at(root, loc[:-1])
        for base in OPEN_ENDS
        if issubclass(model, base)
        for kind in base.__subclasses__()
        if loc[-1] in {field.alias or name for name, field in kind.model_fields.items()}
    }
    *others, last = sorted(owners) or [""]
    return f"; it belongs to {', '.join(others) + ' and ' if others else ''}{last}" if owners else ""


def keys_at(root: type[BaseModel], loc: tuple) -> set[str]:
    """The keys that may stand at a place of the file."""
    return {field.alias or name for model in models_at(root, loc) for name, field in model.model_fields.items()}


def models_at(root: type[BaseModel], loc: tuple) -> list[type[BaseModel]]:
    """The models that may stand at a place of the file."""
    models = [root]
    for part in loc:
        if isinstance(part, int):
            continue
        below = [
            m
            for model in models
            for name, field in model.model_fields.items()
            if part in (field.alias, name)
            for m in models_in(field.annotation)
        ]
        tagged = [m for m in models if any(f.default == part for n, f in m.model_fields.items() if n in TAGS)]
        models = below or tagged or models
    return models


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """Every model inside a type annotation; of a map with free keys (a selector), those of its values."""
    if isinstance(annotation, type) and issubclass(annotation, RootModel):
        return models_in(annotation.model_fields["root"].annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [
        m for arg in typing.get_args(annotation) if not isinstance(arg, (str, types.NoneType)) for m in models_in(arg)
    ]
