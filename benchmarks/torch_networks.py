"""A spec as PyTorch would run it eagerly: one functional call a layer, values freed after their last reader.

What torchvision's models call, in their order: in-place activations, batch norm by itself or folded into the
convolution before it, every map in NCHW or in channels_last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch.nn import functional as F

from archcalc.core.record import draft
from archcalc.graph.graph import Graph, Node
from archcalc.layers.conv import Conv, DepthwiseConv
from archcalc.layers.fitting import axis_of, feature_axis

Tensor = torch.Tensor
Call = Callable[..., Tensor]


@draft
class TorchNetwork:
    """Calls in order, each with the values it reads, the value it makes and those that end with it."""

    calls: list[tuple[Call, tuple[int, ...], int, tuple[int, ...]]]
    outputs: tuple[int, ...]
    channels_last: bool

    def run(self, inputs: list[Tensor]) -> list[Tensor]:
        """The outputs for inputs in NCHW."""
        values = dict(enumerate(map(self.prepared, inputs)))
        for call, sources, target, ends in self.calls:
            values[target] = call(*[values[source] for source in sources])
            for value in ends:
                del values[value]
        return [values[value] for value in self.outputs]

    def prepared(self, x: Tensor) -> Tensor:
        """An input in the layout of this network."""
        return x.contiguous(memory_format=torch.channels_last) if self.channels_last and x.ndim == 4 else x


def torch_network(
    graph: Graph,
    weights: Mapping[str, Any],
    *,
    channels_last: bool,
    fold: bool,
    put: Callable[[Tensor], Tensor] = lambda tensor: tensor,
) -> TorchNetwork:
    """The network with these weights (NumPy arrays by state-dict name).

    Args:
        put: brings each tensor to its device and type.
    """
    readers = Counter(value for node in graph.nodes for value in node.inputs)
    norms = _norms_to_fold(graph, readers) if fold else {}
    first = len(graph.inputs)
    same: dict[int, int] = {}  # the value of a folded norm -> that of its convolution
    calls = []
    for index, node in enumerate(graph.nodes):
        sources = tuple(same.get(value, value) for value in node.inputs)
        if first + index in norms.values():
            same[first + index] = sources[0]
            continue
        tensors = _tensors(node, weights, channels_last)
        if first + index in norms:
            tensors = _folded(tensors, graph.nodes[norms[first + index] - first], weights)
        in_place = sources[0] >= first and readers[node.inputs[0]] == 1
        tensors = {name: put(tensor) for name, tensor in tensors.items()}
        calls.append((_call(node, tensors, in_place), sources, first + index))
    outputs = tuple(same.get(value, value) for value in graph.outputs)
    last = {source: number for number, (_, sources, _) in enumerate(calls) for source in sources}
    ends = [
        tuple(v for v in set(sources) if last[v] == n and v not in outputs) for n, (_, sources, _) in enumerate(calls)
    ]
    return TorchNetwork([(*call, end) for call, end in zip(calls, ends, strict=True)], outputs, channels_last)


def _norms_to_fold(graph: Graph, readers: Counter[int]) -> dict[int, int]:
    """The value of a convolution -> that of the batch norm which alone reads it."""
    first = len(graph.inputs)
    return {
        node.inputs[0]: first + index
        for index, node in enumerate(graph.nodes)
        if node.layer.kind == "batch_norm"
        and node.inputs[0] >= first
        and readers[node.inputs[0]] == 1
        and isinstance(graph.nodes[node.inputs[0] - first].layer, Conv | DepthwiseConv)
    }


def _tensors(node: Node, weights: Mapping[str, Any], channels_last: bool) -> dict[str, Tensor]:
    owner = node.shared or node.name
    found = {name: torch.from_numpy(weights[f"{owner}.{name}"]) for name in node.layer.weights(*node.input_shapes)}
    if channels_last:
        return {
            name: t.contiguous(memory_format=torch.channels_last) if t.ndim == 4 else t for name, t in found.items()
        }
    return found


def _folded(tensors: dict[str, Tensor], norm: Node, weights: Mapping[str, Any]) -> dict[str, Tensor]:
    """The convolution's tensors with the norm's scale and shift in them, computed in float64."""
    own = {name: t.double() for name, t in _tensors(norm, weights, False).items()}
    scale = own["weight"] / (own["running_var"] + norm.layer.eps).sqrt()
    bias = tensors["bias"].double() if "bias" in tensors else torch.zeros_like(scale)
    weight = tensors["weight"].double() * scale.reshape(-1, 1, 1, 1)
    return {"weight": weight.float(), "bias": ((bias - own["running_mean"]) * scale + own["bias"]).float()}


def _call(node: Node, tensors: Mapping[str, Tensor], in_place: bool) -> Call:
    return CALLS[node.layer.kind](node, tensors, in_place)


def _convolution(node: Node, tensors: Mapping[str, Tensor], _: bool) -> Call:
    shape = node.input_shapes[0]
    layer = node.layer.grouped(shape) if isinstance(node.layer, DepthwiseConv) else node.layer
    assert layer.links is None
    windows = layer.windows(shape)
    sides = [window.padding for window in windows]
    weight, bias = tensors["weight"], tensors.get("bias")
    stride, dilation, groups = layer.stride, layer.dilation, layer.groups
    if all(before == after for before, after in sides):
        padding = tuple(before for before, _ in sides)
        return lambda x: F.conv2d(x, weight, bias, stride, padding, dilation, groups)
    around = tuple(cells for pair in reversed(sides) for cells in pair)
    return lambda x: F.conv2d(F.pad(x, around), weight, bias, stride, 0, dilation, groups)


def _batch_norm(node: Node, tensors: Mapping[str, Tensor], _: bool) -> Call:
    mean, variance, eps = tensors["running_mean"], tensors["running_var"], node.layer.eps
    weight, bias = tensors.get("weight"), tensors.get("bias")
    return lambda x: F.batch_norm(x, mean, variance, weight, bias, eps=eps)


def _linear(_: Node, tensors: Mapping[str, Tensor], __: bool) -> Call:
    weight, bias = tensors["weight"], tensors.get("bias")
    return lambda x: F.linear(x, weight, bias)


def _max_pool(node: Node, _: Mapping[str, Tensor], __: bool) -> Call:
    layer, padding = node.layer, _even_padding(node)
    return lambda x: F.max_pool2d(x, layer.kernel_size, layer.stride, padding, layer.dilation, layer.ceil_mode)


def _avg_pool(node: Node, _: Mapping[str, Tensor], __: bool) -> Call:
    layer, padding = node.layer, _even_padding(node)
    return lambda x: F.avg_pool2d(x, layer.kernel_size, layer.stride, padding, layer.ceil_mode, layer.count_include_pad)


def _even_padding(node: Node) -> tuple[int, ...]:
    sides = [window.padding for window in node.layer.windows(node.input_shapes[0])]
    assert all(before == after for before, after in sides), f"{node.name}: PyTorch pads a pooling evenly"
    return tuple(before for before, _ in sides)


def _lrn(node: Node, _: Mapping[str, Tensor], __: bool) -> Call:
    layer = node.layer
    return lambda x: F.local_response_norm(x, layer.size, layer.alpha, layer.beta, layer.k)


def _softmax(node: Node, _: Mapping[str, Tensor], __: bool) -> Call:
    axis = 1 + feature_axis(node.layer.axis, node.input_shapes[0])
    return lambda x: F.softmax(x, axis)


def _concat(node: Node, _: Mapping[str, Tensor], __: bool) -> Call:
    axis = 1 + axis_of(node.layer.axis, node.input_shapes[0])
    return lambda *parts: torch.cat(parts, axis)


def _add(first: Tensor, *others: Tensor) -> Tensor:
    return sum(others, first)


def _add_(first: Tensor, *others: Tensor) -> Tensor:
    for other in others:
        first += other
    return first


def _activation(plain: Call, in_place: Call) -> Callable[[Node, Mapping[str, Tensor], bool], Call]:
    return lambda node, _, alone: in_place if alone else plain


CALLS: dict[str, Callable[[Node, Mapping[str, Tensor], bool], Call]] = {
    "conv": _convolution,
    "depthwise_conv": _convolution,
    "batch_norm": _batch_norm,
    "linear": _linear,
    "max_pool": _max_pool,
    "avg_pool": _avg_pool,
    "global_avg_pool": lambda node, _, __: lambda x: x.mean((2, 3), keepdim=node.layer.keepdim),
    "adaptive_avg_pool": lambda node, _, __: lambda x: F.adaptive_avg_pool2d(x, node.layer.output_size),
    "local_response_norm": _lrn,
    "relu": _activation(F.relu, F.relu_),
    "relu6": _activation(F.relu6, lambda x: F.relu6(x, inplace=True)),
    "tanh": _activation(torch.tanh, torch.tanh_),
    "softmax": _softmax,
    "dropout": lambda node, _, __: lambda x: x,
    "identity": lambda node, _, __: lambda x: x,
    "flatten": lambda node, _, __: lambda x: x.flatten(1),
    "concat": _concat,
    "add": lambda node, _, alone: _add_ if alone else _add,
}
"""Kind -> what makes its call; the flag says that nobody else reads its input."""
