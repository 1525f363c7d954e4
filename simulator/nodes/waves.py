"""Waves: node after node, so many of a pool at once, as whoever drives an update does it."""

from __future__ import annotations

import numpy as np

_FOREVER = 1e15  # stands for NEVER in cumulative sums


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
    lasts = np.maximum.reduceat(np.where(np.isfinite(busy), busy, _FOREVER), at)
    # Cumulative sum within each block: of all waves, less what had been summed when the block began.
    block_of_wave = block[at]
    new_block = np.ones(len(at), bool)
    new_block[1:] = block_of_wave[1:] != block_of_wave[:-1]
    lasts_finite = np.where(lasts >= _FOREVER, 0.0, lasts)
    total = np.cumsum(lasts_finite) - lasts_finite
    base = np.repeat(total[new_block], np.diff(np.append(np.flatnonzero(new_block), len(at))))
    offsets = total - base
    endless = np.cumsum(lasts >= _FOREVER) - (lasts >= _FOREVER)
    endless_base = np.repeat(endless[new_block], np.diff(np.append(np.flatnonzero(new_block), len(at))))
    offsets[endless > endless_base] = np.inf
    number = np.cumsum(new_wave) - 1
    block_start = start[at][new_block][np.cumsum(new_block) - 1]
    return (block_start + offsets)[number]
