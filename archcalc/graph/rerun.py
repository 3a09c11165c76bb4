"""A graph again with some of its layers or inputs changed: every shape after them is computed anew."""

from __future__ import annotations

from collections.abc import Mapping

from archcalc.core import Shape
from archcalc.core.record import replace
from archcalc.graph.graph import Graph, Node
from archcalc.layers import Layer


def with_layer(node: Node, layer: Layer, arriving: tuple[Shape, ...] | None = None, shape: Shape | None = None) -> Node:
    """The node with another layer, and with the shapes that go with it."""
    inputs, after = arriving or node.input_shapes, shape or node.shape
    return Node(node.name, layer, node.inputs, inputs, after, node.place, node.shared, node.transposed, node.frozen)


def altered(
    graph: Graph, changes: Mapping[int, Layer], inputs: Mapping[str, Shape] | None = None, upto: int | None = None
) -> dict[int, Node]:
    """The nodes that are other than before, by index: those with another layer, and those with other shapes.

    Args:
        upto: index of the last node that is needed.

    Raises:
        ShapeError, GraphError: where the altered layers do not fit each other.
    """
    moved = {value: inputs[name] for value, (name, _) in enumerate(graph.inputs) if name in inputs} if inputs else {}
    first = 0 if moved else min(changes, default=len(graph.nodes))
    found: dict[int, Node] = {}
    for index in range(first, len(graph.nodes) if upto is None else upto + 1):
        node = graph.nodes[index]
        if index not in changes and moved.keys().isdisjoint(node.inputs):
            continue
        arriving = tuple([moved.get(v) or before for v, before in zip(node.inputs, node.input_shapes, strict=True)])
        layer = changes.get(index, node.layer)
        shape = layer.output(*arriving)
        found[index] = with_layer(node, layer, arriving, shape)
        if shape != node.shape:
            moved[index + graph.first] = shape
    return found


def rerun(
    graph: Graph, changes: Mapping[int, Layer], inputs: Mapping[str, Shape] | None = None, upto: int | None = None
) -> Graph:
    """The graph with some of its nodes' layers changed (by index), and every shape after them computed again.

    Args:
        upto: index of the last node that is needed; those after it are left out.

    Raises:
        ShapeError, GraphError: where the altered layers do not fit each other.
    """
    found = altered(graph, changes, inputs, upto)
    nodes = [found.get(index, node) for index, node in enumerate(graph.nodes[: None if upto is None else upto + 1])]
    images = tuple((name, (inputs or {}).get(name, shape)) for name, shape in graph.inputs)
    outputs = graph.outputs if upto is None else (len(images) + len(nodes) - 1,)
    return replace(graph, inputs=images, nodes=tuple(nodes), outputs=outputs)
