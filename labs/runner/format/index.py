"""`index.json` of a scenario and `structure.json` of a course, as the public ones use them.

Authors write for a reader that forgives much, so this one does too: a value of the wrong kind is dropped and a key that
nobody knows is kept, each with a notice. Only what is no JSON object at all is refused.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from labs.runner.format.notices import InvalidLab, Notice, Notices
from simulator.scenario.errors import nearest

#: Keys of Katacoda, and those that sites and tools around it have added: known, and without effect here.
KATACODA_KEYS = frozenset(
    "environment files icon pathwayTitle difficulty time hint answer credits private type theme version tags author "
    "authors solution category level estimated_time estimatedTime duration link pathway terminals hideFileTree "
    "showdashboard courses hidden contributors displayName showLineNumbers scrollBackLength fontSize".split()
)


class Lenient(BaseModel):
    """A model that keeps what it does not know."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)


class Part(Lenient):
    """What is on one page: a text, the scripts that run when it opens, the script that checks it."""

    title: str | None = None
    text: str | None = None
    verify: str | None = None
    foreground: str | None = Field(None, validation_alias=AliasChoices("foreground", "code"))
    background: str | None = Field(None, validation_alias=AliasChoices("background", "courseData"))


class Asset(Lenient):
    """Files below `assets/` that are copied into a folder of the machine."""

    file: str
    target: str = "/root"
    chmod: str | None = None


class Details(Lenient):
    intro: Part | None = None
    steps: list[Part] = []
    finish: Part | None = None
    assets: dict[str, list[Asset]] = {}


class Backend(Lenient):
    imageid: str | None = None


class Interface(Lenient):
    layout: str | None = None


class Index(Lenient):
    """`index.json`."""

    title: str | None = None
    description: str | None = None
    details: Details = Details()
    backend: Backend = Backend()
    interface: Interface = Interface()


class Item(Lenient):
    path: str
    title: str | None = None
    description: str | None = None


class Structure(Lenient):
    """`structure.json`: the scenarios of a course, in order."""

    title: str | None = None
    description: str | None = None
    items: list[Item] = []


class Source:
    """A JSON file with its text, to find the line that a key or a value stands on."""

    def __init__(self, file: Path, name: str) -> None:
        self.name = name
        self.text = read_text(file, name)
        try:
            # strict=False: line breaks inside strings are met in the wild.
            self.document = json.loads(self.text, strict=False)
        except json.JSONDecodeError as error:
            raise InvalidLab(Notice(name, error.lineno, f"is not JSON: {error.msg}", "error")) from None
        except RecursionError:
            raise InvalidLab(Notice(name, 0, "is nested too deeply", "error")) from None
        if not isinstance(self.document, dict):
            raise InvalidLab(Notice(name, 1, "must be a JSON object {...}", "error"))

    def line_of(self, *words: Any) -> int:
        """The line where the last of the words first stands, after the places of those before it."""
        at = 0
        for word in words:
            if isinstance(word, str):
                found = self.text.find(json.dumps(word, ensure_ascii=False), at)
                at = found if found >= 0 else at
        return self.text.count("\n", 0, at) + 1


def read_text(file: Path, name: str) -> str:
    """A text file as the wild has them: with or without a BOM, any line ends, some bytes that are no UTF-8."""
    try:
        return file.read_bytes().decode("utf-8-sig", errors="replace")
    except OSError as error:
        raise InvalidLab(Notice(name, 0, f"can't be read: {(error.strerror or str(error)).lower()}", "error")) from None


def read_index(source: Source, notices: Notices) -> Index:
    return _validated(Index, source, notices)


def read_structure(source: Source, notices: Notices) -> Structure:
    return _validated(Structure, source, notices)


def _validated(model: type[Any], source: Source, notices: Notices) -> Any:
    """The model; values that do not fit are taken out one by one, each with a warning."""
    try:
        document = _without_nulls(source.document)
    except RecursionError:
        raise InvalidLab(Notice(source.name, 0, "is nested too deeply", "error")) from None
    while True:
        try:
            made = model.model_validate(document)
            break
        except ValidationError as error:
            place = error.errors()[0]
            path = _take_out(document, place["loc"])
            dotted = ".".join(str(part) for part in path)
            why = f"{dotted}: {place['msg'].lower()}; ignored"
            notices.add(source.name, source.line_of(*path), why)
    _tell_unknown(made, source, notices, ())
    return made


def _without_nulls(value: Any) -> Any:
    """An absent value and a null are the same to every reader met."""
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value if item is not None]
    return value


def _take_out(document: Any, path: tuple[Any, ...]) -> tuple[Any, ...]:
    """Remove what the path leads to; when it is not there (a required key), what it would be in."""
    while path:
        inside = document
        try:
            for part in path[:-1]:
                inside = inside[part]
            del inside[path[-1]]
            return path
        except (KeyError, IndexError, TypeError):
            path = path[:-1]
    raise InvalidLab(Notice("index.json", 1, "is not of the right form", "error"))  # pragma: no cover


def _tell_unknown(made: BaseModel, source: Source, notices: Notices, path: tuple[str | int, ...]) -> None:
    for name in made.model_extra or {}:
        dotted = ".".join(str(part) for part in (*path, name))
        line = source.line_of(*path, name)
        if name in KATACODA_KEYS:
            notices.add(source.name, line, f"{dotted} has no effect here", "notice")
        else:
            known = [*type(made).model_fields, "code", "courseData"]
            close = nearest(name, known)
            notices.add(source.name, line, f"unknown key {dotted}{close if 'did you mean' in close else ''}")
    for name, value in made:
        for where, item in _models(value, (*path, name)):
            _tell_unknown(item, source, notices, where)


def _models(value: Any, path: tuple[str | int, ...]) -> list[tuple[tuple[str | int, ...], BaseModel]]:
    if isinstance(value, BaseModel):
        return [(path, value)]
    if isinstance(value, dict):
        return [found for key, item in value.items() for found in _models(item, (*path, str(key)))]
    if isinstance(value, list):
        return [found for number, item in enumerate(value) for found in _models(item, (*path, number))]
    return []
