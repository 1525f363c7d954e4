"""The fleet: entries that make clusters, node pools in them."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Discriminator, Field, Tag

from simulator.scenario.base import Duration, Model, Name, Number, Whole
from simulator.scenario.distribution import Distribution
from simulator.scenario.selector import Scalar
from simulator.scenario.window import TimeZone


class OperatingSystem(Model):
    """The base of what a pool may say about its operating system; each system adds its own file in nodes/."""

    tag: ClassVar = "name"
    name: str


class Coordination(Model):
    """The base of what a pool may say about who coordinates its reboots; each coordinator adds its own file in
    nodes/coordinators/."""

    tag: ClassVar = "by"
    by: str


# `OperatingSystemChoice`, the type of Pool.os, is the union of these files; document.seal() builds it.

NodeCount = Annotated[
    Annotated[Whole, Tag("count")] | Annotated[Distribution[Number], Tag("distribution")],
    Discriminator(lambda v: "distribution" if isinstance(v, (dict, Distribution)) else "count"),
]


class Pool(Model):
    """Nodes of one kind in every cluster of a fleet entry."""

    name: Name
    role: Literal["worker", "control-plane"] = Field("worker", description="What the nodes do in their cluster.")
    nodes: NodeCount = Field(
        3,
        description="Nodes in each cluster; a distribution with level perEntity makes clusters of different sizes.",
    )
    os: OperatingSystemChoice = Field(  # noqa: F821  (made by document.seal())
        "talos", description="Operating system: its name, or a map with its name and settings."
    )
    version: str = Field("1.0.0", description="OS version at the start.")
    platform: Literal["vm", "cloud", "bare-metal"] = Field("vm", description="Decides how long a reboot takes.")
    zones: list[str] = Field(
        default_factory=list,
        description="Zones that its nodes are spread over, one after the other; default: all in the zone of the entry.",
    )
    rack_size: Whole | None = Field(
        None, ge=1, description="Nodes in a rack: rack-0, rack-1, ... of the pool (in each zone). Default: no racks."
    )
    labels: dict[str, Scalar] = Field(default_factory=dict, description="Labels for selectors.")


class HostedControlPlane(Model):
    """Control planes that run as a service in clusters of another fleet entry."""

    fleet: Name = Field(description="The entry whose clusters host them, each its share in turn.")
    service: Name = Field(description="The service there that must be up for the API of these clusters to be.")


class FleetEntry(Model):
    """One line of the fleet: so many clusters alike."""

    name: Name
    clusters: Whole = Field(1, ge=1, description="How many clusters of this kind.")
    environment: str = Field("prod", description="dev, staging, prod or any word of yours.")
    region: str = Field("home", description="Region of these clusters.")
    zone: str = Field("a", description="Zone of these clusters.")
    time_zone: TimeZone = Field("UTC", description="IANA time zone of the machines' clocks: timers and windows use it.")
    age: Duration = Field(
        0.0,
        description="How old its clusters are at the start: what expires at an age does so at the same time in all.",
        validate_default=False,
    )
    hosted_by: HostedControlPlane | None = Field(
        None, description="Their control planes run in other clusters, and are down when those are."
    )
    labels: dict[str, Scalar] = Field(default_factory=dict, description="Labels for selectors.")
    pools: list[Pool] = Field(min_length=1, description="Node pools of each cluster.")


class Limits(Model):
    """Guards against a typo that would fill the memory; raise them if you mean it."""

    nodes_per_cluster: Whole = Field(
        5000, ge=1, le=1_000_000, description="Largest cluster; Kubernetes is designed for 5,000 nodes."
    )
    nodes: Whole = Field(2_000_000, ge=1, le=100_000_000, description="Largest fleet.")
    clusters: Whole = Field(20_000, ge=1, le=1_000_000, description="Most clusters.")
