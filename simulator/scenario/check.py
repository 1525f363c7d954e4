"""What types alone can't check: references, names, selectors, sizes."""

from __future__ import annotations

import graphlib
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from pydantic import RootModel
from pydantic.alias_generators import to_camel

from simulator.facts import format_duration
from simulator.scenario.base import Model
from simulator.scenario.component import (
    CLUSTER_COMPONENTS,
    GLOBAL_COMPONENTS,
    NEVER_FLAPPING,
    NODE_COMPONENTS,
    known_scope,
)
from simulator.scenario.distribution import Distribution
from simulator.scenario.errors import Found, Path, nearest, shown
from simulator.scenario.selector import ATTRIBUTES, BOUNDS, Comparison, Selector, numbers


def check(scenario: Model) -> list[Found]:
    """Every mistake that only shows when the whole scenario is at hand."""
    spec = scenario.spec
    sizes = list(_sizes(spec))
    found = [*_repeated_names(scenario, ()), *sizes, *_times(spec)]
    found += [*_own_names(spec), *_references(spec), *_people(spec), *_idle(spec), *_fleet_entries(spec)]
    if not sizes:  # a selector is tried on the fleet, which must fit into memory
        found += [*_selectors(spec), *_pinned(spec)]
    return found


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


def _models(model: Model, path: Path) -> Iterator[tuple[Path, Model]]:
    """Every model below `model`, itself first, with its path in the file."""
    yield path, model
    for name, field in type(model).model_fields.items():
        value, below = getattr(model, name), (*path, field.alias or name)
        for where, item in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(item, Model):
                yield from _models(item, below if where is None else (*below, where))


def _repeated_names(scenario: Model, path: Path) -> Iterator[Found]:
    for below, items in _lists(scenario, path):
        seen: set[str] = set()
        for index, item in enumerate(items):
            name = getattr(item, "name", None)
            if name is not None and name in seen:
                yield (*below, index, "name"), f"the name {name!r} is taken by an earlier entry", False
            seen.add(name)


def typical(count: Any) -> float:
    """A number of nodes, or the median of a distribution of it."""
    return _quantile(count, 0.5) if isinstance(count, Distribution) else float(count)


def _quantile(count: Distribution, u: float) -> float:
    return float(count.shape.quantile(np.array(u)))


def _sizes(spec: Model) -> Iterator[Found]:
    limits = spec.limits
    total = clusters = 0.0
    for i, entry in enumerate(spec.fleet):
        in_cluster = 0.0
        for j, pool in enumerate(entry.pools):
            count = typical(pool.nodes)
            if not count >= 1:
                yield ("spec", "fleet", i, "pools", j, "nodes"), "a pool has at least one node", False
                return
            if isinstance(pool.nodes, Distribution) and _quantile(pool.nodes, 0.0) < 0:
                yield ("spec", "fleet", i, "pools", j, "nodes"), "a number of nodes can't be negative", False
                return
            in_cluster += count
            if in_cluster > limits.nodes_per_cluster:
                yield (
                    ("spec", "fleet", i, "pools", j, "nodes"),
                    f"{in_cluster:,.0f} nodes in one cluster; Kubernetes is designed for "
                    f"{limits.nodes_per_cluster:,}. "
                    "For more nodes raise `clusters`, or, if you mean it, spec.limits.nodesPerCluster",
                    False,
                )
                return
        clusters += entry.clusters
        total += in_cluster * entry.clusters
        if message := too_large(clusters, total, limits):
            yield ("spec", "fleet", i, "clusters"), message, False
            return


def too_large(clusters: float, nodes: float, limits: Model) -> str | None:
    """What is said of a fleet beyond the limits, or None."""
    if clusters <= limits.clusters and nodes <= limits.nodes:
        return None
    return (
        f"the fleet would have {clusters:,.0f} clusters and {nodes:,.0f} nodes; the limits are "
        f"{limits.clusters:,} and {limits.nodes:,}. If you mean it, raise spec.limits"
    )


#: A fault that bites more often fills the memory with what nobody can have meant.
MOST_BITES = 10_000_000


def _times(spec: Model) -> Iterator[Found]:
    nodes = sum(entry.clusters * typical(pool.nodes) for entry in spec.fleet for pool in entry.pools)
    for i, change in enumerate(spec.changes):
        if change.at > spec.horizon:
            yield (
                ("spec", "changes", i, "at"),
                f"after the end: the horizon is {format_duration(spec.horizon)}",
                False,
            )
    for i, fault in enumerate(spec.faults):
        age = fault.clock.age
        if age is not None and not any(0 <= age - entry.age <= spec.horizon for entry in spec.fleet):
            yield (
                ("spec", "faults", i, "trigger", "age"),
                f"no cluster comes to this age: within the horizon of {format_duration(spec.horizon)} none does; say "
                "how old they are in spec.fleet: {age: ...}",
                False,
            )
        if fault.together == "rack" and not any(pool.rack_size for entry in spec.fleet for pool in entry.pools):
            yield (
                ("spec", "faults", i, "together"),
                "no pool has racks: say how many nodes stand in one, spec.fleet: pools: {rackSize: ...}",
                False,
            )
        if fault.clock.at is not None and fault.clock.at > spec.horizon:
            yield (
                ("spec", "faults", i, "trigger", "at"),
                f"after the end: the horizon is {format_duration(spec.horizon)}",
                False,
            )
        bites = spec.horizon * nodes * ((fault.clock.rate or 0) + (1 / fault.clock.every if fault.clock.every else 0))
        if bites > MOST_BITES:
            yield (
                ("spec", "faults", i, "trigger"),
                f"it would bite some {bites:,.0f} times in {nodes:,.0f} nodes; at most {MOST_BITES:,} are simulated",
                False,
            )


def _own_names(spec: Model) -> Iterator[Found]:
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


def _references(spec: Model) -> Iterator[Found]:
    """Names that stand for something: components, services, carriers."""
    own, services = {c.name for c in spec.components}, {s.name for s in spec.services}
    outside = own | services | set(CLUSTER_COMPONENTS) | set(GLOBAL_COMPONENTS)
    everything = outside | set(NODE_COMPONENTS)
    carriers = [name for name, *_ in spec.gitops.carriers()]

    def component(path: Path, name: str, known: set[str]) -> Iterator[Found]:
        if name in known:
            return
        if name in NODE_COMPONENTS:
            yield (
                path,
                (f"{name!r} is a component of single nodes; here stands one of a cluster, a global one or a service"),
                False,
            )
        else:
            yield path, f"there is no component or service {shown(name)}{nearest(name, known)}", False

    def condition(path: Path, item: Model) -> Iterator[Found]:
        for k, impairment in enumerate(item.impairs):
            yield from component((*path, "impairs", k, "component"), impairment.component, everything)
            if impairment.flapping is not None and impairment.component in NEVER_FLAPPING:
                yield (
                    (*path, "impairs", k, "flapping"),
                    f"{impairment.component!r} does not come and go: a node that failed stays so until it is "
                    "put right; leave flapping out",
                    False,
                )
            if impairment.to == "down" and "capacity" in impairment.model_fields_set:
                yield (
                    (*path, "impairs", k, "capacity"),
                    "of what is down no capacity is left; write `to: degraded`, or leave capacity out",
                    False,
                )

    capacities = {"api", *(c.name for c in spec.components if c.capacity is not None)}

    def loads(path: Path, item: Model) -> Iterator[Found]:
        for k, load in enumerate(item.loads):
            where = (*path, "loads", k, "component")
            if load.component in everything and load.component not in capacities:
                yield where, f"{load.component!r} takes any load: give it a capacity in spec.components", False
            elif load.component not in capacities:
                yield from component(where, load.component, outside)

    for name, items in (("components", spec.components), ("services", spec.services)):
        for i, item in enumerate(items):
            for k, need in enumerate(item.requires):
                yield from component(("spec", name, i, "requires", k, "component"), need.component, outside)
    yield from _circles(spec)
    for i, change in enumerate(spec.changes):
        if change.defect:
            yield from condition(("spec", "changes", i, "defect"), change.defect)
            yield from loads(("spec", "changes", i, "defect"), change.defect)
        if change.service is not None and change.service not in services:
            yield (
                ("spec", "changes", i, "service"),
                f"there is no service {shown(change.service)}{nearest(change.service, services)}",
                False,
            )
        if change.via is not None and change.via not in carriers:
            yield (
                ("spec", "changes", i, "via"),
                f"{spec.gitops.engine} has no object {shown(change.via)}{nearest(change.via, carriers)}",
                False,
            )
    for i, fault in enumerate(spec.faults):
        yield from condition(("spec", "faults", i), fault)
        yield from loads(("spec", "faults", i), fault)
    for i, alert in enumerate(spec.alerts):
        if alert.expr.component:
            yield from component(("spec", "alerts", i, "expr", "component"), alert.expr.component, outside)
        if alert.expr.applications and not spec.gitops.tells_status:
            yield (
                ("spec", "alerts", i, "expr", "applications"),
                f"{spec.gitops.engine} does not tell whether applications are {alert.expr.applications}",
                False,
            )
        for k, name in enumerate(alert.requires):
            yield from component(("spec", "alerts", i, "requires", k), name, outside)
    for i, service in enumerate(spec.services):
        if service.via is not None and service.via not in carriers:
            yield (
                ("spec", "services", i, "via"),
                f"{spec.gitops.engine} has no object {shown(service.via)}{nearest(service.via, carriers)}",
                False,
            )
    for i, remedy in enumerate(spec.remedies):
        for k, name in enumerate(remedy.requires):
            yield from component(("spec", "remedies", i, "requires", k), name, outside)
    for path, model in _models(spec, ("spec",)):
        for below, name in model.references():
            yield from component((*path, *below), name, outside)
    yield from ((("spec", "gitops", *path), message, False) for path, message in spec.gitops.mistakes())


def _people(spec: Model) -> Iterator[Found]:
    """Remedies that take more people than are on call."""
    there = spec.on_call.people
    for i, remedy in enumerate(spec.remedies):
        if remedy.needs_people > there:
            yield (
                ("spec", "remedies", i, "needsPeople"),
                f"{remedy.needs_people} people are more than the {there} on call; write fewer, or more in "
                "spec.onCall.people",
                False,
            )


def _idle(spec: Model) -> Iterator[Found]:
    """Fields that would do nothing beside what else is said."""
    hours = spec.on_call.working_hours
    if hours is None and "off_hours" in spec.on_call.model_fields_set:
        message = "without working hours everybody can always be reached; write workingHours, or leave offHours out"
        yield ("spec", "onCall", "offHours"), message, False
    if hours is not None and hours.lasts > 86400:
        message = f"a working day lasts at most 24h, not {format_duration(hours.lasts)}"
        yield ("spec", "onCall", "workingHours", "lasts"), message, False
    for i, alert in enumerate(spec.alerts):
        if alert.expr.component is None and "state" in alert.expr.model_fields_set:
            message = "state is that of a component, and this looks at none; leave state out"
            yield ("spec", "alerts", i, "expr", "state"), message, False
    for i, change in enumerate(spec.changes):
        if change.kind == "tag" and change.via is not None:
            message = "a tag is moved in the registry, and no GitOps object carries it; leave via out"
            yield ("spec", "changes", i, "via"), message, False
        if change.removes and change.empty_render:
            message = "with emptyRender all that its carrier has applied is gone from Git; leave removes out"
            yield ("spec", "changes", i, "removes"), message, False
    if not any(service.traffic for service in spec.services):
        for i, remedy in enumerate(spec.remedies):
            if remedy.action == "throttle":
                message = "no service has users to throttle; write traffic in spec.services, or leave the remedy out"
                yield ("spec", "remedies", i, "kind" if remedy.kind else "name"), message, False


def _fleet_entries(spec: Model) -> Iterator[Found]:
    """Names of clusters that two entries would make, and hosts of control planes that there are not."""
    clusters: set[str] = set()
    entries, services = [entry.name for entry in spec.fleet], [service.name for service in spec.services]
    for i, entry in enumerate(spec.fleet):
        if (host := entry.hosted_by) is not None:
            path = ("spec", "fleet", i, "hostedBy")
            if host.fleet not in entries:
                yield (*path, "fleet"), f"there is no fleet entry {host.fleet!r}{nearest(host.fleet, entries)}", False
            elif host.fleet == entry.name or spec.fleet[entries.index(host.fleet)].hosted_by is not None:
                yield (*path, "fleet"), "a host has control planes of its own: name an entry without hostedBy", False
            if host.service not in services:
                yield (
                    (*path, "service"),
                    f"there is no service {host.service!r}{nearest(host.service, services)}",
                    False,
                )
        if entry.clusters <= spec.limits.clusters:
            names = _cluster_names(entry)
            if taken := clusters.intersection(names):
                yield (
                    ("spec", "fleet", i, "name"),
                    f"the cluster name {min(taken)!r} is taken by an earlier entry of the fleet",
                    False,
                )
            clusters.update(names)


def _cluster_names(entry: Model) -> list[str]:
    return [entry.name] if entry.clusters == 1 else [f"{entry.name}-{k}" for k in range(entry.clusters)]


def _circles(spec: Model) -> Iterator[Found]:
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


def _columns(spec: Model) -> tuple[dict[str, np.ndarray], int, set[str]]:
    """Attributes of every (cluster, pool), and the keys whose values differ within one or are known only when drawn."""
    blocks: list[dict[str, Any]] = []
    names: list[str] = []
    drawn: set[str] = set()
    for entry in spec.fleet:
        if any(isinstance(pool.nodes, Distribution) for pool in entry.pools):
            drawn |= {"cluster.nodes", "pool.nodes"}
        drawn |= {key for pool in entry.pools for key, said in (("zone", pool.zones), ("rack", pool.rack_size)) if said}
        size = sum(typical(pool.nodes) for pool in entry.pools)
        for pool in entry.pools:
            names += _cluster_names(entry)
            blocks.append(
                {
                    "fleet": entry.name,
                    "environment": entry.environment,
                    "region": entry.region,
                    "zone": entry.zone,
                    "rack": "",
                    "cluster.nodes": size,
                    "pool": pool.name,
                    "pool.nodes": typical(pool.nodes),
                    "role": pool.role,
                    "os": pool.os.name,
                    "platform": pool.platform,
                    **entry.labels,
                    **pool.labels,
                }
            )
    times = [entry.clusters for entry in spec.fleet for _ in entry.pools]
    keys = {key for block in blocks for key in block}
    columns = {
        key: np.repeat(
            np.array([block.get(key, "") if key in ATTRIBUTES else str(block.get(key, "")) for block in blocks]), times
        )
        for key in keys
    }
    return columns | {"cluster": np.array(names)}, len(names), drawn


def _selectors(spec: Model) -> Iterator[Found]:
    columns, size, drawn = _columns(spec)
    zones = np.array([z for entry in spec.fleet for pool in entry.pools for z in (pool.zones or [entry.zone])])

    def visit(value: Any, path: Path) -> Iterator[tuple[Path, Selector]]:
        if isinstance(value, Selector):
            yield path, value
        elif isinstance(value, Model) and not isinstance(value, RootModel):
            for name, field in type(value).model_fields.items():
                yield from visit(getattr(value, name), (*path, field.alias or name))
        elif isinstance(value, list):
            for index, item in enumerate(value):
                yield from visit(item, (*path, index))

    for path, selector in visit(spec, ("spec",)):
        # What a node runs changes during the run: only defects and faults may ask for it, and it may match
        # none yet.
        dynamic = {"os.version"} if path[-1] == "when" else set()
        known = set(columns) | set(ATTRIBUTES) | dynamic
        unknown = [key for key in selector.root if key not in known]
        for key in unknown:
            yield (
                (*path, key),
                f"{shown(key)} is neither an attribute nor a label of the fleet{_instead(key, known)}",
                True,
            )
        for key, wanted in selector.root.items():
            bounds = [name for name in BOUNDS if isinstance(wanted, Comparison) and getattr(wanted, name) is not None]
            if bounds and key in columns and np.isnan(numbers(columns[key])).all():
                yield (
                    (*path, key),
                    (
                        f"{key!r} is text: only numbers are compared by "
                        f"{to_camel(bounds[0])}; write a value, a list of values or `not`"
                    ),
                    False,
                )
                unknown.append(key)
            if key == "zone" and key in drawn and not Selector({key: wanted}).match({key: zones}, len(zones)).any():
                yield (
                    (*path, key),
                    f"no node is in the zone {_wanted_in_words(wanted)}; {_known_values(key, zones)}",
                    False,
                )
        fixed = Selector({k: v for k, v in selector.root.items() if k not in drawn | dynamic})
        if not unknown and not fixed.match(columns, size).any():
            hint = "; ".join(_known_values(key, columns[key]) for key in fixed.root if key in columns)
            yield path, f"the selector {_in_words(fixed)} matches nothing in the fleet; {hint}", False


def _instead(key: str, known: set[str]) -> str:
    """What may have been meant by a key that no cluster and no pool has."""
    label = re.fullmatch(r"(?:\w+\.)?(?:labels?|matchLabels)\.(.+)", key)
    if label and label[1] in known:
        return f"; write the label itself: {label[1]}"
    return nearest(key, known)


def _pinned(spec: Model) -> Iterator[Found]:
    """Pinned services that ask for more nodes than a cluster has; a number of nodes that is drawn is not judged."""
    pinned = [(i, service) for i, service in enumerate(spec.services) if service.pinned]
    if not pinned:
        return
    columns, size, _ = _columns(spec)
    pools = [(entry.clusters, pool) for entry in spec.fleet for pool in entry.pools]
    drawn = np.repeat([isinstance(pool.nodes, Distribution) for _, pool in pools], [times for times, _ in pools])
    for i, service in pinned:
        hosts = service.select.match(columns, size)
        workers = hosts & (columns["role"] != "control-plane")
        hosts = workers if workers.any() else hosts  # where there are no workers the control planes work too
        clusters, where = np.unique(columns["cluster"][hosts], return_inverse=True)
        nodes = np.bincount(where, columns["pool.nodes"][hosts], len(clusters))
        few = (nodes < service.replicas) & (np.bincount(where, drawn[hosts], len(clusters)) == 0)
        if few.any():
            least = int(np.argmin(np.where(few, nodes, np.inf)))
            yield (
                ("spec", "services", i, "replicas"),
                f"pinned replicas have a node each: {service.replicas} are more than the {nodes[least]:,.0f} that "
                f"cluster {str(clusters[least])!r} has for them; write fewer, or more nodes",
                False,
            )


def _in_words(selector: Selector) -> str:
    """A selector as it was written: `environment: prod, cluster.nodes: {above: 100}`."""
    return shown(", ".join(f"{key}: {_wanted_in_words(wanted)}" for key, wanted in selector.root.items()))


def _wanted_in_words(wanted: Any) -> str:
    if isinstance(wanted, Comparison):
        return "{" + ", ".join(f"{k}: {v}" for k, v in wanted.model_dump(exclude_unset=True).items()) + "}"
    return f"[{', '.join(map(str, wanted))}]" if isinstance(wanted, list) else str(wanted)


def _known_values(key: str, column: np.ndarray, most: int = 6) -> str:
    """`region is eu or us`; of numbers the ends, of many words the first."""
    values = np.unique(column)
    if values.dtype.kind in "if" and len(values) > 1:
        return f"{key} goes from {values[0]:g} to {values[-1]:g}"
    words = [f"{v:g}" if values.dtype.kind in "if" else shown(str(v), quoted=False) for v in values[:most]]
    more = f" or {len(values) - most} more" if len(values) > most else ""
    return f"{key} is {', '.join(words[:-1]) + ' or ' if len(words) > 1 and not more else ''}" + (
        words[-1] if not more else ", ".join(words) + more
    )
