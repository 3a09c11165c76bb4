"""Local response normalization across channels."""

from __future__ import annotations

from archcalc.layers.local_response_norm import LocalResponseNorm
from archcalc.numeric.namespace import Array
from archcalc.numeric.reference.base import Tensors
from archcalc.numeric.reference.slide import bordered, example, tap_axes, taps


def local_response_norm(layer: LocalResponseNorm, _: Tensors, x: Array) -> Array:
    """(N, C, *spatial) -> the same; of an even number of neighbours the odd one stands before."""
    if layer.region == "within":
        windows = layer.windows(example(x))
        total = taps(x * x, windows).sum(tap_axes(windows))
        return x / (layer.k + layer.alpha / layer.neighbours(example(x)) * total) ** layer.beta
    before = layer.size // 2
    sides = [(0, 0), (before, layer.size - 1 - before), *((0, 0),) * (x.ndim - 2)]
    squares = bordered(x * x, sides, "zeros")
    channels = x.shape[1]
    total = sum(squares[:, j : j + channels] for j in range(layer.size))
    return x / (layer.k + layer.alpha / layer.size * total) ** layer.beta
