"""The textbook forward of every kind: plain, for any array library, batch first; the oracle of everything faster.

A forward takes a layer, its tensors and its input arrays; the size of its output comes from the arrays, never
from the layer's `output`, so that each run proves the shape rules.
"""

from __future__ import annotations

from typing import Any

from archcalc.layers.base import Each
from archcalc.numeric.namespace import Array
from archcalc.numeric.reference.activation import FUNCTIONS, activation, glu, prelu, softmax
from archcalc.numeric.reference.attention import multihead_attention, window_attention
from archcalc.numeric.reference.base import Forward, Tensors
from archcalc.numeric.reference.cells import roll, take, tile
from archcalc.numeric.reference.channels import channel_shuffle, slice_
from archcalc.numeric.reference.conv import conv, depthwise_conv
from archcalc.numeric.reference.conv_lstm import conv_lstm
from archcalc.numeric.reference.conv_transpose import conv_transpose
from archcalc.numeric.reference.deform_conv import deform_conv
from archcalc.numeric.reference.embedding import class_token, embedding, position_embedding
from archcalc.numeric.reference.experts import moe
from archcalc.numeric.reference.global_pool import (
    adaptive_avg_pool,
    adaptive_max_pool,
    global_avg_pool,
    global_max_pool,
    global_sum_pool,
)
from archcalc.numeric.reference.linear import linear
from archcalc.numeric.reference.local_response_norm import local_response_norm
from archcalc.numeric.reference.locally_connected import locally_connected
from archcalc.numeric.reference.maths import MATHS, clamp, function, pow_
from archcalc.numeric.reference.maxout import maxout
from archcalc.numeric.reference.merge import (
    abs_diff,
    add,
    average,
    concat,
    divide,
    matmul,
    maximum,
    minimum,
    multiply,
    subtract,
)
from archcalc.numeric.reference.norm import (
    batch_norm,
    group_norm,
    instance_norm,
    l2_normalize,
    layer_norm,
    rms_norm,
)
from archcalc.numeric.reference.pixels import pixel_shuffle, pixel_unshuffle, space_to_depth
from archcalc.numeric.reference.pool import avg_pool, lp_pool, max_pool, max_unpool
from archcalc.numeric.reference.products import attention, einsum
from archcalc.numeric.reference.recurrent import recurrent
from archcalc.numeric.reference.reduce import reduce
from archcalc.numeric.reference.regularize import identity, layer_scale, scale
from archcalc.numeric.reference.reshape import flatten, permute, reshape, tokens
from archcalc.numeric.reference.resize import crop, pad, upsample
from archcalc.numeric.reference.sources import constant, parameter
from archcalc.numeric.reference.subsampling import rbf, subsample
from archcalc.numeric.reference.unfold import fold, unfold

__all__ = ["FORWARD", "Forward", "Tensors", "output_of"]

FORWARD: dict[str, Forward] = {
    "conv": conv,
    "depthwise_conv": depthwise_conv,
    "conv_transpose": conv_transpose,
    "linear": linear,
    "max_pool": max_pool,
    "avg_pool": avg_pool,
    "lp_pool": lp_pool,
    "max_unpool": max_unpool,
    "global_avg_pool": global_avg_pool,
    "global_max_pool": global_max_pool,
    "global_sum_pool": global_sum_pool,
    "adaptive_avg_pool": adaptive_avg_pool,
    "adaptive_max_pool": adaptive_max_pool,
    "batch_norm": batch_norm,
    "layer_norm": layer_norm,
    "instance_norm": instance_norm,
    "group_norm": group_norm,
    "rms_norm": rms_norm,
    "l2_normalize": l2_normalize,
    "local_response_norm": local_response_norm,
    "dropout": identity,
    "drop_path": identity,
    "identity": identity,
    "layer_scale": layer_scale,
    "scale": scale,
    "subsample": subsample,
    "rbf": rbf,
    **dict.fromkeys(FUNCTIONS, activation),
    "prelu": prelu,
    "glu": glu,
    "softmax": softmax,
    "log_softmax": softmax,
    "maxout": maxout,
    **dict.fromkeys(MATHS, function),
    "pow": pow_,
    "clamp": clamp,
    "reduce": reduce,
    "add": add,
    "multiply": multiply,
    "subtract": subtract,
    "abs_diff": abs_diff,
    "maximum": maximum,
    "minimum": minimum,
    "average": average,
    "divide": divide,
    "concat": concat,
    "matmul": matmul,
    "flatten": flatten,
    "reshape": reshape,
    "permute": permute,
    "tokens": tokens,
    "slice": slice_,
    "channel_shuffle": channel_shuffle,
    "tile": tile,
    "roll": roll,
    "take": take,
    "pixel_shuffle": pixel_shuffle,
    "pixel_unshuffle": pixel_unshuffle,
    "space_to_depth": space_to_depth,
    "upsample": upsample,
    "pad": pad,
    "crop": crop,
    "parameter": parameter,
    "constant": constant,
    "embedding": embedding,
    "position_embedding": position_embedding,
    "class_token": class_token,
    "multihead_attention": multihead_attention,
    "window_attention": window_attention,
    "locally_connected": locally_connected,
    "deform_conv": deform_conv,
    "conv_lstm": conv_lstm,
    "attention": attention,
    "einsum": einsum,
    "moe": moe,
    "unfold": unfold,
    "fold": fold,
    "rnn": recurrent,
    "lstm": recurrent,
    "gru": recurrent,
}
"""Kind -> its forward. `chunk` and `split` are several slices in the graph."""


def output_of(layer: Any, tensors: Tensors, *x: Array) -> Array:
    """The output of a layer; of one that sees some axes alone, with the others counted as examples."""
    if not isinstance(layer, Each):
        return FORWARD[layer.kind](layer, tensors, *x)
    counted = x[0].shape[: 1 + layer.each]
    y = FORWARD[layer.kind](layer.layer, tensors, *(array.reshape(-1, *array.shape[1 + layer.each :]) for array in x))
    return y.reshape(*counted, *y.shape[1:])
