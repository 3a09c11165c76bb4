"""Layers that pass their input on at inference, or only scale it."""

from __future__ import annotations

from archcalc.layers.regularize import LayerScale, Scale
from archcalc.numeric.namespace import Array, array_namespace
from archcalc.numeric.reference.base import Layer, Tensors


def identity(_: Layer, __: Tensors, x: Array) -> Array:
    """x itself."""
    return x


def layer_scale(_: LayerScale, weights: Tensors, x: Array) -> Array:
    """(N, ..., features) or (N, C, *spatial) -> the same; the weight has the shape that stretches."""
    return x * weights["weight"]


def scale(layer: Scale, _: Tensors, x: Array) -> Array:
    """(N, ..., features) or (N, C, *spatial) -> the same; a number for each channel stretches over the places."""
    by, plus = (_per_channel(numbers, x) for numbers in (layer.by, layer.plus))
    return x * by + plus


def _per_channel(numbers: tuple[float, ...], x: Array) -> Array:
    values = array_namespace(x).asarray(numbers, x.dtype)
    return values.reshape(-1, *(1,) * (x.ndim - 2)) if x.ndim > 3 else values
