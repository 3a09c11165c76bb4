"""Transposed convolution: each input cell spreads a window of weights, and what overlaps adds up."""

from __future__ import annotations

from itertools import product

from archcalc.layers.conv_transpose import ConvTranspose
from archcalc.numeric.namespace import Array, array_namespace
from archcalc.numeric.reference.base import Tensors
from archcalc.numeric.reference.slide import example, per_channel


def conv_transpose(layer: ConvTranspose, weights: Tensors, x: Array) -> Array:
    """(N, C, *spatial) -> (N, out_channels, *O)."""
    windows = layer.windows(example(x))
    lengths = x.shape[2:]
    whole = [
        (length - 1) * window.stride + window.extent + window.output_padding
        for window, length in zip(windows, lengths, strict=True)
    ]
    y = array_namespace(x).zeros((len(x), layer.out_channels, *whole), x.dtype)
    for tap in product(*map(range, layer.kernel_size)):
        starts = [t * window.dilation for t, window in zip(tap, windows, strict=True)]
        cells = [
            slice(start, start + (length - 1) * window.stride + 1, window.stride)
            for start, length, window in zip(starts, lengths, windows, strict=True)
        ]
        y[(..., *cells)] += _times(x, weights["weight"][(slice(None), slice(None), *tap)], layer.groups)
    kept = [slice(w.padding[0], size - w.padding[1]) for w, size in zip(windows, whole, strict=True)]
    y = y[(..., *kept)]
    return y + per_channel(weights["bias"], y) if layer.bias else y


def _times(x: Array, weight: Array, groups: int) -> Array:
    """The channels of every cell times one tap (C, out_channels / groups) of the kernels."""
    channels, filters = weight.shape
    cells = x.reshape(len(x), groups, channels // groups, -1)
    columns = weight.reshape(groups, channels // groups, filters).swapaxes(1, 2)
    return (columns @ cells).reshape(len(x), groups * filters, *x.shape[2:])
