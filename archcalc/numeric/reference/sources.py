"""Values that read no layer: one example, (1, *shape), which stands for the whole batch."""

from __future__ import annotations

from archcalc.layers.sources import Constant, LearnedTensor
from archcalc.numeric.namespace import Array
from archcalc.numeric.reference.base import Tensors


def parameter(_: LearnedTensor, weights: Tensors) -> Array:
    """The learned tensor itself."""
    return weights["weight"][None]


def constant(_: Constant, weights: Tensors) -> Array:
    """The fixed numbers."""
    return weights["value"][None]
