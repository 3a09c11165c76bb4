"""Axes that are probably not what the author means: an input with its channels last or its batch first, tokens x
features read as channels x length, and the other way round."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from archcalc.core import Shape
from archcalc.core.record import record
from archcalc.errors import ArchcalcError
from archcalc.graph.graph import Graph, Node
from archcalc.layers import KINDS, Layer
from archcalc.layers.traits import ANEW, CHANNELS, TOKENS

COLOURS = (1, 3, 4)
"""How many channels pictures have."""

SMALLEST_SIDE = 5
"""Cells of the smallest picture that is taken for one: 256x3x3 is a map of 256 channels."""


@record
class SwappedAxes:
    """A layer that takes the axes of its input for others than they are."""

    layer: str
    """The layer, or the input of the network."""
    node: Node
    """The layer that takes them so."""
    says: str
    of_input: bool
    """Whether the shape of the network's input is meant otherwise."""


class Meant(NamedTuple):
    """A shape as its author probably means it, and why."""

    shape: Shape
    why: str


class _Maker(NamedTuple):
    """What the axes of a value are, and the layer that made them so."""

    axes: str
    name: str


_FRAMES = "channels come first"
_BATCH = "the batch is not part of it"


def meant_input(shape: Shape) -> Meant | None:
    """The shape that an author of `224x224x3` or `1x3x224x224` means; None where nothing is odd."""
    first, *rest = shape
    if len(shape) == 3 and shape[-1] in COLOURS and min(shape[:2]) >= SMALLEST_SIDE:
        return Meant(Shape((shape[-1], *shape[:-1])), _FRAMES)
    if len(shape) < 4 or first in COLOURS[1:]:
        return None
    if rest[0] in COLOURS and min(rest[1:]) >= SMALLEST_SIDE:
        return Meant(Shape(rest), _BATCH)
    if rest[-1] in COLOURS and min(rest[:-1]) >= SMALLEST_SIDE:
        if first == 1:
            return Meant(Shape((rest[-1], *rest[:-1])), f"{_BATCH}, and {_FRAMES}")
        return Meant(Shape((rest[-1], first, *rest[:-1])), _FRAMES)
    return None


def input_note(shape: Shape) -> str:
    """What is odd about the shape of an input, in words; nothing where nothing is."""
    meant = meant_input(shape)
    if meant is None:
        return ""
    count = f"{shape[0]} channel" + ("s" if shape[0] > 1 else "")
    rest = "x".join(map(str, shape[1:]))
    return f"{shape} is read as {count} of {rest}; {meant.why}: write {meant.shape}"


def hinted(error: ArchcalcError, inputs: Iterable[tuple[str, Shape]], other: Sequence[ArchcalcError] = ()) -> None:
    """Say it beside the first layer that does not fit; `other` errors have nothing to do with it."""
    odd = next(((name, shape) for name, shape in inputs if meant_input(shape)), None)
    misfit = next((single for single in error.errors if single not in other), None)
    if odd is not None and misfit is not None:
        misfit.notes = (*misfit.notes, f"{odd[0]}: {input_note(odd[1])}")


def swapped_axes(graph: Graph) -> Iterator[SwappedAxes]:
    """Each place of the text where axes are probably swapped, in the order of the layers."""
    told: set[tuple[object, ...]] = set()
    values: list[_Maker | None] = [None] * graph.first
    inputs = {name: shape for name, shape in graph.inputs if meant_input(shape)}
    untouched = [name if name in inputs else "" for name, _ in graph.inputs]
    """Of each value, the odd input whose axes it still has."""
    for node in graph.nodes:
        reads = _reads(node.layer)
        odd = next(filter(None, [untouched[value] for value in node.inputs]), "")
        if reads == CHANNELS and odd in inputs:
            yield SwappedAxes(odd, node, input_note(inputs.pop(odd)), True)
        for value, shape in zip(node.inputs, node.input_shapes, strict=True):
            maker = values[value]
            if len(shape) == 2 and maker is not None and reads and maker.axes not in (reads, ANEW):
                if told.isdisjoint(keys := _keys(node, maker, shape)):
                    yield _swapped(graph, node, maker, shape, reads)
                told.update(keys)
        untouched.append("" if reads or node.layer.traits.gives else odd)
        values.append(_after(graph, node, reads, [values[value] for value in node.inputs]))


def _reads(layer: Layer) -> str:
    """How the layer takes its axes; where its options name them (`axis=0`, `over=all`), the author has said it."""
    axis = KINDS[layer.kind].parameter("axis")
    named = axis is not None and layer.axis != axis.default  # type: ignore[attr-defined]
    return "" if named or getattr(layer, "over", "") == "all" else layer.traits.reads


def _keys(node: Node, maker: _Maker, shape: Shape) -> tuple[tuple[object, ...], ...]:
    """What is told once: of layers in a row the first, of a repeated layer its line."""
    return (maker.name, node.layer.kind), (node.place.line, node.place.column, shape)


def _after(graph: Graph, node: Node, reads: str, before: list[_Maker | None]) -> _Maker | None:
    """What the axes are after a layer; one that keeps the shape, as a norm does, leaves them what they are."""
    known = next((maker for maker in before if maker is not None), None)
    gives = node.layer.traits.gives
    if not (gives or reads) or (known is not None and not gives and node.shape == node.x):
        return known
    return _Maker(gives or reads, _name(graph, node))


def _swapped(graph: Graph, node: Node, maker: _Maker, shape: Shape, reads: str) -> SwappedAxes:
    rows, columns = shape
    made, taken = _counted(maker.axes, rows, columns), _counted(reads, rows, columns)
    says = f"{made} of {maker.name} are taken for {taken}; write {_repair(node, shape, reads)}"
    return SwappedAxes(_name(graph, node), node, says, False)


def _name(graph: Graph, node: Node) -> str:
    """As a table shows it; an act or a norm written with its layer by its own name."""
    title = graph.title(node)
    group = graph.groups.get(title)
    return node.name if group is not None and graph.nodes[group.first] is not node else title


def _repair(node: Node, shape: Shape, reads: str) -> str:
    swapped = _counted(reads, shape[1], shape[0])
    repair = f"`permute 1 0` before it for {swapped}"
    if reads == TOKENS and _makes_features(node.layer, shape):
        repair += f", or `flatten` for {shape.elements:,} features"
    return repair


def _counted(axes: str, rows: int, columns: int) -> str:
    first, _, second = axes.partition(" x ")
    unit = {"length": "cells"}.get(second, second)
    return f"{_number(rows, first)} x {_number(columns, unit)}"


def _number(count: int, unit: str) -> str:
    return f"{count:,} {unit if count != 1 else unit.removesuffix('s')}"


def _makes_features(layer: Layer, shape: Shape) -> bool:
    """Whether the layer takes all values in one row too, and makes others of them."""
    row = Shape.of(shape.elements)
    try:
        return bool(layer.output(row) != row)
    except ArchcalcError:
        return False
