"""`paddock new`: asks a few questions and writes a scenario that runs and teaches."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from simulator.cli import files
from simulator.cli.console import Problem, say

#: What may go wrong in a first scenario, by the word for it.
TROUBLES = {
    "bad-config": "a commit that takes the kubelet down some time after it is applied",
    "bad-image": "an OS image whose kernel does not start",
    "node-failures": "hardware that breaks now and then",
    "nothing": "an OS update that goes well",
}
MOST_CLUSTERS, MOST_NODES = 2_000, 5_000


def new(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Where to write it; default: NAME.yaml.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the scenario.")] = None,
    os: Annotated[str | None, typer.Option(help="Operating system of the nodes.")] = None,
    clusters: Annotated[int | None, typer.Option(min=1, max=MOST_CLUSTERS, help="Number of clusters.")] = None,
    nodes: Annotated[int | None, typer.Option(min=1, max=MOST_NODES, help="Nodes in each cluster.")] = None,
    trouble: Annotated[str | None, typer.Option(help=f"What goes wrong: {', '.join(TROUBLES)}.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: defaults for what is not given.")] = False,
    force: Annotated[bool, typer.Option("--force", "-f", help="Overwrite the file.")] = False,
) -> None:
    """Write a scenario to start from.

    Asks a few questions (on a terminal), and writes a file that runs at once and whose comments teach.

    \b
      paddock new
      paddock new my-fleet.yaml --os talos --clusters 20 --nodes 30 --trouble bad-config
    """
    ask = sys.stdin.isatty() and not yes
    default = _name_of(file) if file else "my-fleet"
    name = _answer("Name", name, default, ask, _checked_name)
    path = file or Path(f"{name}.yaml")
    _refuse_to_overwrite(path, force)
    os = _answer("Operating system", os, "talos", ask, lambda text: _one_of(text, _systems(), "operating system"))
    clusters = _answer("Clusters", clusters, 10, ask, lambda text: _clusters(text, nodes or 1))
    nodes = _answer("Nodes in each cluster", nodes, 20, ask, lambda text: _nodes(text, clusters))
    if ask and trouble is None:
        for word, meaning in TROUBLES.items():
            say(f"  {word:14} {meaning}", style="dim")
    trouble = _answer("What goes wrong", trouble, "bad-config", ask, lambda text: _one_of(text, TROUBLES, "trouble"))
    text = scenario_text(name, os, clusters, nodes, trouble)
    files.write(path, text)
    say(f"Wrote {path}. Next:")
    say(f"  paddock run {path}")
    say(f"  paddock run {path} --variant {_variant_of(text)}")


# --- asking --------------------------------------------------------------------------------------------


def _answer(question: str, given: Any, default: Any, ask: bool, check: Any) -> Any:
    """The option, or the answer, or the default. A wrong option is refused, a wrong answer asked again."""
    if given is not None:
        return check(str(given))
    while ask:
        try:
            return check(typer.prompt(question, default=str(default)))
        except Problem as problem:
            say(f"  {problem.message}")
    return default


def _checked_name(text: str) -> str:
    from pydantic import TypeAdapter, ValidationError

    from simulator.scenario.base import Name

    try:
        return TypeAdapter(Name).validate_python(text.strip())
    except ValidationError as error:
        raise Problem(str(error.errors()[0]["ctx"]["error"])) from None


def _name_of(file: Path) -> str:
    """A name made from that of the file."""
    return re.sub(r"[^a-z0-9.-]+", "-", file.stem.lower()).strip("-.")[:63].strip("-.") or "my-fleet"


def _one_of(text: str, known: Any, what: str) -> str:
    from simulator.scenario.errors import nearest

    if text.strip() not in known:
        raise Problem(f"{text.strip()!r} is no {what} here{nearest(text, known)}")
    return text.strip()


def _number(text: str, most: int) -> int:
    if not re.fullmatch(r"\s*[0-9]{1,6}\s*", text) or not 1 <= int(text) <= most:
        raise Problem(f"a number from 1 to {most:,} is expected here, not {text.strip()!r}")
    return int(text)


def _clusters(text: str, nodes: int) -> int:
    clusters = _number(text, MOST_CLUSTERS)
    _within_limits(clusters, nodes)
    return clusters


def _nodes(text: str, clusters: int) -> int:
    nodes = _number(text, MOST_NODES)
    _within_limits(clusters, nodes)
    return nodes


def _within_limits(clusters: int, nodes: int) -> None:
    """Refuse here what `paddock validate` would refuse."""
    from simulator.scenario.check import too_large
    from simulator.scenario.fleet import Limits

    if message := too_large(clusters, clusters * nodes, Limits()):
        raise Problem(message)


def _systems() -> list[str]:
    from simulator.nodes import SYSTEMS

    return sorted(SYSTEMS)


def _refuse_to_overwrite(path: Path, force: bool) -> None:
    if path.is_dir():
        raise Problem(f"{path} is a directory; name a file")
    if path.exists() and not force:
        raise Problem(f"{path} exists already", hint="--force overwrites it.")


# --- writing -------------------------------------------------------------------------------------------


def scenario_text(name: str, os: str, clusters: int, nodes: int, trouble: str) -> str:
    """The scenario as a file, with comments for somebody who sees one for the first time."""
    staged = clusters >= 3
    return "".join(
        [
            _HEAD.format(
                name=name,
                title=_TITLES[trouble],
                horizon="30d" if trouble == "node-failures" else "3d" if trouble in ("bad-image", "nothing") else "8h",
            ),
            _fleet(os, clusters, nodes, staged),
            _SERVICES.format(replicas=min(6, nodes)),
            _GITOPS,
            _FAULTS if trouble == "node-failures" else _change(trouble, staged),
            _PEOPLE,
            _variants(trouble, staged),
        ]
    )


def _fleet(os: str, clusters: int, nodes: int, staged: bool) -> str:
    staging = max(1, clusters // 10) if staged else 0
    entries = [("staging", staging)] if staged else []
    lines = ["  # The fleet: each entry makes so many clusters alike; each pool so many nodes in each.\n  fleet:\n"]
    for environment, number in [*entries, ("prod", clusters - staging)]:
        lines.append(
            f"    - name: {environment}\n      environment: {environment}\n      clusters: {number}\n"
            "      pools:\n"
            f"        - {{name: workers, nodes: {nodes}, os: {os}, platform: vm}}\n"
        )
    lines.append(f"  # os may be a map with settings: paddock explain scenario.fleet.pools.os.{os}\n")
    return "".join(lines)


def _change(trouble: str, staged: bool) -> str:
    kind = "config" if trouble == "bad-config" else "os-image"
    stages = _STAGES if staged else _ONE_STAGE
    return _CHANGE.format(
        kind=kind,
        stages=stages,
        defect=_DEFECTS[trouble],
        version="" if kind == "config" else "      version: 1.1.0          # what the image brings\n",
    )


def _variants(trouble: str, staged: bool) -> str:
    if trouble == "node-failures":
        return _VARIANT_FAULTS
    return _VARIANT_STAGES if staged else _VARIANT_LATER


def _variant_of(text: str) -> str:
    return re.findall(r"^  - name: (\S+)", text.partition("\nvariants:")[2], re.MULTILINE)[0]


_TITLES = {
    "bad-config": "A commit breaks nodes some time after it is applied",
    "bad-image": "An OS image whose kernel does not start",
    "node-failures": "A fleet whose hardware breaks now and then",
    "nothing": "An OS update that goes well",
}

_HEAD = """\
# A scenario for Paddock. Any field can be asked about: paddock explain scenario.changes
apiVersion: paddock/v1alpha1
kind: Scenario
metadata:
  name: {name}
  title: {title}
spec:
  # The clock matters: timers, maintenance windows and people have hours. Durations are written 90s, 5m, 2d4h.
  start: 2026-03-02T09:00:00Z
  horizon: {horizon}

"""

_SERVICES = """
  # What runs for users: up while at least `needs` of its replicas are available, in each cluster.
  services:
    - {{name: web, replicas: {replicas}, needs: 60%}}
"""

_GITOPS = """
  # How Git reaches the clusters: flux (each looks at Git by itself) or push (a pipeline connects to them).
  gitops:
    engine: flux
    interval: 1m
"""

_CHANGE = """
  # What is changed: what, when, whereto and in which order.
  changes:
    - name: update
      kind: {kind}
      at: 30m                 # after the start
{version}      rollout:
        stages:               # one after the other; `bake` waits and watches before the next begins
{stages}{defect}"""

_STAGES = """\
          - {name: staging, select: {environment: staging}, bake: 10m}
          - {name: prod, select: {environment: prod}, over: 1h}   # spread evenly over this time
"""

_ONE_STAGE = """\
          - {name: prod, select: {environment: prod}}
"""

_DEFECTS = {
    "bad-config": """\
      # What is wrong with it: where it bites (`when`, here everywhere), when (`trigger`), what it takes down
      # (`impairs`) and what puts it right (`clearedBy`).
      defect:
        # A number may vary: here each node has its own delay, half of them more than 30 minutes.
        trigger: {on: apply, after: {lognormal: {median: 30m, sigma: 0.3}, level: perEntity}}
        impairs: [{component: kubelet, to: down}]
        clearedBy: [revert]
""",
    "bad-image": """\
      # What is wrong with it: where it bites (`when`, here everywhere), when (`trigger`), what it takes down
      # (`impairs`) and what puts it right (`clearedBy`).
      defect:
        trigger: boot
        impairs: [{component: boot.kernel, mode: fail}]
        clearedBy: [rollback, replace]
""",
    "nothing": """\
      # defect: (what is wrong with the change; nothing here. Ask: paddock explain scenario.changes.defect)
""",
}

_FAULTS = """
  # What breaks by itself: at a rate for each node, and for how long.
  faults:
    - name: hardware
      trigger: {rate: 2/y}
      impairs: [{component: disk, to: down}]
      lasts: {lognormal: {median: 4h, sigma: 0.5}}
      clearedBy: [expiry]
"""

_PEOPLE = """
  # What is watched (like a Prometheus rule), and what people can do about it, in order of preference.
  alerts:
    - {name: nodes-bad, expr: {nodes: bad, above: 2%}, for: 5m}
    - {name: web-down, expr: {component: web}, for: 1m}
  remedies:
    - {name: revert, requires: [git]}
    - {name: replace, duration: 20m, parallel: 5}
"""

_VARIANT_STAGES = """
# What if? A variant is laid over the file: maps merge, lists of named things merge by name, new names are added.
variants:
  - name: longer-bake
    title: Staging bakes for two hours, and a gate stops the rollout
    patch:
      spec:
        changes:
          - name: update
            rollout:
              gate: {badNodes: 5%, action: abort}
              stages:
                - {name: staging, bake: 2h}
"""

_VARIANT_LATER = """
# What if? A variant is laid over the file: maps merge, lists of named things merge by name, new names are added.
variants:
  - name: at-night
    title: The same change at two in the morning
    patch:
      spec:
        start: 2026-03-02T02:00:00Z
"""

_VARIANT_FAULTS = """
# What if? A variant is laid over the file: maps merge, lists of named things merge by name, new names are added.
variants:
  - name: old-hardware
    title: The machines break five times as often
    patch:
      spec:
        faults:
          - name: hardware
            trigger: {rate: 10/y}
"""
