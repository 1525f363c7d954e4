"""Queues with limits: against a station that serves job by job, and the laws that hold for all of them."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.gitops.throughput import Arrivals, Pauses
from simulator.kernel import NEVER, Station

batches = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 40), st.integers(1, 7)), min_size=1, max_size=25)
few = st.integers(1, 5)


def arrivals(found: list[tuple[int, int, int]]) -> Arrivals:
    """From (queue, time, count)."""
    return Arrivals(*(np.array(column) for column in zip(*found, strict=True)))


def one_by_one(found: list[tuple[int, int, int]], serve) -> list[float]:
    """The start of the last job of each batch, if `serve` takes the jobs of each queue singly."""
    starts = np.zeros(len(found))
    for queue in {q for q, _, _ in found}:
        mine = [(k, at) for k, (q, at, count) in enumerate(found) if q == queue for _ in range(count)]
        begins = serve(np.array([at for _, at in mine], float))
        for (k, _), begin in zip(mine, begins, strict=True):
            starts[k] = max(starts[k], begin)
    return starts.tolist()


@given(batches, few, st.sampled_from([0.5, 2.0, 3.7]))
def test_workers_serve_as_a_station_does(found, workers, service):
    ours = arrivals(found).served(workers, service)
    theirs = one_by_one(found, lambda at: Station(workers).serve(at, np.full(len(at), service))[0])
    assert ours.tolist() == pytest.approx(theirs, abs=1e-5)


@given(batches, st.sampled_from([0.25, 1.0, 2.5]))
def test_a_pace_is_a_station_with_a_rate(found, gap):
    theirs = one_by_one(found, lambda at: Station(1000, rate=1 / gap).serve(at, np.zeros(len(at)))[0])
    assert arrivals(found).paced(gap).tolist() == pytest.approx(theirs, abs=1e-5)


@given(batches, st.sampled_from([0.5, 1.0]), st.integers(1, 6))
def test_a_burst_is_a_bucket_of_tokens(found, gap, burst):
    def bucket(at: np.ndarray) -> list[float]:
        starts, tokens, since = np.zeros(len(at)), float(burst), 0.0
        for job in np.argsort(at, kind="stable"):
            now = max(at[job], since)
            tokens = min(burst, tokens + (now - since) / gap)
            wait = max(0.0, (1.0 - tokens) * gap)
            tokens, since = tokens + wait / gap - 1.0, now + wait
            starts[job] = since
        return starts.tolist()

    assert arrivals(found).paced(gap, burst * gap).tolist() == pytest.approx(one_by_one(found, bucket), abs=1e-5)


# --- laws -------------------------------------------------------------------------------------------------


@given(batches, few)
def test_first_come_first_served(found, workers):
    queued = arrivals(found)
    for starts in (queued.served(workers, 2.0), queued.paced(0.7), queued.paced(0.7, 2.1)):
        assert (starts >= queued.at).all()
        for queue in np.unique(queued.queue):
            mine = np.flatnonzero(queued.queue == queue)
            order = mine[np.argsort(queued.at[mine], kind="stable")]
            assert (np.diff(starts[order]) >= 0).all()


@given(batches, few, few)
def test_more_workers_or_a_higher_rate_delay_nobody(found, workers, more):
    queued = arrivals(found)
    assert (queued.served(workers + more, 2.0) <= queued.served(workers, 2.0) + 1e-9).all()
    assert (queued.paced(1.0 / (workers + more)) <= queued.paced(1.0 / workers) + 1e-9).all()
    assert (queued.paced(1.0, 1.0 + more) <= queued.paced(1.0) + 1e-9).all()


@given(batches, few, st.integers(0, 24))
def test_who_comes_later_delays_nobody_before(found, workers, kept):
    """So what has begun never moves when more is asked for."""
    found = sorted(found, key=lambda batch: batch[1])
    some, everything = arrivals(found[: kept + 1]), arrivals(found)
    assert some.served(workers, 2.0).tolist() == everything.served(workers, 2.0)[: kept + 1].tolist()
    assert some.paced(0.7).tolist() == everything.paced(0.7)[: kept + 1].tolist()


@given(batches)
def test_who_does_not_wait_begins_on_arrival_to_the_last_digit(found):
    queued = arrivals([(q, at * 1e4 / 3, 1) for k, (q, at, _) in enumerate(found)])
    apart = queued.at + np.arange(len(found)) * 1e6
    queued = Arrivals(queued.queue, apart, queued.count)
    assert queued.served(1, 5.0).tolist() == queued.paced(0.1).tolist() == apart.tolist()


def test_what_never_comes_keeps_nobody_waiting():
    queued = Arrivals(np.zeros(3, int), np.array([NEVER, 1.0, 0.0]), np.ones(3, int))
    assert queued.served(1, 5.0).tolist() == [NEVER, 5.0, 0.0]
    none = Arrivals(np.zeros(0, int), np.zeros(0), np.zeros(0, int))
    assert none.served(3, 1.0).tolist() == none.paced(1.0).tolist() == []


def test_150_000_jobs_take_well_under_a_tenth_of_a_second():
    at = np.random.default_rng(1).uniform(0, 600, 150_000)
    best = np.inf
    for _ in range(3):
        queued = Arrivals(np.arange(150_000) % 10, at, np.ones(150_000, int))
        began = time.process_time()
        queued.served(10, 0.5)
        best = min(best, time.process_time() - began)
    assert best < 0.1


# --- pauses -----------------------------------------------------------------------------------------------


def test_what_waits_through_a_pause_waits_that_much_longer():
    pauses = Pauses(np.array([10.0, 50.0]), np.array([20.0, 80.0]))
    at = np.array([5.0, 15.0, 30.0, 90.0])
    assert pauses.worked(at).tolist() == [5.0, 10.0, 20.0, 50.0]
    waits = np.array([8.0, 12.0, 0.0, 45.0])
    assert pauses.back(at, pauses.worked(at) + waits).tolist() == [23.0, 32.0, 30.0, 135.0]


def test_pauses_are_equal_when_they_are_at_the_same_times():
    assert Pauses(np.array([1.0]), np.array([2.0])) == Pauses(np.array([1.0]), np.array([2.0]))
    assert Pauses(np.array([1.0]), np.array([2.0])) != Pauses(np.zeros(0), np.zeros(0))
