"""Waves: node after node, so many of a pool at once, as whoever drives an update does it."""

from __future__ import annotations

import numpy as np


def number_waves(block: np.ndarray, width: np.ndarray) -> np.ndarray:
    """The wave of each node: nodes of a block (equal numbers, adjacent) are taken in order, `width` at once."""
    first = np.ones(len(block), bool)
    first[1:] = block[1:] != block[:-1]
    starts = np.flatnonzero(first)
    position = np.arange(len(block)) - np.repeat(starts, np.diff(np.append(starts, len(block))))
    return position // width


def schedule(block: np.ndarray, wave: np.ndarray, start: np.ndarray, busy: np.ndarray) -> np.ndarray:
    """When each node's turn comes.

    busy: how long each node keeps its place, NEVER when it does not give it back. A wave starts when all
    nodes of the one before have given back their places. start: when the block begins (of its first node).
    """
    if not len(block):
        return np.zeros(0)
    new_wave = np.ones(len(block), bool)
    new_wave[1:] = (block[1:] != block[:-1]) | (wave[1:] != wave[:-1])
    at = np.flatnonzero(new_wave)
    lasts = np.maximum.reduceat(busy, at)
    new_block = np.ones(len(at), bool)
    new_block[1:] = block[at][1:] != block[at][:-1]
    turn = start[at].astype(float)
    # One wave of every block after the other: each begins at the very instant at which the one before ends.
    rank = np.arange(len(at)) - np.flatnonzero(new_block)[np.cumsum(new_block) - 1]
    order = np.argsort(rank, kind="stable")
    for waves in np.split(order, np.flatnonzero(np.diff(rank[order])) + 1)[1:]:
        turn[waves] = turn[waves - 1] + lasts[waves - 1]
    return turn[np.cumsum(new_wave) - 1]
