"""How each step of a plan computes; and the contract of the moves, which every backend has its own of.

**Kernels** (conv1x1.py, winograd.py, ...) choose blocks, split them over threads and multiply matrices with NumPy.
They are the same for every backend. **Moves** bring values to the matrix product and away from it. They are functions
in a table by name: numpy_moves.py has all of them; numba_moves.py has `MOVES`, a dictionary with those that it does
better, and what is missing there is taken from NumPy. A move works on one block in the thread that calls it: it
starts no threads, and (numba) holds no lock. `moves(backend)` is the whole table.

Maps        A map (N, C, H, W) lies in a C-contiguous base array (N, rows, columns, channels), which has zero borders
            around the map and may hold other maps beside it in its channels (a concat). A move gets the base `x` and
            `x_at = (row, column, channel)`, the place of the map's first value in each example. So the value
            (n, c, h, w) is `x[n, x_at[0] + h, x_at[1] + w, x_at[2] + c]`. No move writes outside its map, and every
            move may read the border that its kernel has asked for; the border holds zeros.
Blocks      `box = (n0, n1, h0, h1)`: the rows h0 to h1 of the *output* map of the examples n0 to n1.
Types       float32 or float64, all arrays of a call alike. All scratch arrays are C-contiguous.
Epilogue    value -> min(max(value + bias + residual, low), high); `bias` is (F), always there (zeros where the layer
            has none); `r` and `r_at` are the residual's base and place, `r is y` and `r_at is y_at` where `add` is 0
            (then it is not read); `low, high` are -inf and inf without an activation, 0 and inf for ReLU, 0 and 6 for
            ReLU6. NaN stays NaN: `low if v < low else v`. Other activations run afterwards, in NumPy.

Names and arguments, in this order and by position:

clear(x)
    Zeros to x, an array of 4 axes whose values may lie apart.
to_nhwc(x, y, y_at, box)
    x (N, C, H, W), whose rows may lie apart -> the map y. Channels and width from x.
to_nchw(x, x_at, y, box)
    The map x -> y (N, C, H, W), C-contiguous.
copy(x, x_at, y, y_at, width, channels, box)
    Values of one map into another of the same size.
im2col(x, x_at, channels, z, kernel, stride, dilation, width, box)
    The taps of each stop as a row: z (blocks' stops, kh * kw * channels), tap by tap, channels last. x_at is the
    place of the first tap of stop (0, 0): the padding is already subtracted. `width` stops a row. kernel, stride and
    dilation are pairs.
im2col_planes(x, z, kernel, stride, dilation, padding, width, box)
    First layers: x (N, C, rows, columns), C-contiguous, its zero borders included -> z (C * kh * kw, stops): a row for
    each tap, c outermost. The first tap of stop (0, 0) is at (-padding[0], -padding[1]); cells outside x are zeros
    (there are none as the engine calls it: padding is 0 or less).
winograd_input(x, x_at, channels, v, t0, work, m, columns, box)
    Tiles of m x m outputs of a stride-1 convolution with k x k taps, n = m + k - 1; `box` counts *tile rows*,
    `columns` are the tiles of a row; x_at is the place of the first tap, as in im2col. -> v (n^2, tiles, channels)
    with v[i n + j, t0 + t] = (B^T d B)[i, j] for tile t of the box; tiles in the order n, tile row, tile column. v is
    C-contiguous and holds the tiles of other boxes too. The border reaches far enough for whole tiles. `work` is a
    flat scratch of at least n^2 * the box's tiles * channels values, which a backend need not use.
winograd_output(p, t0, y, y_at, height, width, m, columns, box, bias, add, r, r_at, low, high, work)
    p (n^2, tiles, F), the products, tile t of the box at t0 + t -> A^T p A of each tile, cut off at the map's
    height and width, epilogue. `box` counts tile rows. `work` is a flat scratch of at least
    m * m * the box's tiles * F values.
    The matrices B, A (and G for the weights) are in `winograd_matrices.py`: `matrices(m, k)`.
epilogue(z, y, y_at, width, box, bias, add, r, r_at, low, high)
    z (blocks' stops, F), a product -> the map y. z may be the very memory of y where y is a whole row of rows.
depthwise(x, x_at, w, y, y_at, width, kernel, stride, dilation, box, bias, add, r, r_at, low, high)
    w (kh, kw, C): one filter a channel; x_at as in im2col.
max_pool(x, x_at, height, width, y, y_at, out_width, channels, kernel, stride, dilation, padding, box, low)
    Cells outside the map (height x width) do not count: no border is needed. `padding` = cells before the first row
    and column. max(value, low): -inf, or 0 where a ReLU is fused.
avg_pool(x, x_at, height, width, y, y_at, out_width, channels, kernel, stride, padding, shares, box)
    The sum of the cells inside the map times `shares` (out height, out width), one over the cells that count.
global_avg(x, x_at, height, width, channels, y, n0, n1)
    y (N, channels), whose rows may lie apart: the mean of each channel.
scale(x, x_at, y, y_at, width, box, weight, bias, low, high)
    A batch norm on its own: min(max(x * weight + bias, low), high); weight and bias (C).
local_response_norm(x, x_at, y, y_at, width, channels, size, alpha, beta, k, box)
    Formula as in layers/local_response_norm.py; of an even size the odd neighbour stands before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Move = Callable[..., Any]


def moves(backend: str) -> Mapping[str, Move]:
    """Name -> move, those of the backend before those of NumPy."""
    from archcalc.numeric.engine.kernels import numpy_moves

    if backend == "numba":
        from archcalc.numeric.engine.kernels import numba_moves

        return {**numpy_moves.MOVES, **numba_moves.MOVES}
    return numpy_moves.MOVES
