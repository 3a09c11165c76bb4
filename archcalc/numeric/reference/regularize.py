"""Layers that pass their input on at inference, or only scale it."""

from __future__ import annotations

from archcalc.layers.regularize import LayerScale
from archcalc.numeric.namespace import Array
from archcalc.numeric.reference.base import Layer, Tensors


def identity(_: Layer, __: Tensors, x: Array) -> Array:
    """x itself."""
    return x


def layer_scale(_: LayerScale, weights: Tensors, x: Array) -> Array:
    """(N, ..., features) or (N, C, *spatial) -> the same; the weight has the shape that stretches."""
    return x * weights["weight"]
