"""The fleet as arrays: which node is in which pool of which cluster, and their attributes."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from simulator.kernel import NEVER, Keyed
from simulator.scenario.document import Spec
from simulator.scenario.fleet import FleetEntry, OperatingSystem, Pool
from simulator.scenario.selector import ATTRIBUTES, Selector


@dataclass(frozen=True)
class PoolGroup:
    """One pool of one fleet entry: the same settings in every cluster of the entry."""

    entry: str
    pool: Pool
    time_zone: str
    nodes: np.ndarray  # indices, rising

    @property
    def os(self) -> OperatingSystem:
        return self.pool.os


@dataclass(frozen=True)
class Layout:
    """Where every node is. Nodes are numbered cluster by cluster and pool by pool.

    cluster, pool: for each node the number of its cluster, and of its pool group.
    """

    spec: Spec
    cluster: np.ndarray
    pool: np.ndarray
    groups: tuple[PoolGroup, ...]
    cluster_names: tuple[str, ...]
    entry_of_cluster: np.ndarray
    _selected: dict = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, spec: Spec, keyed: Keyed) -> Layout:
        """Lay out the fleet; pool sizes that are distributions are drawn."""
        names: list[str] = []
        entry_of_cluster, counts, group_of = [], [], []
        group_number = 0
        for e, entry in enumerate(spec.fleet):
            first = len(names)
            names += [entry.name] if entry.clusters == 1 else [f"{entry.name}-{k}" for k in range(entry.clusters)]
            clusters = np.arange(first, len(names))
            entry_of_cluster += [e] * entry.clusters
            sizes = np.stack(
                [
                    np.maximum(1, np.rint(keyed.draw(pool.nodes, f"{entry.name}.{pool.name}.nodes", clusters))).astype(
                        int
                    )
                    for pool in entry.pools
                ],
                axis=1,
            )
            sizes = np.minimum(sizes, spec.limits.nodes_per_cluster)
            counts.append(sizes.ravel())
            group_of.append(np.tile(np.arange(group_number, group_number + len(entry.pools)), entry.clusters))
            group_number += len(entry.pools)
        sizes, group_of_block = np.concatenate(counts), np.concatenate(group_of)
        cluster_of_block = np.concatenate(
            [
                np.repeat(np.flatnonzero(np.array(entry_of_cluster) == e), len(entry.pools))
                for e, entry in enumerate(spec.fleet)
            ]
        )
        pool = np.repeat(group_of_block, sizes).astype(np.int32)
        cluster = np.repeat(cluster_of_block, sizes).astype(np.int32)
        order = np.argsort(pool, kind="stable")
        starts = np.searchsorted(pool[order], np.arange(group_number + 1))
        groups, number = [], 0
        for entry in spec.fleet:
            for declared in entry.pools:
                groups.append(
                    PoolGroup(entry.name, declared, entry.time_zone, order[starts[number] : starts[number + 1]])
                )
                number += 1
        return cls(spec, cluster, pool, tuple(groups), tuple(names), np.array(entry_of_cluster))

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.cluster)

    @property
    def clusters(self) -> int:
        """Number of clusters."""
        return len(self.cluster_names)

    @cached_property
    def cluster_sizes(self) -> np.ndarray:
        """Nodes of each cluster."""
        return np.bincount(self.cluster, minlength=self.clusters)

    @cached_property
    def control_plane(self) -> np.ndarray:
        """Which nodes are control-plane members, bool by node."""
        return np.array([g.pool.role == "control-plane" for g in self.groups])[self.pool]

    @cached_property
    def _first_of_block(self) -> np.ndarray:
        changed = np.ones(self.nodes, bool)
        changed[1:] = (self.cluster[1:] != self.cluster[:-1]) | (self.pool[1:] != self.pool[:-1])
        return np.flatnonzero(changed)

    @cached_property
    def number_in_pool(self) -> np.ndarray:
        """Position of each node in its pool of its cluster, from 0."""
        first = self._first_of_block
        sizes = np.diff(np.append(first, self.nodes))
        return np.arange(self.nodes) - np.repeat(first, sizes)

    @cached_property
    def _block_columns(self) -> dict[str, np.ndarray]:
        """Attributes of each block (a pool in a cluster); nodes of a block are alike."""
        first = self._first_of_block
        cluster, group = self.cluster[first], self.pool[first]
        entries = [self.spec.fleet[e] for e in self.entry_of_cluster[cluster]]
        pools = [self.groups[g].pool for g in group]
        sizes = np.diff(np.append(first, self.nodes))
        columns = {
            "fleet": [e.name for e in entries],
            "environment": [e.environment for e in entries],
            "region": [e.region for e in entries],
            "zone": [e.zone for e in entries],
            "rack": [""] * len(first),
            "cluster": [self.cluster_names[c] for c in cluster],
            "pool": [p.name for p in pools],
            "role": [p.role for p in pools],
            "os": [p.os.name for p in pools],
            "platform": [p.platform for p in pools],
            "cluster.nodes": self.cluster_sizes[cluster],
            "pool.nodes": sizes,
        }
        labels = {k for e, p in zip(entries, pools, strict=True) for k in (*e.labels, *p.labels)}
        for key in labels:
            columns[key] = [{**e.labels, **p.labels}.get(key, "") for e, p in zip(entries, pools, strict=True)]
        return {
            key: np.asarray(values) if key in ATTRIBUTES else np.asarray([str(v) for v in values])
            for key, values in columns.items()
        }

    @cached_property
    def _node_columns(self) -> dict[str, np.ndarray]:
        """Attributes in which the nodes of a block differ."""
        found: dict[str, np.ndarray] = {}
        pools = [group.pool for group in self.groups]
        spread = np.array([max(1, len(pool.zones)) for pool in pools])[self.pool]
        if any(pool.zones for pool in pools):
            zones = np.array([g.pool.zones or [self._entry(g).zone] for g in self.groups], dtype=object)
            turn = self.number_in_pool % spread
            found["zone"] = np.empty(self.nodes, dtype=object)
            for number, names in enumerate(zones):
                mine = self.pool == number
                found["zone"][mine] = np.array(names)[turn[mine]]
            found["zone"] = found["zone"].astype(str)
        if any(pool.rack_size for pool in pools):
            size = np.array([pool.rack_size or 0 for pool in pools])[self.pool]
            number = self.number_in_pool // spread // np.maximum(size, 1)
            found["rack"] = np.where(size > 0, np.char.add("rack-", number.astype(str)), "")
        return found

    def _entry(self, group: PoolGroup) -> FleetEntry:
        return next(entry for entry in self.spec.fleet if entry.name == group.entry)

    def together(self, what: str) -> np.ndarray:
        """What goes down together: for each node the number of its rack, zone, cluster, region or fleet entry; racks
        are of one pool, a zone is of its region."""
        keys = {
            "node": (np.arange(self.nodes),),
            "rack": (self.cluster, self.pool, self.column("zone"), self.column("rack")),
            "zone": (self.column("region"), self.column("zone")),
            "zone of cluster": (self.cluster, self.column("zone")),
            "cluster": (self.cluster,),
            "region": (self.column("region"),),
            "fleet": (self.column("fleet"),),
        }[what]
        found = np.zeros(self.nodes, np.int64)
        for key in keys:
            _, codes = np.unique(key, return_inverse=True)
            _, found = np.unique(found * (int(codes.max()) + 1) + codes, return_inverse=True)
        return found

    @cached_property
    def hosts(self) -> np.ndarray:
        """For each cluster the one that hosts its control plane, -1 for none."""
        found = np.full(self.clusters, -1)
        names = [entry.name for entry in self.spec.fleet]
        for number, entry in enumerate(self.spec.fleet):
            if entry.hosted_by is not None:
                children = np.flatnonzero(self.entry_of_cluster == number)
                parents = np.flatnonzero(self.entry_of_cluster == names.index(entry.hosted_by.fleet))
                found[children] = parents[np.arange(len(children)) % len(parents)]
        return found

    @cached_property
    def ages(self) -> np.ndarray:
        """How old each cluster is at the start, s."""
        return np.array([entry.age for entry in self.spec.fleet])[self.entry_of_cluster]

    def select(self, selector: Selector) -> np.ndarray:
        """Which nodes match, bool by node. Keys that are no attribute or label (os.version) are left to others."""
        key = str(selector)
        if key not in self._selected:
            fixed = Selector({k: v for k, v in selector.root.items() if k != "os.version"})
            if fixed.root.keys() & self._node_columns.keys():
                known = fixed.root.keys() & (self._node_columns.keys() | self._block_columns.keys())
                self._selected[key] = fixed.match({k: self.column(k) for k in known}, self.nodes)
            else:
                first = self._first_of_block
                found = fixed.match(self._block_columns, len(first))
                self._selected[key] = np.repeat(found, np.diff(np.append(first, self.nodes)))
        return self._selected[key]

    def select_clusters(self, selector: Selector) -> np.ndarray:
        """Which clusters have a node that matches, bool by cluster."""
        found = np.zeros(self.clusters, bool)
        found[self.cluster[self.select(selector)]] = True
        return found

    def times_of(self, nodes: np.ndarray, clusters: np.ndarray, at: np.ndarray) -> np.ndarray:
        """The time of each node's cluster, of times given by cluster; NEVER for nodes of other clusters."""
        when = np.full(self.clusters, NEVER)
        when[clusters] = at
        return when[self.cluster[nodes]]

    def column(self, key: str) -> np.ndarray:
        """An attribute or label of every node."""
        if key in self._node_columns:
            return self._node_columns[key]
        first = self._first_of_block
        return np.repeat(self._block_columns[key], np.diff(np.append(first, self.nodes)))

    def cluster_column(self, key: str) -> np.ndarray:
        """An attribute of every cluster's first node."""
        return self._block_columns[key][
            np.searchsorted(self._first_of_block, np.searchsorted(self.cluster, np.arange(self.clusters)))
        ]

    def node_names(self, nodes: np.ndarray) -> list[str]:
        """`cluster-pool-number` for some nodes."""
        return [
            f"{self.cluster_names[self.cluster[n]]}-{self.groups[self.pool[n]].pool.name}-{self.number_in_pool[n]}"
            for n in nodes
        ]
