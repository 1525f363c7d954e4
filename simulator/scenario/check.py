"""What types alone can't check: references, names, selectors, sizes; and errors in people's words."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from typing import Any

import numpy as np
from pydantic import BaseModel, RootModel, ValidationError

from simulator.scenario.base import Model
from simulator.scenario.component import CLUSTER_COMPONENTS, GLOBAL_COMPONENTS, NODE_COMPONENTS
from simulator.scenario.distribution import Distribution
from simulator.scenario.errors import Path, nearest
from simulator.scenario.selector import ATTRIBUTES, Selector

Found = tuple[Path, str, bool]  # path, message, whether the key itself is meant


# --- errors of types ----------------------------------------------------------------------------------------------

def explain_errors(error: ValidationError, root: type[BaseModel], raw: Any) -> list[Found]:
    """Pydantic's errors as paths into the file and sentences that say what would be right."""
    found: dict[Path, Found] = {}
    for item in error.errors(include_url=False):
        path = _real_path(item["loc"], raw)
        kind, message = item["type"], item["msg"]
        on_key = kind == "extra_forbidden"
        if on_key:
            message = f"unknown key {path[-1]!r}{nearest(str(path[-1]), keys_at(root, item['loc'][:-1]))}"
        elif kind == "missing":
            message = f"{item['loc'][-1]!r} is missing"
        elif kind == "literal_error":
            expected = item["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
            message = f"{item['input']!r} is not known here{nearest(str(item['input']), expected)}"
        elif kind == "union_tag_invalid":
            expected = item["ctx"]["expected_tags"].replace("'", "").split(", ")
            message = f"{item['ctx']['tag']!r} is not known here{nearest(item['ctx']['tag'], expected)}"
        elif kind in ("value_error", "assertion_error"):
            message = str(item["ctx"]["error"])
        elif kind in ("model_type", "model_attributes_type", "dict_type"):
            message = f"a map is expected here, not {_kind(item['input'])}"
        elif kind == "list_type":
            message = f"a list is expected here, not {_kind(item['input'])}"
        elif kind in ("int_type", "int_parsing", "int_from_float"):
            message = f"a whole number is expected here, not {item['input']!r}"
        elif kind in ("float_type", "float_parsing"):
            message = f"a number is expected here, not {item['input']!r}"
        elif kind == "string_type":
            message = f"text is expected here, not {item['input']!r}"
        elif kind == "bool_type" or kind == "bool_parsing":
            message = f"true or false is expected here, not {item['input']!r}"
        elif kind == "too_short":
            message = "at least one is needed"
        else:
            message = message[0].lower() + message[1:]
        previous = found.get(path)
        if previous is None or _is_vague(previous[1]):
            found[path] = (path, message, on_key)
    # A union reports each member's complaint; keep the deepest, which is the one the writer meant.
    return [f for p, f in found.items() if not any(q != p and q[:len(p)] == p for q in found)]


def _is_vague(message: str) -> bool:
    return "is expected here" in message


def _kind(value: Any) -> str:
    return {"str": "text", "int": "a number", "float": "a number", "list": "a list", "dict": "a map",
            "NoneType": "nothing", "bool": "true or false"}.get(type(value).__name__, type(value).__name__)


def _real_path(loc: tuple, raw: Any) -> Path:
    """`loc` without the union tags pydantic adds: only keys that stand in the data, and the last one."""
    path: list = []
    here = raw
    for index, part in enumerate(loc):
        last = index == len(loc) - 1
        if isinstance(here, dict) and part in here:
            here = here[part]
        elif isinstance(here, list) and isinstance(part, int) and part < len(here):
            here = here[part]
        elif not (last and isinstance(here, dict) and isinstance(part, str) and part[:1].islower()
                  and "[" not in part and "-" not in part and part not in ("constant", "distribution", "map")):
            continue
        path.append(part)
    return tuple(path)


def keys_at(root: type[BaseModel], loc: tuple) -> set[str]:
    """The keys that may stand at a place of the file."""
    models = [root]
    for part in loc:
        if isinstance(part, int):
            continue
        below = [m for model in models for name, field in model.model_fields.items()
                 if part in (field.alias, name) for m in models_in(field.annotation)]
        tagged = [m for m in models if any(f.default == part for n, f in m.model_fields.items()
                                           if n in ("name", "engine"))]
        models = below or tagged or models
    return {field.alias or name for model in models for name, field in model.model_fields.items()}


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """Every model inside a type annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for arg in typing.get_args(annotation) if not isinstance(arg, (str, types.NoneType))
            for m in models_in(arg)]


# --- errors of meaning --------------------------------------------------------------------------------------------

def check(scenario: Model) -> list[Found]:
    """Every mistake that only shows when the whole scenario is at hand."""
    spec = scenario.spec
    found: list[Found] = list(_repeated_names(scenario, ()))
    found += _sizes(spec)
    found += _times(spec)
    if not found:
        found += _references(spec)
        found += _selectors(spec)
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


def _repeated_names(scenario: Model, path: Path) -> Iterator[Found]:
    for below, items in _lists(scenario, path):
        seen: set[str] = set()
        for index, item in enumerate(items):
            name = getattr(item, "name", None)
            if name is not None and name in seen:
                yield (*below, index, "name"), f"the name {name!r} is taken by an earlier entry", False
            seen.add(name)


def _mean(count: Any) -> float:
    return float(count.shape.quantile(np.array(0.5))) if isinstance(count, Distribution) else float(count)


def _sizes(spec: Model) -> Iterator[Found]:
    limits = spec.limits
    total = clusters = 0.0
    for i, entry in enumerate(spec.fleet):
        in_cluster = 0.0
        for j, pool in enumerate(entry.pools):
            count = _mean(pool.nodes)
            if count < 1:
                yield ("spec", "fleet", i, "pools", j, "nodes"), "a pool has at least one node", False
            in_cluster += count
            if in_cluster > limits.nodes_per_cluster:
                yield (("spec", "fleet", i, "pools", j, "nodes"),
                       f"{in_cluster:,.0f} nodes in one cluster; Kubernetes is designed for {limits.nodes_per_cluster:,}. "
                       "For more nodes raise `clusters`, or, if you mean it, spec.limits.nodesPerCluster", False)
                return
        clusters += entry.clusters
        total += in_cluster * entry.clusters
        if clusters > limits.clusters or total > limits.nodes:
            yield (("spec", "fleet", i, "clusters"),
                   f"the fleet would have {clusters:,.0f} clusters and {total:,.0f} nodes; the limits are "
                   f"{limits.clusters:,} and {limits.nodes:,}. If you mean it, raise spec.limits", False)
            return


def _times(spec: Model) -> Iterator[Found]:
    for i, change in enumerate(spec.changes):
        if change.at > spec.horizon:
            yield (("spec", "changes", i, "at"),
                   f"after the end: the horizon is {spec.model_dump(mode='json')['horizon']}", False)
    for i, fault in enumerate(spec.faults):
        if fault.clock.at is not None and fault.clock.at > spec.horizon:
            yield (("spec", "faults", i, "trigger", "at"),
                   f"after the end: the horizon is {spec.model_dump(mode='json')['horizon']}", False)


def _references(spec: Model) -> Iterator[Found]:
    own = {c.name for c in spec.components}
    services = {s.name for s in spec.services}
    for i, component in enumerate(spec.components):
        if component.name in NODE_COMPONENTS:
            yield ("spec", "components", i, "name"), "a node component is known to the operating system only", False
    for i, service in enumerate(spec.services):
        if service.name in own | set(NODE_COMPONENTS) | set(CLUSTER_COMPONENTS) | set(GLOBAL_COMPONENTS):
            yield ("spec", "services", i, "name"), f"{service.name!r} is the name of a component already", False
        if service.needs_count > service.replicas:
            yield (("spec", "services", i, "needs"),
                   f"needs {service.needs} of {service.replicas} replicas: more than there are", False)
    outside = own | services | set(CLUSTER_COMPONENTS) | set(GLOBAL_COMPONENTS)
    everything = outside | set(NODE_COMPONENTS)
    carriers = [name for name, *_ in spec.gitops.carriers()]

    def component(path: Path, name: str, known: set[str]) -> Iterator[Found]:
        if name not in known:
            yield path, f"there is no component or service {name!r}{nearest(name, known)}", False

    def condition(path: Path, item: Model) -> Iterator[Found]:
        for k, impairment in enumerate(item.impairs):
            yield from component((*path, "impairs", k, "component"), impairment.component, everything)

    for name, items in (("components", spec.components), ("services", spec.services)):
        for i, item in enumerate(items):
            for k, need in enumerate(item.requires):
                yield from component(("spec", name, i, "requires", k, "component"), need.component, outside)
    yield from _circles(spec)
    for i, change in enumerate(spec.changes):
        if change.defect:
            yield from condition(("spec", "changes", i, "defect"), change.defect)
        if change.via is not None and change.via not in carriers:
            yield (("spec", "changes", i, "via"),
                   f"{spec.gitops.engine} has no object {change.via!r}{nearest(change.via, carriers)}", False)
    for i, fault in enumerate(spec.faults):
        yield from condition(("spec", "faults", i), fault)
    for i, alert in enumerate(spec.alerts):
        if alert.expr.component:
            yield from component(("spec", "alerts", i, "expr", "component"), alert.expr.component, outside)
        for k, name in enumerate(alert.requires):
            yield from component(("spec", "alerts", i, "requires", k), name, outside)
    for i, remedy in enumerate(spec.remedies):
        for k, name in enumerate(remedy.requires):
            yield from component(("spec", "remedies", i, "requires", k), name, outside)
    yield from ((("spec", "gitops", *path), message, False) for path, message in spec.gitops.mistakes())
    for i, entry in enumerate(spec.fleet):
        from zoneinfo import ZoneInfo
        try:
            ZoneInfo(entry.time_zone)
        except (KeyError, ValueError, OSError):
            yield (("spec", "fleet", i, "timeZone"),
                   f"{entry.time_zone!r} is not a time zone; write one such as Europe/Berlin", False)


def _circles(spec: Model) -> Iterator[Found]:
    needs = {item.name: [r.component for r in item.requires] for item in (*spec.components, *spec.services)}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> list[str] | None:
        if name in trail:
            return [*trail[trail.index(name):], name]
        if name in done:
            return None
        for below in needs.get(name, ()):
            if circle := visit(below, (*trail, name)):
                return circle
        done.add(name)
        return None

    for kind, items in (("components", spec.components), ("services", spec.services)):
        for i, item in enumerate(items):
            if circle := visit(item.name, ()):
                yield (("spec", kind, i, "requires"),
                       f"a circle of requirements: {' > '.join(circle)}; what waits for itself never comes up", False)
                return


def _columns(spec: Model) -> tuple[dict[str, np.ndarray], int, set[str]]:
    """Attributes of every (cluster, pool), and the keys whose values are known only when drawn."""
    rows: list[dict[str, Any]] = []
    drawn: set[str] = set()
    for entry in spec.fleet:
        if any(isinstance(pool.nodes, Distribution) for pool in entry.pools):
            drawn |= {"cluster.nodes", "pool.nodes"}
        size = sum(_mean(pool.nodes) for pool in entry.pools)
        for k in range(entry.clusters):
            for pool in entry.pools:
                rows.append({"fleet": entry.name, "environment": entry.environment, "region": entry.region,
                             "zone": entry.zone, "cluster": entry.name if entry.clusters == 1 else f"{entry.name}-{k}",
                             "cluster.nodes": size, "pool": pool.name, "pool.nodes": _mean(pool.nodes),
                             "role": pool.role, "os": pool.os.name, "platform": pool.platform,
                             **entry.labels, **pool.labels})
    keys = {key for row in rows for key in row}
    return {key: np.array([row.get(key, "") for row in rows]) for key in keys}, len(rows), drawn


def _selectors(spec: Model) -> Iterator[Found]:
    columns, size, drawn = _columns(spec)

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
        # What a node runs changes during the run, so only defects and faults may ask for it, and it may match none yet.
        dynamic = {"os.version"} if path[-1] == "when" else set()
        known = set(columns) | set(ATTRIBUTES) | dynamic
        unknown = [key for key in selector.root if key not in known]
        for key in unknown:
            yield (*path, key), f"{key!r} is neither an attribute nor a label of the fleet{nearest(key, known)}", True
        fixed = Selector({k: v for k, v in selector.root.items() if k not in drawn | dynamic})
        if not unknown and not fixed.match(columns, size).any():
            known_values = {k: sorted({str(v) for v in columns[k]})[:6] for k in fixed.root if k in columns}
            hint = "; ".join(f"{k} is one of {', '.join(v)}" for k, v in known_values.items())
            yield path, f"the selector matches nothing in the fleet ({selector}); {hint}", False
