"""Products of given tensors."""

from __future__ import annotations

from math import sqrt

from archcalc.layers.products import Attention, Einsum
from archcalc.numeric.namespace import Array, array_namespace
from archcalc.numeric.reference.activation import shares
from archcalc.numeric.reference.base import Tensors
from archcalc.numeric.reference.slide import example


def attention(layer: Attention, _: Tensors, q: Array, k: Array, v: Array, *mask: Array) -> Array:
    """(N, *n, L, E), (N, *n, S, E), (N, *n, S, V) -> (N, *n, L, V): softmax(Q K^T scale + mask) V per head."""
    xp = array_namespace(q)
    heads, shared = layer.num_heads, layer.key_heads(example(q), example(k))
    queries = _heads(q, heads)
    keys, values = (_repeated(xp, _heads(x, shared), queries.shape[:-2]) for x in (k, v))
    scale = 1 / sqrt(queries.shape[-1]) if layer.scale is None else layer.scale
    scores = queries @ keys.swapaxes(-1, -2) * scale
    if mask:
        lined_up = mask[0].reshape(len(q), *(1,) * (q.ndim - mask[0].ndim), *mask[0].shape[1:])
        scores = scores + lined_up[..., None, :, :]
    if layer.causal:
        later = xp.arange(scores.shape[-1])[None] > xp.arange(scores.shape[-2])[:, None]
        scores = xp.where(later, -xp.inf, scores).astype(q.dtype, copy=False)
    mixed = (shares(xp, scores, -1) @ values).swapaxes(-2, -3)
    return mixed.reshape(*q.shape[:-1], -1)


def einsum(layer: Einsum, _: Tensors, a: Array, b: Array) -> Array:
    """The sum of products that the letters say, for each example."""
    xp = array_namespace(a)
    numbers = {letter: number for number, letter in enumerate(dict.fromkeys("".join(layer.letters)), 1)}
    first, second, output = ([0, *(numbers[letter] for letter in term)] for term in layer.letters)
    return xp.einsum(a, first, b, second, output)


def _heads(x: Array, heads: int) -> Array:
    """(N, *n, T, E) -> (N, *n, heads, T, E / heads)."""
    return x.reshape(*x.shape[:-1], heads, -1).swapaxes(-2, -3)


def _repeated(xp: Array, x: Array, sizes: tuple[int, ...]) -> Array:
    """Each slice along the axes before the last two as often as the queries need it, neighbours alike."""
    for axis, size in enumerate(sizes):
        x = xp.repeat(x, size // x.shape[axis], axis)
    return x
