"""Values under another shape or in another order."""

from __future__ import annotations

from archcalc.layers.reshape import Flatten, Permute, Reshape, Tokens
from archcalc.numeric.namespace import Array
from archcalc.numeric.reference.base import Tensors


def flatten(_: Flatten, __: Tensors, x: Array) -> Array:
    """(N, C, *spatial) -> (N, F)."""
    return x.reshape(len(x), -1)


def reshape(layer: Reshape, _: Tensors, x: Array) -> Array:
    """(N, ...) -> (N, *shape)."""
    return x.reshape(len(x), *layer.shape)


def permute(layer: Permute, _: Tensors, x: Array) -> Array:
    """(N, C, H, W) -> the axes after N in the order of dims."""
    return x.transpose(0, *(1 + axis for axis in layer.dims))


def tokens(_: Tokens, __: Tensors, x: Array) -> Array:
    """(N, C, *spatial) -> (N, prod(spatial), C)."""
    return x.reshape(*x.shape[:2], -1).swapaxes(1, 2)
