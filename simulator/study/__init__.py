"""Studies: what many runs say that one does not.

    compare(base, base.variant("longer-bake"), replications=200)

The replication is the unit, and run i of every arm shares every draw it does not differ about.

- replication, comparison, sweeping, screening: a kind of study each; study: what all have, and how they are made.
- arm: what is studied, with its uncertain parameters; sample: the runs of an arm; stopping: how many.
- estimates, paired, steady: the statistics, which know nothing of scenarios.
- observation: what is kept of a run; execution, workers, store: who makes runs, and where they are kept.
- vary: what is varied, as it is written; progress: how far a study is.
- words, tables: the answer in sentences and in tables; plots, report: pictures and the HTML report.

scipy.stats, SALib, joblib, pyarrow, Dask and matplotlib are imported where they are used: a worker needs none of them.
"""

from __future__ import annotations

from simulator.study.comparison import Comparison, compare
from simulator.study.errors import Interrupted, StudyError
from simulator.study.replication import Replications, replicate
from simulator.study.screening import Sensitivity, sensitivity
from simulator.study.study import How, Study
from simulator.study.sweeping import Sweep, sweep

__all__ = [
    "Comparison",
    "How",
    "Interrupted",
    "Replications",
    "Sensitivity",
    "Study",
    "StudyError",
    "Sweep",
    "compare",
    "replicate",
    "sensitivity",
    "sweep",
]
