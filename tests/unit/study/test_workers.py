"""Whoever makes the runs, and whatever happens to them: the same bytes, nothing lost, nothing made twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from simulator import compare
from simulator.cli.console import as_json
from simulator.study import Interrupted, StudyError, workers
from simulator.study.arm import Arm, as_text
from simulator.study.execution import Execution, Request
from simulator.study.fingerprint import fingerprint
from simulator.study.observation import Batch, observe
from tests.unit.study.scenarios import small


@pytest.fixture(scope="module")
def cluster() -> Iterator:
    """A scheduler and two workers, each a process of its own, that speak over TCP."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as cluster:
        yield cluster


def comparison(**how) -> tuple[str, str]:
    """Everything that a study hands out."""
    study = compare(small(), small().variant("slow-alert"), store=how.pop("store", False), **how)
    return as_json(study.document()), study.runs.to_csv()


@pytest.fixture(scope="module")
def serial() -> tuple[str, str]:
    return comparison(replications=30, jobs=1)


def test_two_processes_give_the_same_bytes(serial, monkeypatch):
    monkeypatch.setattr("simulator.study.execution.WORTH_STARTING", 0.0)
    started = []
    monkeypatch.setattr(
        workers.Processes, "_start", lambda self, _start=workers.Processes._start: (started.append(1), _start(self))
    )
    assert comparison(replications=30, jobs=2) == serial and started


def test_dask_with_two_workers_gives_the_same_bytes(serial, cluster):
    assert comparison(replications=30, dask=cluster.scheduler_address) == serial


def test_the_order_of_work_does_not_matter(serial, monkeypatch):
    monkeypatch.setattr(workers.Here, "carry_out", lambda self, batches: ((b, observe(b)) for b in list(batches)[::-1]))
    assert comparison(replications=30, jobs=1) == serial


def requests(n: int) -> list[Request]:
    arm = Arm("base", small())
    return [Request(arm.point(1, 0), 1, i) for i in range(n)]


def test_a_lost_dask_worker_loses_nothing(cluster, tmp_path):
    killed = []

    def kill_one(done: int, total: int) -> None:
        if done > 10 and not killed:
            pid = next(iter(cluster.workers.values())).process.pid
            killed.append(pid)
            os.kill(pid, signal.SIGKILL)

    with Execution(dask=cluster.scheduler_address, store=tmp_path, progress=kill_one) as execution:
        execution.make(requests(200))
    assert killed and len(execution.store.read(small().digest(), 1).replication) == 200


def test_a_lost_process_loses_nothing(tmp_path):
    batches = [Batch(as_text(small()), 1, (i,), fingerprint()) for i in range(60)]
    processes = workers.Processes(3)
    seen = set()
    for number, (batch, _) in enumerate(processes.carry_out(batches)):
        seen.add(batch)
        if number == 10:
            os.kill(next(iter(processes._pool._processes)), signal.SIGKILL)
    processes.close()
    assert seen == set(batches)


def test_work_that_kills_every_process_is_given_up(monkeypatch):
    processes = workers.Processes(2)
    monkeypatch.setattr(workers, "observe", _die)
    monkeypatch.setattr(workers, "ROUNDS", 2)
    with pytest.raises(StudyError, match="--jobs"):
        list(processes.carry_out([Batch("", 1, (0,), "")]))
    processes.close()


def _die(batch: Batch) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_worker_of_another_version_is_refused():
    with pytest.raises(StudyError, match="install the same version"):
        observe(Batch(as_text(small()), 1, (0,), "0.0.1+000000000000"))


def test_no_scheduler_answers(monkeypatch):
    monkeypatch.setattr(workers, "PATIENCE", 1)
    with pytest.raises(StudyError, match="no Dask scheduler answers at tcp://127.0.0.1:9"):
        comparison(replications=2, dask="tcp://127.0.0.1:9")
    with pytest.raises(StudyError, match="no Dask scheduler answers at nonsense"):
        comparison(replications=2, dask="nonsense://x")


def test_no_processes():
    with pytest.raises(StudyError, match="--jobs 0"):
        Execution(jobs=0, store=False)
    assert Execution(jobs=-1, store=False).jobs == os.cpu_count()


# --- the store, and going on ------------------------------------------------------------------------------


def test_equal_inputs_are_not_run_again(tmp_path, monkeypatch):
    first = comparison(replications=5, jobs=1, store=tmp_path)
    monkeypatch.setattr(workers, "observe", None)
    assert comparison(replications=5, jobs=1, store=tmp_path) == first


def test_more_of_the_same_runs_only_what_is_new(tmp_path):
    with Execution(jobs=1, store=tmp_path) as execution:
        execution.make(requests(5))
    with Execution(jobs=1, store=tmp_path) as execution:
        execution.make(requests(8))
        assert execution.made == 3


def test_an_interruption_keeps_what_is_finished(tmp_path):
    def enough(done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted, match="4 of 12 runs are done and kept"):
        comparison(replications=6, jobs=1, store=tmp_path, progress=enough)
    told = []
    done = comparison(replications=6, jobs=1, store=tmp_path, progress=lambda *at: told.append(at))
    assert told[0] == (4, 12) and told[-1] == (12, 12)
    assert done == comparison(replications=6, jobs=1)


def test_a_broken_file_is_as_good_as_none(tmp_path):
    first = comparison(replications=3, jobs=1, store=tmp_path)
    files = list(tmp_path.rglob("*.parquet"))
    files[0].write_bytes(b"nonsense")
    assert comparison(replications=3, jobs=1, store=tmp_path) == first


def test_what_is_stored_explains_itself(tmp_path):
    import pandas as pd
    import pyarrow.parquet as pq

    comparison(replications=3, jobs=1, store=tmp_path)
    (file,) = tmp_path.glob(f"*/{small().digest()}/seed-1/*.parquet")
    assert list(pd.read_parquet(file)["replication"]) == [0, 1, 2]
    assert b"small" in pq.read_schema(file).metadata[b"scenario"]


def test_another_version_runs_again(tmp_path, monkeypatch):
    comparison(replications=2, jobs=1, store=tmp_path)
    monkeypatch.setattr("simulator.study.store.fingerprint", lambda: "0.2.0+other")
    made = []
    monkeypatch.setattr(workers, "observe", lambda batch: (made.append(batch), observe(batch))[1])
    comparison(replications=2, jobs=1, store=tmp_path)
    assert made


def test_a_store_that_can_not_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StudyError, match="can't be written: .*--store"):
        comparison(replications=2, store=tmp_path / "file")


@pytest.mark.slow
def test_control_c_keeps_what_is_finished_and_ends_the_processes(tmp_path):
    """As from a shell: the signal reaches the whole group, and one line says what was kept."""
    command = [
        *(sys.executable, "-c", "from simulator.cli import main; main()"),
        *("compare", "bad-sysctl", "--variant", "longer-bake", "--replications", "2000", "--store", tmp_path),
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    until = time.monotonic() + 60
    while time.monotonic() < until and not list(tmp_path.rglob("*.parquet")):
        time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)
    try:
        _, errors = process.communicate(timeout=30)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 130 and "Traceback" not in errors
    assert "runs are done and kept; the same command goes on from there" in errors
