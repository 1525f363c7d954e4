"""The scenario file: apiVersion, kind, metadata, spec, variants."""

from __future__ import annotations

import hashlib
import importlib.resources
import json
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal, Self, Union

from pydantic import BeforeValidator, Discriminator, Field, PrivateAttr, Tag, ValidationError, field_validator
from yaml.nodes import MappingNode

from simulator.scenario import yaml as tree
from simulator.scenario.base import Duration, Instant, Model, Name, Seconds, kind_of
from simulator.scenario.change import Change
from simulator.scenario.component import Component
from simulator.scenario.condition import Fault
from simulator.scenario.errors import FEW, InvalidScenario, Mistake, nearest, shown
from simulator.scenario.fleet import Coordination, FleetEntry, Limits, OperatingSystem, Pool
from simulator.scenario.gitops import Engine
from simulator.scenario.kubernetes import Kubernetes
from simulator.scenario.on_call import OnCall
from simulator.scenario.operations import Alert, Remedy
from simulator.scenario.service import Service

API_VERSION = "paddock/v1alpha1"
#: What a file must say, though scenarios made in Python need not.
REQUIRED = {"apiVersion": API_VERSION, "kind": "Scenario"}


class Metadata(Model):
    """What the scenario is called."""

    name: Name
    title: str | None = Field(None, description="One line for people.")
    description: str | None = Field(None, description="What it shows and where its numbers come from.")


class Spec(Model):
    """Everything that is simulated."""

    start: Instant = Field(
        "2026-03-02T09:00:00Z",
        description="Date and time at which the clock starts; UTC unless it says another offset.",
    )
    horizon: Duration = Field(Seconds(86400.0), gt=0, description="How long is simulated.")
    fleet: list[FleetEntry] = Field(min_length=1, description="The clusters and their nodes.")
    components: list[Component] = Field(
        default_factory=list, description="Components of your own, and more requirements for the known ones."
    )
    services: list[Service] = Field(default_factory=list, description="What the clusters run for users.")
    kubernetes: Kubernetes = Field(default_factory=Kubernetes, description="How the clusters' control planes are set.")
    gitops: EngineChoice = Field(  # noqa: F821  (made by seal())
        default_factory=lambda: {"engine": "flux"}, description="How Git reaches the clusters."
    )
    changes: list[Change] = Field(default_factory=list, description="What is changed.")
    faults: list[Fault] = Field(default_factory=list, description="What breaks by itself.")
    alerts: list[Alert] = Field(default_factory=list, description="What is watched.")
    on_call: OnCall = Field(default_factory=OnCall, description="Who answers.")
    remedies: list[Remedy] = Field(
        default_factory=lambda: [Remedy(name="revert", requires=["git"])],
        description="The runbook, in order of preference.",
    )
    limits: Limits = Field(default_factory=Limits, description="Guards against typos.")


class Variant(Model):
    """A named patch on the base: maps merge, lists of named things merge by name, other lists replace.

    A named thing that the base does not have is added after those it has.
    """

    name: Name
    title: str | None = Field(None, description="One line for people.")
    patch: dict[str, Any] = Field(description="Laid over the file; begins with spec.")

    @field_validator("patch")
    @classmethod
    def _begins_with_spec(cls, patch: dict[str, Any]) -> dict[str, Any]:
        for key, value in patch.items():
            if key not in ("spec", "metadata"):
                raise ValueError(
                    f"a patch begins with spec, not with {shown(key)}: {{spec: {{{shown(key, quoted=False)}: ...}}}}"
                )
            if not isinstance(value, dict):
                raise ValueError(f"a map is expected below {key}, not {kind_of(value)}")
        return patch


class Scenario(Model):
    """A scenario: what is declared, checked, and ready to run."""

    api_version: Literal["paddock/v1alpha1"] = Field(API_VERSION, description="Format of this file.")
    kind: Literal["Scenario"] = Field("Scenario", description="What this file is.")
    metadata: Metadata
    spec: Spec
    variants: list[Variant] = Field(default_factory=list, description="What if: named patches.")

    _tree: MappingNode | None = PrivateAttr(None)
    _source: str = PrivateAttr("scenario")
    _variant: str | None = PrivateAttr(None)

    @classmethod
    def load(cls, where: str | FilePath) -> Self:
        """A scenario of the library by its name, or a file by its path.

        Raises:
            InvalidScenario: with every mistake found, each with line and column.
            FileNotFoundError: neither a library scenario nor a file; the message names the nearest.
        """
        path = FilePath(where)
        if path.is_dir() or not path.exists():  # not is_file(): a pipe (`paddock run <(...)`) is read as well
            names = library()
            if str(where) not in names:
                if path.is_dir():
                    raise FileNotFoundError(f"{where}: this is a directory; name a scenario file")
                if path.suffix or len(path.parts) > 1:
                    raise FileNotFoundError(f"{where}: no such file")
                raise FileNotFoundError(
                    f"{where}: no such file, and no library scenario of that name{nearest(str(where), names)}"
                )
            path = names[str(where)]
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise InvalidScenario(
                [Mistake("", f"not YAML: not UTF-8 text (byte {error.start})", 1, 1)], str(where)
            ) from None
        return cls.parse(text, str(where) if path == FilePath(where) else path.name)

    @classmethod
    def parse(cls, text: str, source: str = "scenario") -> Self:
        """A scenario from YAML text."""
        return cls._from_tree(tree.parse(text, source), source)

    @classmethod
    def _from_tree(
        cls, root: MappingNode, source: str, variant: str | None = None, patch: MappingNode | None = None
    ) -> Self:
        # Imported here: the checks need the whole vocabulary, this module among it.
        from simulator.scenario.check import check
        from simulator.scenario.type_errors import explain_errors

        def place(path: tuple, message: str, on_key: bool = False) -> Mistake:
            if patch is None:
                return Mistake(tree.spell(root, path), message, *tree.locate(root, path, key=on_key))
            # The base was valid, so the patch is to blame, even where it only broke something beside it.
            within = tree.in_patch(root, patch, path)
            reached = tree.in_patch(root, patch, path[:-1]) == within and len(within) == len(path) - 1
            spelled = tree.spell(patch, (*within, path[-1]) if reached else within)
            if len(within) < len(path) and not reached:
                message = f"with this patch {tree.spell(root, path)}: {message}"
            return Mistake(
                ".".join(filter(None, (f"variants[{variant}].patch", spelled))),
                message,
                *tree.locate(patch, within, key=on_key and len(within) == len(path)),
            )

        raw = tree.data(root)
        if missing := [f"{key!r} is missing; write {key}: {REQUIRED[key]}" for key in REQUIRED if key not in raw]:
            raise InvalidScenario([place((), message) for message in missing], source)
        try:
            scenario = cls.model_validate(raw)
        except ValidationError as error:
            raise InvalidScenario([place(*m) for m in explain_errors(error, cls, raw)], source) from None
        if mistakes := check(scenario):
            raise InvalidScenario([place(*m) for m in mistakes], source)
        scenario._tree, scenario._source, scenario._variant = root, source, variant
        if variant is None:  # a broken variant is a mistake in the file, not a surprise later
            broken = []
            for name in [v.name for v in scenario.variants]:
                try:
                    scenario.variant(name)
                except InvalidScenario as error:
                    broken += error.mistakes
            if broken:
                raise InvalidScenario(broken, source)
        return scenario

    def variant(self, name: str) -> Self:
        """This scenario with the named patch laid over it.

        Raises:
            KeyError: there is no such variant; the message names the nearest.
            InvalidScenario: the patched scenario can't be run.
        """
        index = next((i for i, v in enumerate(self.variants) if v.name == name), None)
        if index is None:
            names = [v.name for v in self.variants]
            hint = f"; there are {', '.join(names)}" if 0 < len(names) <= FEW else nearest(name, names)
            raise KeyError(f"no variant {name!r}{hint}")
        root = self.tree
        patch = tree.child(tree.child(tree.child(root, "variants"), index), "patch")
        return type(self)._from_tree(tree.patched(root, patch), self._source, name, patch)

    def require_valid(self) -> None:
        """Refuse a scenario built in Python that can't be run, as a file is refused when it is read.

        Raises:
            InvalidScenario: with every mistake found and its path.
        """
        from simulator.scenario.check import check

        if self._tree is None and (mistakes := check(self)):
            root = self.tree
            raise InvalidScenario(
                [Mistake(tree.spell(root, path), message) for path, message, _ in mistakes],
                self.metadata.name,
            )

    @property
    def tree(self) -> MappingNode:
        """The YAML tree; made from the values when the scenario was built in Python."""
        return self._tree if self._tree is not None else tree.compose(self.to_data())

    @property
    def variant_name(self) -> str | None:
        """Name of the variant this is, or None for the base."""
        return self._variant

    @property
    def title(self) -> str:
        """The title, or the name."""
        return self.metadata.title or self.metadata.name

    def to_data(self) -> dict[str, Any]:
        """As plain data in camelCase, with units, ready for YAML. Defaults are left out."""
        return {
            "apiVersion": self.api_version,
            "kind": self.kind,
            **self.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude={"api_version", "kind"}),
        }

    def digest(self) -> str:
        """A hash of all that decides a run but the seed: defaults included, names of variants left out."""
        spec = self.spec.model_dump(mode="json", by_alias=True)
        return hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()[:16]


def library() -> dict[str, FilePath]:
    """The scenarios that come with Paddock: name -> file."""
    folder = FilePath(str(importlib.resources.files("simulator.scenario") / "library"))
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


#: What files outside add kinds to, each told apart by the field that `tag` names.
OPEN_ENDS = (OperatingSystem, Coordination, Engine)
TAGS = tuple(base.tag for base in OPEN_ENDS)


def choice(base: type[Model]) -> Any:
    """The union of all that is registered below an open end; the word that tells it apart may stand for a map."""
    tag = base.tag
    kinds = {kind.model_fields[tag].default: kind for kind in base.__subclasses__()}

    def widen(value: Any) -> Any:
        if isinstance(value, base):
            return value
        if isinstance(value, str):
            value = {tag: value}
        if not isinstance(value, dict):
            raise ValueError(
                f"one of {', '.join(sorted(kinds))} is expected here, or a map with {tag} and its "
                f"settings, not {kind_of(value)}"
            )
        name = value.get(tag)
        if name is None:
            raise ValueError(f"{tag!r} is missing; one of {', '.join(sorted(kinds))}")
        if not isinstance(name, str) or name not in kinds:
            raise ValueError(f"{shown(name)} is not known here{nearest(str(name), kinds)}")
        return value

    def pick(value: Any) -> Any:
        return value.get(tag) if isinstance(value, dict) else getattr(value, tag, None)

    # The members are known only now, so the unions can't be written with `|`.
    members = tuple(Annotated[kind, Tag(name)] for name, kind in sorted(kinds.items()))
    union = Annotated[Union[members], Discriminator(pick)] if len(members) > 1 else members[0]  # noqa: UP007
    written = Union[Literal[tuple(sorted(kinds))], union]  # noqa: UP007
    return Annotated[union, BeforeValidator(widen, json_schema_input_type=written)]


def seal() -> None:
    """Close the vocabulary: every OS and every engine has been imported, so their unions can be built.

    Called once, by the package itself. An OS is a subclass of OperatingSystem in a file of nodes/, an
    engine a subclass of Engine in a file of gitops/; nothing else names them.
    """
    names = {
        "OperatingSystemChoice": choice(OperatingSystem),
        "EngineChoice": choice(Engine),
    }
    for model in (Pool, FleetEntry, Spec, Scenario):
        model.model_rebuild(force=True, _types_namespace=names)
