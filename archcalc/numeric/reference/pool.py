"""Pooling, and the way back."""

from __future__ import annotations

from math import prod

from archcalc.layers.pool import AvgPool, LpPool, MaxPool, MaxUnpool
from archcalc.numeric.namespace import Array, array_namespace
from archcalc.numeric.reference.base import Tensors
from archcalc.numeric.reference.slide import example, padded, slid, tap_axes, taps

_NOTHING = float("-inf")


def max_pool(layer: MaxPool, _: Tensors, x: Array) -> Array:
    """(N, C, *spatial) -> (N, C, *O); padding is minus infinity."""
    windows = layer.windows(example(x))
    return taps(x, windows, _NOTHING).max(tap_axes(windows))


def avg_pool(layer: AvgPool, _: Tensors, x: Array) -> Array:
    """(N, C, *spatial) -> (N, C, *O): the sum of a window through the cells that count in it.

    Zeros of the padding count with count_include_pad; what ceil mode lets hang over never does.
    """
    windows = layer.windows(example(x))
    counts = padded(array_namespace(x).ones_like(x[:1, :1]), windows, float(layer.count_include_pad))
    axes = tap_axes(windows)
    return taps(x, windows).sum(axes) / slid(counts, windows).sum(axes)


def lp_pool(layer: LpPool, _: Tensors, x: Array) -> Array:
    """(N, C, *spatial) -> (N, C, *O): the p-norm of the cells of each window."""
    windows = layer.windows(example(x))
    return (taps(x, windows) ** layer.norm_type).sum(tap_axes(windows)) ** (1 / layer.norm_type)


def max_pool_places(layer: MaxPool, x: Array) -> Array:
    """(N, C, *spatial) -> (N, C, *O): where in its map each maximum stands, cells counted row by row."""
    xp = array_namespace(x)
    windows = layer.windows(example(x))
    best = _taps_in_a_row(taps(x, windows, _NOTHING), len(windows)).argmax(-1)
    cells = xp.arange(prod(x.shape[2:])).reshape(1, 1, *x.shape[2:])
    places = _taps_in_a_row(taps(cells, windows, -1), len(windows))
    return xp.take_along_axis(xp.broadcast_to(places, (*best.shape, places.shape[-1])), best[..., None], -1)[..., 0]


def max_unpool(layer: MaxUnpool, _: Tensors, x: Array, places: Array) -> Array:
    """(N, C, *spatial) and the places of the matching max_pool -> (N, C, *O), zero elsewhere."""
    xp = array_namespace(x)
    sizes = layer.size or [
        (length - 1) * stride - 2 * padding + kernel
        for length, kernel, stride, padding in zip(
            x.shape[2:], layer.kernel_size, layer.stride, layer.padding, strict=True
        )
    ]
    maps = x.shape[0] * x.shape[1]
    y = xp.zeros((maps, prod(sizes)), x.dtype)
    y[xp.arange(maps)[:, None], places.reshape(maps, -1)] = x.reshape(maps, -1)
    return y.reshape(*x.shape[:2], *sizes)


def _taps_in_a_row(cells: Array, axes: int) -> Array:
    return cells.reshape(*cells.shape[:-axes], -1)
