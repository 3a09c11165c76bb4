"""One block of memory for all values of a run: those that are never alive together share their place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from archcalc.core.record import record
from archcalc.numeric.namespace import Array

ALIGNMENT = 64
"""Bytes: a cache line, and the widest vector register."""


@record
class Interval:
    """So many bytes, needed from the first to the last step, both included."""

    size: int
    first: int
    last: int


@record
class Arena:
    """Where each interval starts, and how long the whole is."""

    intervals: Sequence[Interval]
    offsets: Sequence[int]
    size: int

    def shared(self, index: int) -> bool:
        """Whether another interval uses some of the same bytes at another time."""
        mine, start = self.intervals[index], self.offsets[index]
        return any(
            number != index and offset < start + mine.size and start < offset + other.size
            for number, (other, offset) in enumerate(zip(self.intervals, self.offsets, strict=True))
        )


def allocate(intervals: Sequence[Interval]) -> Arena:
    """Place the largest first, each at the lowest free place that is large enough while it is alive."""
    intervals = [Interval(aligned(i.size), i.first, i.last) for i in intervals]
    offsets = [0] * len(intervals)
    placed: list[int] = []
    for index in sorted(range(len(intervals)), key=lambda i: (-intervals[i].size, intervals[i].first)):
        mine = intervals[index]
        taken = sorted(
            (offsets[other], offsets[other] + intervals[other].size)
            for other in placed
            if intervals[other].first <= mine.last and mine.first <= intervals[other].last
        )
        offsets[index] = _lowest_gap(taken, mine.size)
        placed.append(index)
    size = max((offset + i.size for offset, i in zip(offsets, intervals, strict=True)), default=0)
    return Arena(intervals, offsets, size)


def memory(size: int) -> Array:
    """So many zero bytes, the first one at an aligned address."""
    raw = np.zeros(size + ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % ALIGNMENT
    return raw[start : start + size]


def aligned(size: int) -> int:
    """So many bytes up to the next aligned address."""
    return -(-size // ALIGNMENT) * ALIGNMENT


def _lowest_gap(taken: Sequence[tuple[int, int]], size: int) -> int:
    start = 0
    for begin, end in taken:
        if begin - start >= size:
            break
        start = max(start, end)
    return start
