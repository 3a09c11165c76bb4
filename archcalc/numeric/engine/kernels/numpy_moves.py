"""The moves in plain NumPy; names, arguments and what they mean stand in `kernels/__init__.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from math import isqrt, prod

import numpy as np

from archcalc.numeric.engine.kernels.winograd_matrices import matrices
from archcalc.numeric.namespace import Array

At = tuple[int, int, int]
Pair = tuple[int, int]
Box = tuple[int, int, int, int]
Tap = tuple[slice | None, slice]


def clear(x: Array) -> None:
    x.fill(0)


def to_nhwc(x: Array, y: Array, y_at: At, box: Box) -> None:
    n0, n1, h0, h1 = box
    region(y, y_at, box, x.shape[3], x.shape[1])[...] = x[n0:n1, :, h0:h1].transpose(0, 2, 3, 1)


def to_nchw(x: Array, x_at: At, y: Array, box: Box) -> None:
    n0, n1, h0, h1 = box
    y[n0:n1, :, h0:h1] = region(x, x_at, box, y.shape[3], y.shape[1]).transpose(0, 3, 1, 2)


def copy(x: Array, x_at: At, y: Array, y_at: At, width: int, channels: int, box: Box) -> None:
    region(y, y_at, box, width, channels)[...] = region(x, x_at, box, width, channels)


def im2col(
    x: Array, x_at: At, channels: int, z: Array, kernel: Pair, stride: Pair, dilation: Pair, width: int, box: Box
) -> None:
    n0, n1, h0, h1 = box
    shape = (n1 - n0, h1 - h0, width, *kernel, channels)
    z.reshape(shape)[...] = _windows(x, x_at, stride, dilation, shape, box)


def im2col_planes(
    x: Array, z: Array, kernel: Pair, stride: Pair, dilation: Pair, padding: Pair, width: int, box: Box
) -> None:
    n0, n1, h0, h1 = box
    n, c, h, w = x.strides
    start = n0 * n + (h0 * stride[0] - padding[0]) * h - padding[1] * w
    strides = (c, dilation[0] * h, dilation[1] * w, n, stride[0] * h, stride[1] * w)
    shape = (x.shape[1], *kernel, n1 - n0, h1 - h0, width)
    z.reshape(shape)[...] = np.ndarray(shape, x.dtype, x, start, strides)


def winograd_input(
    x: Array, x_at: At, channels: int, v: Array, t0: int, work: Array, m: int, columns: int, box: Box
) -> None:
    n0, n1, h0, h1 = box
    size, blocks = isqrt(len(v)), (n1 - n0, h1 - h0, columns)
    tiles = prod(blocks)
    taps = work[: len(v) * tiles * channels].reshape(size, size, *blocks, channels)
    windows = _windows(x, x_at, (m, m), (1, 1), (*blocks, size, size, channels), box)
    np.copyto(taps, windows.transpose(3, 4, 0, 1, 2, 5))
    flat = (len(v), tiles * channels)
    np.matmul(_both_axes(m, size, "values", v.dtype.str), taps.reshape(flat), out=v[:, t0 : t0 + tiles].reshape(flat))


def winograd_output(
    p: Array, t0: int, y: Array, y_at: At, height: int, width: int, m: int, columns: int, box: Box,
    bias: Array, add: int, r: Array, r_at: At, low: float, high: float, work: Array,
) -> None:  # fmt: skip
    n0, n1, h0, h1 = box
    filters, count = p.shape[2], (n1 - n0) * (h1 - h0) * columns
    products = p[:, t0 : t0 + count].reshape(len(p), -1)
    tiles = work[: m * m * count * filters]
    np.matmul(_both_axes(m, isqrt(len(p)), "products", p.dtype.str), products, out=tiles.reshape(m * m, -1))
    tiles = tiles.reshape(m, m, n1 - n0, h1 - h0, columns, filters)
    rows = (n0, n1, h0 * m, min(h1 * m, height))
    target = region(y, y_at, rows, width, filters)
    for i in range(m):
        for j in range(m):
            part = target[:, i::m, j::m]
            np.add(tiles[i, j, :, : part.shape[1], : part.shape[2]], bias, out=part)
    if add:
        np.add(target, region(r, r_at, rows, width, filters), out=target)
    clip(target, low, high)


def epilogue(
    z: Array, y: Array, y_at: At, width: int, box: Box, bias: Array, add: int, r: Array, r_at: At,
    low: float, high: float,
) -> None:  # fmt: skip
    filters = z.shape[1]
    target = region(y, y_at, box, width, filters)
    np.add(z.reshape(target.shape), bias, out=target)
    if add:
        np.add(target, region(r, r_at, box, width, filters), out=target)
    clip(target, low, high)


def depthwise(
    x: Array, x_at: At, w: Array, y: Array, y_at: At, width: int, kernel: Pair, stride: Pair, dilation: Pair, box: Box,
    bias: Array, add: int, r: Array, r_at: At, low: float, high: float,
) -> None:  # fmt: skip
    n0, n1, h0, h1 = box
    channels = w.shape[2]
    target = region(y, y_at, box, width, channels)
    windows = _windows(x, x_at, stride, dilation, (n1 - n0, h1 - h0, width, *kernel, channels), box)
    np.einsum("nhwijc,ijc->nhwc", windows, w, out=target)
    np.add(target, bias, out=target)
    if add:
        np.add(target, region(r, r_at, box, width, channels), out=target)
    clip(target, low, high)


def max_pool(
    x: Array, x_at: At, height: int, width: int, y: Array, y_at: At, out_width: int, channels: int,
    kernel: Pair, stride: Pair, dilation: Pair, padding: Pair, box: Box, low: float,
) -> None:  # fmt: skip
    target, cells = region(y, y_at, box, out_width, channels), region(x, x_at, (*box[:2], 0, height), width, channels)
    rows, columns = zip(kernel, stride, dilation, padding, strict=True)
    tall = np.empty((len(cells), box[3] - box[2], width, channels), x.dtype)
    _slide(np.maximum, cells, tall, 1, _taps(height, *rows, box[2], box[3]), -np.inf)
    _slide(np.maximum, tall, target, 2, _taps(width, *columns, 0, out_width), -np.inf)
    clip(target, low, np.inf)


def avg_pool(
    x: Array, x_at: At, height: int, width: int, y: Array, y_at: At, out_width: int, channels: int,
    kernel: Pair, stride: Pair, padding: Pair, shares: Array, box: Box,
) -> None:  # fmt: skip
    target, cells = region(y, y_at, box, out_width, channels), region(x, x_at, (*box[:2], 0, height), width, channels)
    rows, columns = zip(kernel, stride, (1, 1), padding, strict=True)
    tall = np.empty((len(cells), box[3] - box[2], width, channels), x.dtype)
    _slide(np.add, cells, tall, 1, _taps(height, *rows, box[2], box[3]), 0)
    _slide(np.add, tall, target, 2, _taps(width, *columns, 0, out_width), 0)
    even = shares[0, 0]
    np.multiply(target, even if (shares == even).all() else shares[box[2] : box[3], :, None], out=target)


def global_avg(x: Array, x_at: At, height: int, width: int, channels: int, y: Array, n0: int, n1: int) -> None:
    np.mean(region(x, x_at, (n0, n1, 0, height), width, channels), axis=(1, 2), out=y[n0:n1])


def scale(
    x: Array, x_at: At, y: Array, y_at: At, width: int, box: Box, weight: Array, bias: Array, low: float, high: float
) -> None:
    target = region(y, y_at, box, width, len(weight))
    np.multiply(region(x, x_at, box, width, len(weight)), weight, out=target)
    np.add(target, bias, out=target)
    clip(target, low, high)


def local_response_norm(
    x: Array, x_at: At, y: Array, y_at: At, width: int, channels: int,
    size: int, alpha: float, beta: float, k: float, box: Box,
) -> None:  # fmt: skip
    source = region(x, x_at, box, width, channels)
    before = size // 2
    squares = np.zeros((*source.shape[:3], channels + size - 1), x.dtype)
    np.multiply(source, source, out=squares[..., before : before + channels])
    total = squares[..., :channels].copy()
    for j in range(1, size):
        total += squares[..., j : j + channels]
    total *= x.dtype.type(alpha / size)
    total += x.dtype.type(k)
    np.multiply(source, _power(total, -beta), out=region(y, y_at, box, width, channels))


def region(x: Array, at: At, box: Box, width: int, channels: int) -> Array:
    """The rows h0 to h1 of the map at this place of a base."""
    n0, n1, h0, h1 = box
    row, column, channel = at
    return x[n0:n1, row + h0 : row + h1, column : column + width, channel : channel + channels]


def clip(x: Array, low: float, high: float) -> None:
    """x to min(max(x, low), high) where these are finite, in place."""
    if low != -np.inf:
        np.maximum(x, low, out=x)
    if high != np.inf:
        np.minimum(x, high, out=x)


def _power(x: Array, exponent: float) -> Array:
    """x^exponent in place; 3/4 by roots, which are ten times as fast as a power."""
    if exponent == -0.75:
        np.sqrt(x, out=x)
        np.multiply(x, np.sqrt(x), out=x)
        return np.reciprocal(x, out=x)
    return np.power(x, x.dtype.type(exponent), out=x)


def _windows(x: Array, x_at: At, stride: Pair, dilation: Pair, shape: tuple[int, ...], box: Box) -> Array:
    """A view (n, h, w, kh, kw, C) of what the windows read."""
    n, h, w, c = x.strides
    row, column, channel = x_at
    start = box[0] * n + (row + box[2] * stride[0]) * h + column * w + channel * c
    strides = (n, stride[0] * h, stride[1] * w, dilation[0] * h, dilation[1] * w, c)
    return np.ndarray(shape, x.dtype, x, start, strides)


def _slide(join: np.ufunc, x: Array, y: Array, axis: int, taps: tuple[Tap, ...], nothing: float) -> None:
    """What a window reads along one axis, joined; an axis after the other, since a window is a box."""
    before = (slice(None),) * axis
    full = [cells for place, cells in taps if place is None]
    parts = [tap for tap in taps if tap[0] is not None]
    if len(full) > 1:
        join(x[(*before, full[0])], x[(*before, full[1])], out=y)
    elif full:
        np.copyto(y, x[(*before, full[0])])
    else:
        y[...] = nothing
    for cells in full[2:]:
        join(y, x[(*before, cells)], out=y)
    for place, cells in parts:
        part = y[(*before, place)]
        join(part, x[(*before, cells)], out=part)


@lru_cache(maxsize=1024)
def _taps(length: int, kernel: int, stride: int, dilation: int, padding: int, first: int, last: int) -> tuple[Tap, ...]:
    """For each tap that lies inside the axis: at which of these stops (None: at all of them), and what it reads."""
    taps: list[Tap] = []
    for tap in range(kernel):
        offset = tap * dilation - padding
        a, b = _inside(offset, stride, length, first, last)
        if a < b:
            cells = slice(a * stride + offset, (b - 1) * stride + offset + 1, stride)
            taps.append((None if (a, b) == (first, last) else slice(a - first, b - first), cells))
    return tuple(taps)


def _inside(offset: int, stride: int, length: int, first: int, last: int) -> Pair:
    """Of the stops first to last those whose cell stop * stride + offset lies in 0 to length."""
    start = max(first, -(offset // stride)) if offset < 0 else first
    return start, min(last, (length - 1 - offset) // stride + 1)


@cache
def _both_axes(m: int, size: int, name: str, dtype: str) -> Array:
    """A one-axis transform as one matrix for both axes: rows times columns."""
    matrix = getattr(matrices(m, size + 1 - m), name)
    return np.kron(matrix, matrix).astype(dtype)


MOVES: Mapping[str, Callable[..., None]] = {
    move.__name__: move
    for move in (
        clear, to_nhwc, to_nchw, copy, im2col, im2col_planes, winograd_input, winograd_output, epilogue, depthwise,
        max_pool, avg_pool, global_avg, scale, local_response_norm,
    )
}  # fmt: skip
