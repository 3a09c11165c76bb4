"""The moves that numba compiles against those of NumPy, on the same arrays; channels that fill no vector included."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest

pytest.importorskip("numba", reason="the extra `fast` is not installed")

from archcalc.numeric.engine.kernels import moves, numpy_moves
from archcalc.numeric.engine.kernels.numba_moves import MOVES

N, H, W = 2, 11, 13
OUT = 7
"""Columns of an output: in maps of 13, strips of 4 leave some over."""
CHANNELS = [5, 8, 11, 19]
"""Fewer than a vector of 8 holds, one vector, and more."""

at_each = pytest.mark.parametrize("channels", CHANNELS)
of_each_type = pytest.mark.parametrize("dtype", ["float32", "float64"])


@pytest.fixture
def rng():
    return np.random.default_rng(11)


def both(name, prepare):
    """What NumPy and numba make of the same arguments, `prepare` makes them afresh; the last is the output."""
    results = []
    for table in (numpy_moves.MOVES, MOVES):
        arguments, output = prepare()
        table[name](*arguments)
        results.append(output)
    want, got = results
    assert got.dtype == want.dtype
    return want, got


def base(rng, channels, dtype="float32"):
    """A base with room around a map of H x W and channels beside it."""
    return rng.standard_normal((N, H + 5, W + 6, channels + 3)).astype(dtype)


@at_each
@of_each_type
def test_to_nhwc(rng, channels, dtype):
    planes = rng.standard_normal((N, channels, H, W)).astype(dtype)

    def prepare():
        y = np.zeros((N, H + 5, W + 6, channels + 3), dtype)
        return (planes, y, (1, 2, 3), (0, 2, 3, 9)), y

    want, got = both("to_nhwc", prepare)
    assert np.array_equal(want, got)


def test_to_nhwc_of_planes_that_lie_apart(rng):
    planes = rng.standard_normal((N, 19, H + 2, W + 3)).astype("float32")[:, :, 1 : H + 1, 2 : W + 2]

    def prepare():
        y = np.zeros((N, H, W, 19), "float32")
        return (planes, y, (0, 0, 0), (0, N, 0, H)), y

    want, got = both("to_nhwc", prepare)
    assert np.array_equal(want, got)


@at_each
def test_to_nchw(rng, channels):
    x = base(rng, channels)

    def prepare():
        y = np.zeros((N, channels, H, W), "float32")
        return (x, (1, 2, 3), y, (0, 2, 3, 9)), y

    want, got = both("to_nchw", prepare)
    assert np.array_equal(want, got)


@at_each
@of_each_type
def test_copy(rng, channels, dtype):
    x = base(rng, channels, dtype)

    def prepare():
        y = np.zeros((N, H, W + 1, channels + 1), dtype)
        return (x, (1, 2, 3), y, (0, 1, 1), W, channels, (1, 2, 3, 9)), y

    want, got = both("copy", prepare)
    assert np.array_equal(want, got)


@at_each
@of_each_type
def test_scale(rng, channels, dtype):
    x, weight, bias = base(rng, channels, dtype), *rng.standard_normal((2, channels)).astype(dtype)

    def prepare():
        y = np.zeros((N, H, W + 1, channels + 1), dtype)
        return (x, (1, 2, 3), y, (0, 1, 1), W, (0, 2, 3, 9), weight, bias, 0.0, 1.5), y

    want, got = both("scale", prepare)
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


DEPTHWISE = {
    "3x3": ((3, 3), (1, 1), (1, 1)),
    "3x3 with steps of 2": ((3, 3), (2, 2), (1, 1)),
    "5x5": ((5, 5), (1, 1), (1, 1)),
    "any": ((2, 3), (1, 1), (3, 2)),
    "any steps": ((3, 2), (1, 2), (2, 1)),
}


@at_each
@of_each_type
@pytest.mark.parametrize("width", [OUT, 3], ids=["strips", "narrower than a strip"])
@pytest.mark.parametrize(("kernel", "stride", "dilation"), DEPTHWISE.values(), ids=DEPTHWISE)
def test_depthwise(rng, channels, dtype, width, kernel, stride, dilation):
    x, r = base(rng, channels, dtype), base(rng, channels, dtype)
    w, bias = rng.standard_normal((*kernel, channels)).astype(dtype), rng.standard_normal(channels).astype(dtype)
    box = (0, 2, 1, 5)

    def prepare():
        y = np.zeros((N, 6, OUT + 2, channels + 1), dtype)
        return (
            x,
            (1, 2, 3),
            w,
            y,
            (1, 1, 1),
            width,
            kernel,
            stride,
            dilation,
            box,
            bias,
            1,
            r,
            (1, 2, 2),
            -0.5,
            4.0,
        ), y

    want, got = both("depthwise", prepare)
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=2e-6)


POOLS = {
    "2x2": ((2, 2), (2, 2), (0, 0), 6),
    "3x3 with padding": ((3, 3), (2, 2), (1, 1), 7),
    "3x3 that hangs over": ((3, 3), (2, 2), (0, 0), 7),
    "sides of their own": ((2, 3), (1, 2), (1, 0), 6),
}


@at_each
@of_each_type
@pytest.mark.parametrize(("kernel", "stride", "padding", "width"), POOLS.values(), ids=POOLS)
def test_max_pool(rng, channels, dtype, kernel, stride, padding, width):
    x = base(rng, channels, dtype)
    x[0, 4, 5, 4] = nan

    def prepare():
        y = np.zeros((N, 6, W, channels + 1), dtype)
        arguments = (
            x,
            (1, 2, 3),
            H,
            W,
            y,
            (0, 1, 1),
            width,
            channels,
            kernel,
            stride,
            (1, 1),
            padding,
            (0, 2, 1, 5),
            -inf,
        )
        return arguments, y

    want, got = both("max_pool", prepare)
    assert np.isnan(want).any()
    assert np.array_equal(want, got, equal_nan=True)


@at_each
def test_max_pool_with_dilation_and_bound(rng, channels):
    x = base(rng, channels)

    def prepare():
        y = np.zeros((N, 6, W, channels + 1), "float32")
        return (x, (1, 2, 3), H, W, y, (0, 1, 1), 5, channels, (2, 3), (2, 2), (3, 2), (1, 1), (0, 2, 1, 5), 0.25), y

    want, got = both("max_pool", prepare)
    assert np.array_equal(want, got)


@at_each
@of_each_type
@pytest.mark.parametrize(("kernel", "stride", "padding", "width"), POOLS.values(), ids=POOLS)
def test_avg_pool(rng, channels, dtype, kernel, stride, padding, width):
    x = base(rng, channels, dtype)
    shares = rng.random((6, width)).astype(dtype)

    def prepare():
        y = np.zeros((N, 6, W, channels + 1), dtype)
        return (x, (1, 2, 3), H, W, y, (0, 1, 1), width, channels, kernel, stride, padding, shares, (0, 2, 1, 5)), y

    want, got = both("avg_pool", prepare)
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


@at_each
@of_each_type
def test_global_avg(rng, channels, dtype):
    x = base(rng, channels, dtype)

    def prepare():
        y = np.zeros((N, channels + 4), dtype)[:, :channels]
        return (x, (1, 2, 3), H, W, channels, y, 0, 2), y

    want, got = both("global_avg", prepare)
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


@at_each
@of_each_type
@pytest.mark.parametrize("size", [5, 4, 1])
@pytest.mark.parametrize("beta", [0.75, 0.6])
def test_local_response_norm(rng, channels, dtype, size, beta):
    x = base(rng, channels, dtype)

    def prepare():
        y = np.zeros((N, H, W, channels + 1), dtype)
        return (x, (1, 2, 3), y, (0, 0, 1), W, channels, size, 0.9, beta, 1.7, (0, 2, 3, 9)), y

    want, got = both("local_response_norm", prepare)
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


def test_the_table_has_them_all():
    assert set(moves("numba")) == set(numpy_moves.MOVES)
    assert {name for name, move in moves("numba").items() if move is not numpy_moves.MOVES[name]} == set(MOVES)
