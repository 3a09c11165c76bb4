"""The function of a network with one input and one path of straight lines: its linear pieces, exactly.

Each neuron is a function of the input that is straight between finitely many bends. A sum of functions bends where one
of them does, so with a and b pieces it has at most a + b; a function of a function at most a times b.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from archcalc.analysis.values.straight import STRAIGHT_LINE, StraightLines, added, behind
from archcalc.core import Shape
from archcalc.core.arrays import Array
from archcalc.core.record import record
from archcalc.core.result import Result
from archcalc.errors import UsageError
from archcalc.graph.graph import Graph, Node
from archcalc.layers.traits import IN_ORDER, LINEAR, SAME, Bends
from archcalc.spec.names import did_you_mean, listed, nearest

MOST_PIECES = 20_000
"""Of one neuron."""

MOST_NEURONS = 10_000


@record
class LinearPiece:
    """One straight stretch of an output: y = slope * x + offset between two bends."""

    start: Fraction | None
    """Where it begins; None for the one that comes from the far left."""
    stop: Fraction | None
    """Where it ends; None for the one that goes on to the far right."""
    slope: Fraction
    offset: Fraction


@record
class LayerPieces:
    """A layer: the most pieces that one of its neurons has, and what they could be at most."""

    name: str
    kind: str
    neurons: int
    pieces: int
    bound: int
    rule: str
    """How the bound comes from those before: `a + b: 2 + 2 + 2`, `a·b: 2·6`."""


@record
class Pieces(Result):
    """The pieces of each output, from left to right, and how they came about."""

    spec: str
    layers: tuple[LayerPieces, ...]
    outputs: tuple[tuple[LinearPiece, ...], ...]

    @property
    def pieces(self) -> int:
        """Of the output that has the most."""
        return max(map(len, self.outputs))

    @staticmethod
    def teeth(output: Sequence[LinearPiece]) -> int:
        """Tops of an output: where it has risen, and falls next, be it flat between."""
        slopes = [piece.slope for piece in output if piece.slope]
        return sum(before > 0 > after for before, after in pairwise(slopes))


@record
class _Value:
    """What a layer gives: a function for each of its values, and the bounds of their pieces."""

    lines: tuple[StraightLines, ...]
    bounds: tuple[int, ...]


def pieces(graph: Graph, weights: Mapping[str, Any]) -> Pieces:
    """Every linear piece of a network with one number as its input.

    Args:
        weights: numbers by tensor, before those that the spec states: nested lists of ints, fractions or texts such as
            1/2, in the order of the tensor; a number that stands alone is in all places, a layer alone is its `weight`.

    Raises UsageError for another input, a layer that is not made of straight lines, and missing numbers.
    """
    shapes = [shape for _, shape in graph.inputs]
    if shapes != [Shape.of(1)]:
        found = " and ".join(map(str, shapes))
        raise UsageError(f"pieces are of a network with one number as its input, this one has {found}")
    tensors = {**graph.stated, **_tensors_of(graph, weights)}
    values = {0: _Value((STRAIGHT_LINE,), (1,))}
    layers = []
    for index, node in enumerate(graph.nodes, graph.first):
        inputs = [values[value] for value in node.inputs]
        values[index], rule = _layer(graph, node, inputs, tensors)
        made = values[index]
        most = max(len(one.knots) + 1 for one in made.lines)
        if most > MOST_PIECES:
            raise UsageError(f"{graph.title(node)} has {most:,} pieces, at most {MOST_PIECES:,} are worked out")
        layers.append(LayerPieces(graph.title(node), node.layer.kind, len(made.lines), most, max(made.bounds), rule))
    outputs = [line for value in graph.outputs for line in values[value].lines]
    return Pieces(graph.name, tuple(layers), tuple(map(_pieces, outputs)))


def _pieces(line: StraightLines) -> tuple[LinearPiece, ...]:
    bends = [None, *(x for x, _ in line.knots), None]
    found = []
    for number, (start, stop) in enumerate(pairwise(bends)):
        x, y = line.knots[max(number - 1, 0)] if line.knots else (Fraction(0), line.level)
        slope = line.slopes[number]
        found.append(LinearPiece(start, stop, slope, y - slope * x))
    return tuple(found)


def _layer(graph: Graph, node: Node, inputs: Sequence[_Value], tensors: Mapping[str, Array]) -> tuple[_Value, str]:
    traits = node.layer.traits
    if len(node.shape) > 1 or node.shape.elements > MOST_NEURONS:
        raise UsageError(f"{graph.title(node)} gives {node.shape}, pieces are of at most {MOST_NEURONS:,} neurons")
    if traits.family == LINEAR:
        return _linear(node, inputs[0], tensors)
    if traits.bends is not None:
        return _bent(traits.bends, node, inputs[0])
    if traits.sums:
        zipped = zip(*(value.lines for value in inputs), strict=True)
        bounds = tuple(map(sum, zip(*(value.bounds for value in inputs), strict=True)))
        lines = tuple(added([(Fraction(1), line) for line in row], Fraction(0)) for row in zipped)
        return _Value(lines, bounds), _sum_rule([max(value.bounds) for value in inputs])
    if traits.view in (SAME, IN_ORDER):
        return inputs[0], "the same values"
    help = "linear layers, sums, relu, leaky_relu, relu6, abs and hard_sigmoid are"
    raise UsageError(f"{graph.title(node)} ({node.layer.kind}) is not made of straight lines", help=help)


def _linear(node: Node, x: _Value, tensors: Mapping[str, Array]) -> tuple[_Value, str]:
    """Each neuron the weighted sum of those before it; a weight of 0 adds nothing, not even a bend."""
    owner = node.shared or node.name
    given = {name: tensors.get(f"{owner}.{name}") for name in node.weights}
    missing = next((name for name, array in given.items() if array is None), None)
    if missing is not None:
        help = "name a file: --weights FILE, or state them in the spec: weights:"
        raise UsageError(f"the numbers of {owner}.{missing} are not known", help=help)
    rows, bias = given["weight"], given.get("bias")
    assert rows is not None
    lines, bounds, rules = [], [], []
    for number, row in enumerate(rows.rows()):
        offset = Fraction(bias.cells[number]) if bias is not None else Fraction(0)
        terms = [(Fraction(w), line) for w, line in zip(row, x.lines, strict=True) if w]
        used = [bound for w, bound in zip(row, x.bounds, strict=True) if w]
        lines.append(added(terms, offset))
        bounds.append(max(1, sum(used)))
        rules.append(_sum_rule(used))
    return _Value(tuple(lines), tuple(bounds)), rules[bounds.index(max(bounds))]


def _sum_rule(bounds: Sequence[int]) -> str:
    return f"a + b: {' + '.join(map(str, bounds))}" if len(bounds) > 1 else f"a: {bounds[0] if bounds else 1}"


def _bent(bends: Bends, node: Node, x: _Value) -> tuple[_Value, str]:
    knots = tuple((Fraction(at), Fraction(value)) for at, value in bends.knots)
    left, right = (_number(node, slope) for slope in (bends.left, bends.right))
    function = StraightLines.through(knots, left, right)
    own = len(function.knots) + 1
    lines = tuple(behind(function, line) for line in x.lines)
    bounds = tuple(own * bound for bound in x.bounds)
    return _Value(lines, bounds), f"a·b: {own}·{max(x.bounds)}"


def _number(node: Node, slope: int | str) -> Fraction:
    """A slope, or the option that says it: 0.01 is a hundredth, as it is written."""
    return Fraction(str(getattr(node.layer, slope))) if isinstance(slope, str) else Fraction(slope)


def _tensors_of(graph: Graph, given: Mapping[str, Any]) -> dict[str, Array]:
    """The numbers by state-dict name. Raises UsageError for a name that is none, and for more or fewer numbers."""
    shapes = {f"{node.name}.{name}": tensor.shape for node in graph.nodes for name, tensor in node.weights.items()}
    found = {}
    for name, rows in given.items():
        full = name if name in shapes else f"{name}.weight"
        if full not in shapes:
            help = did_you_mean(nearest(name, shapes)) or f"its tensors are {listed(shapes)}"
            raise UsageError(f"{graph.name} has no tensor `{name}`", help=help)
        cells = tuple(_flat(rows)) if isinstance(rows, list | tuple) else (Fraction(rows),) * shapes[full].elements
        if len(cells) != shapes[full].elements:
            what = f"`{full}` is {shapes[full]}, which is {shapes[full].elements:,} numbers, not {len(cells):,}"
            raise UsageError(what)
        found[full] = Array(shapes[full], cells)
    return found


def _flat(rows: Any) -> Iterator[Fraction]:
    if isinstance(rows, list | tuple):
        for row in rows:
            yield from _flat(row)
    else:
        yield Fraction(rows)
