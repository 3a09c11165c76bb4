"""Winograd's minimal filtering, F(4x4, 3x3) and F(2x2, 5x5): both cut the map into tiles of 6x6 values.

Tiles are transformed, multiplied and brought back while they are in the cache. The weights are packed by blocks of
filters, all frequencies of a block side by side: a thread reads them in one stream.
"""

from __future__ import annotations

from archcalc.numeric.engine.arena import memory
from archcalc.numeric.engine.kernels.numba_compiled import compiled, inlined
from archcalc.numeric.engine.kernels.numba_simd import fill, greater, lane_count, lanes, lesser, load, store
from archcalc.numeric.engine.kernels.numba_tiles import add_products, set_down, store_rows, taken, zeros
from archcalc.numeric.engine.kernels.winograd_matrices import POINTS, transformed_weights
from archcalc.numeric.namespace import Array

Place = tuple[int, int, int]

SIDE = 6
"""Values along an axis of a tile."""
FREQUENCIES = SIDE * SIDE
NEAR, FAR = float(POINTS[4][1]), float(POINTS[4][3])
"""The points are 0, these two and their negatives, and infinity."""
NEAR2, FAR2, NEAR3, FAR3 = NEAR**2, FAR**2, NEAR**3, FAR**3
BOTH, PRODUCT = NEAR2 + FAR2, NEAR2 * FAR2


def packed_frequencies(weight: Array, m: int, groups: int = 1) -> Array:
    """(F, C / groups, k, k) -> (groups * blocks, 36, C / groups, filters of a block), zeros where F ends."""
    filters, channels = len(weight) // groups, weight.shape[1]
    width = 2 * lane_count(weight.dtype)
    blocks = -(-filters // width)
    size = groups * blocks * FREQUENCIES * channels * width
    packed = memory(size * weight.itemsize).view(weight.dtype).reshape(groups, blocks, FREQUENCIES, channels, width)
    for group in range(groups):
        for block in range(blocks):
            part = weight[group * filters : (group + 1) * filters][block * width : (block + 1) * width]
            packed[group, block, :, :, : len(part)] = transformed_weights(part, m)
    return packed.reshape(-1, FREQUENCIES, channels, width)


@compiled
def values(
    x: Array, x_at: Place, channels: int, m: int, rows: int, columns: int, first: int, last: int,
    v: Array, start: int, work: Array,
) -> None:  # fmt: skip
    """v[:, start + t] = B^T d B of the tile first + t, up to `last`; tiles are counted over examples, rows, columns.

    v (36, tiles, channels); x_at the place of the first tap; work at least 36 vectors.
    """
    step = lanes(x)
    column = x.shape[3]
    row = x.shape[2] * column
    far = v.shape[1] * v.shape[2]
    for tile in range(first, last):
        example, rest = divmod(tile, rows * columns)
        down, right = divmod(rest, columns)
        place = (example * x.shape[1] + x_at[0] + down * m) * row + (x_at[1] + right * m) * column + x_at[2]
        target = (start + tile - first) * v.shape[2]
        for c in range(0, channels, step):
            for j in range(SIDE):
                set_down(_transformed(x, place + j * column + c, row), work, j * step, SIDE * step)
            for i in range(SIDE):
                set_down(_transformed(work, i * SIDE * step, step), v, target + i * SIDE * far + c, far)


@compiled
def filtered(
    v: Array, tiles: int, w: Array, per_group: int, block0: int, block1: int, together: int, p: Array, places: Array,
    y: Array, y_at: Place, filters: int, height: int, width: int, m: int, rows: int, columns: int, first: int,
    bias: Array, add: int, r: Array, r_at: Place, low: float, high: float, work: Array,
) -> None:  # fmt: skip
    """The outputs of the tiles from `first` on for the blocks of filters block0 to block1.

    v (36, tiles or more, channels), of which the first `tiles` are used; p a scratch of 36 * tiles * `together` blocks,
    so many of which are multiplied before they are brought back; `filters` are those of a group, `per_group` its
    blocks. places (2, tiles + 6 or more). The rest as in `values` and in `kernels/__init__.py`.
    """
    block = block0
    while block < block1:
        blocks = min(together, block1 - block)
        _products(v, tiles, w, per_group, block, blocks, p, places)
        for tile in range(tiles):
            example, rest = divmod(first + tile, rows * columns)
            down, right = divmod(rest, columns)
            cells = min(m, height - down * m), min(m, width - right * m)
            there, other = _place(y, y_at, example, down * m, right * m), _place(r, r_at, example, down * m, right * m)
            for b in range(blocks):
                group, part = divmod(block + b, per_group)
                f = group * filters + part * w.shape[3]
                live = min(w.shape[3], filters - part * w.shape[3])
                here = (tile * blocks + b) * w.shape[3]
                for lane in range(0, live, lanes(y)):
                    _output(p, here + lane, tiles * blocks * w.shape[3], y, there, f + lane, m, cells, bias, add, r,
                            other, low, high, work)  # fmt: skip
        block += blocks


@inlined
def _products(v: Array, tiles: int, w: Array, per_group: int, block: int, blocks: int, p: Array, places: Array) -> None:
    """p (36, tiles, blocks, filters of a block) = v times the weights of some blocks of filters."""
    channels, width = w.shape[2], w.shape[3]
    span = blocks * width
    for t in range(tiles + SIDE):
        places[0, t] = min(t, tiles - 1) * v.shape[2]
        places[1, t] = t * span
    for f in range(FREQUENCIES):
        for b in range(blocks):
            cell = ((block + b) * FREQUENCIES + f) * channels * width
            tap = f * v.shape[1] * v.shape[2] + (block + b) // per_group * channels
            there = f * tiles * span + b * width
            t = 0
            while t < tiles:
                if tiles - t > 4:
                    t += _tile(6, v, tap, places, t, tiles, w, cell, channels, p, there)
                else:
                    t += _tile(4, v, tap, places, t, tiles, w, cell, channels, p, there)


@inlined
def _tile(height, v, tap, places, t, tiles, w, cell, channels, p, there):
    """The products of a few tiles of the map at one frequency; how many."""
    count = min(height, tiles - t)
    sums = add_products(zeros(height, 2, p), v, tap, taken(height, places, t), w, cell, channels)
    store_rows(sums, p, there, taken(height, places, places.shape[1] + t), count)
    return count


@inlined
def _output(p, here, far, y, there, f, m, cells, bias, add, r, other, low, high, work):
    """A^T p A of a vector of filters and its epilogue; far apart in p are the frequencies."""
    step = lanes(y)
    for j in range(SIDE):
        set_down(_brought_back(p, here + j * far, SIDE * far, m), work, j * step, SIDE * step)
    plus, least, most = load(bias, f), fill(y, low), fill(y, high)
    for i in range(cells[0]):
        set_down(_brought_back(work, i * SIDE * step, step, m), work, FREQUENCIES * step, step)
        for j in range(cells[1]):
            total = load(work, (FREQUENCIES + j) * step) + plus
            if add:
                total = total + load(r, other + f + (i * r.shape[2] + j) * r.shape[3])
            store(y, there + f + (i * y.shape[2] + j) * y.shape[3], lesser(greater(total, least), most))


@inlined
def _transformed(x, place, step):
    """B^T of six vectors that stand `step` apart."""
    near, far, near2, far2 = fill(x, NEAR), fill(x, FAR), fill(x, NEAR2), fill(x, FAR2)
    d0, d1, d2 = load(x, place), load(x, place + step), load(x, place + 2 * step)
    d3, d4, d5 = load(x, place + 3 * step), load(x, place + 4 * step), load(x, place + 5 * step)
    both, product = fill(x, BOTH), fill(x, PRODUCT)
    a, b = d4 - far2 * d2, near * (d3 - far2 * d1)
    c, d = d4 - near2 * d2, far * (d3 - near2 * d1)
    return product * d0 - both * d2 + d4, a + b, a - b, c + d, c - d, product * d1 - both * d3 + d5


@inlined
def _brought_back(p, place, step, m):
    """A^T of six vectors that stand `step` apart: m outputs, what follows them means nothing."""
    near, far, near2, far2 = fill(p, NEAR), fill(p, FAR), fill(p, NEAR2), fill(p, FAR2)
    first, last = load(p, place), load(p, place + 5 * step)
    m1, m2, m3, m4 = (
        load(p, place + step), load(p, place + 2 * step), load(p, place + 3 * step), load(p, place + 4 * step),
    )  # fmt: skip
    a, b, c, d = m1 + m2, m1 - m2, m3 + m4, m3 - m4
    second = near * b + far * d
    if m == 2:
        second = second + last
    return first + a + c, second, near2 * a + far2 * c, fill(p, NEAR3) * b + fill(p, FAR3) * d + last


@inlined
def _place(x, at, example, down, right):
    """Where a cell of a map lies in its base."""
    return ((example * x.shape[1] + at[0] + down) * x.shape[2] + at[1] + right) * x.shape[3] + at[2]
