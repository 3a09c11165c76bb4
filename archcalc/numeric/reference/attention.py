"""Attention: every token asks every token."""

from __future__ import annotations

from math import sqrt

from archcalc.layers.attention import MultiheadAttention
from archcalc.numeric.namespace import Array, array_namespace
from archcalc.numeric.reference.activation import shares
from archcalc.numeric.reference.base import Tensors


def multihead_attention(layer: MultiheadAttention, weights: Tensors, *x: Array) -> Array:
    """(N, L, E) and, for a memory, (N, S, M) -> (N, L, E): softmax(Q K^T / sqrt(E / heads)) V per head."""
    query, memory = x[0], x[-1]
    xp = array_namespace(query)
    width = query.shape[-1]
    matrices = _matrices(weights, xp)
    sources = (query, memory, memory)
    projected = [source @ matrix.T for source, matrix in zip(sources, matrices, strict=True)]
    if layer.bias:
        biases = xp.split(weights["in_proj_bias"], 3)
        projected = [part + bias for part, bias in zip(projected, biases, strict=True)]
    q, k, v = (_heads(part, layer.num_heads) for part in projected)
    scores = q @ k.swapaxes(-1, -2) / sqrt(width // layer.num_heads)
    heads = shares(xp, scores, -1) @ v
    y = heads.swapaxes(1, 2).reshape(query.shape) @ weights["out_proj.weight"].T
    return y + weights["out_proj.bias"] if layer.bias else y


def _matrices(weights: Tensors, xp: Array) -> list[Array]:
    """The matrices of Q, K and V: rows of one tensor, or three tensors where the memory is of another width."""
    if "in_proj_weight" in weights:
        return list(xp.split(weights["in_proj_weight"], 3))
    return [weights[f"{letter}_proj_weight"] for letter in "qkv"]


def _heads(x: Array, heads: int) -> Array:
    """(N, T, E) -> (N, heads, T, E / heads)."""
    return x.reshape(len(x), x.shape[1], heads, -1).swapaxes(1, 2)
