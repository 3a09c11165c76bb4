"""A layer with weights as the full connection that it is a special case of: its matrix, what is zero, what is shared.

What the taps read, the layer's own `windows` say, and which channels a kernel joins its `joins`; the full twin is a
linear layer under that layer's own rules.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import prod

from archcalc.analysis.explain.explain import call_of, explain
from archcalc.analysis.inverse.solve import find_kind, one_layer
from archcalc.analysis.values.forward import Place, reads, taps_of
from archcalc.core import AxisWindow, Shape, TransposedWindow, Window
from archcalc.core.arrays import Array, Number, offset, plainer
from archcalc.core.record import record
from archcalc.core.result import Result
from archcalc.errors import UsageError
from archcalc.graph.graph import Graph, Group, Node
from archcalc.layers.traits import LINEAR

MOST_DRAWN = (25, 40)
"""Rows and columns of a matrix that is drawn, at most."""

LONGEST_AXIS = 1_000_000
"""Places along one axis that are counted one by one, at most."""


@record
class Connection:
    """What a layer costs as it is, or as its full twin."""

    call: str
    weights: int
    biases: int
    params: int
    macs: int


@record
class Matrix(Result):
    """One layer beside its full twin."""

    spec: str
    layer: str
    input: Shape
    output: Shape
    itself: Connection
    twin: Connection
    formula: str
    """How many weights the twin has: 9·4."""
    not_zero: int
    different: int
    """Weights of the layer that any place uses."""
    uses: tuple[int, int]
    """How many places share a weight: the least and the most."""
    places: int
    """Places where the window stops, N."""
    rows: tuple[tuple[str | Number, ...], ...]
    """The matrix, empty for large ones: a row an output value, a column an input value; w1, w2 or their numbers."""

    @property
    def name(self) -> str:
        """The layer's."""
        return self.layer


def matrix_of(graph: Graph, name: str, weight: Array | None = None) -> Matrix:
    """The layer as a full connection. Raises UsageError where it has no kernel, UnknownName for no layer.

    Args:
        weight: its numbers, to be drawn instead of w1, w2; unless given, those that the spec states.
    """
    node = _weighted(graph, name)
    weight = weight or graph.stated_of(node)
    x, y, kernel = node.x, node.shape, node.weights["weight"].shape
    if weight is not None and weight.shape != kernel:
        raise UsageError(
            f"the weights are {weight.shape}, {name} has {kernel}", help="filters x input channels x kernel"
        )
    places, counts, reached = _counted(node)
    twin, bare = (_full(x, y, bias) for bias in ("bias" in node.weights, False))
    figure = explain(bare, f"{LINEAR}.params").layers[0].figures[0]
    joins = kernel.elements // prod(taps_of(node))
    used = [count for count in counts if count]
    return Matrix(
        graph.name, graph.title(node), x, y, _cost(node), _cost(twin.nodes[0]), figure.formula, joins * reached,
        joins * len(used), (min(used), max(used)), places, _rows(node, weight),
    )  # fmt: skip


def _full(x: Shape, y: Shape, bias: bool) -> Graph:
    """A linear layer from all input values to all output values."""
    return one_layer(find_kind(LINEAR), Shape.of(x.elements), {"out_features": y.elements, "bias": bias})


def _weighted(graph: Graph, name: str) -> Node:
    part = graph.part(name)
    nodes = [node for node in graph.nodes_of(part) if node.layer.traits.weighted]
    if not nodes or (isinstance(part, Group) and not part.sugar) or not hasattr(nodes[0].layer, "joins"):
        help = "convolutions and linear layers are special cases of a full connection"
        raise UsageError(f"{name} has no kernel", help=help)
    return nodes[0]


def _cost(node: Node) -> Connection:
    weights = {name: tensor.elements for name, tensor in node.weights.items()}
    return Connection(call_of(node.layer), weights["weight"], weights.get("bias", 0), node.params, node.work.macs)


def _counted(node: Node) -> tuple[int, list[int], int]:
    """Of one kernel: its stops, at how many of them each tap reads a real cell, the pairs of cells that it joins."""
    x = node.x
    if not node.layer.traits.slides:  # each row of features alone
        stops = prod(x[:-1])
        return stops, [stops], stops
    counts, reached = [], 1
    for window, length, size in zip(node.windows, x.spatial, node.shape.spatial, strict=True):
        along, joined = _along(window, length, size)
        counts.append(along)
        reached *= joined
    return prod(node.shape.spatial), [prod(taps) for taps in product(*counts)], reached


def _along(window: AxisWindow, length: int, size: int) -> tuple[list[int], int]:
    assert isinstance(window, Window | TransposedWindow)
    if size * window.kernel > LONGEST_AXIS:
        what = f"{size:,} places of {window.kernel:,} taps along one axis are more than {LONGEST_AXIS:,}"
        raise UsageError(what, help="take a smaller input")
    counts, joined = [0] * window.kernel, 0
    for index in range(size):
        cells = window.taps(index, length)
        counts = [count + (cell is not None) for count, cell in zip(counts, cells, strict=True)]
        joined += len({cell for cell in cells if cell is not None})
    return counts, joined


def _rows(node: Node, weight: Array | None) -> tuple[tuple[str | Number, ...], ...]:
    x, y, kernel = node.x, node.shape, node.weights["weight"].shape
    if y.elements > MOST_DRAWN[0] or x.elements > MOST_DRAWN[1] or (len(x) > 1 and not node.layer.traits.slides):
        return ()
    joined: dict[Place, dict[Place, list[Place]]] = {}
    for unit, source, place in reads(node):
        joined.setdefault(unit, {}).setdefault(source, []).append(place)
    return tuple(
        tuple(_entry(joined.get(unit, {}).get(source, []), kernel, weight) for source in product(*map(range, x)))
        for unit in product(*map(range, y))
    )


def _entry(places: list[Place], kernel: Shape, weight: Array | None) -> str | Number:
    if weight is not None:
        return plainer(sum((Fraction(weight.at(place)) for place in places), Fraction(0)))
    return " + ".join(f"w{offset(place, kernel) + 1}" for place in places) or 0
