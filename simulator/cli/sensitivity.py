"""`paddock sensitivity`: which fields of a scenario matter."""

from __future__ import annotations

from typing import Annotated

import typer

from simulator.cli import scenarios, studies


def sensitivity(
    scenario: studies.Where,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH=LOW..HIGH", help="A field and its range; default: what the scenario calls uncertain."
        ),
    ] = None,
    variant: studies.Variant = None,
    method: Annotated[str, typer.Option(help="one-at-a-time, morris, or both.")] = "both",
    trajectories: Annotated[
        int, typer.Option(min=2, max=1000, help="Of Morris' design: each takes a point more than there are fields.")
    ] = 10,
    replications: Annotated[int, typer.Option(min=1, max=1_000_000, help="Runs of each point.")] = 20,
    metric: studies.Metric = None,
    setting: studies.Setting = None,
    seed: studies.Seed = 1,
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
    """Find which fields of a scenario matter for a metric.

    One at a time: each field goes to both ends of its range (a tornado). Morris: all fields move, one step after the
    other; mu* says how much a field matters, sigma whether that depends on the others.

    \b
      paddock sensitivity bad-sysctl --vary spec.onCall.decision=1m..30m --vary "spec.alerts[web-down].for=1m..10m"
      paddock sensitivity my.yaml --method morris --trajectories 20 --metric mttr
    """
    chosen = scenarios.load(scenario, variant, setting or ())
    studies.folder(output)
    with studies.made():
        from simulator.study.screening import screened
        from simulator.study.vary import ends_from

        options = studies.how(
            replications=replications,
            metric=metric,
            seed=seed,
            steady=steady,
            warmup=warmup,
            inner=inner,
            jobs=jobs,
            dask=dask,
            store=store,
            no_store=no_store,
        )
        varied = studies.varied(vary or [], ends_from, "spec.onCall.decision=5m..1h")
        study = screened(chosen, varied, options, method, trajectories, scenario, studies.settings(setting))
    tables = {name: each for name, each in (("tornado", study.tornado), ("morris", study.morris)) if len(each)}
    studies.tell(study, output, json, tables)
