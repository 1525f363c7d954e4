"""`make bench`: how much time and memory a month of a fleet costs, against what is promised.

Writes out/bench/bench.json and bench.png. Ends with 1 when a promise is broken.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from pathlib import Path
from statistics import median

import matplotlib.pyplot as plt
from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.benchmarks.sizes import CURVE, DAYS, FIVE, NAIVE_DAYS, NAIVE_NODES, NAIVE_RATIO, PROMISED, Size

OUT = Path("out/bench")


def asked(name: str) -> dict:
    """A measurement, made in a fresh process."""
    command = [sys.executable, "-m", "tests.benchmarks.measure", name]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def measured(size: Size) -> dict:
    """Time and memory of one size: the figure that counts, and all that were measured."""
    parts = [asked(size.name) for _ in range(1 if size.in_one_process else size.repeats)]
    seconds = [s for part in parts for s in part["cpu_s"]]
    return {
        "cpu_s": round(median(seconds) if size.in_one_process else min(seconds), 4),
        "rss_mb": round(max(part["rss_mb"] for part in parts), 1),
        "clusters": size.clusters,
        "nodes": size.nodes,
        "days": DAYS,
        "all_cpu_s": [round(s, 4) for s in seconds],
    }


def per_node_day(cpu_s: float, nodes: int, days: float) -> float:
    """CPU seconds that a day of one node costs."""
    return cpu_s / (nodes * days)


def verdict(met: bool | None) -> str:
    """A word for the last column."""
    return "" if met is None else "[green]yes[/]" if met else "[red]NO[/]"


def table(found: dict) -> tuple[Table, bool]:
    """The figures beside what is promised, and whether all promises are kept."""
    view = Table(title=f"{DAYS} days of a fleet: a run and its metrics, one core", title_justify="left")
    for column in ("size", "nodes", "CPU s", "RSS MB", "promised", "met"):
        view.add_column(column, justify="left" if column in ("size", "promised", "met") else "right")
    kept = True
    for size in sorted((*PROMISED, *CURVE), key=lambda s: s.nodes):
        got = found[size.name]
        limits = [(got["cpu_s"], size.cpu_s, "s"), (got["rss_mb"], size.rss_mb, "MB")]
        met = all(value <= limit for value, limit, _ in limits if limit) if size.cpu_s else None
        kept &= met is not False
        promised = ", ".join(f"≤ {limit:g} {unit}" for _, limit, unit in limits if limit)
        view.add_row(
            size.name, f"{size.nodes:,}", f"{got['cpu_s']:.3f}", f"{got['rss_mb']:.0f}", promised, verdict(met)
        )
    met = found["naive_ratio"] >= NAIVE_RATIO
    view.add_section()
    view.add_row(
        "naive model",
        f"{NAIVE_NODES:,}",
        f"{found['naive']['cpu_s']:.1f} in {NAIVE_DAYS} d",
        "",
        f"{found['naive_ratio']:,.0f} times slower (≥ {NAIVE_RATIO:g})",
        verdict(met),
    )
    return view, kept and met


def picture(found: dict, path: Path) -> None:
    """Time and memory against the size of the fleet."""
    plain = (s for s in (*PROMISED, *CURVE) if s.commits_a_day == 10 and (s.engine, s.systems) == ("flux", FIVE))
    curve = sorted(plain, key=lambda s: s.nodes)
    nodes = [s.nodes for s in curve]
    naive = per_node_day(found["naive"]["cpu_s"], NAIVE_NODES, NAIVE_DAYS)
    figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for axis, key, label in ((axes[0], "cpu_s", "CPU time, s"), (axes[1], "rss_mb", "memory, MB")):
        axis.plot(nodes, [found[s.name][key] for s in curve], "o-", label="Paddock")
        promises = [(s.nodes, getattr(s, key)) for s in curve if getattr(s, key)]
        axis.plot(*zip(*promises, strict=True), "v", color="tab:green", label="promised at most")
        axis.set(xscale="log", yscale="log", xlabel="nodes", ylabel=label)
        axis.grid(alpha=0.3)
    axes[0].plot(
        nodes,
        [naive * n * DAYS for n in nodes],
        "--",
        color="tab:red",
        label=f"a process for each node,\nfrom {NAIVE_NODES} nodes and {NAIVE_DAYS} days",
    )
    for axis in axes:
        axis.legend(loc="lower right")
    figure.suptitle(f"{DAYS} days of a fleet: releases, commits, failures")
    figure.savefig(path, dpi=150)
    plt.close(figure)


def main() -> int:
    """Measure, tell, write."""
    console = Console()
    found: dict = {}
    for size in track((*PROMISED, *CURVE), "measuring", console=console, transient=True):
        found[size.name] = measured(size)
    slow = asked("naive")
    found["naive"] = {
        "cpu_s": round(slow["cpu_s"][0], 3),
        "nodes": NAIVE_NODES,
        "days": NAIVE_DAYS,
        "polls": slow["polls"],
    }
    fast = found["fleet_100k"]
    found["naive_ratio"] = round(
        per_node_day(found["naive"]["cpu_s"], NAIVE_NODES, NAIVE_DAYS)
        / per_node_day(fast["cpu_s"], fast["nodes"], DAYS),
        1,
    )
    found["machine"] = {"python": platform.python_version(), "processor": platform.machine()}
    view, kept = table(found)
    console.print(view)
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "bench.json").write_text(json.dumps(found, indent=2) + "\n")
    picture(found, OUT / "bench.png")
    console.print(f"written: {OUT / 'bench.json'}, {OUT / 'bench.png'}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
