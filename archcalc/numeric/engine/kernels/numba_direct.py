"""Convolutions as they stand: at each stop the taps are read where they lie, no matrix of them is written.

A block of filters and a few stops make a tile whose sums stay in registers over all taps. The weights are packed once,
so that a tile reads them in one stream; bias, residual and clipping are done before a value is first written.
Any kernel, stride, dilation and number of groups; a linear layer is a 1x1 kernel on maps of one cell.
"""

from __future__ import annotations

import numpy as np

from archcalc.numeric.engine.arena import memory
from archcalc.numeric.engine.kernels.base import Geometry
from archcalc.numeric.engine.kernels.numba_compiled import called, compiled, inlined
from archcalc.numeric.engine.kernels.numba_simd import fill, fma, lane_count, lanes, load, put, value
from archcalc.numeric.engine.kernels.numba_tiles import (
    add_products,
    add_rows,
    clipped,
    rows_of,
    store_all,
    store_rows,
    taken,
)
from archcalc.numeric.namespace import Array

Place = tuple[int, int, int]
Pair = tuple[int, int]

CHUNK_BYTES = 1 << 17
"""So much is read and written for one block of filters before the next one's turn: a fourth of a level 2 cache."""
TALLEST = 8
"""Stops of the tallest tile."""
COST = {1: 1.1, 2: 1.0, 3: 1.0}
"""Vectors of a block -> time of a product in a tile that is so wide, against the best."""


def packed_weights(weight: Array, groups: int = 1) -> Array:
    """(F, C / groups, kh, kw) -> (groups, blocks, kh * kw * C / groups, filters of a block), zeros where F ends.

    A block is two vectors wide, or three or one where that leaves fewer lanes empty.
    """
    filters = len(weight) // groups
    lanes = lane_count(weight.dtype)
    width = lanes * min((2, 3, 1), key=lambda vectors: COST[vectors] * vectors * -(-filters // (vectors * lanes)))
    blocks = -(-filters // width)
    taps = weight.transpose(0, 2, 3, 1).reshape(groups, filters, -1)
    size = groups * blocks * width * taps.shape[2] * weight.itemsize
    packed = memory(size).view(weight.dtype).reshape(groups, blocks, -1, width)
    for block in range(blocks):
        part = taps[:, block * width : (block + 1) * width]
        packed[:, block, :, : part.shape[1]] = part.swapaxes(1, 2)
    return packed


def packed_bias(bias: Array, packed: Array) -> Array:
    """(F) -> a value for each filter of the packed weights, zeros where F ends."""
    groups, blocks, _, width = packed.shape
    padded = np.zeros((groups, blocks * width), bias.dtype)
    padded[:, : len(bias) // groups] = bias.reshape(groups, -1)
    return padded.reshape(-1)


def chunk_of(g: Geometry, item: int) -> int:
    """Stops that are computed for one block of filters before the next one's turn."""
    bytes_each = item * (g.channels * g.stride[0] * g.stride[1] + g.filters) // g.groups
    return max(24, CHUNK_BYTES // bytes_each // 24 * 24)


@compiled
def direct(
    x: Array, x_at: Place, channels: int, w: Array, y: Array, y_at: Place, filters: int, height: int, width: int,
    kernel: Pair, stride: Pair, dilation: Pair, first: int, last: int, block0: int, block1: int,
    bias: Array, add: int, r: Array, r_at: Place, low: float, high: float, places: Array, rest: Array,
) -> None:  # fmt: skip
    """The stops first to last (counted over examples, rows and columns) of the blocks of filters block0 to block1.

    x, y, r and their places as in `kernels/__init__.py`; channels and filters are those of one group, height and width
    those of the output. w and bias as `packed_weights` and `packed_bias` make them. places (3, stops of a chunk +
    TALLEST) and rest (TALLEST rows of a block) are scratch.
    """
    chunk = places.shape[1] - TALLEST
    xs, ys, rs = places[0], places[1], places[2]
    for start in range(first, last, chunk):
        stops = min(chunk, last - start)
        _places(x, x_at, stride, height, width, start, stops, xs)
        _places(y, y_at, (1, 1), height, width, start, stops, ys)
        if add:
            _places(r, r_at, (1, 1), height, width, start, stops, rs)
        for block in range(block0, block1):
            group, part = divmod(block, w.shape[1])
            f = group * filters + part * w.shape[3]
            live = min(w.shape[3], filters - part * w.shape[3])
            stop = 0
            while stop < stops:
                left = stops - stop
                task = (x, xs, group * channels, channels, w, block, kernel, dilation)
                end = (y, ys, f, live, bias, add, r, rs, low, high, rest)
                if w.shape[3] == lanes(x):
                    stop += _tile(8, 1, stop, left, task, end)
                elif w.shape[3] == 3 * lanes(x):
                    stop += _tile(4, 3, stop, left, task, end)
                elif left > 4:
                    stop += _tile(6, 2, stop, left, task, end)
                else:
                    stop += _tile(4, 2, stop, left, task, end)


@called
def _places(x: Array, at: Place, stride: Pair, height: int, width: int, start: int, stops: int, places: Array) -> None:
    """Where the stops from `start` on begin in x; the last one is repeated, for tiles that reach past it."""
    image, row, column = x.shape[1] * x.shape[2] * x.shape[3], x.shape[2] * x.shape[3], x.shape[3]
    origin = at[0] * row + at[1] * column + at[2]
    example, rest = divmod(start, height * width)
    down, right = divmod(rest, width)
    for stop in range(stops):
        places[stop] = origin + example * image + down * stride[0] * row + right * stride[1] * column
        right += 1
        if right == width:
            right = 0
            down += 1
            if down == height:
                down = 0
                example += 1
    places[stops : stops + TALLEST] = places[stops - 1]


@inlined
def _tile(height, vectors, stop, left, task, end):
    """The values of a tile, from its taps to where they belong; how many stops it has."""
    x, xs, channel, channels, w, block, kernel, dilation = task
    y, ys, f, live, bias, add, r, rs, low, high, rest = end
    stops = min(left, height)
    sums = rows_of(height, vectors, bias, block * w.shape[3])
    at = taken(height, xs, stop)
    sums = _taps(sums, x, at, channel, channels, w, block * w.shape[2] * w.shape[3], kernel, dilation)
    if live == w.shape[3]:
        if add:
            sums = add_rows(sums, r, f, taken(height, rs, stop))
        store_rows(clipped(sums, low, high), y, f, taken(height, ys, stop), stops)
    else:
        store_all(sums, rest, 0)
        _put_rest(rest, w.shape[3], stop, stops, y, ys, f, live, add, r, rs, low, high)
    return stops


@called
def _put_rest(
    rest: Array, width: int, stop: int, stops: int, y: Array, ys: Array, f: int, live: int, add: int, r: Array,
    rs: Array, low: float, high: float,
) -> None:  # fmt: skip
    """The end of a tile whose filters do not fill its vectors, value by value."""
    for row in range(stops):
        for i in range(live):
            one = rest[row * width + i]
            if add:
                one += value(r, rs[stop + row] + f + i)
            one = low if one < low else one
            put(y, ys[stop + row] + f + i, high if one > high else one)


@inlined
def _taps(sums, x, at, channel, channels, w, place, kernel, dilation):
    """Add the products of all taps; a row of them is one stretch of memory where nothing lies between."""
    column = x.shape[3]
    row = x.shape[2] * column
    stretch, jumps = channels, kernel[1]
    if channels == column and dilation[1] == 1:
        stretch, jumps = channels * kernel[1], 1
    width = w.shape[3]
    for i in range(kernel[0]):
        for j in range(jumps):
            tap = channel + i * dilation[0] * row + j * dilation[1] * column
            sums = add_products(sums, x, tap, at, w, place, stretch)
            place += stretch * width
    return sums


@compiled
def dots(w: Array, x: Array, y: Array, bias: Array, low: float, high: float, f0: int, f1: int, work: Array) -> None:
    """The outputs f0 to f1 of a linear layer for one example, x (1, features), w (F, features): four at a time.

    work holds four vectors.
    """
    step, features = lanes(x), w.shape[1]
    whole = features // step * step
    for f in range(f0, f1, 4):
        a, b, c, d = fill(x, 0.0), fill(x, 0.0), fill(x, 0.0), fill(x, 0.0)
        p, q, r, s = (
            f * features,
            min(f + 1, f1 - 1) * features,
            min(f + 2, f1 - 1) * features,
            min(f + 3, f1 - 1) * features,
        )
        for k in range(0, whole, step):
            cells = load(x, k)
            a, b = fma(load(w, p + k), cells, a), fma(load(w, q + k), cells, b)
            c, d = fma(load(w, r + k), cells, c), fma(load(w, s + k), cells, d)
        store_all((a, b, c, d), work, 0)
        for row in range(min(4, f1 - f)):
            total = bias[f + row]
            for lane in range(step):
                total += work[row * step + lane]
            for k in range(whole, features):
                total += w[f + row, k] * x[0, k]
            total = low if total < low else total
            y[0, f + row] = high if total > high else total
