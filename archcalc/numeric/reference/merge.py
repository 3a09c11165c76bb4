"""Merges of branches."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add as plus
from operator import mul as times

from archcalc.layers.fitting import axis_of
from archcalc.layers.merge import Concat, Matmul
from archcalc.numeric.namespace import Array, array_namespace
from archcalc.numeric.reference.base import Layer, Tensors
from archcalc.numeric.reference.slide import example


def add(_: Layer, __: Tensors, *x: Array) -> Array:
    """The sum, axes of one cell, and those missing, stretched."""
    return reduce(plus, _aligned(x))


def multiply(_: Layer, __: Tensors, *x: Array) -> Array:
    """The product, axes of one cell, and those missing, stretched."""
    return reduce(times, _aligned(x))


def subtract(_: Layer, __: Tensors, a: Array, b: Array) -> Array:
    """The difference."""
    a, b = _aligned((a, b))
    return a - b


def abs_diff(_: Layer, __: Tensors, a: Array, b: Array) -> Array:
    """The distance."""
    a, b = _aligned((a, b))
    return abs(a - b)


def maximum(_: Layer, __: Tensors, *x: Array) -> Array:
    """The largest, axes of one cell, and those missing, stretched."""
    return reduce(array_namespace(x[0]).maximum, _aligned(x))


def minimum(_: Layer, __: Tensors, *x: Array) -> Array:
    """The smallest, axes of one cell, and those missing, stretched."""
    return reduce(array_namespace(x[0]).minimum, _aligned(x))


def average(_: Layer, __: Tensors, *x: Array) -> Array:
    """The mean, axes of one cell, and those missing, stretched."""
    return reduce(plus, _aligned(x)) / len(x)


def divide(_: Layer, __: Tensors, a: Array, b: Array) -> Array:
    """The quotient."""
    a, b = _aligned((a, b))
    return a / b


def concat(layer: Concat, _: Tensors, *x: Array) -> Array:
    """One after the other along the axis."""
    return array_namespace(x[0]).concatenate(x, 1 + axis_of(layer.axis, example(x[0])))


def matmul(layer: Matmul, _: Tensors, a: Array, b: Array) -> Array:
    """(N, *n, m, k), (N, *n, k, p) -> (N, *n, m, p)."""
    a, b = _aligned((a, b))
    return a @ (b.swapaxes(-1, -2) if layer.transpose_b else b)


def _aligned(x: Sequence[Array]) -> list[Array]:
    """The arrays with as many axes: those missing at the front of an example stand behind the batch, as 1."""
    axes = max(array.ndim for array in x)
    return [array.reshape(len(array), *(1,) * (axes - array.ndim), *array.shape[1:]) for array in x]
