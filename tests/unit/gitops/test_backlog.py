"""What is asked of controllers, and when they get to it: against a model that goes from pass to pass."""

from __future__ import annotations

import heapq

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulator.gitops.backlog import Backlog
from simulator.gitops.throughput import Arrivals
from simulator.kernel import NEVER

BUSY = 5.0
commits = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 60)), min_size=1, max_size=30)


def passes(found: list[tuple[int, int]], workers: int) -> list[float]:
    """When each commit (cluster, arrival) is begun with: one queue, one pass over a cluster at a time."""
    waiting = {c: sorted(((at, k) for k, (who, at) in enumerate(found) if who == c)) for c, _ in found}
    due = [(float(jobs[0][0]), jobs[0][1], cluster) for cluster, jobs in waiting.items()]
    members = {c: [k for at, k in jobs if at == jobs[0][0]] for c, jobs in waiting.items()}
    free, begins = [0.0] * workers, [NEVER] * len(found)
    heapq.heapify(due)
    while due:
        at, _, cluster = heapq.heappop(due)
        begin = max(at, free[0])
        end = begin + BUSY
        heapq.heapreplace(free, end)
        for k in members[cluster]:
            begins[k] = begin
        rest = [(a, k) for a, k in waiting[cluster] if begins[k] == NEVER]
        if rest:
            next_ = max(end, rest[0][0]) if rest[0][0] < end else float(rest[0][0])
            members[cluster] = [k for a, k in rest if a < end or a == rest[0][0]]
            heapq.heappush(due, (next_, members[cluster][0], cluster))
    return begins


def backlog(workers: int) -> Backlog:
    def rule(_, clusters: np.ndarray, at: np.ndarray, count: np.ndarray) -> np.ndarray:
        return Arrivals(np.zeros(len(clusters), int), at, count).served(workers, BUSY)

    return Backlog(rule, BUSY)


def ask(queue: Backlog, owner: object, found: list[tuple[int, int]], committed: np.ndarray | None = None) -> np.ndarray:
    clusters, arrivals = (np.array(column) for column in zip(*found, strict=True))
    committed = arrivals.astype(float) if committed is None else committed
    (begins,) = queue.begins(owner, {0: 1}, clusters, committed, np.arange(len(found)), arrivals.astype(float))
    return begins


@given(commits, st.integers(1, 3))
def test_each_cluster_has_one_pass_at_a_time(found, workers):
    assert ask(backlog(workers), "all", found).tolist() == passes(found, workers)


@given(commits, commits, st.integers(1, 3))
def test_it_does_not_matter_who_asks(first, second, workers):
    queue = backlog(workers)
    ask(queue, "first", first)
    later = ask(queue, "second", second)
    together = ask(backlog(workers), "all", [*first, *second])
    assert later.tolist() == together[len(first) :].tolist()
    moved = dict(queue.moved())
    now = ask(queue, "first", first)
    assert now.tolist() == together[: len(first)].tolist()
    assert ("first" in moved) == (passes(first, workers) != now.tolist()) and queue.moved() == []


def test_what_is_cut_is_no_work():
    queue, committed = backlog(1), np.array([0.0, 0.0])
    ask(queue, "cut", [(0, 0), (1, 0)], committed)
    assert ask(queue, "other", [(2, 1)]).tolist() == [10.0]
    committed[1] = NEVER
    queue.again()
    ((owner, index),) = queue.moved()
    assert owner == "other" and index.tolist() == [0]
    assert ask(queue, "other", [(2, 1)]).tolist() == [5.0]


def test_what_nobody_plans_again_is_told_once():
    queue = backlog(1)
    assert ask(queue, None, [(0, 20)]).tolist() == [20.0]
    assert ask(queue, None, [(1, 18)]).tolist() == [18.0]
    assert queue.moved() == []
