"""A lab of ours: a KillerCoda scenario with real machines and checks that can be trusted.

- spec: `lab.yaml` as models; values: what is drawn from an attempt's seed.
- lab: the folder as a whole; catalogue: where labs are found.
- machines: `compose.yaml`: what is refused in it, and what the runner makes of it for one attempt.
- scripts: bash in parts, each with the place where it runs.
- lint: everything that can be wrong with a lab and be seen without starting it.
- skeleton: a new lab.
"""

from labs.runner.lab.catalogue import find, labs
from labs.runner.lab.lab import Lab, Step, open_lab
from labs.runner.lab.spec import LabSpec

__all__ = ["Lab", "LabSpec", "Step", "find", "labs", "open_lab"]
