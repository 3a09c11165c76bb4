"""A batch norm with fixed statistics, as a factor and a bias of each channel."""

from __future__ import annotations

from typing import Any

import numpy as np

from archcalc.core.record import record
from archcalc.graph.graph import Node
from archcalc.numeric.namespace import Array
from archcalc.numeric.reference.base import Tensors
from archcalc.numeric.reference.conv import linked
from archcalc.numeric.run.forward import tensors_of


@record
class Folded:
    """The weights of an operation with its norm inside; the bias is there always, zeros where it has none."""

    weight: Array
    bias: Array


def folded(node: Node, norm: Node | None, weights: Tensors) -> Folded:
    """The weight (F, ...) and the bias (F) of a convolution or a fully connected layer."""
    own = tensors_of(node, weights)
    weight = own["weight"]
    layer: Any = node.layer
    if getattr(layer, "links", None) is not None:
        weight = linked(layer, weight, node.input_shapes[0].channels)
    filters = len(weight)
    bias = own["bias"] if "bias" in own and own["bias"].ndim == 1 else np.zeros(filters, weight.dtype)
    if norm is None:
        return Folded(weight, bias)
    scale, shift = scale_and_shift(norm, weights)
    scaled = weight * scale.astype(weight.dtype).reshape(-1, *(1,) * (weight.ndim - 1))
    return Folded(scaled, (bias * scale + shift).astype(weight.dtype))


def scale_and_shift(norm: Node, weights: Tensors) -> tuple[Array, Array]:
    """y = x scale + shift of each channel, in float64."""
    layer: Any = norm.layer
    own = {name: tensor.astype(np.float64) for name, tensor in tensors_of(norm, weights).items()}
    scale = own.get("weight", 1.0) / np.sqrt(own["running_var"] + layer.eps)
    return scale, own.get("bias", 0.0) - own["running_mean"] * scale
