"""References: every name stands for something that is there."""

from __future__ import annotations

import graphlib
from collections.abc import Collection, Iterator

from simulator.scenario.base import Model
from simulator.scenario.component import CLUSTER_COMPONENTS, GLOBAL_COMPONENTS, NEVER_FLAPPING, NODE_COMPONENTS
from simulator.scenario.errors import Found, Path, nearest, shown


def references(spec: Model) -> Iterator[Found]:
    """Names of components, services and carriers that are not there, and components that can't be so."""
    services = {service.name for service in spec.services}
    outside = services | {c.name for c in spec.components} | set(CLUSTER_COMPONENTS) | set(GLOBAL_COMPONENTS)
    limited = {"api", *(c.name for c in spec.components if c.capacity is not None)}
    carriers = [name for name, *_ in spec.gitops.carriers()]

    for path, model in _models(spec, ("spec",)):
        for below, name in model.references():
            yield from _component((*path, *below), name, outside)
    for path, condition in _conditions(spec):
        for k, impairment in enumerate(condition.impairs):
            yield from _component(
                (*path, "impairs", k, "component"), impairment.component, outside | set(NODE_COMPONENTS)
            )
            yield from _impairment((*path, "impairs", k), impairment)
        for k, load in enumerate(condition.loads):
            yield from _load((*path, "loads", k, "component"), load.component, outside, limited)
    for path, name in _services(spec):
        if name not in services:
            yield path, f"there is no service {shown(name)}{nearest(name, services)}", False
    for path, name in _carriers(spec):
        if name not in carriers:
            yield path, f"{spec.gitops.engine} has no object {shown(name)}{nearest(name, carriers)}", False
    for i, alert in enumerate(spec.alerts):
        if alert.expr.applications and not spec.gitops.tells_status:
            message = f"{spec.gitops.engine} does not tell whether applications are {alert.expr.applications}"
            yield ("spec", "alerts", i, "expr", "applications"), message, False
    yield from ((("spec", "gitops", *path), message, False) for path, message in spec.gitops.mistakes())


def _models(model: Model, path: Path) -> Iterator[tuple[Path, Model]]:
    """Every model below `model`, itself first, with its path in the file."""
    yield path, model
    for name, field in type(model).model_fields.items():
        value, below = getattr(model, name), (*path, field.alias or name)
        for where, item in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(item, Model):
                yield from _models(item, below if where is None else (*below, where))


def _conditions(spec: Model) -> Iterator[tuple[Path, Model]]:
    """What impairs and loads components."""
    for i, change in enumerate(spec.changes):
        if change.defect:
            yield ("spec", "changes", i, "defect"), change.defect
    for i, fault in enumerate(spec.faults):
        yield ("spec", "faults", i), fault


def _services(spec: Model) -> Iterator[tuple[Path, str]]:
    """Names that only a service can have."""
    for i, change in enumerate(spec.changes):
        if change.service is not None:
            yield ("spec", "changes", i, "service"), change.service
    for i, entry in enumerate(spec.fleet):
        if entry.hosted_by is not None:
            yield ("spec", "fleet", i, "hostedBy", "service"), entry.hosted_by.service


def _carriers(spec: Model) -> Iterator[tuple[Path, str]]:
    """Names of GitOps objects that carry something to the clusters."""
    for kind, items in (("changes", spec.changes), ("services", spec.services)):
        for i, item in enumerate(items):
            if item.via is not None:
                yield ("spec", kind, i, "via"), item.via


def _component(path: Path, name: str, known: Collection[str]) -> Iterator[Found]:
    if name in known:
        return
    if name in NODE_COMPONENTS:
        message = f"{name!r} is a component of single nodes; here stands one of a cluster, a global one or a service"
    else:
        message = f"there is no component or service {shown(name)}{nearest(name, known)}"
    yield path, message, False


def _impairment(path: Path, impairment: Model) -> Iterator[Found]:
    if impairment.flapping is not None and impairment.component in NEVER_FLAPPING:
        message = (
            f"{impairment.component!r} does not come and go: a node that failed stays so until it is put right; "
            "leave flapping out"
        )
        yield (*path, "flapping"), message, False
    if impairment.to == "down" and "capacity" in impairment.model_fields_set:
        message = "of what is down no capacity is left; write `to: degraded`, or leave capacity out"
        yield (*path, "capacity"), message, False


def _load(path: Path, name: str, known: Collection[str], limited: Collection[str]) -> Iterator[Found]:
    if name in limited:
        return
    if name in known or name in NODE_COMPONENTS:
        yield path, f"{name!r} takes any load: give it a capacity in spec.components", False
    else:
        yield from _component(path, name, known)


def circles(spec: Model) -> Iterator[Found]:
    """Components and services that wait for themselves."""
    needs = {item.name: [r.component for r in item.requires] for item in (*spec.components, *spec.services)}
    if any(pool.role == "control-plane" for entry in spec.fleet for pool in entry.pools):
        needs.setdefault("api", []).append("etcd")  # where there are control planes, the API needs its etcd anyway
    try:
        graphlib.TopologicalSorter(needs).prepare()
    except graphlib.CycleError as error:
        circle = error.args[1][::-1]
        for kind, items in (("components", spec.components), ("services", spec.services)):
            for i, item in enumerate(items):
                if item.name in circle:
                    start = circle.index(item.name)
                    turned = [*circle[start:-1], *circle[:start], item.name]
                    yield (
                        ("spec", kind, i, "requires"),
                        f"a circle of requirements: {' > '.join(turned)}; what waits for itself never comes up",
                        False,
                    )
                    return
