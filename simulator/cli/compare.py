"""`paddock compare`: variants of a scenario, paired run by run."""

from __future__ import annotations

from typing import Annotated

import typer

from simulator.cli import scenarios, studies
from simulator.cli.console import Problem

#: The word for the scenario without any variant.
BASE = "base"


def compare(
    scenario: studies.Where,
    variant: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="What is compared, the baseline first; `base` is the scenario itself."),
    ] = None,
    replications: studies.Replications = None,
    precision: studies.Precision = None,
    metric: studies.Metric = None,
    correction: Annotated[str, typer.Option(help="For several comparisons: holm, bonferroni or none.")] = "holm",
    event: studies.Event = None,
    setting: studies.Setting = None,
    seed: studies.Seed = 1,
    cap: studies.Cap = 1000,
    steady: studies.Steady = False,
    warmup: studies.Warmup = None,
    inner: studies.Inner = 4,
    jobs: studies.Jobs = None,
    dask: studies.Dask = None,
    store: studies.StoreFolder = None,
    no_store: studies.NoStore = False,
    output: studies.Out = None,
    json: studies.Json = False,
) -> None:
    """Compare variants of a scenario: what does the change change?

    Run i of each variant shares every random draw that the variants do not differ about, so the difference needs
    far fewer runs than two separate answers. Finished runs are kept: the same command goes on where it was stopped.

    \b
      paddock compare bad-sysctl --variant longer-bake
      paddock compare bad-sysctl --variant longer-bake --variant bake-and-gate --replications 200
      paddock compare bad-sysctl --variant bake-and-gate --precision 0.05 --metric mttr
      paddock compare bad-sysctl --variant longer-bake --event "blast_radius_nodes>50%" --out out
      paddock compare year-of-patches --variant kured --steady --dask tcp://10.0.0.5:8786
    """
    names = list(variant or [])
    loaded = scenarios.load(scenario)
    if not names:
        known = ", ".join(v.name for v in loaded.variants) or "it has none"
        raise Problem(f"say what to compare: --variant NAME (variants of {scenario}: {known})")
    if len(names) == 1:
        names = [BASE, *names]
    if len(set(names)) < len(names):
        raise Problem("a variant is named twice: there is nothing to compare")
    studies.folder(output)
    with studies.made():
        from simulator.study.arm import Arm
        from simulator.study.comparison import compared

        options = studies.how(
            replications=replications,
            precision=precision,
            metric=metric,
            cap=cap,
            seed=seed,
            steady=steady,
            warmup=warmup,
            inner=inner,
            jobs=jobs,
            dask=dask,
            store=store,
            no_store=no_store,
        )
        settings = studies.settings(setting)
        own = {v.name for v in loaded.variants}
        arms = []
        for name in names:
            plain = name == BASE and BASE not in own
            chosen = scenarios.variant_of(loaded, scenario, None if plain else name)
            arms.append(Arm(name, scenarios.with_settings(chosen, setting or ()), None, scenario, settings))
        study = compared(arms, options, correction)
    extra = {"events": studies.events(study, event)} if event else {}
    studies.tell(study, output, json, {"differences": study.differences}, **extra)
