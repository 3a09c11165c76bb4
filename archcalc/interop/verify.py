"""A spec that was made of a record, held against it: shapes, wires, weights and work of every layer."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.analysis.summary import Counts, summarize
from archcalc.errors import ArchcalcError
from archcalc.graph.graph import Graph, Group, Node
from archcalc.interop.net import SourceLayer, SourceNet
from archcalc.interop.shape import Shaped


def verify(net: SourceNet, names: Shaped, graph: Graph) -> None:
    """Raises ArchcalcError, a bug of ours, with the first difference."""
    difference = next(differences(net, names, graph), None)
    if difference is not None:
        help = "please report it with the file"
        raise ArchcalcError(f"{net.origin} was not read right: {difference}", help=help)


def differences(net: SourceNet, names: Shaped, graph: Graph) -> Iterator[str]:
    """Where the spec is not what the file says, in the order of its layers."""
    summary = summarize(graph)
    yield from _unlike("inputs", [shape for _, shape in graph.inputs], [shape for _, shape in net.inputs])
    for number, operation in enumerate(net.operations):
        address = names.address(len(net.inputs) + number)
        part = graph.part(address)
        first, stop = _span(graph, part)
        yield from _unlike(f"{address}: shape", graph.value_shape(graph.value_of(part)), operation.shape)
        yield from _unlike(f"{address}: inputs", _wires(graph, first, stop), _wanted(graph, names, operation))
        yield from _counts(address, summary.counts_of(first, stop), operation)
    yield from _unlike("layers", len(graph.nodes), _stop(graph, names, net))
    outputs = [graph.values[names.address(value)] for value in net.outputs]
    yield from _unlike("outputs", list(graph.outputs), outputs)


def _unlike(what: str, made: object, wanted: object) -> Iterator[str]:
    if made != wanted:
        yield f"{what} {made}, not {wanted}"


def _span(graph: Graph, part: Node | Group) -> tuple[int, int]:
    """The nodes of a part."""
    if isinstance(part, Group):
        return part.first, part.stop
    index = graph.index_of(part)
    return index, index + 1


def _wires(graph: Graph, first: int, stop: int) -> list[int]:
    """The values that nodes read which others make."""
    own = range(len(graph.inputs) + first, len(graph.inputs) + stop)
    return [value for node in graph.nodes[first:stop] for value in node.inputs if value not in own]


def _wanted(graph: Graph, names: Shaped, operation: SourceLayer) -> list[int]:
    return [graph.values[names.address(value)] for value in operation.inputs]


def _counts(address: str, made: Counts, operation: SourceLayer) -> Iterator[str]:
    for what in ("params", "buffers", "macs"):
        yield from _unlike(f"{address}: {what}", getattr(made, what), getattr(operation, what))


def _stop(graph: Graph, names: Shaped, net: SourceNet) -> int:
    """How many nodes the operations have together."""
    spans = [_span(graph, graph.part(names.address(len(net.inputs) + at))) for at in range(len(net.operations))]
    return sum(stop - first for first, stop in spans)
