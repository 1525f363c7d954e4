"""Carrying out a study: what the store has, what is missing, who makes it.

A run is named by its design point, seed and replication, and is the same whoever makes it. So how the work is cut
up, where it is done and in which order it comes back is decided here, for speed alone.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from simulator.study.arm import Point
from simulator.study.errors import Interrupted
from simulator.study.fingerprint import fingerprint
from simulator.study.observation import Batch, Observations
from simulator.study.progress import Progress, silent
from simulator.study.store import Store
from simulator.study.workers import Dask, Done, Here, Processes, jobs_of

#: Work that this process will have done in so many seconds is not worth starting others for.
WORTH_STARTING = 3.0
#: So often what is finished is written down.
WRITTEN_EVERY = 5.0
#: Batches for each worker: enough that none waits for the last one, and no larger than this.
BATCHES_A_WORKER, LARGEST_BATCH = 12, 10

Row = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Request:
    """One run that is wanted."""

    point: Point
    seed: int
    replication: int


class Execution:
    """How runs are made and where they are kept.

    jobs: processes (None: all cores, once it is worth it; 1: this process). dask: address of a Dask scheduler
    instead. store: folder, None for the user's cache, False for none.
    """

    def __init__(
        self,
        jobs: int | None = None,
        dask: str | None = None,
        store: str | os.PathLike | bool | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.jobs, self.dask = jobs_of(jobs), dask
        self.store = None if store is False else Store(None if store is True else store)
        self.progress = progress or silent
        self.made = 0
        self._known: dict[tuple[str, int], dict[int, Row]] = {}
        self._unwritten: dict[tuple[str, int], dict[int, Row]] = defaultdict(dict)
        self._texts: dict[str, str] = {}
        self._workers: Here | Processes | Dask | None = None

    def __enter__(self) -> Execution:
        return self

    def __exit__(self, kind: type | None, *_: object) -> None:
        if self._workers is not None and (kind is not None or isinstance(self._workers, Dask)):
            self._workers.close()

    def rows(self, requests: Sequence[Request]) -> list[Row]:
        """Metrics and curves of runs that have been made."""
        return [self._known[r.point.digest, r.seed][r.replication] for r in requests]

    def make(self, requests: Sequence[Request]) -> None:
        """Make the runs that are wanted and that the store does not have.

        Raises:
            Interrupted: by Ctrl-C; what was finished is in the store.
        """
        for request in requests:
            self._look_up(request)
        missing = list(dict.fromkeys((r.point.digest, r.seed, r.replication) for r in requests if not self._has(r)))
        total, done = len(requests), len(requests) - len(missing)
        self.progress(done, total)
        written = time.monotonic()
        try:
            for batch, found in self._carried_out(missing):
                digest = self._texts[batch.text]
                self._known[digest, batch.seed] |= found.rows()
                self._unwritten[digest, batch.seed] |= found.rows()
                self.made += len(found.replication)
                done += len(found.replication)
                self.progress(done, total)
                if time.monotonic() - written > WRITTEN_EVERY:
                    self._write()
                    written = time.monotonic()
        except KeyboardInterrupt:
            self._write()
            raise Interrupted(done, total, self.store is not None) from None
        finally:
            self._write()

    def _look_up(self, request: Request) -> None:
        key = (request.point.digest, request.seed)
        self._texts.setdefault(request.point.text, request.point.digest)
        if key not in self._known:
            self._known[key] = self.store.read(*key).rows() if self.store else {}

    def _has(self, request: Request) -> bool:
        return request.replication in self._known[request.point.digest, request.seed]

    def _write(self) -> None:
        texts = {digest: text for text, digest in self._texts.items()}
        for digest, seed in list(self._unwritten):
            if self.store:
                self.store.write(digest, seed, texts[digest], Observations.of(self._unwritten[digest, seed]))
            del self._unwritten[digest, seed]  # only now: an interruption may come in between

    def _carried_out(self, missing: list[tuple[str, int, int]]) -> Done:
        if not missing:
            return
        if self._workers is None and self.dask:
            self._workers = Dask(self.dask)
        if self._workers is None and self.jobs == 1:
            self._workers = Here()
        if self._workers is None:  # this process begins, and is joined by others if that is worth it
            missing = yield from self._alone(missing)
        if missing:
            workers = self._workers or Here()
            yield from workers.carry_out(list(self._batches(missing, workers.count)))

    def _alone(self, missing: list[tuple[str, int, int]]) -> Iterator:
        """This process makes the first runs, to see how long they take. Returns what is worth sharing with others."""
        began, cores = time.monotonic(), self.jobs or os.cpu_count() or 1
        for number, batch in enumerate(self._batches(missing, 1, size=1)):
            left = len(missing) - number
            if number and cores > 1 and (time.monotonic() - began) / number * left > WORTH_STARTING:
                self._workers = Processes(self.jobs)
                return missing[number:]
            yield from Here().carry_out([batch])
        return []

    def _batches(
        self, missing: Iterable[tuple[str, int, int]], workers: int, size: int | None = None
    ) -> Iterator[Batch]:
        """Runs of one design point and seed together, in the order in which they are wanted."""
        texts = {digest: text for text, digest in self._texts.items()}
        missing = list(missing)
        size = size or max(1, min(LARGEST_BATCH, len(missing) // (workers * BATCHES_A_WORKER)))
        if size == 1:
            for digest, seed, replication in missing:
                yield Batch(texts[digest], seed, (replication,), fingerprint())
            return
        waiting: dict[tuple[str, int], list[int]] = defaultdict(list)
        for digest, seed, replication in missing:
            waiting[digest, seed].append(replication)
            if len(waiting[digest, seed]) == size:
                yield Batch(texts[digest], seed, tuple(waiting.pop((digest, seed))), fingerprint())
        for (digest, seed), replications in waiting.items():
            yield Batch(texts[digest], seed, tuple(replications), fingerprint())
