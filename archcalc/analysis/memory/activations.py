"""Which values count as activations: what `archcalc memory` counts, and the other conventions that are quoted."""

from __future__ import annotations

from collections.abc import Callable, Collection

from archcalc.analysis.memory.lifetimes import held, lifetimes
from archcalc.core.record import record
from archcalc.graph.graph import Graph, Node
from archcalc.layers.traits import ACTIVATION


@record
class Activations:
    """A named way to count the values that a network keeps of one example."""

    name: str
    says: str
    of_nodes: Callable[[Graph], tuple[int, ...]]
    """Elements of the output of each node."""
    with_inputs: bool = False
    """Whether the values of the network's inputs are counted too."""

    def elements(self, graph: Graph, indices: Collection[int] | None = None) -> int:
        """Elements of the net, or of the nodes with these indices."""
        counted = self.of_nodes(graph)
        if indices is not None:
            return sum(counted[index] for index in indices)
        inputs = sum(shape.elements for _, shape in graph.inputs) if self.with_inputs else 0
        return inputs + sum(counted)


def _stored(graph: Graph) -> tuple[int, ...]:
    return tuple(map(held, graph.nodes))


def _in_place(graph: Graph) -> tuple[int, ...]:
    owners, first = lifetimes(graph, inplace=True).owners, graph.first
    return tuple(node.shape.elements if owners[value] == value else 0 for value, node in enumerate(graph.nodes, first))


def _without_activations(graph: Graph) -> tuple[int, ...]:
    return tuple(0 if _is_activation(node) else held(node) for node in graph.nodes)


def _is_activation(node: Node) -> bool:
    """Whether it is a function of each value, or of all, that leaves the shape as it is."""
    return node.layer.traits.family == ACTIVATION and node.x == node.shape


def _copied(graph: Graph) -> tuple[int, ...]:
    return tuple(node.shape.elements for node in graph.nodes)


STORED = Activations("stored", "each output once; flatten, dropout and the like hand on that of their input", _stored)
CONVENTIONS: dict[str, Activations] = {
    convention.name: convention
    for convention in (
        STORED,
        Activations("in_place", "stored, with relu and its like written over their input", _in_place),
        Activations(
            "cs231n", "the input and the outputs of convolutions, pooling, linear and the like; activations in place",
            _without_activations, with_inputs=True,
        ),
        Activations("copies", "every output a copy, those of flatten and dropout too", _copied),
    )
}  # fmt: skip
"""By name; the first is what every figure of activations follows."""
