"""The moves that numba does better; names, arguments and what they mean stand in `kernels/__init__.py`.

Maps with fewer channels than a vector has lanes are left to NumPy. Where the channels do not fill the last vector, it
begins earlier and some are done twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from archcalc.numeric.engine.kernels import numpy_moves
from archcalc.numeric.engine.kernels.numba_compiled import compiled, inlined, left_to_numpy
from archcalc.numeric.engine.kernels.numba_simd import (
    fetch,
    fill,
    fma,
    greater,
    lane_count,
    lanes,
    largest,
    lesser,
    load,
    put,
    root,
    store,
    value,
)
from archcalc.numeric.engine.kernels.numba_tiles import add_rows, add_taps, clipped, multiples, rows_of, set_down
from archcalc.numeric.namespace import Array

At = tuple[int, int, int]
Pair = tuple[int, int]
Box = tuple[int, int, int, int]

STRIP = 4
"""Outputs of a depthwise convolution that are computed together."""
LINE = 16
"""Values of float32 in a cache line."""
SQUARE = 16
"""Side of the blocks in which axes change places: so many rows of each side stay in the cache."""


@compiled
def to_nhwc(x: Array, y: Array, y_at: At, box: Box) -> None:
    channels, width = x.shape[1], x.shape[3]
    for n in range(box[0], box[1]):
        for h in range(box[2], box[3]):
            there = _place(y, y_at, n, h, 0)
            for c0 in range(0, channels, SQUARE):
                for w in range(width):
                    for c in range(c0, min(c0 + SQUARE, channels)):
                        put(y, there + w * y.shape[3] + c, x[n, c, h, w])


@compiled
def to_nchw(x: Array, x_at: At, y: Array, box: Box) -> None:
    channels, width = y.shape[1], y.shape[3]
    for n in range(box[0], box[1]):
        for h in range(box[2], box[3]):
            here = _place(x, x_at, n, h, 0)
            for c0 in range(0, channels, SQUARE):
                for w in range(width):
                    for c in range(c0, min(c0 + SQUARE, channels)):
                        y[n, c, h, w] = value(x, here + w * x.shape[3] + c)


@compiled
def _copy(x: Array, x_at: At, y: Array, y_at: At, width: int, channels: int, box: Box) -> None:
    step = lanes(x)
    for n in range(box[0], box[1]):
        for h in range(box[2], box[3]):
            here, there = _place(x, x_at, n, h, 0), _place(y, y_at, n, h, 0)
            for w in range(width):
                for c in range(0, channels, step):
                    at = min(c, channels - step)
                    store(y, there + w * y.shape[3] + at, load(x, here + w * x.shape[3] + at))


@compiled
def _scale(
    x: Array, x_at: At, y: Array, y_at: At, width: int, box: Box, weight: Array, bias: Array, low: float, high: float
) -> None:
    step, channels = lanes(x), weight.size
    least, most = fill(x, low), fill(x, high)
    for n in range(box[0], box[1]):
        for h in range(box[2], box[3]):
            here, there = _place(x, x_at, n, h, 0), _place(y, y_at, n, h, 0)
            for w in range(width):
                for c in range(0, channels, step):
                    at = min(c, channels - step)
                    total = fma(load(x, here + w * x.shape[3] + at), load(weight, at), load(bias, at))
                    store(y, there + w * y.shape[3] + at, lesser(greater(total, least), most))


@compiled
def _depthwise(
    x: Array, x_at: At, w: Array, y: Array, y_at: At, width: int, kernel: Pair, stride: Pair, dilation: Pair, box: Box,
    bias: Array, add: int, r: Array, r_at: At, low: float, high: float,
) -> None:  # fmt: skip
    step, channels = lanes(x), w.shape[2]
    for n in range(box[0], box[1]):
        for h in range(box[2], box[3]):
            for strip in range(0, width, STRIP):
                left = max(0, min(strip, width - STRIP))
                here = _place(x, x_at, n, h * stride[0], left * stride[1])
                there, other = _place(y, y_at, n, h, left), _place(r, r_at, n, h, left)
                below = here + ((kernel[0] - 1) * dilation[0] + 1) * x.shape[2] * x.shape[3]
                for c in range(0, channels, step):
                    at = min(c, channels - step)
                    if c % LINE == 0:
                        for row in range(stride[0]):
                            for k in range(STRIP * stride[1]):
                                fetch(x, below + (row * x.shape[2] + k) * x.shape[3] + at)
                    task = (x, here + at, w, at, kernel, stride, dilation, y, there + at)
                    if width >= STRIP:
                        _strip(STRIP, task, bias, add, r, other + at, low, high)
                    else:
                        for k in range(width):
                            one = (x, here + at + k * stride[1] * x.shape[3], w, at, kernel, stride, dilation, y,
                                   there + at + k * y.shape[3])  # fmt: skip
                            _strip(1, one, bias, add, r, other + at + k * r.shape[3], low, high)


@inlined
def _strip(count, task, bias, add, r, other, low, high):
    """Some neighbouring outputs of a row, a vector of channels each."""
    x, here, w, c, kernel, stride, dilation, y, there = task
    sums = rows_of(count, 1, bias, c)
    for i in range(kernel[0]):
        row, tap = here + i * dilation[0] * x.shape[2] * x.shape[3], i * kernel[1] * w.shape[2] + c
        if kernel[1] == 3 and stride[1] == 1 and dilation[1] == 1:
            sums = add_taps(sums, x, row, x.shape[3], w, tap, w.shape[2], 3, 1)
        elif kernel[1] == 3 and stride[1] == 2 and dilation[1] == 1:
            sums = add_taps(sums, x, row, x.shape[3], w, tap, w.shape[2], 3, 2)
        elif kernel[1] == 5 and stride[1] == 1 and dilation[1] == 1:
            sums = add_taps(sums, x, row, x.shape[3], w, tap, w.shape[2], 5, 1)
        else:
            for j in range(kernel[1]):
                cell, one = row + j * dilation[1] * x.shape[3], tap + j * w.shape[2]
                sums = add_taps(sums, x, cell, stride[1] * x.shape[3], w, one, 0, 1, 1)
    if add:
        sums = add_rows(sums, r, other, multiples(count, r.shape[3]))
    set_down(clipped(sums, low, high), y, there, y.shape[3])


@compiled
def _max_pool(
    x: Array, x_at: At, height: int, width: int, y: Array, y_at: At, out_width: int, channels: int,
    kernel: Pair, stride: Pair, dilation: Pair, padding: Pair, box: Box, low: float,
) -> None:  # fmt: skip
    step = lanes(x)
    row, column = x.shape[2] * x.shape[3], x.shape[3]
    for n in range(box[0], box[1]):
        for h in range(box[2], box[3]):
            top, bottom = _inside(h, kernel[0], stride[0], dilation[0], padding[0], height)
            for w in range(out_width):
                left, right = _inside(w, kernel[1], stride[1], dilation[1], padding[1], width)
                here = _place(x, x_at, n, h * stride[0] - padding[0], w * stride[1] - padding[1])
                there = _place(y, y_at, n, h, w)
                for c in range(0, channels, step):
                    at = min(c, channels - step)
                    best = fill(x, low)
                    for i in range(top, bottom):
                        for j in range(left, right):
                            best = largest(best, load(x, here + at + i * dilation[0] * row + j * dilation[1] * column))
                    store(y, there + at, best)


@compiled
def _avg_pool(
    x: Array, x_at: At, height: int, width: int, y: Array, y_at: At, out_width: int, channels: int,
    kernel: Pair, stride: Pair, padding: Pair, shares: Array, box: Box,
) -> None:  # fmt: skip
    step = lanes(x)
    row, column = x.shape[2] * x.shape[3], x.shape[3]
    for n in range(box[0], box[1]):
        for h in range(box[2], box[3]):
            top, bottom = _inside(h, kernel[0], stride[0], 1, padding[0], height)
            for w in range(out_width):
                left, right = _inside(w, kernel[1], stride[1], 1, padding[1], width)
                here = _place(x, x_at, n, h * stride[0] - padding[0], w * stride[1] - padding[1])
                there = _place(y, y_at, n, h, w)
                share = fill(x, shares[h, w])
                for c in range(0, channels, step):
                    at = min(c, channels - step)
                    total = fill(x, 0.0)
                    for i in range(top, bottom):
                        for j in range(left, right):
                            total = total + load(x, here + at + i * row + j * column)
                    store(y, there + at, total * share)


@compiled
def _global_avg(x: Array, x_at: At, height: int, width: int, channels: int, y: Array, n0: int, n1: int) -> None:
    step = lanes(x)
    share = fill(x, 1 / (height * width))
    for n in range(n0, n1):
        for c in range(0, channels, step):
            at = min(c, channels - step)
            total = fill(x, 0.0)
            for h in range(height):
                here = _place(x, x_at, n, h, 0) + at
                row = fill(x, 0.0)
                for w in range(width):
                    row = row + load(x, here + w * x.shape[3])
                total = total + row
            store(y, n * (y.strides[0] // y.itemsize) + at, total * share)


@compiled
def _three_quarters(
    x: Array, x_at: At, y: Array, y_at: At, width: int, channels: int, size: int, alpha: float, k: float, box: Box,
    squares: Array,
) -> None:  # fmt: skip
    """Local response normalization with beta = 3/4; squares: zeros, channels + size - 1 of them."""
    step = lanes(x)
    factor, start = fill(x, alpha / size), fill(x, k)
    for n in range(box[0], box[1]):
        for h in range(box[2], box[3]):
            for w in range(width):
                here, there = _place(x, x_at, n, h, w), _place(y, y_at, n, h, w)
                for c in range(0, channels, step):
                    at = min(c, channels - step)
                    cells = load(x, here + at)
                    store(squares, size // 2 + at, cells * cells)
                for c in range(0, channels, step):
                    at = min(c, channels - step)
                    total = load(squares, at)
                    for j in range(1, size):
                        total = total + load(squares, at + j)
                    half = root(fma(factor, total, start))
                    store(y, there + at, load(x, here + at) / (half * root(half)))


def local_response_norm(
    x: Array, x_at: At, y: Array, y_at: At, width: int, channels: int,
    size: int, alpha: float, beta: float, k: float, box: Box,
) -> None:  # fmt: skip
    if beta != 0.75 or channels < lane_count(x.dtype):
        plain = numpy_moves.local_response_norm
        left_to_numpy(plain, x, x_at, y, y_at, width, channels, size, alpha, beta, k, box)
        return
    squares = np.zeros(channels + size - 1, x.dtype)
    _three_quarters(x, x_at, y, y_at, width, channels, size, alpha, k, box, squares)


@compiled
def clear(x: Array) -> None:
    for n in range(x.shape[0]):
        for h in range(x.shape[1]):
            for w in range(x.shape[2]):
                for c in range(x.shape[3]):
                    x[n, h, w, c] = 0


@inlined
def _inside(stop, kernel, stride, dilation, padding, length):
    """Of the taps of a stop the first, and the one after the last, that lie inside the map."""
    start = stop * stride - padding
    first = 0 if start >= 0 else (-start + dilation - 1) // dilation
    return first, max(first, min(kernel, (length - 1 - start) // dilation + 1))


@inlined
def _place(x, at, example, down, right):
    """Where a cell of a map lies in its base."""
    return ((example * x.shape[1] + at[0] + down) * x.shape[2] + at[1] + right) * x.shape[3] + at[2]


def _wide_enough(move: Callable[..., None], name: str, channels: Callable[..., int]) -> Callable[..., None]:
    """The move, or NumPy's where a vector is wider than the map has channels."""
    plain = numpy_moves.MOVES[name]

    def either(x: Array, *arguments: Any) -> None:
        if channels(*arguments) >= lane_count(x.dtype):
            move(x, *arguments)
        else:
            left_to_numpy(plain, x, *arguments)

    return either


MOVES: Mapping[str, Callable[..., None]] = {
    "clear": clear,
    "to_nhwc": to_nhwc,
    "to_nchw": to_nchw,
    "copy": _wide_enough(_copy, "copy", lambda *a: a[4]),
    "scale": _wide_enough(_scale, "scale", lambda *a: len(a[5])),
    "depthwise": _wide_enough(_depthwise, "depthwise", lambda *a: a[1].shape[2]),
    "max_pool": _wide_enough(_max_pool, "max_pool", lambda *a: a[6]),
    "avg_pool": _wide_enough(_avg_pool, "avg_pool", lambda *a: a[6]),
    "global_avg": _wide_enough(_global_avg, "global_avg", lambda *a: a[3]),
    "local_response_norm": local_response_norm,
}
