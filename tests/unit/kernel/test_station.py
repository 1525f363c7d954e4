"""Stations against a queue served by hand, and against Erlang's formula."""

from __future__ import annotations

from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.kernel import Keyed, Station
from tests.unit.kernel.reference import served

jobs = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 9)), max_size=25)


@given(jobs, st.integers(1, 4), st.sampled_from([0.0, 0.5, 2.0]))
def test_first_come_first_served(jobs, servers, gap):
    arrivals, service = np.array(jobs, float).reshape(-1, 2).T
    starts, ends = Station(servers, rate=1 / gap if gap else None).serve(arrivals, service)
    assert starts.tolist() == served(arrivals.tolist(), service.tolist(), servers, gap)
    assert (ends == starts + service).all()


@given(jobs, st.integers(1, 4))
def test_batches_in_order_are_one_queue(jobs, servers):
    arrivals, service = np.array(sorted(jobs), float).reshape(-1, 2).T
    whole = Station(servers).serve(arrivals, service)[0]
    station, half = Station(servers), len(jobs) // 2
    parts = [station.serve(arrivals[part], service[part])[0] for part in (slice(half), slice(half, None))]
    assert np.concatenate(parts).tolist() == whole.tolist()


def test_a_job_that_never_ends_keeps_its_server():
    arrivals, service = np.array([0.0, 1.0, 2.0, 3.0, np.inf]), np.array([np.inf, 5.0, 1.0, np.inf, 1.0])
    starts, ends = Station(2).serve(arrivals, service)
    assert starts.tolist() == [0.0, 1.0, 6.0, 7.0, np.inf]
    assert ends.tolist() == [np.inf, 6.0, 7.0, np.inf, np.inf]
    station = Station(1)
    station.serve(np.array([0.0]), np.array([np.inf]))
    assert station.serve(np.array([5.0, 6.0]), np.array([1.0, 1.0]))[0].tolist() == [np.inf, np.inf]


def erlang_wait(arrival_rate: float, mean_service: float, servers: int) -> float:
    """Mean wait in the queue of M/M/c (Erlang C)."""
    load = arrival_rate * mean_service
    head = sum(load**k / factorial(k) for k in range(servers))
    tail = load**servers / factorial(servers) / (1 - load / servers)
    return tail / (head + tail) * mean_service / (servers - load)


def mean_waits(arrival_rate: float, mean_service: float, servers: int) -> np.ndarray:
    """Mean wait of each block of jobs in one long run."""
    blocks, size = 40, 2500
    keyed, order = Keyed(7), np.arange(blocks * size)
    arrivals = np.cumsum(-np.log(keyed.uniform("gap", order)) / arrival_rate)
    service = -np.log(keyed.uniform("service", order)) * mean_service
    starts = Station(servers).serve(arrivals, service)[0]
    return (starts - arrivals).reshape(blocks, size).mean(axis=1)


@pytest.mark.parametrize(("servers", "load"), [(1, 0.5), (2, 0.7), (8, 0.8)])
def test_the_mean_wait_is_erlangs(servers, load):
    waits = mean_waits(servers * load / 3.0, 3.0, servers)
    error = waits.std(ddof=1) / np.sqrt(len(waits))
    expected = erlang_wait(servers * load / 3.0, 3.0, servers)
    assert abs(waits.mean() - expected) < 3.5 * error
    assert error < 0.1 * expected, "the test could see a wait that is off by a third"
