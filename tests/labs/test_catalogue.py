"""Every lab of the catalogue tried on real machines: what is wrong is accepted by no check, what is right by all."""

import pytest

from labs.runner.lab.catalogue import CATALOGUE
from labs.runner.lab.lab import open_lab
from labs.runner.running import needs
from labs.runner.selftest.run import AIM, selftest
from simulator.cli.console import Problem

LABS = sorted(path.parent for path in CATALOGUE.glob("*/index.json"))


@pytest.mark.engine
@pytest.mark.slow
@pytest.mark.timeout(1800)  # some labs start a dozen times
@pytest.mark.parametrize("folder", LABS, ids=lambda path: path.name)
def test_selftest(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("PADDOCK_DATA", str(tmp_path))
    lab = open_lab(folder)
    try:
        needs.check(lab, lambda line: None)
    except Problem as problem:
        pytest.skip(problem.message)
    outcome = selftest(lab)
    assert outcome.findings == []
    assert outcome.share >= AIM, [mutant for mutant in outcome.mutants if not mutant.killed_by]
