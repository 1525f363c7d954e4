"""Who makes the runs: this process, processes beside it (joblib's loky), or a Dask cluster.

Each takes batches and hands them back with what came of them, in any order. A worker that dies takes nothing
along: its batches are given to others.
"""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Iterator, Sequence

from simulator.study.errors import StudyError
from simulator.study.observation import Batch, Observations, observe

Done = Iterator[tuple[Batch, Observations]]
#: How often all processes may die before the fault is taken to be in the work.
ROUNDS = 4
#: Seconds that a Dask scheduler has to answer, and its workers to come.
PATIENCE = 15


class Here:
    """This process."""

    count = 1

    def carry_out(self, batches: Sequence[Batch]) -> Done:
        """Batches with what came of them."""
        for batch in batches:
            yield batch, observe(batch)

    def close(self) -> None:
        """Nothing to close."""


class Processes:
    """This process and others beside it: so many in all as there are cores, unless told otherwise.

    To start one costs a second (it reads the code), so this one does not sit idle; the others stay for the next study.
    """

    def __init__(self, jobs: int | None = None) -> None:
        from joblib import cpu_count

        self.count = max(2, jobs or cpu_count())
        self._start()

    def _start(self) -> None:
        from joblib.externals.loky import get_reusable_executor

        self._pool = get_reusable_executor(
            max_workers=self.count - 1, timeout=60, initializer=_leave_interrupts_to_the_parent
        )

    def carry_out(self, batches: Sequence[Batch]) -> Done:
        """Batches with what came of them. Raises StudyError when processes die again and again."""
        from concurrent.futures.process import BrokenProcessPool

        left = dict.fromkeys(batches)
        for _ in range(ROUNDS):
            try:
                for batch, found in self._shared(list(left)):
                    left.pop(batch)
                    yield batch, found
                return
            except BrokenProcessPool:  # loky's TerminatedWorkerError among them
                self._pool.shutdown(wait=True, kill_workers=True)
                self._start()
        raise StudyError(
            f"worker processes died {ROUNDS} times: there is probably not enough memory; try fewer with --jobs"
        )

    def _shared(self, batches: list[Batch]) -> Done:
        """The others have two batches each, one to work on and one that waits; this process takes those after them."""
        from concurrent.futures import FIRST_COMPLETED, wait

        waiting, running = iter(batches), {}
        while True:
            for batch in itertools.islice(waiting, 2 * (self.count - 1) - len(running)):
                running[self._pool.submit(observe, batch)] = batch
            mine = next(waiting, None)
            if mine is not None:
                yield mine, observe(mine)
            if not running:
                return
            for future in wait(running, timeout=0 if mine else None, return_when=FIRST_COMPLETED).done:
                yield running.pop(future), future.result()

    def close(self) -> None:
        """End the processes at once; called when a study does not go on."""
        self._pool.shutdown(wait=True, kill_workers=True)


def _leave_interrupts_to_the_parent() -> None:
    """Ctrl-C reaches all processes of a terminal, but one of them decides what it means."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class Dask:
    """The workers of a Dask cluster, by the address of its scheduler."""

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise StudyError("Dask is not installed; pip install 'paddock[dask]'") from None
        import logging

        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what goes wrong is said by us, once
        try:
            self._client = Client(address, timeout=PATIENCE, set_as_default=False)
        except (OSError, ValueError) as error:  # TimeoutError is an OSError
            reason = " ".join(str(error).split())[:120]
            raise StudyError(
                f"no Dask scheduler answers at {address} ({reason}); start one with `dask scheduler` and name it "
                "like tcp://host:8786"
            ) from None
        try:
            self._client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            self._client.close()
            raise StudyError(
                f"the Dask scheduler at {address} has no workers; start some: dask worker {address}"
            ) from None
        self.count = max(1, sum(self._client.nthreads().values()))

    def carry_out(self, batches: Sequence[Batch]) -> Done:
        """Batches with what came of them; the scheduler gives those of a lost worker to others."""
        from distributed import as_completed

        futures = self._client.map(observe, batches, pure=False, retries=2)
        by_key = {future.key: batch for future, batch in zip(futures, batches, strict=True)}
        try:
            for future in as_completed(futures, loop=self._client.loop):
                yield by_key[future.key], future.result()
        except OSError as error:
            raise StudyError(f"the Dask cluster was lost: {error}") from None
        finally:
            self._client.cancel(futures)

    def close(self) -> None:
        """Leave the cluster; its workers go on living."""
        self._client.close()


def jobs_of(text: int | None) -> int | None:
    """A number of processes; negative numbers count from all cores down, as joblib's do."""
    if text is None or text > 0:
        return text
    if text == 0:
        raise StudyError("--jobs 0: at least one process is needed; leave it out for all cores")
    return max(1, (os.cpu_count() or 1) + 1 + text)
