"""Selectors: tried on the fleet, they match something."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from pydantic import RootModel
from pydantic.alias_generators import to_camel

from simulator.scenario.base import Model
from simulator.scenario.check.names import cluster_names
from simulator.scenario.check.sizes import typical
from simulator.scenario.distribution import Distribution
from simulator.scenario.errors import Found, Path, nearest, shown
from simulator.scenario.selector import ATTRIBUTES, BOUNDS, Comparison, Selector, numbers


def selectors(spec: Model) -> Iterator[Found]:
    """Selectors with keys that nothing has, or that match nothing in the fleet."""
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


def pinned(spec: Model) -> Iterator[Found]:
    """Pinned services that ask for more nodes than a cluster has; a number of nodes that is drawn is not judged."""
    found = [(i, service) for i, service in enumerate(spec.services) if service.pinned]
    if not found:
        return
    columns, size, _ = _columns(spec)
    pools = [(entry.clusters, pool) for entry in spec.fleet for pool in entry.pools]
    drawn = np.repeat([isinstance(pool.nodes, Distribution) for _, pool in pools], [times for times, _ in pools])
    for i, service in found:
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
            names += cluster_names(entry)
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


def _instead(key: str, known: set[str]) -> str:
    """What may have been meant by a key that no cluster and no pool has."""
    label = re.fullmatch(r"(?:\w+\.)?(?:labels?|matchLabels)\.(.+)", key)
    if label and label[1] in known:
        return f"; write the label itself: {label[1]}"
    return nearest(key, known)


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
