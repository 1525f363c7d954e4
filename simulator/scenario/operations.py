"""Operations: alerts, and the remedies that people have."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field, model_validator

from simulator.scenario.base import Duration, Model, Name, Rate, Share, Whole, one_of, sourced
from simulator.scenario.distribution import DurationLike
from simulator.scenario.gitops import Status
from simulator.scenario.selector import Selector

RemedyKind = Literal[
    "pause",
    "revert",
    "app-rollback",
    "rollback",
    "reboot",
    "replace",
    "restore",
    "hands",
    "break-glass",
    "isolate",
    "throttle",
]
REMEDY_KINDS = get_args(RemedyKind)
#: What ends the same conditions as a revert does, by another way.
LIKE_A_REVERT = ("app-rollback", "break-glass")
#: What is done in one place for all clusters, and carried to them by others.
FROM_ONE_PLACE = ("pause", "revert", "throttle")


class Expression(Model):
    """What an alert looks at: a component or a service in clusters, bad nodes, or the status of applications."""

    model_config = one_of("component", "nodes", "applications")

    component: str | None = Field(None, description="A cluster or global component, or a service.")
    nodes: Literal["bad"] | None = Field(None, description="bad: not-ready, unreachable, failed or being replaced.")
    applications: Status | None = Field(
        None,
        description="What the GitOps engine says of the applications in a cluster. out-of-sync: it knows of a commit "
        "that is not applied, or (Argo CD) of drift; unknown: it can't compare, which is not out of sync.",
    )
    state: Literal["down", "degraded"] = Field("down", description="Of a component; degraded includes down.")
    select: Selector = Field(default_factory=Selector, description="Only these clusters or nodes.")
    above: Share = Field(
        0.0, description="More than this share of the selected clusters (or nodes) must be so; 0: any."
    )

    @model_validator(mode="after")
    def _one_subject(self):
        if sum(subject is not None for subject in (self.component, self.nodes, self.applications)) != 1:
            raise ValueError("an alert expression has one of component, nodes and applications")
        return self

    def references(self) -> list[tuple[tuple, str]]:
        return [(("component",), self.component)] if self.component else []


class Alert(Model):
    """A Prometheus rule and its way through Alertmanager."""

    name: Name
    expr: Expression = Field(description="What must be true.")
    for_: Duration = Field(0.0, alias="for", description="How long it must be true.", validate_default=False)
    scrape_interval: Duration = sourced("prometheus.scrape_interval", "Time between two scrapes.", gt=0)
    evaluation_interval: Duration = sourced("prometheus.evaluation_interval", "Time between two evaluations.", gt=0)
    group_wait: Duration = sourced("alertmanager.group_wait", "Wait before the first notification of a group.")
    group_interval: Duration = sourced(
        "alertmanager.group_interval", "Wait before what is new in a group that was told is told.", gt=0
    )
    severity: Literal["page", "ticket"] = Field(
        "page", description="page: somebody is called; ticket: it is seen when the next working day begins."
    )
    requires: list[str] = Field(default_factory=list, description="Components that must be up for it to see and tell.")

    def references(self) -> list[tuple[tuple, str]]:
        return [(("requires", k), name) for k, name in enumerate(self.requires)]


class Quota(Model):
    """A limit of a provider on how many machines may be ordered."""

    nodes: Whole = Field(ge=0, description="So many replacements in the whole run; the rest waits.")
    raised_after: DurationLike | None = Field(
        None, description="From the first order that is refused to the limit being raised; left out: never."
    )


class Remedy(Model):
    """Something people can do. The list is a runbook: the first that helps and has what it needs is taken."""

    name: Name
    kind: RemedyKind | None = Field(
        None,
        description="What it does; default: its name. app-rollback: the GitOps engine's own rollback to the revision "
        "before, where it allows one. isolate: cut what is hit off from what hurts it. throttle: let the users of an "
        "overloaded service in by steps.",
    )
    requires: list[str] = Field(default_factory=list, description="Components that must be up where it acts.")
    duration: DurationLike | None = Field(None, description="For each node (reboot, replace, hands), or as a whole.")
    rate: Rate | None = Field(None, description="At most so many nodes per time: 60/h.")
    parallel: Whole = Field(1, ge=1, description="Nodes worked on at once.")
    order: list[Selector] = Field(
        default_factory=list,
        description="Tiers: the next is begun when all that was hit in the one before is back; the rest comes last.",
    )
    quota: Quota | None = Field(None, description="How many machines may be ordered (replace).")
    needs_people: Whole = Field(1, ge=1, description="How many of the people on call it takes.")
    suspends: bool = Field(
        True,
        description="Reconciliation is suspended where the glass is broken; false: the GitOps engine puts back what "
        "Git says when it next looks (break-glass).",
    )

    @model_validator(mode="after")
    def _known_kind(self):
        if self.kind is None and self.name not in REMEDY_KINDS:
            raise ValueError(f"say what kind of remedy it is: {', '.join(REMEDY_KINDS)}")
        return self

    @model_validator(mode="after")
    def _fits_its_kind(self):
        if self.quota is not None and self.action != "replace":
            raise ValueError(f"a quota limits how many machines are ordered; {self.action} orders none")
        if not self.suspends and self.action != "break-glass":
            raise ValueError(f"suspends belongs to break-glass; {self.action} does not go past the GitOps engine")
        if self.order and self.action in FROM_ONE_PLACE:
            raise ValueError(f"{self.action} is done in one place for all clusters, and has no order of tiers")
        return self

    @property
    def action(self) -> str:
        """Its kind, which defaults to its name."""
        return self.kind or self.name

    @property
    def clears(self) -> str:
        """What a condition calls it in `clearedBy`."""
        return "revert" if self.action in LIKE_A_REVERT else self.action

    def references(self) -> list[tuple[tuple, str]]:
        return [(("requires", k), name) for k, name in enumerate(self.requires)]
