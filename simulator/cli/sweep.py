"""`paddock sweep`: a scenario at several values of some fields."""

from __future__ import annotations

from typing import Annotated

import typer

from simulator.cli import scenarios, studies


def sweep(
    scenario: studies.Where,
    vary: Annotated[
        list[str],
        typer.Option(metavar="PATH=V1,V2,...", help="A field and its values; several fields: every combination."),
    ],
    variant: studies.Variant = None,
    replications: studies.Replications = None,
    precision: studies.Precision = None,
    metric: studies.Metric = None,
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
    """Run a scenario at several values of some fields: how much of it is enough?

    A path names a field as messages do: items of lists by name or by number from 0, defaults too.

    \b
      paddock sweep bad-sysctl --vary "spec.changes[sysctl].rollout.stages[0].bake=10m,20m,40m,1h"
      paddock sweep bad-sysctl --vary spec.onCall.decision=1m,10m --vary "spec.alerts[web-down].for=1m,5m"
    """
    chosen = scenarios.load(scenario, variant, setting or ())
    studies.folder(output)
    with studies.made():
        from simulator.scenario.paths import listed
        from simulator.study.sweeping import swept

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
        varied = studies.varied(vary, listed, "spec.onCall.decision=5m,10m,20m")
        study = swept(chosen, varied, options, scenario, studies.settings(setting))
    studies.tell(study, output, json, {"points": study.points})
