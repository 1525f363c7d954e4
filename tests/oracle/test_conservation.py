"""Nodes by state sum to the fleet at every instant, with everything happening at once."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.kernel import Intervals
from simulator.nodes.states import State
from simulator.results.record import Record
from tests.oracle.fleets import DAY, scenario

HORIZON = 12 * DAY


def everything(os: str, seed: int):
    """Releases that follow each other closely, one of them bad and aborted, one paused; machines that die
    meanwhile; kubelets that break; drains that a budget blocks; a config that reboots; people who revert."""
    return (
        scenario(
            6,
            30,
            "12d",
            os,
            start="2026-03-02T09:00:00Z",
            services=[{"name": "web", "replicas": 40, "needs": 30, "pdb": {"maxUnavailable": 1}}],
            faults=[
                {
                    "name": "hardware",
                    "impairs": [{"component": "disk"}],
                    "trigger": {"rate": "0.2/d"},
                    "lasts": {"exponential": {"mean": "5h"}},
                },
                {
                    "name": "kubelet",
                    "impairs": [{"component": "kubelet"}],
                    "trigger": {"rate": "0.1/d"},
                    "lasts": {"exponential": {"mean": "2h"}},
                },
                {
                    "name": "network",
                    "impairs": [{"component": "network"}],
                    "trigger": {"rate": "0.05/d"},
                    "lasts": {"exponential": {"mean": "1h"}},
                },
            ],
            changes=[
                {
                    "name": "os",
                    "kind": "os-image",
                    "at": "6h",
                    "repeat": {"every": "30h", "times": 4},
                    "rollout": {"stages": [{"maxUnavailable": "20%"}]},
                },
                {
                    "name": "bad",
                    "kind": "os-image",
                    "at": "5d",
                    "rollout": {
                        "stages": [{"maxUnavailable": "20%"}],
                        "gate": {"badNodes": 0.1, "for": "10m", "action": "abort"},
                    },
                    "defect": {"probability": 0.5, "impairs": [{"component": "boot.kernel"}]},
                },
                {
                    "name": "sick",
                    "kind": "os-image",
                    "at": "7d",
                    "rollout": {
                        "stages": [{"maxUnavailable": "30%"}],
                        "gate": {"badNodes": 0.2, "for": "5m", "action": "pause"},
                    },
                    "defect": {"probability": 0.4, "impairs": [{"component": "boot.init", "mode": "hang"}]},
                },
                {
                    "name": "sysctl",
                    "kind": "config",
                    "at": "9d",
                    "reboot": True,
                    "rollout": {"stages": [{"maxUnavailable": 3}]},
                    "defect": {"probability": 0.3, "impairs": [{"component": "kubelet"}], "clearedBy": ["revert"]},
                },
            ],
            alerts=[{"name": "nodes-bad", "expr": {"nodes": "bad", "above": 0.1}, "for": "5m"}],
            remedies=[
                {"name": "revert", "requires": ["git"]},
                {"name": "reboot", "rate": "60/h"},
                {"name": "replace", "duration": "20m", "parallel": 4},
            ],
        )
        .run(seed=seed)
        .world
    )


def joined(parts: list[Intervals]) -> list[np.ndarray]:
    """Entities, begins and ends of all of them."""
    return [np.concatenate([getattr(part, name) for part in parts]) for name in ("entity", "begin", "end")]


def each_once(parts: list[Intervals], nodes: int) -> None:
    """Every node is in one of them, and in one only, at every instant up to the horizon."""
    parts = [part.clip(0.0, HORIZON) for part in parts]
    assert not len(Intervals.overlaps(*joined(parts), 1, 2)), "in two states at once"
    whole = Intervals.of(*joined(parts))
    assert whole.entity.tolist() == list(range(nodes)), "a hole"
    assert (whole.begin == 0).all() and (whole.end == HORIZON).all()


@pytest.fixture(scope="module", params=[("talos", 1), ("talos", 2), ("microos", 1), ("microos", 2)], ids=str)
def world(request):
    return everything(*request.param)


def test_the_agenda_has_every_node_in_one_state(world):
    agenda, nodes = world.nodes.agenda, world.layout.nodes
    first = np.full(nodes, np.inf)  # READY from 0 on, until the first thing that happens
    row, step = np.nonzero(agenda.happened(HORIZON))
    np.minimum.at(first, agenda.entity[row], agenda.times[row, step])
    start = Intervals.of(np.arange(nodes), np.zeros(nodes), first)
    each_once([start, *(agenda.spans(np.arange(len(State)) == state) for state in State)], nodes)


def test_the_record_has_every_node_in_one_state(world):
    """With impairments laid over, and ready where nothing else is said."""
    spans, nodes = Record(world).state_spans, world.layout.nodes
    always = Intervals.of(np.arange(nodes), np.zeros(nodes), np.full(nodes, HORIZON))
    spans.pop(State.READY, None)
    spans[State.READY] = always.minus(Intervals.none().union(*spans.values()))
    each_once(list(spans.values()), nodes)


def test_a_table_read_event_by_event_adds_up_at_every_event(world):
    """Count by state, one transition after the other, as a reader of the journal would."""
    agenda, nodes = world.nodes.agenda, world.layout.nodes
    row, step = np.nonzero(agenda.happened(HORIZON))
    order = np.lexsort((step, row, agenda.times[row, step]))
    states = np.full(nodes, State.READY)
    count = np.bincount(states, minlength=len(State))
    for r, s in zip(row[order], step[order], strict=True):
        node, new = agenda.entity[r], agenda.states[r, s]
        count[states[node]] -= 1
        count[new] += 1
        states[node] = new
        assert count.sum() == nodes and count.min() >= 0
    assert (states == agenda.state_at(np.arange(nodes), HORIZON)).all()


def test_everything_has_happened(world):
    """The scenario is worth the name: the states that matter occur, plans were voided, rollouts stopped."""
    agenda = world.nodes.agenda
    seen = set(agenda.states[agenda.happened(HORIZON)].tolist())
    assert {State.UPDATING, State.REBOOTING, State.UNPROVEN, State.FAILED, State.READY} <= seen
    assert (agenda.until < agenda.begins).any(), "something was taken back"
    died = np.flatnonzero(agenda.happened(HORIZON)[:, 0] & (agenda.states[:, 0] == State.FAILED))
    busy = agenda.state_at(agenda.entity[died], np.nextafter(agenda.begins[died], 0.0))
    assert set(busy) - {State.READY, State.REVERTED}, "something was interrupted"
    assert {entry.what for entry in world.journal.entries(HORIZON)} & {"paused", "aborted", "reverted"}


@pytest.mark.parametrize(("begin", "end"), [(4 * DAY, 6 * DAY), (6 * DAY, 7 * DAY)], ids=["overlap", "hole"])
def test_a_wrong_account_is_seen(begin, end):
    """Two nodes, one of which leaves a state at another time than it enters the next."""
    first = Intervals.of(np.array([0, 1]), np.zeros(2), np.array([HORIZON, 5 * DAY]))
    second = Intervals.of(np.array([1, 1]), np.array([begin, end]), np.array([end, HORIZON]))
    with pytest.raises(AssertionError):
        each_once([first, second], 2)
