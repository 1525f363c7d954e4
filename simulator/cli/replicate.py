"""`paddock replicate`: many runs of one scenario."""

from __future__ import annotations

from simulator.cli import scenarios, studies


def replicate(
    scenario: studies.Where,
    variant: studies.Variant = None,
    replications: studies.Replications = None,
    precision: studies.Precision = None,
    metric: studies.Metric = None,
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
    """Run a scenario many times: means and quantiles with their intervals.

    One run is one throw of the dice; this says what to expect and how sure that is.

    \b
      paddock replicate bad-sysctl --replications 200
      paddock replicate bad-sysctl --precision 0.05 --metric mttr
      paddock replicate bad-sysctl --event "blast_radius_nodes>50%" --event "mttr>1h"
      paddock replicate year-of-patches --steady --warmup 30d
    """
    chosen = scenarios.load(scenario, variant, setting or ())
    studies.folder(output)
    with studies.made():
        from simulator.study.arm import Arm
        from simulator.study.replication import replicated

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
        study = replicated(Arm(variant or "base", chosen, None, scenario, studies.settings(setting)), options)
    extra = {"events": studies.events(study, event)} if event else {}
    studies.tell(study, output, json, {}, **extra)
