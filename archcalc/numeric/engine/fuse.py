"""Layers that become one step: a convolution with the norm, the addition and the activation after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from archcalc.analysis.memory.lifetimes import has_fixed_statistics
from archcalc.core.record import draft, record
from archcalc.graph.graph import Graph, Node
from archcalc.layers.traits import SAME, TRANSPOSED
from archcalc.numeric.run.forward import values_read


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
                      if not passes(node))  # fmt: skip
    kept = {aliases.get(value, value) for value in (*keep, *graph.outputs)}
    makers: dict[int, Operation] = {}
    for index, (node, inputs) in enumerate(zip(graph.nodes, reads, strict=True), graph.first):
        if passes(node):
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
    for value in sorted(free, reverse=True):
        before = free[value]
        if before.activation is not None:
            continue
        if has_fixed_statistics(node) and _folds(before):
            before.norm = node
        elif node.layer.traits.sums and _sums(before, node, inputs):
            before.residual = inputs[0] if inputs[1] == value else inputs[1]
        elif node.layer.kind in activations and _ends_in_activation(before.node):
            before.activation = node
        else:
            continue
        return before
    return None


def passes(node: Node) -> bool:
    """Whether a layer gives what it gets."""
    return node.layer.traits.view == SAME


def _has_filters(node: Node) -> bool:
    """Whether it has a weight whose first axis are the output's channels."""
    return node.layer.traits.weighted and node.layer.traits.slides != TRANSPOSED


def _ends_in_activation(node: Node) -> bool:
    return _has_filters(node) or node.layer.traits.sums or has_fixed_statistics(node)


def _folds(before: Operation) -> bool:
    """Whether a norm after it becomes part of its weights: a fixed factor and bias of each channel."""
    plain = before.norm is None and before.residual is None
    return (
        plain and _has_filters(before.node) and (bool(before.node.layer.traits.slides) or len(before.node.shape) == 1)
    )


def _sums(before: Operation, node: Node, inputs: Sequence[int]) -> bool:
    return (
        before.residual is None
        and _has_filters(before.node)
        and bool(before.node.layer.traits.slides)
        and len(inputs) == 2
        and inputs[0] != inputs[1]
        and node.input_shapes[0] == node.input_shapes[1]
        and len(node.shape) == 3
    )


def _aliases(graph: Graph) -> dict[int, int]:
    aliases: dict[int, int] = {}
    for index, node in graph.numbered():
        if passes(node):
            aliases[index] = aliases.get(node.inputs[0], node.inputs[0])
    return aliases
