"""What the rules of other tools count on one layer; tools.py puts them together."""

from __future__ import annotations

from collections.abc import Callable, Collection
from math import prod
from typing import Any

from archcalc.analysis.cost.convention import Counted
from archcalc.core import Shape, Window

Rule = Callable[[Counted], int]

FUNCTION = "function"


def only(kinds: Collection[str], rule: Rule) -> Rule:
    """The rule for these kinds, 0 for all others."""
    return lambda counted: rule(counted) if counted.kind in kinds else 0


def module(rule: Rule) -> Rule:
    """The rule for what a model holds as a module."""
    return lambda counted: 0 if counted.built == FUNCTION else rule(counted)


def function(rule: Rule) -> Rule:
    """The rule for what a model calls as a function."""
    return lambda counted: rule(counted) if counted.built == FUNCTION else 0


def on_axes(axes: int, rule: Rule) -> Rule:
    """The rule for maps with so many spatial axes."""
    return lambda counted: rule(counted) if len(counted.inputs[0].spatial) == axes else 0


def learning(rule: Rule) -> Rule:
    """The rule for norms that learn a weight."""
    return lambda counted: rule(counted) if _learns(counted.layer) else 0


def fixed(rule: Rule) -> Rule:
    """The rule for norms that learn nothing."""
    return lambda counted: 0 if _learns(counted.layer) else rule(counted)


def mode(name: str, rule: Rule) -> Rule:
    """The rule for resizing in one mode."""
    return lambda counted: rule(counted) if getattr(counted.layer, "mode", "") == name else 0


def inputs(counted: Counted) -> int:
    return counted.inputs[0].elements


def outputs(counted: Counted) -> int:
    return counted.output.elements


def biases(counted: Counted) -> int:
    return counted.work.additions


def products(counted: Counted) -> int:
    """Products of two activations that a model writes as such; inside a fused attention no tool sees them."""
    return counted.work.activation_macs if "matmul" in (counted.kind, counted.built) else 0


def params(counted: Counted) -> int:
    tensors = counted.layer.weights(*counted.inputs).values()
    return sum(tensor.elements for tensor in tensors if tensor.role != "buffer")


def gain_by_output(counted: Counted) -> int:
    """What a transposed convolution gains with its kernel taken at every output position, not input position."""
    positions = prod(counted.inputs[0].spatial)
    return counted.work.macs // positions * (prod(counted.output.spatial) - positions)


def loss_of_tokens(counted: Counted) -> int:
    """Minus the MACs and biases of a linear layer on all tokens but the first."""
    tokens = prod(counted.inputs[0][:-1])
    return -((counted.work.macs + counted.work.additions) // tokens * (tokens - 1))


def softmax(counted: Counted) -> int:
    """n exponentials, n - 1 additions and n divisions for n values."""
    axis = getattr(counted.layer, "axis", None)
    x = counted.inputs[0]
    if axis is None:
        axis = 0 if len(x) > 2 else len(x) - 1
    return 3 * x.elements - x.elements // x[axis]


def padded_channels(counted: Counted) -> int:
    """The padded input of the average that PyTorch's local_response_norm takes across the channels."""
    size: int = getattr(counted.layer, "size", 1)
    x = counted.inputs[0]
    return Shape((x.channels + size - 1, *x.spatial)).elements


def window_cells(counted: Counted) -> int:
    """Window cells of all outputs of a pooling."""
    return counted.work.comparisons + counted.work.additions + counted.output.elements


def resized_without_channels(counted: Counted) -> int:
    """calflops on a resizing: the places where a size is given, else the inputs."""
    size = getattr(counted.layer, "size", None)
    return prod(size) if size else counted.inputs[0].elements


def loss_of_groups(counted: Counted) -> int:
    """calflops divides the filters of a grouped transposed convolution by the groups twice."""
    layer: Any = counted.layer
    x = counted.inputs[0]
    filters = layer.out_channels // layer.groups // layer.groups
    return int(prod(layer.kernel_size) * x.elements * filters) - counted.work.macs


def biases_at_conv_size(counted: Counted) -> int:
    """calflops gives a transposed convolution the biases of a convolution's output size."""
    layer: Any = counted.layer
    if not layer.bias:
        return 0
    lengths = zip(layer.windows(*counted.inputs), counted.inputs[0].spatial, strict=True)
    stops = [_stops(Window(w.kernel, w.stride, w.padding, w.dilation), length) for w, length in lengths]
    return int(layer.out_channels // layer.groups * prod(stops))


def _stops(window: Window, length: int) -> int:
    """Stops of the window by the bare formula, which may give none."""
    return (length - window.extent + window.total_padding) // window.stride + 1


def _learns(layer: Any) -> bool:
    return bool(getattr(layer, "affine", getattr(layer, "elementwise_affine", False)))
