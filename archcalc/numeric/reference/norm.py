"""Normalization, as at inference."""

from __future__ import annotations

from archcalc.layers.fitting import axis_of, feature_axis
from archcalc.layers.norm import BatchNorm, GroupNorm, InstanceNorm, L2Normalize, LayerNorm, RMSNorm
from archcalc.numeric.namespace import Array, array_namespace
from archcalc.numeric.reference.base import Tensors
from archcalc.numeric.reference.slide import example, per_channel


def batch_norm(layer: BatchNorm, weights: Tensors, x: Array) -> Array:
    """(N, C, *spatial) -> the same: by the running statistics, or without them by each example's own."""
    return _by_channel(layer, weights, x, 1 + axis_of(layer.axis, example(x)))


def instance_norm(layer: InstanceNorm, weights: Tensors, x: Array) -> Array:
    """(N, C, *spatial) -> the same: by each map's own statistics, or by the running ones."""
    return _by_channel(layer, weights, x, 1)


def _by_channel(layer: BatchNorm | InstanceNorm, weights: Tensors, x: Array, axis: int) -> Array:
    own = {name: _along(tensor, (axis,), x) for name, tensor in weights.items()}
    if layer.track_running_stats:
        y = (x - own["running_mean"]) / array_namespace(x).sqrt(own["running_var"] + layer.eps)
    else:
        y = _centred(x, tuple(i for i in range(1, x.ndim) if i != axis), layer.eps)
    y = y * own["weight"] if "weight" in own else y
    return y + own["bias"] if "bias" in own else y


def group_norm(layer: GroupNorm, weights: Tensors, x: Array) -> Array:
    """(N, C, *spatial) -> the same: the channels of a group share one mean and variance."""
    groups = x.reshape(len(x), layer.num_groups, -1)
    y = _centred(groups, (2,), layer.eps).reshape(x.shape)
    return _scaled_by_channel(y, weights) if layer.affine else y


def layer_norm(layer: LayerNorm, weights: Tensors, x: Array) -> Array:
    """(N, features), (N, tokens, features) or (N, C, *spatial) -> the same."""
    axes = _normalized_axes(layer, x)
    y = _centred(x, axes, layer.eps)
    if not layer.elementwise_affine:
        return y
    y = y * _along(weights["weight"], axes, x)
    return y + _along(weights["bias"], axes, x) if layer.bias else y


def rms_norm(layer: RMSNorm, weights: Tensors, x: Array) -> Array:
    """(N, features), (N, tokens, features) or (N, C, *spatial) -> the same."""
    xp = array_namespace(x)
    eps = float(xp.finfo(x.dtype).eps) if layer.eps is None else layer.eps
    axes = _normalized_axes(layer, x)
    y = x / xp.sqrt((x * x).mean(axes, keepdims=True) + eps)
    return y * _along(weights["weight"], axes, x) if layer.elementwise_affine else y


def l2_normalize(layer: L2Normalize, _: Tensors, x: Array) -> Array:
    """Any shape -> the same: vectors of length 1 along the axis."""
    xp = array_namespace(x)
    norms = xp.sqrt((x * x).sum(1 + feature_axis(layer.axis, example(x)), keepdims=True))
    return x / xp.maximum(norms, layer.eps)


def _centred(x: Array, axes: tuple[int, ...], eps: float) -> Array:
    """(x - mean) / sqrt(variance + eps), both over the axes; the variance divides by n, not n - 1."""
    mean, variance = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    return (x - mean) / array_namespace(x).sqrt(variance + eps)


def _scaled_by_channel(y: Array, weights: Tensors) -> Array:
    return y * per_channel(weights["weight"], y) + per_channel(weights["bias"], y)


def _normalized_axes(layer: LayerNorm | RMSNorm, x: Array) -> tuple[int, ...]:
    """The axes, batch included, that one mean is taken over."""
    return tuple(range(1, x.ndim)) if layer.over == "all" else (1 + feature_axis(None, example(x)),)


def _along(weight: Array, axes: tuple[int, ...], x: Array) -> Array:
    """A weight of the normalized axes, stretched over the others."""
    return weight.reshape([size if axis in axes else 1 for axis, size in enumerate(x.shape)])
