"""The kinds of layers, one file a family, four facts each; imported when a spec first names one."""

from __future__ import annotations

from importlib import import_module

from archcalc.layers.base import KINDS, Composite, Kind, Layer

__all__ = ["KINDS", "MODULES", "Composite", "Kind", "Layer", "all_kinds", "find", "names"]

MODULES: dict[str, str] = {
    "conv": "conv depthwise_conv",
    "conv_transpose": "conv_transpose",
    "linear": "linear",
    "pool": "max_pool avg_pool lp_pool max_unpool",
    "global_pool": "global_avg_pool global_max_pool global_sum_pool adaptive_avg_pool adaptive_max_pool",
    "norm": "batch_norm layer_norm instance_norm group_norm rms_norm l2_normalize",
    "local_response_norm": "local_response_norm",
    "regularize": "dropout drop_path identity layer_scale scale",
    "subsampling": "subsample rbf",
    "activation": "relu relu6 leaky_relu elu selu celu gelu gelu_tanh silu mish sigmoid tanh scaled_tanh hard_sigmoid "
    "hard_swish softplus log_sigmoid softsign prelu glu softmax log_softmax",
    "maxout": "maxout",
    "maths": "exp log sqrt rsqrt square reciprocal abs sign neg pow clamp sin cos",
    "reduce": "reduce",
    "merge": "add multiply subtract abs_diff maximum minimum average divide concat matmul",
    "reshape": "flatten reshape permute tokens",
    "channels": "slice chunk split channel_shuffle",
    "cells": "tile roll take",
    "pixels": "pixel_shuffle pixel_unshuffle space_to_depth",
    "resize": "upsample pad crop",
    "sources": "parameter constant",
    "opaque": "opaque",
    "embedding": "embedding position_embedding class_token",
    "attention": "multihead_attention window_attention",
    "locally_connected": "locally_connected",
    "deform_conv": "deform_conv",
    "conv_lstm": "conv_lstm",
    "products": "attention einsum",
    "experts": "moe",
    "unfold": "unfold fold",
    "recurrent": "rnn lstm gru",
}
"""Module of this package -> the kinds it registers."""

_MODULE_OF = {kind: module for module, kinds in MODULES.items() for kind in kinds.split()}


def find(name: str) -> Kind | None:
    """The kind of this name, or None."""
    if name not in KINDS and name in _MODULE_OF:
        import_module(f"archcalc.layers.{_MODULE_OF[name]}")
    return KINDS.get(name)


def names() -> list[str]:
    """Every kind's name, without importing any."""
    return list(_MODULE_OF)


def all_kinds() -> list[Kind]:
    """Every kind, family by family."""
    return [kind for name in names() if (kind := find(name)) is not None]
