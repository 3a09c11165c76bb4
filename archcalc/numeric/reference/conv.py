"""Convolutions: at each stop the sum of the taps, each times its weight."""

from __future__ import annotations

from math import prod

from archcalc.layers.conv import Conv, DepthwiseConv
from archcalc.numeric.namespace import Array, array_namespace
from archcalc.numeric.reference.base import Tensors
from archcalc.numeric.reference.slide import example, per_channel, taps


def conv(layer: Conv, weights: Tensors, x: Array) -> Array:
    """(N, C, *spatial) -> (N, out_channels, *O)."""
    kernels = weights["weight"] if layer.links is None else linked(layer, weights["weight"], x.shape[1])
    cells = taps(x, layer.windows(example(x)))
    y = _weighted(cells, kernels, layer.groups)
    if layer.bias == "no":
        return y
    return y + (weights["bias"] if layer.bias == "untied" else per_channel(weights["bias"], y))


def depthwise_conv(layer: DepthwiseConv, weights: Tensors, x: Array) -> Array:
    """(N, C, *spatial) -> (N, C * multiplier, *O): a convolution with a group for each channel."""
    return conv(layer.grouped(example(x)), weights, x)


def _weighted(cells: Array, kernels: Array, groups: int) -> Array:
    """y[n, f, o] = sum over c, k of cells[n, c, o, k] kernels[f, c, k], f and c of the same group.

    As matrix products: the taps of a stop are a row, the weights of a filter a column.
    """
    filters, channels, *kernel = kernels.shape
    stops = cells.shape[2 : -len(kernel)]
    axes = len(kernel)
    cells = cells.reshape(len(cells), groups, channels, *stops, *kernel)
    order = (0, 1, *range(3, 3 + axes), 2, *range(3 + axes, 3 + 2 * axes))
    rows = cells.transpose(order).reshape(len(cells), groups, prod(stops), channels * prod(kernel))
    columns = kernels.reshape(groups, filters // groups, -1).swapaxes(1, 2)
    return (rows @ columns).swapaxes(2, 3).reshape(len(cells), filters, *stops)


def linked(layer: Conv, weight: Array, channels: int) -> Array:
    """The kernels of every pair of channels, zero where the table has no link."""
    assert layer.links is not None
    kernels = array_namespace(weight).zeros((layer.out_channels, channels, *layer.kernel_size), weight.dtype)
    pairs = [(out, channel) for out, row in enumerate(layer.links) for channel in row]
    for (out, channel), kernel in zip(pairs, weight, strict=True):
        kernels[out, channel] += kernel
    return kernels
