"""Layers that become one step: a convolution with the norm, the addition and the activation after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from archcalc.core.record import draft, record
from archcalc.graph.graph import Graph, Node
from archcalc.numeric.run.forward import values_read

PASSING = ("dropout", "drop_path", "identity")
"""Kinds that give what they get."""

_ENDS_IN_ACTIVATION = ("conv", "depthwise_conv", "linear", "batch_norm", "add")
_TAKES_SUM = ("conv", "depthwise_conv")
_TAKES_NORM = ("conv", "depthwise_conv", "linear")


@draft
class Operation:
    """A layer, and what is done to its output on the way out."""

    node: Node
    nodes: list[Node]
    """All layers it stands for, in order."""
    inputs: tuple[int, ...]
    output: int
    norm: Node | None = None
    residual: int | None = None
    """A value of the output's shape that is added before the activation."""
    activation: Node | None = None


@record
class Fused:
    """Operations in the order of their outputs, and which value stands for another."""

    operations: tuple[Operation, ...]
    aliases: Mapping[int, int]

    def source(self, value: int) -> int:
        """The value that is computed for this one."""
        return self.aliases.get(value, value)


def fused(graph: Graph, keep: Collection[int], activations: Collection[str]) -> Fused:
    """Join layers where nothing else reads what is between them, and nobody wants to keep it.

    Args:
        keep: values that must come into being; the outputs of the graph always do.
        activations: kinds that a step can end in.
    """
    aliases = _aliases(graph)
    reads = [tuple(aliases.get(value, value) for value in values_read(graph, node)) for node in graph.nodes]
    readers = Counter(value for node, values in zip(graph.nodes, reads, strict=True) for value in set(values)
                      if node.layer.kind not in PASSING)  # fmt: skip
    kept = {aliases.get(value, value) for value in (*keep, *graph.outputs)}
    makers: dict[int, Operation] = {}
    for index, (node, inputs) in enumerate(zip(graph.nodes, reads, strict=True), graph.first):
        if node.layer.kind in PASSING:
            continue
        free = {
            value: makers[value] for value in inputs if value in makers and readers[value] == 1 and value not in kept
        }
        operation = _joined(node, inputs, free, activations)
        if operation is None:
            operation = Operation(node, [], inputs, index)
        else:
            del makers[operation.output]
        operation.nodes.append(node)
        operation.output = index
        makers[index] = operation
    return Fused(tuple(makers[value] for value in sorted(makers)), aliases)


def _joined(
    node: Node, inputs: Sequence[int], free: Mapping[int, Operation], activations: Collection[str]
) -> Operation | None:
    """The operation that takes this layer in, if one of those free to change does."""
    kind = node.layer.kind
    for value in sorted(free, reverse=True):
        before = free[value]
        if before.activation is not None:
            continue
        if kind == "batch_norm" and _folds(before, node):
            before.norm = node
        elif kind == "add" and before.node.layer.kind in _TAKES_SUM and _sums(before, node, inputs):
            before.residual = inputs[0] if inputs[1] == value else inputs[1]
        elif kind in activations and before.node.layer.kind in _ENDS_IN_ACTIVATION:
            before.activation = node
        else:
            continue
        return before
    return None


def _folds(before: Operation, node: Node) -> bool:
    """Whether a norm becomes part of the weights: a fixed factor and bias per channel of what comes before."""
    return (
        before.node.layer.kind in _TAKES_NORM
        and node.layer.track_running_stats  # type: ignore[attr-defined]
        and before.norm is None
        and before.residual is None
        and (before.node.layer.kind != "linear" or len(node.shape) == 1)
    )


def _sums(before: Operation, node: Node, inputs: Sequence[int]) -> bool:
    return (
        before.residual is None
        and len(inputs) == 2
        and inputs[0] != inputs[1]
        and node.input_shapes[0] == node.input_shapes[1]
        and len(node.shape) == 3
    )


def _aliases(graph: Graph) -> dict[int, int]:
    aliases: dict[int, int] = {}
    for index, node in graph.numbered():
        if node.layer.kind in PASSING:
            aliases[index] = aliases.get(node.inputs[0], node.inputs[0])
    return aliases
