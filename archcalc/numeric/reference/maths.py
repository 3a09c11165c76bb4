"""Functions of mathematics, value by value."""

from __future__ import annotations

from archcalc.layers.maths import Clamp, PlainFunction, Pow
from archcalc.numeric.namespace import Array, array_namespace
from archcalc.numeric.reference.base import Forward, Tensors


def function(layer: PlainFunction, _: Tensors, x: Array) -> Array:
    """Any shape -> the same: the layer's function on every value."""
    return MATHS[layer.kind](array_namespace(x), x)


def pow_(layer: Pow, _: Tensors, x: Array) -> Array:
    """Any shape -> the same."""
    return x**layer.exponent


def clamp(layer: Clamp, _: Tensors, x: Array) -> Array:
    """Any shape -> the same."""
    return array_namespace(x).clip(x, layer.min, layer.max)


MATHS: dict[str, Forward] = {
    "exp": lambda xp, x: xp.exp(x),
    "log": lambda xp, x: xp.log(x),
    "sqrt": lambda xp, x: xp.sqrt(x),
    "rsqrt": lambda xp, x: 1 / xp.sqrt(x),
    "square": lambda _, x: x * x,
    "reciprocal": lambda _, x: 1 / x,
    "abs": lambda xp, x: xp.abs(x),
    "sign": lambda xp, x: xp.sign(x),
    "neg": lambda _, x: -x,
    "sin": lambda xp, x: xp.sin(x),
    "cos": lambda xp, x: xp.cos(x),
}
"""Kind -> its function of the array library and the values."""
