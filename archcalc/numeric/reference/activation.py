"""Activations: one function on every value, or along an axis."""

from __future__ import annotations

import math
from typing import Any

from archcalc.layers.activation import GLU, Activation, PReLU, Softmax
from archcalc.layers.fitting import feature_axis
from archcalc.numeric.namespace import Array, array_namespace
from archcalc.numeric.reference.base import Forward, Tensors
from archcalc.numeric.reference.error_function import erf
from archcalc.numeric.reference.slide import example, per_channel

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
"""Klambauer et al. 2017, appendix: the fixed point of mean 0 and variance 1."""


def activation(layer: Activation, _: Tensors, x: Array) -> Array:
    """Any shape -> the same: the layer's function on every value."""
    return FUNCTIONS[layer.kind](array_namespace(x), x, layer)


def prelu(layer: PReLU, weights: Tensors, x: Array) -> Array:
    """Any shape -> the same: one slope for all, or one per channel."""
    shared = layer.num_parameters == 1  # by all channels, or the weight has the shape of the example
    slope = weights["weight"] if shared else per_channel(weights["weight"], x)
    return array_namespace(x).where(x > 0, x, slope * x)


def glu(layer: GLU, _: Tensors, x: Array) -> Array:
    """Half as many cells along the axis: the first half, gated by the sigmoid of the second."""
    xp = array_namespace(x)
    a, b = xp.split(x, 2, 1 + feature_axis(layer.axis, example(x)))
    return a * sigmoid(xp, b)


def softmax(layer: Softmax, _: Tensors, x: Array) -> Array:
    """Any shape -> the same: the exponentials of an axis through their sum, or the logarithm of that."""
    xp = array_namespace(x)
    axis = 1 + feature_axis(layer.axis, example(x))
    if layer.kind == "softmax":
        return shares(xp, x, axis)
    shifted = x - x.max(axis, keepdims=True)
    return shifted - xp.log(xp.exp(shifted).sum(axis, keepdims=True))


def shares(xp: Any, x: Array, axis: int) -> Array:
    """exp(x_i) / sum_j exp(x_j) along an axis; the largest value is taken off first, so that none overflows."""
    powers = xp.exp(x - x.max(axis, keepdims=True))
    return powers / powers.sum(axis, keepdims=True)


def sigmoid(xp: Any, x: Array) -> Array:
    """1 / (1 + exp(-x)), which overflows for no x in this form."""
    return 0.5 * (1 + xp.tanh(0.5 * x))


def _elu(xp: Any, x: Array, alpha: float, scale: float = 1.0) -> Array:
    """x right of 0, alpha (exp(x / scale) - 1) left of it."""
    return xp.where(x > 0, x, alpha * xp.expm1(xp.minimum(x, 0) / scale))


def _hard_sigmoid(xp: Any, x: Array) -> Array:
    return xp.clip(x + 3, 0, 6) / 6


FUNCTIONS: dict[str, Forward] = {
    "relu": lambda xp, x, _: xp.maximum(x, 0),
    "relu6": lambda xp, x, _: xp.clip(x, 0, 6),
    "leaky_relu": lambda xp, x, layer: xp.where(x > 0, x, layer.negative_slope * x),
    "elu": lambda xp, x, layer: _elu(xp, x, layer.alpha),
    "selu": lambda xp, x, _: SELU_SCALE * _elu(xp, x, SELU_ALPHA),
    "celu": lambda xp, x, layer: _elu(xp, x, layer.alpha, layer.alpha),
    "gelu": lambda xp, x, _: 0.5 * x * (1 + erf(x / math.sqrt(2))),
    "gelu_tanh": lambda xp, x, _: 0.5 * x * (1 + xp.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    "silu": lambda xp, x, _: x * sigmoid(xp, x),
    "mish": lambda xp, x, _: x * xp.tanh(xp.logaddexp(0, x)),
    "sigmoid": lambda xp, x, _: sigmoid(xp, x),
    "tanh": lambda xp, x, _: xp.tanh(x),
    "scaled_tanh": lambda xp, x, _: 1.7159 * xp.tanh(2 / 3 * x),
    "hard_sigmoid": lambda xp, x, _: _hard_sigmoid(xp, x),
    "hard_swish": lambda xp, x, _: x * _hard_sigmoid(xp, x),
    "softplus": lambda xp, x, _: xp.logaddexp(0, x),
    "log_sigmoid": lambda xp, x, _: -xp.logaddexp(0, -x),
    "softsign": lambda xp, x, _: x / (1 + xp.abs(x)),
}
"""Kind -> its function of the array library, the values and the layer."""

UFUNCS = {"tanh": "tanh"}
"""Kinds that are one function of every namespace -> its name."""
