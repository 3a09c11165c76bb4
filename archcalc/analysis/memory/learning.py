"""Which layers learn, and what a training step keeps for its backward pass.

A gradient flows to a value where something before it learns. A layer that passes one on keeps its inputs and its
output; frozen layers before the first that learns keep nothing: their values are freed as in a forward pass.
"""

from __future__ import annotations

from archcalc.analysis.memory.lifetimes import Lifetimes, with_kept
from archcalc.core.record import record
from archcalc.graph.graph import Graph, Node


@record
class Kept:
    """Elements of one example in memory during a training step."""

    saved: int
    """Inputs and outputs of the layers that pass a gradient on, from the forward to the backward pass."""
    passing: int
    """What more is in memory at the busiest moment of the forward pass: values of frozen layers."""


def learns(node: Node) -> bool:
    """Whether a step changes the layer's weights."""
    return not node.frozen and any(tensor.role == "trainable" for tensor in node.weights.values())


def passes_gradient(graph: Graph) -> tuple[bool, ...]:
    """Of each value, inputs first: whether a gradient flows to it."""
    flows = [False] * graph.first
    for node in graph.nodes:
        flows.append(learns(node) or any(flows[value] for value in node.inputs))
    return tuple(flows)


def kept_for_backward(graph: Graph, found: Lifetimes) -> Kept:
    """What a training step keeps, beside weights, gradients and the optimizer's state."""
    flows = passes_gradient(graph)
    kept: set[int] = set()
    for value, node in enumerate(graph.nodes, graph.first):
        if flows[value]:
            kept |= {found.owners[read] for read in (*node.inputs, value)}
    saved = sum(graph.value_shape(value).elements for value in kept)
    return Kept(saved, max(0, with_kept(graph, found, kept).peak - saved))
