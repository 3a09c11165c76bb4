"""Merges of branches."""

from __future__ import annotations

from functools import reduce
from operator import add as plus
from operator import mul as times

from archcalc.layers.fitting import axis_of
from archcalc.layers.merge import Concat, Matmul
from archcalc.numeric.namespace import Array, array_namespace
from archcalc.numeric.reference.base import Layer, Tensors
from archcalc.numeric.reference.slide import example


def add(_: Layer, __: Tensors, *x: Array) -> Array:
    """The sum, axes of one cell stretched."""
    return reduce(plus, x)


def multiply(_: Layer, __: Tensors, *x: Array) -> Array:
    """The product, axes of one cell stretched."""
    return reduce(times, x)


def subtract(_: Layer, __: Tensors, a: Array, b: Array) -> Array:
    """The difference."""
    return a - b


def abs_diff(_: Layer, __: Tensors, a: Array, b: Array) -> Array:
    """The distance."""
    return abs(a - b)


def maximum(_: Layer, __: Tensors, *x: Array) -> Array:
    """The largest, axes of one cell stretched."""
    return reduce(array_namespace(x[0]).maximum, x)


def minimum(_: Layer, __: Tensors, *x: Array) -> Array:
    """The smallest, axes of one cell stretched."""
    return reduce(array_namespace(x[0]).minimum, x)


def average(_: Layer, __: Tensors, *x: Array) -> Array:
    """The mean, axes of one cell stretched."""
    return reduce(plus, x) / len(x)


def divide(_: Layer, __: Tensors, a: Array, b: Array) -> Array:
    """The quotient."""
    return a / b


def concat(layer: Concat, _: Tensors, *x: Array) -> Array:
    """One after the other along the axis."""
    return array_namespace(x[0]).concatenate(x, 1 + axis_of(layer.axis, example(x[0])))


def matmul(layer: Matmul, _: Tensors, a: Array, b: Array) -> Array:
    """(N, *n, m, k), (N, *n, k, p) -> (N, *n, m, p)."""
    return a @ (b.swapaxes(-1, -2) if layer.transpose_b else b)
