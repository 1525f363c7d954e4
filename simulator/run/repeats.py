"""Changes that repeat: one change with many commits where that will do, a change each where each needs a rollout."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.scenario.change import Change


def written_out(changes: list[Change]) -> Iterator[Change]:
    """Changes with those repetitions written out that need a rollout of their own; the others stay one change with
    many commits, which an engine plans at once."""
    for change in changes:
        if change.repeat is None or is_plain(change):
            yield change
        else:
            for k in range(change.repeat.times):
                again = {
                    "name": f"{change.name}-{k + 1}",
                    "at": change.at + k * change.repeat.every,
                    "version": f"{change.brings}-{k + 1}",
                    "repeat": None,
                }
                yield change.model_copy(update=again)


def is_plain(change: Change) -> bool:
    """A repeated commit that needs no process: one stage for all, at once, nothing that looks or waits."""
    stages = change.rollout.stages
    return (
        change.route == "git"
        and len(stages) == 1
        and not change.reboot
        and not change.file
        and stages[0].over == 0
        and stages[0].waves is None
        and stages[0].gate is None
        and change.rollout.gate is None
    )
