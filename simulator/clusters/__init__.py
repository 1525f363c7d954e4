"""Kubernetes: what a cluster does with its nodes and pods by itself.

- eviction: when the control plane gives up nodes that it does not hear of (`Evictions`).
- images: when a pod's image is there, with a registry that may be away (`ImagePulls`).
- deployments: rolling updates, pod by pod, and what a version that does not come up leaves of them (`Releases`).
- quorum: when etcd has lost its majority (`Quorum`).
- api_server: how much an API server takes, and whom it turns away first (`ApiServers`).
"""

from simulator.clusters.api_server import ApiServers
from simulator.clusters.deployments import Release, Releases
from simulator.clusters.eviction import Evictions
from simulator.clusters.images import ImagePulls
from simulator.clusters.quorum import Quorum

__all__ = ["ApiServers", "Evictions", "ImagePulls", "Quorum", "Release", "Releases"]
