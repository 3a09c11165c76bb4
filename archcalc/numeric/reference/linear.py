"""Fully connected layer."""

from __future__ import annotations

from archcalc.layers.linear import Linear
from archcalc.numeric.namespace import Array
from archcalc.numeric.reference.base import Tensors


def linear(layer: Linear, weights: Tensors, x: Array) -> Array:
    """(N, ..., features) -> (N, ..., out_features): y = W x + b."""
    y = x @ weights["weight"].T
    return y + weights["bias"] if layer.bias else y
