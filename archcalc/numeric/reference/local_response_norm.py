"""Local response normalization across channels."""

from __future__ import annotations

from archcalc.layers.local_response_norm import LocalResponseNorm
from archcalc.numeric.namespace import Array
from archcalc.numeric.reference.base import Tensors
from archcalc.numeric.reference.slide import bordered


def local_response_norm(layer: LocalResponseNorm, _: Tensors, x: Array) -> Array:
    """(N, C, *spatial) -> the same; of an even number of neighbours the odd one stands before."""
    before = layer.size // 2
    sides = [(0, 0), (before, layer.size - 1 - before), *((0, 0),) * (x.ndim - 2)]
    squares = bordered(x * x, sides, "zeros")
    channels = x.shape[1]
    total = sum(squares[:, j : j + channels] for j in range(layer.size))
    return x / (layer.k + layer.alpha / layer.size * total) ** layer.beta
