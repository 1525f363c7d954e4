"""Changes: what moves from Git (or from a hand) to machines, along a rollout."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from simulator.scenario.base import CountOrShare, Duration, Model, Name, Share, Whole, one_of, sourced
from simulator.scenario.condition import Condition
from simulator.scenario.selector import Selector

#: kind of change -> the way it travels. The engine's name never matters here.
ROUTES = {
    "config": "git",
    "image": "git",
    "tag": "registry",
    "secret": "git",
    "certificate": "git",
    "kubernetes": "git",
    "terraform": "push",
    "os-image": "os",
    "package": "os",
    "manual": "hand",
}
Kind = Literal[
    "config", "image", "tag", "secret", "certificate", "kubernetes", "terraform", "os-image", "package", "manual"
]


class Gate(Model):
    """Looks at what a stage has changed, all the while from its start to the end of its bake."""

    model_config = one_of("badNodes", "badClusters", at_least=True)

    bad_nodes: Share | None = Field(None, description="Trips when more than this share of the changed nodes is bad.")
    bad_clusters: Share | None = Field(
        None,
        description="Trips when more than this share of the changed clusters has a component or service down.",
    )
    for_: Duration = Field(0.0, alias="for", description="Only if it lasts this long.", validate_default=False)
    action: Literal["pause", "abort", "revert"] = Field(
        "pause",
        description="pause: nothing new starts until it is well again; abort: nothing new starts at all; "
        "revert: abort, and the change is taken back the way it came. What has started runs to "
        "its end in any case.",
    )

    @model_validator(mode="after")
    def _looks_at_something(self):
        if self.bad_nodes is None and self.bad_clusters is None:
            raise ValueError("a gate needs badNodes or badClusters")
        return self


class Waves(Model):
    """A stage in waves of clusters; a wave starts when the one before has converged."""

    clusters: CountOrShare = Field("25%", description="Clusters in a wave: a count or a share of the stage.")
    pause: Duration = Field(0.0, description="Wait after each wave.", validate_default=False)


class Stage(Model):
    """A part of the fleet, changed together, then watched for the bake time."""

    name: Name | None = Field(None, description="Defaults to the stage's number.")
    select: Selector = Field(default_factory=Selector, description="Which nodes and clusters.")
    over: Duration = Field(
        0.0,
        description="Linear ramp: clusters (or, for an OS image that nodes fetch by "
        "themselves, nodes) join evenly over this time. With waves the ramp runs within each wave.",
        validate_default=False,
    )
    at_once: Share = Field(
        0.0,
        description="Share of the ramp that joins at its beginning (Fedora CoreOS: start_percentage).",
    )
    waves: Waves | None = Field(
        None, description="In waves of clusters instead of all at once; `over` then holds within each wave."
    )
    max_unavailable: CountOrShare | None = Field(
        None,
        description="Nodes of a pool that may be out of service for this change at once. Default: 1 for OS "
        "images that somebody drives; all at once for a configuration that needs a reboot.",
    )
    bake: Duration = Field(0.0, description="Wait and watch after the stage has converged.", validate_default=False)
    gate: Gate | None = Field(None, description="Stops the rollout when it trips; replaces the rollout's own gate.")


class Promotion(Model):
    """Kargo promotes the change from stage to stage: it commits what each shall run, and leaves it to the engine."""

    by: Literal["kargo"] = Field("kargo", description="Who promotes.")
    interval: Duration = sourced("kargo.warehouse_interval", "How often the Warehouse looks for something new.", gt=0)


class Rollout(Model):
    """Stages, one after the other. A target belongs to the first stage that selects it."""

    stages: list[Stage] = Field(default_factory=lambda: [Stage()], min_length=1, description="In this order.")
    gate: Gate | None = Field(None, description="For every stage that has none of its own.")
    promotion: Promotion | None = Field(
        None,
        description="Promoted by Kargo: a stage's promotion has succeeded when it is committed, and its bake counts "
        "from then, whether or not a cluster has changed. Default: a stage is done when its targets have converged.",
    )
    timeout: Duration | None = Field(
        None, description="A stage that has not converged after this counts as done (default: waits)."
    )
    withdraw_after: Duration | None = Field(
        None,
        gt=0,
        description="It is taken back this long after it began, as a release is taken off its server: whom it has "
        "not reached yet it never reaches; what has started runs to its end.",
    )


class Repeat(Model):
    """The same kind of change again and again, each with a version of its own."""

    every: Duration = Field(gt=0, description="Time between two.")
    times: Whole = Field(ge=1, le=100_000, description="How many in all.")


class Change(Model):
    """One change: what, when, whereto, how, and what is wrong with it."""

    name: Name
    title: str | None = Field(None, description="For people.")
    kind: Kind = Field("config", description="What moves.")
    at: Duration = Field(
        0.0,
        description="When it is merged (git), released (OS image) or done (by hand), after the start.",
        validate_default=False,
    )
    repeat: Repeat | None = Field(None, description="Again and again.")
    version: str | None = Field(None, description="The version it brings; defaults to its name.")
    select: Selector = Field(default_factory=Selector, description="Intended targets.")
    actual_select: Selector | None = Field(None, description="Where it really goes, when that differs (wrong context).")
    via: Name | None = Field(
        None,
        description="The GitOps object that carries it (a Kustomization or HelmRelease); default: the first.",
    )
    service: Name | None = Field(
        None,
        description="The service whose pods it replaces, one after the other: a rolling update (kinds in Git), or the "
        "one whose tag is moved (tag), so that each start brings the new version where the image policy is Always.",
    )
    removes: bool = Field(False, description="It deletes a manifest from Git instead of adding or changing one.")
    empty_render: bool = Field(
        False,
        description="Its manifests render to nothing, so that everything its carrier has applied is gone from Git.",
    )
    reboot: bool = Field(False, description="A machine configuration that takes effect only after a reboot.")
    apply_mode: Literal["auto", "no-reboot", "reboot", "staged", "try"] = Field(
        "auto", description="Machine configuration on systems with apply modes (Talos)."
    )
    barrier: bool = Field(
        False,
        description="An OS image that every node must run before it is offered a later one.",
    )
    dead_end: bool = Field(
        False,
        description="An OS image that no way leads out of: a node that runs it is offered nothing more.",
    )
    file: str | None = Field(
        None, description="A node file the change writes (of kind manual: that somebody edits on each node)."
    )
    touches: list[str] = Field(default_factory=list, description="Files below /etc that an OS image changes.")
    rollout: Rollout = Field(default_factory=Rollout, description="Whom it reaches in which order.")
    defect: Condition | None = Field(None, description="What is wrong with it.")

    @property
    def brings(self) -> str:
        """The version it brings, which defaults to its name."""
        return self.version or self.name

    @property
    def targets(self) -> Selector:
        """Where it goes: the intended targets, or where it really goes when that differs."""
        return self.select if self.actual_select is None else self.actual_select

    @property
    def route(self) -> str:
        """The way it travels: git, push, os, registry or hand."""
        return ROUTES[self.kind]

    @property
    def deletes(self) -> bool:
        """Whether manifests are gone from Git with it."""
        return self.removes or self.empty_render

    @model_validator(mode="after")
    def _fits_its_kind(self):
        if (self.removes or self.empty_render) and self.route != "git":
            raise ValueError(f"removes and emptyRender are for changes in Git, not for kind {self.kind}")
        if (self.barrier or self.dead_end) and self.kind != "os-image":
            raise ValueError(f"barrier and deadEnd are for OS images, not for kind {self.kind}")
        if self.file is not None and not self.file.startswith("/"):
            raise ValueError(f"a file is written with its whole path: /{self.file}")
        if self.service is not None and self.route not in ("git", "push", "registry"):
            raise ValueError(
                f"service is for changes that come by Git, a pipeline or the registry, not kind {self.kind}"
            )
        if self.kind == "tag" and self.service is None:
            raise ValueError("say whose tag is moved: service")
        if self.repeat and self.defect:
            raise ValueError("a repeated change has no defect; write the bad one as a change of its own")
        return self
