"""Which values of a network are in memory while each layer runs.

A value lives from the layer that makes it to the last one that reads it; the network's outputs live to the
end. A layer that only renames cells (flatten, dropout at inference) makes no value of its own: it hands on
the memory of its input.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from archcalc.graph.graph import Graph, Node
from archcalc.layers.traits import NORM


def held(node: Node) -> int:
    """Elements of memory that the output of a layer takes; none where it is that of its input."""
    return 0 if node.layer.traits.view else node.shape.elements


def has_fixed_statistics(node: Node) -> bool:
    """Whether it is a norm by what training has gathered, as batch norm is: a factor and a shift of each channel."""
    gathered = node.layer.traits.family == NORM and any(tensor.role == "buffer" for tensor in node.weights.values())
    return gathered and not node.layer.each and of_channels(node)


def of_channels(node: Node) -> bool:
    """Whether a norm that may be told its axis takes the channels."""
    return getattr(node.layer, "axis", 0) in (0, -len(node.x))


class Lifetimes(NamedTuple):
    """Elements of one example; values are numbered as in the graph: its inputs, then its nodes."""

    owners: tuple[int, ...]
    """Value -> the value whose memory it uses: itself, unless it is a view or written in place."""
    last_reads: tuple[int, ...]
    """Owner -> the node after which its memory is free, as a value; past all nodes for an output."""
    alive: tuple[int, ...]
    """Node -> elements in memory while it runs, its inputs and its output among them."""
    given: int
    """Elements of the inputs, in memory before the first node runs."""

    @property
    def peak(self) -> int:
        """The most elements in memory at once."""
        return max(self.alive, default=self.given)

    @property
    def busiest(self) -> int:
        """The first node at which the peak is reached; -1, before the first, in a network of no layers."""
        return self.alive.index(self.peak) if self.alive else -1


def lifetimes(graph: Graph, inplace: bool = False, fused_norm: bool = False) -> Lifetimes:
    """Follow every value through the network.

    Args:
        inplace: write relu and its like over their input, where nothing else reads it.
        fused_norm: fold batch norm into the layer before it, where nothing else reads that.
    """
    first = graph.first
    owners = list(range(first + len(graph.nodes)))
    readers = _readers(graph) if inplace or fused_norm else []
    for index, node in enumerate(graph.nodes, first):
        if node.layer.traits.view or (readers and _overwrites(graph, node, readers, inplace, fused_norm)):
            owners[index] = owners[node.inputs[0]]
    last_reads = list(owners)
    for index, node in enumerate(graph.nodes, first):
        for value in node.inputs:
            last_reads[owners[value]] = index
    for value in graph.outputs:
        last_reads[owners[value]] = len(owners)
    given = sum(shape.elements for _, shape in graph.inputs)
    return Lifetimes(tuple(owners), tuple(last_reads), tuple(_alive(graph, owners, last_reads)), given)


def with_kept(graph: Graph, found: Lifetimes, kept: Collection[int]) -> Lifetimes:
    """The same, where the memory of some owners is not freed before the end."""
    end = graph.value_count
    last_reads = [end if value in kept else last for value, last in enumerate(found.last_reads)]
    return found._replace(last_reads=tuple(last_reads), alive=tuple(_alive(graph, found.owners, last_reads)))


def alive_at(graph: Graph, found: Lifetimes, node: int) -> tuple[tuple[str, int], ...]:
    """Names and elements of the values in memory while a node runs, in the order they were made."""
    moment = node + graph.first
    return tuple(
        (graph.value_name(value), graph.value_shape(value).elements)
        for value in range(moment + 1)
        if found.owners[value] == value and _is_alive(graph, found, value, moment)
    )


def _is_alive(graph: Graph, found: Lifetimes, value: int, moment: int) -> bool:
    """Whether it is read now or later; an input that nothing reads is never freed."""
    unread = found.last_reads[value] == value and value < graph.first
    return unread or found.last_reads[value] >= moment


def _readers(graph: Graph) -> list[int]:
    """How often each value is read; the network's outputs once more."""
    counts = [0] * graph.value_count
    for node in graph.nodes:
        for value in node.inputs:
            counts[value] += 1
    for value in graph.outputs:
        counts[value] += 1
    return counts


def _overwrites(graph: Graph, node: Node, readers: Sequence[int], inplace: bool, fused_norm: bool) -> bool:
    first = graph.first
    source = node.inputs[0] if node.inputs else -1
    if source < first or readers[source] > 1:
        return False
    before = graph.nodes[source - first].layer.traits
    if before.view:
        return False
    if node.layer.traits.in_place:
        return inplace
    return fused_norm and before.weighted and has_fixed_statistics(node)


def _alive(graph: Graph, owners: Sequence[int], last_reads: Sequence[int]) -> list[int]:
    first = graph.first
    freed: dict[int, int] = {}
    total = 0
    for value, (_, shape) in enumerate(graph.inputs):
        total += shape.elements
        freed[last_reads[value]] = freed.get(last_reads[value], 0) + shape.elements
    alive = []
    for index, node in enumerate(graph.nodes, first):
        if owners[index] == index:
            elements = node.shape.elements
            total += elements
            freed[last_reads[index]] = freed.get(last_reads[index], 0) + elements
        alive.append(total)
        total -= freed.pop(index, 0)
    return alive
