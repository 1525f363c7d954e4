"""Names: each taken once, and by nothing that the simulator knows already."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.scenario.base import Model
from simulator.scenario.component import CLUSTER_COMPONENTS, GLOBAL_COMPONENTS, NODE_COMPONENTS, known_scope
from simulator.scenario.errors import Found, Path, nearest


def repeated(scenario: Model, path: Path) -> Iterator[Found]:
    """Names that two entries of one list have."""
    for below, items in _lists(scenario, path):
        seen: set[str] = set()
        for index, item in enumerate(items):
            name = getattr(item, "name", None)
            if name is not None and name in seen:
                yield (*below, index, "name"), f"the name {name!r} is taken by an earlier entry", False
            seen.add(name)


def taken(spec: Model) -> Iterator[Found]:
    """Names of components and services that are taken, and services that need more than they have."""
    own = {c.name for c in spec.components}
    for i, component in enumerate(spec.components):
        scope = known_scope(component.name)
        if scope not in (None, "node", component.scope) and "scope" in component.model_fields_set:
            one = "one for each cluster" if scope == "cluster" else "one for all clusters"
            yield (
                ("spec", "components", i, "scope"),
                f"{component.name!r} is {one}: its scope is {scope}; leave scope out",
                False,
            )
        if component.name in NODE_COMPONENTS:
            yield (
                ("spec", "components", i, "name"),
                "a node component is known to the operating system only",
                False,
            )
    for i, service in enumerate(spec.services):
        if service.name in own | set(NODE_COMPONENTS) | set(CLUSTER_COMPONENTS) | set(GLOBAL_COMPONENTS):
            yield (
                ("spec", "services", i, "name"),
                f"{service.name!r} is the name of a component already",
                False,
            )
        if service.needs_count > service.replicas:
            yield (
                ("spec", "services", i, "needs"),
                f"needs {service.needs} of {service.replicas} replicas: more than there are",
                False,
            )


def of_clusters(spec: Model) -> Iterator[Found]:
    """Names of clusters that two entries would make, and hosts of control planes that there are not."""
    clusters: set[str] = set()
    entries = [entry.name for entry in spec.fleet]
    for i, entry in enumerate(spec.fleet):
        if (host := entry.hosted_by) is not None:
            path = ("spec", "fleet", i, "hostedBy")
            if host.fleet not in entries:
                yield (*path, "fleet"), f"there is no fleet entry {host.fleet!r}{nearest(host.fleet, entries)}", False
            elif host.fleet == entry.name or spec.fleet[entries.index(host.fleet)].hosted_by is not None:
                yield (*path, "fleet"), "a host has control planes of its own: name an entry without hostedBy", False
        if entry.clusters <= spec.limits.clusters:
            names = cluster_names(entry)
            if taken := clusters.intersection(names):
                yield (
                    ("spec", "fleet", i, "name"),
                    f"the cluster name {min(taken)!r} is taken by an earlier entry of the fleet",
                    False,
                )
            clusters.update(names)


def cluster_names(entry: Model) -> list[str]:
    return [entry.name] if entry.clusters == 1 else [f"{entry.name}-{k}" for k in range(entry.clusters)]


def _lists(model: Model, path: Path) -> Iterator[tuple[Path, list]]:
    """Every list of models below `model`, with its path in the file."""
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        below = (*path, field.alias or name)
        if isinstance(value, Model):
            yield from _lists(value, below)
        elif isinstance(value, list) and value and isinstance(value[0], Model):
            yield below, value
            for index, item in enumerate(value):
                yield from _lists(item, (*below, index))
