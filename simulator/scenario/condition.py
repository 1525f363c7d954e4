"""Conditions: something that impairs components on some targets until something clears it.

Attached to a change a condition is a defect; standing alone it is a fault.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from simulator import facts
from simulator.scenario.base import Duration, Model, Name, Number, PerSecond, Rate, Share
from simulator.scenario.distribution import DurationLike, sourced_lognormal
from simulator.scenario.selector import Selector

Cleared = Literal[
    "revert", "rollback", "reboot", "replace", "restore", "hands", "isolate", "throttle", "expiry", "nothing"
]


class Impairment(Model):
    """What a condition does to one component."""

    component: str = Field(description="A node, cluster or global component, or a service.")
    to: Literal["down", "degraded"] = Field("down", description="How bad it gets.")
    capacity: Share = Field(0.5, description="What is left of a degraded component.")
    mode: Literal["fail", "hang"] = Field(
        "fail",
        description="fail: it ends with an error or a panic at once; hang: it stands still until a time limit.",
    )
    flapping: Duration | None = Field(
        None,
        gt=0,
        description="It comes and goes with this period: impaired for the "
        "first half of each. Not for boot stages and disks.",
    )


class Load(Model):
    """What a condition asks of a component, all the while it is there: too much for it, and it is down."""

    component: str = Field("api", description="The API, or a component with a capacity.")
    per_node: Number = Field(
        gt=0, description="For each node on which the condition bites: requests at once (api), or the capacity's unit."
    )
    by: Literal["nodes", "controllers", "workloads"] = Field(
        "workloads", description="Who asks the API: each kind of client has its share of the seats."
    )
    bounded: bool = Field(
        True,
        description="Seats hold it back. Lists so large that they fill the memory are not bounded: they bring the API "
        "servers down whatever the seats are.",
    )

    @property
    def asks(self) -> str:
        """The component that is down when it is too much: of the API, what serves its kind of client."""
        return f"api.{self.by}" if self.component == "api" else self.component


class Trigger(Model):
    """When a condition bites, once its change is in place (or, for a fault, at all)."""

    on: Literal["apply", "boot"] = Field("apply", description="As soon as it is applied, or at the next boot.")
    after: DurationLike | None = Field(None, description="So long after that.")
    at: Duration | None = Field(None, description="At this time after the start (faults).")
    rate: Rate | None = Field(None, description="At this rate for each entity (faults): 1/y.")
    every: Duration | None = Field(None, gt=0, description="Again each time this has passed (faults, with `at`).")
    age: Duration | None = Field(
        None,
        gt=0,
        description="When a cluster is so old (faults): certificates issued on one day expire on one day. The fleet "
        "says how old its clusters are.",
    )

    @model_validator(mode="after")
    def _one_clock(self):
        said = [name for name in ("at", "rate", "age") if getattr(self, name) is not None]
        if len(said) > 1:
            raise ValueError(f"a fault bites at a time, at a rate or at an age, not at {' and '.join(said)}")
        return self


def _trigger_kind(value: Any) -> str:
    return "word" if isinstance(value, str) else "map"


TriggerLike = Annotated[
    Annotated[Literal["apply", "boot"], Tag("word")] | Annotated[Trigger, Tag("map")],
    Discriminator(_trigger_kind),
]


class Condition(Model):
    """When, trigger, impairs, clearedBy."""

    when: Selector = Field(
        default_factory=Selector,
        description="Only where this matches; empty: everywhere. Also `os.version`, the version a node runs.",
    )
    trigger: TriggerLike = Field("apply", description="apply, boot, or a map with after, at, rate.")
    probability: Share = Field(1.0, description="Share of the matching targets on which it bites, drawn for each.")
    impairs: list[Impairment] = Field(default_factory=list, description="Which components, and how.")
    loads: list[Load] = Field(default_factory=list, description="What it asks of components that take only so much.")
    cleared_by: list[Cleared] = Field(
        default_factory=lambda: ["revert", "rollback", "replace"], description="What ends it."
    )
    lasts: DurationLike | None = Field(None, description="It ends by itself after this (clearedBy: [expiry]).")

    @property
    def clock(self) -> Trigger:
        """The trigger as a map."""
        return Trigger(on=self.trigger) if isinstance(self.trigger, str) else self.trigger

    @property
    def expires_after(self) -> DurationLike | None:
        """How long it lasts when it ends by itself, or None."""
        return self.lasts if "expiry" in self.cleared_by or "lasts" in self.model_fields_set else None

    @model_validator(mode="after")
    def _does_something(self):
        if not self.impairs and not self.loads:
            raise ValueError("a condition impairs or loads something: write impairs or loads")
        return self

    @model_validator(mode="after")
    def _expiry_has_a_duration(self):
        if self.lasts is None and "expiry" in self.cleared_by:
            raise ValueError("clearedBy: [expiry] needs lasts")
        return self


class Fault(Condition):
    """A condition without a change: it comes at a time or at a rate, and goes when it is repaired."""

    name: Name
    together: Literal["node", "rack", "zone", "cluster", "region", "fleet"] = Field(
        "node",
        description="A common cause: all that it matches in the same rack, zone, cluster, region or fleet entry is hit "
        "at once; a rate is then for each of these.",
    )
    trigger: TriggerLike = Field(
        default_factory=lambda: Trigger(rate=PerSecond(facts.get("hardware.node_failure_rate").number / (365 * 86400))),
        description="A map with `at` (after the start), `rate` (for each entity) or `age` (of the cluster).",
    )
    cleared_by: list[Cleared] = Field(default_factory=lambda: ["expiry"], description="What ends it.")
    lasts: DurationLike | None = sourced_lognormal("hardware.repair_duration", "Time to repair (clearedBy: [expiry]).")

    @model_validator(mode="after")
    def _comes_some_time(self):
        if self.clock.at is None and self.clock.rate is None and self.clock.age is None:
            raise ValueError("a fault needs trigger.at, trigger.rate or trigger.age")
        return self
