"""A convolution that shares nothing."""

from __future__ import annotations

from math import prod

from archcalc.layers.locally_connected import LocallyConnected
from archcalc.numeric.namespace import Array
from archcalc.numeric.reference.base import Tensors
from archcalc.numeric.reference.slide import example, taps


def locally_connected(layer: LocallyConnected, weights: Tensors, x: Array) -> Array:
    """(N, C, *spatial) -> (N, out_channels, *O): at each place a matrix product of its own."""
    cells = taps(x, layer.windows(example(x)))
    axes = x.ndim - 2
    stops = cells.shape[2 : 2 + axes]
    rows = cells.transpose((*range(2, 2 + axes), 0, 1, *range(2 + axes, 2 + 2 * axes)))
    rows = rows.reshape(prod(stops), len(x), -1)
    kernels = weights["kernel"].reshape(layer.out_channels, prod(stops), -1)
    y = rows @ kernels.transpose(1, 2, 0)
    y = y.transpose(1, 2, 0).reshape(len(x), layer.out_channels, *stops)
    return y + weights["bias"] if layer.bias else y
