"""Scenarios for oracles: small words for what they have in common."""

from __future__ import annotations

import yaml

from simulator import Scenario

HOUR, DAY = 3600.0, 86400.0


def scenario(
    clusters: int, nodes: int, horizon: str, os: dict | str = "talos", fleet: dict | None = None, **spec
) -> Scenario:
    """A fleet of like clusters; more fields of the spec by name."""
    entry = {
        "name": "fleet",
        "clusters": clusters,
        "pools": [{"name": "workers", "nodes": nodes, "os": os}],
        **(fleet or {}),
    }
    return Scenario.parse(
        yaml.safe_dump(
            {
                "apiVersion": "paddock/v1alpha1",
                "kind": "Scenario",
                "metadata": {"name": "oracle"},
                "spec": {"horizon": horizon, "fleet": [entry], **spec},
            }
        )
    )


def at_once(**more) -> dict:
    """Talos that boots in no time, so that a machine is either up or being repaired."""
    return {"name": "talos", "reboot": "1ms", "serviceStart": "0s", **more}


def failures(rate: str, repair: str) -> list[dict]:
    """Machines that die at a rate and are repaired after an exponential time of this mean."""
    return [
        {
            "name": "hardware",
            "impairs": [{"component": "disk"}],
            "trigger": {"rate": rate},
            "lasts": {"exponential": {"mean": repair}},
        }
    ]
