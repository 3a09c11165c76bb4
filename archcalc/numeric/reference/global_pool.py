"""Pooling that fits its windows to the map."""

from __future__ import annotations

from collections.abc import Callable

from archcalc.layers.global_pool import AdaptiveAvgPool, AdaptiveMaxPool, GlobalAvgPool, GlobalMaxPool, GlobalSumPool
from archcalc.numeric.namespace import Array, array_namespace
from archcalc.numeric.reference.base import Tensors


def global_avg_pool(layer: GlobalAvgPool, _: Tensors, x: Array) -> Array:
    """(N, C, *spatial) -> (N, C), or (N, C, 1, ..., 1) with keepdim."""
    return x.mean(tuple(range(2, x.ndim)), keepdims=layer.keepdim)


def global_max_pool(layer: GlobalMaxPool, _: Tensors, x: Array) -> Array:
    """(N, C, *spatial) -> (N, C), or (N, C, 1, ..., 1) with keepdim."""
    return x.max(tuple(range(2, x.ndim)), keepdims=layer.keepdim)


def global_sum_pool(layer: GlobalSumPool, _: Tensors, x: Array) -> Array:
    """(N, C, *spatial) -> (N, C), or (N, C, 1, ..., 1) with keepdim."""
    return x.sum(tuple(range(2, x.ndim)), keepdims=layer.keepdim)


def adaptive_avg_pool(layer: AdaptiveAvgPool, _: Tensors, x: Array) -> Array:
    """(N, C, *spatial) -> (N, C, *output_size)."""
    return _shared_out(x, layer.output_size, lambda part, axis: part.mean(axis))


def adaptive_max_pool(layer: AdaptiveMaxPool, _: Tensors, x: Array) -> Array:
    """(N, C, *spatial) -> (N, C, *output_size)."""
    return _shared_out(x, layer.output_size, lambda part, axis: part.max(axis))


def _shared_out(x: Array, sizes: tuple[int, ...], reduce: Callable[[Array, int], Array]) -> Array:
    """Each axis in turn: cell i of O stands for the cells floor(iW/O) up to ceil((i+1)W/O) of W.

    One axis after the other is right because a window is a box: the mean of its rows' means is its mean.
    """
    xp = array_namespace(x)
    for axis, size in enumerate(sizes, 2):
        length = x.shape[axis]
        starts = [i * length // size for i in range(size)]
        stops = [-(-(i + 1) * length // size) for i in range(size)]
        parts = [x[(slice(None),) * axis + (slice(*cells),)] for cells in zip(starts, stops, strict=True)]
        x = xp.stack([reduce(part, axis) for part in parts], axis)
    return x
