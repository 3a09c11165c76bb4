"""Reductions along axes."""

from __future__ import annotations

from archcalc.layers.fitting import axes_of
from archcalc.layers.reduce import SPREADS, Reduce
from archcalc.numeric.namespace import Array, array_namespace
from archcalc.numeric.reference.base import Tensors
from archcalc.numeric.reference.slide import example


def reduce(layer: Reduce, _: Tensors, x: Array) -> Array:
    """(N, ...) -> (N, the axes that are left), or (N, 1) where none is."""
    named = range(x.ndim - 1) if layer.axis is None else axes_of(layer.axis, example(x))
    axes = tuple(1 + axis for axis in named)
    if layer.how == "norm":
        y = array_namespace(x).sqrt((x * x).sum(axes, keepdims=layer.keepdim))
    else:
        more = {"ddof": layer.correction} if layer.how in SPREADS else {}
        y = getattr(x, layer.how)(axes, keepdims=layer.keepdim, **more)
    return y if y.ndim > 1 else y.reshape(-1, 1)
