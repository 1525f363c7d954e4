"""Waiting for reconcile workers against queueing theory.

Poisson arrivals and exponential service through a Station are M/M/c (Erlang C); equal jobs through the engines' own
queue are M/D/c (Crommelin), and, job for job, a Station with constant service.
"""

from __future__ import annotations

from math import factorial

import numpy as np
import pytest
from scipy import stats

from simulator.gitops.throughput import Arrivals
from simulator.kernel import Keyed, Station

BLOCKS, SIZE = 40, 4000
QUEUES = [(c, load) for c in (1, 4, 10) for load in (0.3, 0.7, 0.9)]


def poisson(rate: float) -> np.ndarray:
    """Arrivals at a rate (1/s)."""
    return np.cumsum(-np.log(Keyed(11).uniform("gap", np.arange(BLOCKS * SIZE))) / rate)


def agrees(values: np.ndarray, theory: float) -> bool:
    """Whether a long run agrees with its mean in theory within sampling error: by means of blocks, which hardly depend
    on each other; the first, which begins with an empty queue, is left out."""
    blocks = values.reshape(BLOCKS, SIZE).mean(axis=1)[1:]
    return abs(blocks.mean() - theory) < 3.5 * blocks.std(ddof=1) / np.sqrt(len(blocks))


def erlang_c(servers: int, offered: float) -> float:
    """P(wait) in M/M/c; offered: arrivals in the time of a service."""
    head = sum(offered**k / factorial(k) for k in range(servers))
    tail = offered**servers / factorial(servers) / (1 - offered / servers)
    return tail / (head + tail)


def erlang_wait(servers: int, load: float, lasts: float) -> float:
    """Mean wait in M/M/c, s."""
    return erlang_c(servers, servers * load) * lasts / servers / (1 - load)


def crommelin(servers: int, offered: float) -> float:
    """Mean wait in M/D/c, in services."""
    i = np.arange(1, 2000)
    law = stats.poisson(i * offered)
    return float((law.sf(i * servers - 1) - servers / offered * law.sf(i * servers)).sum())


@pytest.mark.parametrize(("servers", "load"), QUEUES)
def test_exponential_reconciles_wait_as_erlang_says(servers, load):
    lasts = 5.0
    arrivals = poisson(servers * load / lasts)
    service = -np.log(Keyed(11).uniform("service", np.arange(len(arrivals)))) * lasts
    waits = Station(servers).serve(arrivals, service)[0] - arrivals
    assert agrees(waits > 0, erlang_c(servers, servers * load))
    assert agrees(waits, erlang_wait(servers, load, lasts))
    assert not agrees(waits, erlang_wait(servers, load + 0.05, lasts))


@pytest.mark.parametrize(("servers", "load"), QUEUES)
def test_equal_reconciles_wait_as_crommelin_says(servers, load):
    lasts = 5.0
    arrivals = poisson(servers * load / lasts)
    one = np.ones(len(arrivals), int)
    waits = Arrivals(0 * one, arrivals, one).served(servers, lasts) - arrivals
    assert agrees(waits, crommelin(servers, servers * load) * lasts)
    by_station = Station(servers).serve(arrivals, np.full(len(arrivals), lasts))[0]
    np.testing.assert_allclose(arrivals + waits, by_station, rtol=0, atol=1e-5)


@pytest.mark.parametrize("load", [0.3, 0.7, 0.9])
def test_a_client_at_its_rate_is_a_queue_with_one_server(load):
    """Pollaczek and Khinchine: M/D/1."""
    arrivals = poisson(load / 0.25)
    one = np.ones(len(arrivals), int)
    waits = Arrivals(0 * one, arrivals, one).paced(0.25) - arrivals
    assert crommelin(1, load) == pytest.approx(load / 2 / (1 - load))
    assert agrees(waits, 0.25 * load / 2 / (1 - load))
