"""Positions in a given order, as near to what each wants as the distances between them allow; and inversions."""

from __future__ import annotations

from collections.abc import Sequence

_TIE = 1e-9


def spread(wanted: Sequence[float], weights: Sequence[float], apart: Sequence[float]) -> list[float]:
    """The positions of least squares with x[i + 1] >= x[i] + apart[i]: isotonic regression by pooling, in linear time.

    Source: Barlow et al. 1972, Statistical Inference under Order Restrictions (pool adjacent violators).
    """
    offsets = [0.0]
    for distance in apart:
        offsets.append(offsets[-1] + distance)
    pools: list[tuple[float, float, int]] = []
    for want, weight, offset in zip(wanted, weights, offsets, strict=True):
        pool = (want - offset, weight, 1)
        while pools and pools[-1][0] > pool[0] - _TIE:
            mean, before, count = pools.pop()
            total = before + pool[1]
            pool = ((mean * before + pool[0] * pool[1]) / total, total, count + pool[2])
        pools.append(pool)
    means = [mean for mean, _, count in pools for _ in range(count)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]


def inversions(order: Sequence[float]) -> int:
    """How many pairs stand in the wrong order, by merging."""
    return _sorted(order)[0]


def _sorted(order: Sequence[float]) -> tuple[int, Sequence[float]]:
    if len(order) < 2:
        return 0, order
    middle = len(order) // 2
    count, left = _sorted(order[:middle])
    more, right = _sorted(order[middle:])
    count += more
    merged: list[float] = []
    i = j = 0
    while i < len(left) and j < len(right):
        if left[i] <= right[j]:
            merged.append(left[i])
            i += 1
        else:
            merged.append(right[j])
            j += 1
            count += len(left) - i
    return count, [*merged, *left[i:], *right[j:]]
