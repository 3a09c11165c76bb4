"""A convolution whose taps move."""

from __future__ import annotations

from math import prod

from archcalc.layers.deform_conv import DeformConv
from archcalc.numeric.namespace import Array, array_namespace
from archcalc.numeric.reference.base import Tensors
from archcalc.numeric.reference.slide import example, per_channel


def deform_conv(layer: DeformConv, weights: Tensors, x: Array, offsets: Array, *mask: Array) -> Array:
    """(N, C, H, W), (N, 2 G K, *O) and perhaps (N, G K, *O) -> (N, out_channels, *O)."""
    groups, taps = layer.offset_groups(example(offsets)), prod(layer.kernel_size)
    stops = offsets.shape[2:]
    moved = offsets.reshape(len(x), groups, taps, 2, *stops)
    places = [moved[:, :, :, axis] + rest for axis, rest in enumerate(_resting(layer, x, stops))]
    cells = _between(x.reshape(len(x), groups, -1, *x.shape[2:]), *places)
    if mask:
        cells = cells * mask[0].reshape(len(x), groups, 1, taps, *stops)
    columns = cells.reshape(len(x), layer.groups, -1, prod(stops))
    kernels = weights["weight"].reshape(layer.groups, layer.out_channels // layer.groups, -1)
    y = (kernels @ columns).reshape(len(x), layer.out_channels, *stops)
    return y + per_channel(weights["bias"], y) if layer.bias else y


def _resting(layer: DeformConv, x: Array, stops: tuple[int, ...]) -> tuple[Array, Array]:
    """Row and column of each tap at each stop before an offset moves it: (K, *O), taps row by row."""
    xp = array_namespace(x)
    taps = [tap.reshape(-1, 1, 1) for tap in xp.indices(layer.kernel_size)]
    windows = layer.resting.windows(example(x))
    rows, columns = (
        tap * window.dilation + stop * window.stride - window.padding[0]
        for tap, stop, window in zip(taps, xp.indices(stops), windows, strict=True)
    )
    return rows, columns


def _between(x: Array, rows: Array, columns: Array) -> Array:
    """The map (N, G, C, H, W) at places (N, G, K, *O) between its cells, bilinear; 0 outside: (N, G, C, K, *O)."""
    xp = array_namespace(x)
    examples, groups, channels, height, width = x.shape
    cells = x.reshape(examples, groups, channels, height * width)
    top, left = xp.floor(rows), xp.floor(columns)
    y = xp.zeros((examples, groups, channels, *rows.shape[2:]), x.dtype)
    for row, row_share in ((top, top + 1 - rows), (top + 1, rows - top)):
        for column, column_share in ((left, left + 1 - columns), (left + 1, columns - left)):
            inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
            index = xp.where(inside, row * width + column, 0).astype(int).reshape(examples, groups, 1, -1)
            share = xp.where(inside, row_share * column_share, 0).astype(x.dtype)
            y += share[:, :, None] * xp.take_along_axis(cells, index, -1).reshape(y.shape)
    return y
