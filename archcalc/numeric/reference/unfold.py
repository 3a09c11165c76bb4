"""Windows as columns, and back."""

from __future__ import annotations

from itertools import product
from math import prod

from archcalc.layers.unfold import Fold, Unfold
from archcalc.numeric.namespace import Array, array_namespace
from archcalc.numeric.reference.base import Tensors
from archcalc.numeric.reference.slide import example, taps


def unfold(layer: Unfold, _: Tensors, x: Array) -> Array:
    """(N, C, *spatial) -> (N, C * K, L): a column for each stop."""
    cells = taps(x, layer.stops(example(x)))
    axes = x.ndim - 2
    order = (0, 1, *range(2 + axes, 2 + 2 * axes), *range(2, 2 + axes))
    columns = prod(cells.shape[2 : 2 + axes])
    return cells.transpose(order).reshape(len(x), -1, columns)


def fold(layer: Fold, _: Tensors, x: Array) -> Array:
    """(N, C * K, L) -> (N, C, *output_size): the sum of what lies on each cell, the padding cut off."""
    stops = layer.stops
    kernel = [stop.kernel for stop in stops]
    columns = [stop.output(size) for stop, size in zip(stops, layer.output_size, strict=True)]
    cells = x.reshape(len(x), -1, *kernel, *columns)
    sides = [(size + sum(stop.padding), stop.padding[0]) for size, stop in zip(layer.output_size, stops, strict=True)]
    y = array_namespace(x).zeros((*cells.shape[:2], *(length for length, _ in sides)), x.dtype)
    for tap in product(*map(range, kernel)):
        reached = [
            slice(place * stop.dilation, place * stop.dilation + (count - 1) * stop.stride + 1, stop.stride)
            for place, stop, count in zip(tap, stops, columns, strict=True)
        ]
        y[(..., *reached)] += cells[(slice(None), slice(None), *tap)]
    kept = [slice(before, before + size) for (_, before), size in zip(sides, layer.output_size, strict=True)]
    return y[(..., *kept)]
