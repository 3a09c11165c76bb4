"""The convolutions that numba compiles against the textbook's in float64: no two axes of a tensor share a size."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest

pytest.importorskip("numba", reason="the extra `fast` is not installed")

from archcalc.core import Shape
from archcalc.layers import find
from archcalc.numeric.engine.kernels.base import Bound, Finish, geometry_of
from archcalc.numeric.engine.kernels.numba_kernels import Dense, Direct, Tiled, convolution, linear
from archcalc.numeric.engine.layout import Map
from archcalc.numeric.reference import FORWARD

UNTOUCHED = 77.0
"""Fills what a kernel has no business to write to."""


def error_of(
    make, *, input, dtype="float32", residual=False, beside=0, low=-inf, high=inf, threads=2, then=None, **values
):
    """The largest error of a kernel through the RMS of the right sums; nothing beside its output may be written."""
    rng = np.random.default_rng(5)
    batch, *shape = input
    layer = find("conv").make(len(shape) - 1, **values)
    tensors = {name: rng.standard_normal(t.shape).astype(dtype) for name, t in layer.weights(Shape(shape)).items()}
    x = rng.standard_normal(input).astype(dtype)
    want = FORWARD["conv"](layer, {n: t.astype(float) for n, t in tensors.items()}, x.astype(float))
    added = rng.standard_normal(want.shape).astype(dtype)
    scale = np.sqrt((want**2).mean())
    want = np.clip(want + residual * added, low, high)
    geometry = geometry_of(batch, shape, want.shape[1:], layer.windows(Shape(shape)), layer.groups)
    kernel = make(geometry, threads)
    y = map_of(np.zeros_like(want, dtype), 1, 2, beside, UNTOUCHED)
    r = map_of(added, 0, 1, 3, UNTOUCHED) if residual else None
    border = kernel.border
    source = map_of(x, border.top, border.left, beside, 0.0, border.bottom, border.right)
    source.base[..., :beside] = source.base[..., beside + shape[0] :] = UNTOUCHED
    scratch = kernel.scratch(np.dtype(dtype).itemsize)
    own = [np.full(scratch.own, nan, dtype) for _ in range(threads)]
    finish = Finish(tensors["bias"], r, low, high, then)
    bound = Bound([source], y, kernel.prepared(tensors), finish, {}, threads, np.full(scratch.shared, nan, dtype), own)
    run(kernel.phases(bound), threads)
    got = y.planes.copy()
    y.view[...] = UNTOUCHED
    assert (y.base == UNTOUCHED).all()
    if then is not None:
        then(want)
    return float(abs(got - want).max() / scale)


def map_of(planes, top, left, first, fill, bottom=3, right=1):
    """A map of these values, in a base with a border and other channels around it."""
    n, channels, height, width = planes.shape
    base = np.full(
        (n, top + height + bottom, left + width + right, first + channels + 2 * bool(first)), fill, planes.dtype
    )
    place = Map(base, top, left, first, height, width, channels)
    place.planes[...] = planes
    return place


def run(phases, threads):
    for phase in phases:
        for number, task in enumerate(phase):
            task(number % threads)


DIRECT = {
    "1x1, one vector of filters": {"input": (2, 11, 5, 7), "out_channels": 8, "kernel_size": 1},
    "fewer filters than lanes": {"input": (2, 3, 11, 13), "out_channels": 5, "kernel_size": (2, 3), "padding": (0, 1)},
    "two vectors and a bit": {"input": (2, 3, 11, 13), "out_channels": 17, "kernel_size": 7, "stride": 2, "padding": 3},
    "three vectors": {"input": (3, 13, 5, 7), "out_channels": 24, "kernel_size": 3, "padding": 1},
    "three vectors and a bit": {"input": (1, 5, 7, 11), "out_channels": 43, "kernel_size": 1},
    "stride and dilation of an axis": {
        "input": (2, 7, 17, 13),
        "out_channels": 16,
        "kernel_size": (3, 2),
        "stride": (1, 2),
        "dilation": (2, 3),
        "padding": (1, 2),
    },
    "groups": {"input": (2, 6, 11, 13), "out_channels": 40, "kernel_size": 3, "stride": 2, "padding": 1, "groups": 2},
    "narrow groups": {"input": (2, 12, 5, 7), "out_channels": 20, "kernel_size": (3, 2), "groups": 4},
    "one cell": {"input": (5, 7, 3, 2), "out_channels": 19, "kernel_size": (3, 2)},
    "many chunks": {"input": (1, 67, 23, 29), "out_channels": 16, "kernel_size": 1},
}


@pytest.mark.parametrize("case", DIRECT.values(), ids=DIRECT)
@pytest.mark.parametrize("beside", [0, 4], ids=["alone", "within a concat"])
def test_direct(case, beside):
    assert error_of(Direct, **case, beside=beside) < 3e-6


@pytest.mark.parametrize("case", DIRECT.values(), ids=DIRECT)
def test_direct_with_residual_and_bounds(case):
    assert error_of(Direct, **case, residual=True, low=-0.5, high=1.5, threads=3) < 3e-6


def test_direct_float64():
    assert error_of(Direct, **DIRECT["two vectors and a bit"], dtype="float64", residual=True) < 1e-14


TILED = {
    "whole tiles": {"input": (1, 16, 8, 12), "out_channels": 24, "kernel_size": 3, "padding": 1},
    "parts of tiles": {"input": (3, 24, 11, 13), "out_channels": 40, "kernel_size": 3, "padding": 1},
    "no padding": {"input": (2, 16, 7, 9), "out_channels": 32, "kernel_size": 3},
    "groups": {"input": (2, 48, 5, 7), "out_channels": 80, "kernel_size": 3, "padding": 1, "groups": 2},
    "5x5": {"input": (2, 24, 11, 13), "out_channels": 40, "kernel_size": 5, "padding": 2},
    "5x5 with groups": {"input": (2, 48, 7, 5), "out_channels": 80, "kernel_size": 5, "padding": (2, 3), "groups": 2},
}


@pytest.mark.parametrize("case", TILED.values(), ids=TILED)
@pytest.mark.parametrize("threads", [1, 2], ids=["by tiles", "by filters"])
def test_tiled(case, threads):
    assert error_of(Tiled, **case, threads=threads, residual=True, beside=5) < 3e-5
    assert error_of(Tiled, **case, threads=threads, low=0.0) < 3e-5


@pytest.mark.parametrize("threads", [1, 2], ids=["by tiles", "by filters"])
def test_tiled_float64(threads):
    assert error_of(Tiled, **TILED["parts of tiles"], dtype="float64", threads=threads) < 1e-13


def test_an_activation_that_is_no_bound_comes_afterwards():
    def halved_below_zero(block):
        block[...] = np.where(block < 0, block / 2, block)

    assert error_of(Direct, **DIRECT["groups"], then=halved_below_zero) < 3e-6
    assert error_of(Tiled, **TILED["parts of tiles"], then=halved_below_zero) < 3e-5


CHOICES = {
    "3x3": ({"input": (1, 16, 18, 15), "out_channels": 16, "kernel_size": 3}, False, "winograd 4x4"),
    "5x5": ({"input": (1, 16, 18, 15), "out_channels": 16, "kernel_size": 5}, False, "winograd 2x2"),
    "3x3, exact": ({"input": (1, 16, 18, 15), "out_channels": 16, "kernel_size": 3}, True, "direct"),
    "3x3 with steps of 2": (
        {"input": (1, 16, 18, 15), "out_channels": 16, "kernel_size": 3, "stride": 2},
        False,
        "direct",
    ),
    "3x3 with dilation": (
        {"input": (1, 16, 18, 15), "out_channels": 16, "kernel_size": 3, "dilation": 2},
        False,
        "direct",
    ),
    "17 channels": ({"input": (1, 17, 13, 11), "out_channels": 16, "kernel_size": 3}, False, "direct"),
    "few channels a group": (
        {"input": (1, 32, 13, 11), "out_channels": 32, "kernel_size": 3, "groups": 4},
        False,
        "direct",
    ),
    "few tiles": ({"input": (1, 16, 14, 13), "out_channels": 16, "kernel_size": 3}, False, "direct"),
}


@pytest.mark.parametrize(("case", "exact", "name"), CHOICES.values(), ids=CHOICES)
def test_the_kernel_that_is_chosen(case, exact, name):
    shape = Shape(case["input"][1:])
    layer = find("conv").make(2, **{key: value for key, value in case.items() if key != "input"})
    geometry = geometry_of(1, shape, layer.output(shape), layer.windows(shape), layer.groups)
    assert convolution(geometry, 2, exact, 4).name == name


def test_what_is_not_a_number_stays():
    """The only cell of the input is NaN: a clipped sum of NaN is NaN."""
    x = np.full((1, 3, 1, 2), nan, np.float32)
    x[..., 1] = 2
    weight = np.ones((4, 3, 1, 1), np.float32)
    layer = find("conv").make(2, out_channels=4, kernel_size=1)
    shape = Shape((3, 1, 2))
    kernel = Direct(geometry_of(1, shape, layer.output(shape), layer.windows(shape)), 1)
    source, y = map_of(x, 0, 0, 0, 0.0), map_of(np.zeros((1, 4, 1, 2), np.float32), 0, 0, 0, 0.0)
    tensors = kernel.prepared({"weight": weight})
    none = np.zeros(0, np.float32)
    run(
        kernel.phases(
            Bound([source], y, tensors, Finish(np.zeros(4, np.float32), None, 0.0, 6.0), {}, 1, none, [none])
        ),
        1,
    )
    assert np.array_equal(y.planes[0, :, 0], [[nan, 6.0]] * 4, equal_nan=True)


@pytest.mark.parametrize("filters", [5, 17, 24], ids=["1 vector", "2 vectors", "3 vectors"])
def test_dense(filters):
    rng = np.random.default_rng(3)
    rows, features = 11, 37
    x, weight, bias = (
        rng.standard_normal(s).astype(np.float32) for s in ((rows, features), (filters, features), filters)
    )
    kernel = Dense(rows, features, filters, 2)
    y = np.zeros((rows, filters), np.float32)
    tensors = kernel.prepared({"weight": weight})
    none = np.zeros(0, np.float32)
    run(kernel.phases(Bound([x], y, tensors, Finish(bias, low=0.0), {}, 2, none, [none] * 2)), 2)
    want = np.maximum(x.astype(float) @ weight.astype(float).T + bias, 0)
    assert abs(y - want).max() < 2e-5


@pytest.mark.parametrize(("filters", "features"), [(11, 37), (3, 5), (8, 16)], ids=["left over", "few", "whole"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_one_example_of_a_linear_layer(filters, features, dtype):
    rng = np.random.default_rng(3)
    x, weight, bias = (rng.standard_normal(s).astype(dtype) for s in ((1, features), (filters, features), filters))
    kernel = linear(1, features, filters, 2)
    assert kernel.name == "matrix-vector"
    y = np.full((1, filters + 1), UNTOUCHED, dtype)
    own = [np.full(kernel.scratch(x.itemsize).own, nan, dtype) for _ in range(2)]
    bound = Bound(
        [x], y[:, :filters], kernel.prepared({"weight": weight}), Finish(bias, low=-1.0, high=2.0), {}, 2, own[0], own
    )
    run(kernel.phases(bound), 2)
    want = np.clip(x.astype(float) @ weight.astype(float).T + bias, -1, 2)
    assert abs(y[:, :filters] - want).max() < (2e-5 if dtype == "float32" else 1e-13)
    assert y[0, filters] == UNTOUCHED
