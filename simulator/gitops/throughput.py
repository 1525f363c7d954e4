"""When jobs that arrive at a controller begin: in order of arrival, as fast as its limits let them.

A limit is either a pace (so many starts per second, some of them at once) or a number of workers that are busy for as
long as a job takes. The service is the same for all jobs of a queue, so nothing is simulated: the start of a job is a
running maximum over those before it. Where several limits hold at once, a job begins when the last of them lets it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simulator.kernel import NEVER

#: A wait below this is the rounding of sums, not a wait (s).
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Arrivals:
    """Batches of jobs that arrive at queues, in any order.

    queue: which queue each batch joins, a number. at: when, s; NEVER for one that does not come. count: jobs of the
    batch, 1 or more. Batches that arrive at one instant are served as they stand here.
    """

    queue: np.ndarray
    at: np.ndarray
    count: np.ndarray

    def paced(self, gap: float, credit: float | None = None) -> np.ndarray:
        """When the last job of each batch begins, if jobs of a queue begin `gap` seconds apart.

        credit: seconds of pace that an idle queue has in hand, for a burst of credit / gap jobs; default: one job.
        """
        credit = gap if credit is None else credit
        _, first, at, count, before = self._in_order
        busy_since = _running_max(at - before * gap, first)
        return self._back(busy_since + (before + count) * gap - credit)

    def served(self, workers: int, service: float) -> np.ndarray:
        """When the last job of each batch begins, if each queue has so many workers, busy for `service` seconds with
        each job."""
        queue, _, at, count, before = self._in_order
        # First come first served with equal jobs: job n of a queue goes to worker n mod workers. What a batch has for
        # one worker is one item.
        items = np.minimum(count, workers)
        batch = np.repeat(np.arange(len(at)), items)
        place = np.arange(len(batch)) - np.repeat(np.cumsum(items) - items, items)
        jobs = count[batch] // workers + (place < count[batch] % workers)
        worker = queue[batch] * workers + (before[batch] + place) % workers
        order = stable_order(worker)
        batch, jobs, first = batch[order], jobs[order], _first_of_groups(worker[order])
        done = _before(jobs, first)
        start = _running_max(at[batch] - done * service, first) + (done + jobs - 1) * service
        last = np.full(len(at), -NEVER)
        if len(batch) == len(at):
            last[batch] = start
        else:
            np.maximum.at(last, batch, start)
        return self._back(last)

    @cached_property
    def _order(self) -> np.ndarray:
        """Where the batches that come stand here, by queue and arrival."""
        comes = np.flatnonzero(self.at < NEVER)
        order = comes[np.argsort(self.at[comes], kind="stable")]
        return order[stable_order(self.queue[order])]

    @cached_property
    def _in_order(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """In that order: queues, where each queue begins, arrivals, counts, and how many jobs of the queue stand before
        each batch."""
        queue, count = self.queue[self._order].astype(np.int64), self.count[self._order].astype(np.int64)
        first = _first_of_groups(queue)
        return queue, first, self.at[self._order], count, _before(count, first)

    def _back(self, start: np.ndarray) -> np.ndarray:
        """Starts in the order of the batches; who does not wait starts on arrival, to the last digit."""
        found, at = np.full(len(self.at), NEVER), self.at[self._order]
        found[self._order] = np.where(start > at + _ROUNDING, start, at)
        return found


class Pauses:
    """Times at which the controllers of a queue do not work at all; what waits then waits that much longer.

    begin, end: of each, in order and apart, s.
    """

    def __init__(self, begin: np.ndarray, end: np.ndarray) -> None:
        self.begin, self.end = begin, end
        self._paused = np.concatenate([[0.0], np.cumsum(end - begin)])

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Pauses)
            and np.array_equal(self.begin, other.begin)
            and np.array_equal(self.end, other.end)
        )

    __hash__ = None

    def worked(self, at: np.ndarray) -> np.ndarray:
        """How long they have worked until a time."""
        if not len(self.begin):
            return at
        number = np.searchsorted(self.begin, at)
        last = self.end[np.maximum(number - 1, 0)]
        return at - self._paused[number] + np.where(number > 0, np.maximum(last - at, 0.0), 0.0)

    def back(self, at: np.ndarray, worked: np.ndarray) -> np.ndarray:
        """When they get to what is there from a time on, if they have worked so long by then; at once what does not
        wait."""
        if not len(self.begin):
            return worked
        number = np.searchsorted(self.begin - self._paused[:-1], worked, side="right")
        return np.where(worked > self.worked(at), worked + self._paused[number], at)


def stable_order(group: np.ndarray) -> np.ndarray:
    """As a stable argsort; numbers that fit into 16 bits are sorted several times as fast."""
    narrow = len(group) and group.min() >= 0 and group.max() < 2**16
    return np.argsort(group.astype(np.uint16) if narrow else group, kind="stable")


def _first_of_groups(group: np.ndarray) -> np.ndarray:
    """For each element of a sorted array the index of the first that is equal to it."""
    begins = np.ones(len(group), bool)
    begins[1:] = group[1:] != group[:-1]
    return np.flatnonzero(begins)[np.cumsum(begins) - 1]


def _before(count: np.ndarray, first: np.ndarray) -> np.ndarray:
    """How many jobs of its group stand before each batch."""
    before = np.cumsum(count) - count
    return before - before[first]


def _running_max(values: np.ndarray, first: np.ndarray) -> np.ndarray:
    """The largest value of the group so far; exact, for nothing is added that would have to be taken off again."""
    if len(first) and first[-1] == 0:  # one group
        return np.maximum.accumulate(values)
    found = values.copy()
    place = np.arange(len(values)) - first
    reach, longest = 1, int(place.max(initial=0))
    while reach <= longest:
        inside = place[reach:] >= reach
        found[reach:] = np.where(inside, np.maximum(found[reach:], found[:-reach]), found[reach:])
        reach *= 2
    return found
