"""Maxout."""

from __future__ import annotations

from archcalc.layers.fitting import feature_axis
from archcalc.layers.maxout import Maxout
from archcalc.numeric.namespace import Array
from archcalc.numeric.reference.base import Tensors
from archcalc.numeric.reference.slide import example


def maxout(layer: Maxout, _: Tensors, x: Array) -> Array:
    """The largest of each `pieces` neighbouring cells of the axis."""
    axis = 1 + feature_axis(layer.axis, example(x))
    return x.reshape(*x.shape[:axis], -1, layer.pieces, *x.shape[axis + 1 :]).max(axis + 1)
