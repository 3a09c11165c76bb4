"""Attention: every token asks every token, of the sequence or of its window."""

from __future__ import annotations

from math import log, sqrt

from archcalc.core import Shape
from archcalc.layers.attention import MultiheadAttention, WindowAttention
from archcalc.numeric.namespace import Array, array_namespace
from archcalc.numeric.reference.activation import shares
from archcalc.numeric.reference.base import Tensors


def multihead_attention(layer: MultiheadAttention, weights: Tensors, *x: Array) -> Array:
    """(N, L, E) and, for a memory, (N, S, M) -> (N, L, E): softmax(Q K^T / sqrt(d) + B) V per head."""
    query, memory = x[0], x[-1]
    xp = array_namespace(query)
    queries, keys = layer.widths(Shape(query.shape[1:]))
    ends = (queries, queries + keys)
    matrices = _matrices(weights, ends, xp)
    sources = (query, memory, memory)
    projected = [source @ matrix.T for source, matrix in zip(sources, matrices, strict=True)]
    if layer.bias:
        biases = xp.split(weights["in_proj_bias"], ends)
        projected = [part + bias for part, bias in zip(projected, biases, strict=True)]
    kv_heads = layer.kv_heads or layer.num_heads
    q = _heads(projected[0], layer.num_heads)
    k, v = (xp.repeat(_heads(part, kv_heads), layer.num_heads // kv_heads, 1) for part in projected[1:])
    scores = q @ k.swapaxes(-1, -2)
    if layer.scaled:
        scores = scores / sqrt(queries // layer.num_heads)
    heads = shares(xp, _placed(xp, layer, weights, scores), -1) @ v
    y = heads.swapaxes(1, 2).reshape(*query.shape[:2], queries) @ weights["out_proj.weight"].T
    return y + weights["out_proj.bias"] if layer.has_out_bias else y


def window_attention(layer: WindowAttention, weights: Tensors, x: Array) -> Array:
    """(N, C, H, W) -> the same: attention inside the windows of the map, which is rolled by the shift before."""
    xp = array_namespace(x)
    shape = Shape(x.shape[1:])
    rolled = _rolled(xp, layer, x, shape)
    parts = _windows(rolled, layer.window)
    heads, scale = layer.num_heads, sqrt(shape.channels // layer.num_heads)
    projected = parts @ weights["qkv.weight"].T + weights["qkv.bias"]
    q, k, v = (_heads(part, heads) for part in xp.split(projected, 3, -1))
    scores = (q / scale) @ k.swapaxes(-1, -2) + _offset_biases(xp, layer, weights)
    scores = _masked(xp, layer, scores, shape)
    mixed = (shares(xp, scores, -1) @ v).swapaxes(1, 2).reshape(parts.shape)
    y = _map(mixed @ weights["proj.weight"].T + weights["proj.bias"], rolled.shape, layer.window)
    height, width = shape.spatial
    return xp.roll(y, layer.shifts(shape), (2, 3))[:, :, :height, :width]


def _rolled(xp: Array, layer: WindowAttention, x: Array, shape: Shape) -> Array:
    """Zeros after the map up to whole windows; then the first `shift` rows and columns move to the end."""
    after = [(0, padded - length) for padded, length in zip(layer.padded(shape), shape.spatial, strict=True)]
    return xp.roll(xp.pad(x, [(0, 0), (0, 0), *after]), [-shift for shift in layer.shifts(shape)], (2, 3))


def _windows(x: Array, size: int) -> Array:
    """(N, C, H, W) -> (N windows, size^2, C): the windows of each example row by row, so their cells."""
    examples, channels, height, width = x.shape
    cut = x.reshape(examples, channels, height // size, size, width // size, size)
    return cut.transpose(0, 2, 4, 3, 5, 1).reshape(-1, size * size, channels)


def _map(parts: Array, shape: tuple[int, ...], size: int) -> Array:
    """Undoes `_windows`."""
    examples, channels, height, width = shape
    cut = parts.reshape(examples, height // size, width // size, size, size, channels)
    return cut.transpose(0, 5, 1, 3, 2, 4).reshape(shape)


def _offset_biases(xp: Array, layer: WindowAttention, weights: Tensors) -> Array:
    """(heads, size^2, size^2): for cells (i, j) and (k, l) of a window row (i - k, j - l) of the table."""
    size = layer.window
    rows, columns = (axis.reshape(-1) for axis in xp.indices((size, size)))
    down, right = (axis[:, None] - axis[None, :] + size - 1 for axis in (rows, columns))
    return weights["relative_position_bias_table"][down * (2 * size - 1) + right].transpose(2, 0, 1)


def _masked(xp: Array, layer: WindowAttention, scores: Array, shape: Shape) -> Array:
    """Where the roll brought the two ends of an axis into one window, they do not see each other."""
    if not any(layer.shifts(shape)):
        return scores
    axes = zip(layer.padded(shape), layer.shifts(shape), strict=True)
    rows, columns = (xp.arange(length) >= length - shift for length, shift in axes)
    regions = 2 * rows[:, None] + columns
    region = _windows(regions[None, None], layer.window)[..., 0]
    apart = (region[:, :, None] != region[:, None, :])[None, :, None]
    by_window = scores.reshape(-1, len(region), *scores.shape[1:])
    return xp.where(apart, -xp.inf, by_window).astype(scores.dtype, copy=False).reshape(scores.shape)


def _placed(xp: Array, layer: MultiheadAttention, weights: Tensors, scores: Array) -> Array:
    """The scores with what depends on where two tokens stand: the bias of their distance, the causal mask."""
    length, memory_length = scores.shape[-2:]
    distance = xp.arange(memory_length)[None, :] - xp.arange(length)[:, None]
    if layer.relative_buckets is not None:
        table = weights["relative_attention_bias.weight"]
        scores = scores + table[_buckets(xp, layer, distance)].transpose(2, 0, 1)
    return xp.where(distance > 0, -xp.inf, scores).astype(scores.dtype, copy=False) if layer.causal else scores


def _buckets(xp: Array, layer: MultiheadAttention, distance: Array) -> Array:
    """T5's bucket of each distance from a query to a key: keys after the query in the second half, unless causal."""
    assert layer.relative_buckets is not None
    count = layer.relative_buckets if layer.causal else layer.relative_buckets // 2
    after = 0 if layer.causal else count * (distance > 0)
    far = xp.maximum(-distance, 0) if layer.causal else abs(distance)
    exact = count // 2
    steps = xp.log(xp.maximum(far, exact) / exact) / log(layer.relative_distance / exact)
    wide = xp.minimum(exact + (steps * (count - exact)).astype(int), count - 1)
    return after + xp.where(far < exact, far, wide)


def _matrices(weights: Tensors, ends: tuple[int, int], xp: Array) -> list[Array]:
    """The matrices of Q, K and V: rows of one tensor, or three tensors where the memory is of another width."""
    if "in_proj_weight" in weights:
        return list(xp.split(weights["in_proj_weight"], ends))
    return [weights[f"{letter}_proj_weight"] for letter in "qkv"]


def _heads(x: Array, heads: int) -> Array:
    """(N, T, E) -> (N, heads, T, E / heads)."""
    return x.reshape(len(x), x.shape[1], heads, -1).swapaxes(1, 2)
