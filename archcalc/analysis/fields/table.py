"""The receptive fields of a whole net, as the plain rows and remarks that reports draw."""

from __future__ import annotations

from collections.abc import Callable

from archcalc.analysis.fields.bounds import bounds_of
from archcalc.analysis.fields.receptive import LayerField, Meeting, ReceptiveFields, Unseen
from archcalc.analysis.fold import FoldedRow, fold
from archcalc.analysis.summary import summarize
from archcalc.core import Shape, field_units
from archcalc.core.record import record
from archcalc.core.result import Result
from archcalc.errors import UnsupportedError, UsageError
from archcalc.graph.graph import Graph, Node

MOST_LISTED = 100_000
"""Units of an axis in one table."""


@record
class FieldSummary(Result):
    """Rows in the order of the net, and what a reader should hear beside them."""

    spec: str
    origin: str
    """The input or the layer whose cells are the pixels."""
    shape: Shape
    """Its shape."""
    rows: tuple[LayerField, ...]
    left_out: tuple[str, ...]
    """Layers that do not depend on the origin."""
    meetings: tuple[Meeting, ...]
    """Branches that do not line up, on the way to any row."""
    gated: tuple[str, ...]
    """Layers that multiply in, or add, what has seen the whole map."""
    gates: bool
    """Whether those branches count."""
    unseen: Unseen | None
    """Pixels that the last row never sees."""
    bounds: tuple[str, ...]
    """Layers that take joined channels apart: the field of what reads them is a bound."""
    unknown: str
    """The last row, where it has too many units to say which pixels it never sees."""
    same: tuple[str, ...]
    """Strided layers with `same` padding: their padding depends on the size of the input."""


@record
class ExactUnit:
    """The real pixels that one unit sees along one axis."""

    axis: int
    unit: int
    first: int | None
    last: int | None
    size: int
    seen: int
    """Pixels between first and last that count; the others are holes."""


def field_summary(fields: ReceptiveFields, layer: str | None = None, depth: int | None = None) -> FieldSummary:
    """The rows of all layers, folded as `show` folds them, or of one layer."""
    graph = fields.graph
    names = [layer] if layer is not None else [row.name for row in _folded(graph, depth)]
    rows, left_out = [], []
    last = None
    for name in names:
        part = graph.part(name)
        value = fields.value(part)
        if layer is None and not fields.reaches(value):
            left_out.append(part.name)
            continue
        rows.append(fields.of(name))
        last = (part.name, value)
    shown = {fields.value(graph.part(row.name)) for row in rows}
    unseen, unknown = unseen_by(fields, *last) if last else (None, "")
    needed = _before(fields, shown)
    return FieldSummary(
        spec=graph.name,
        origin=fields.origin.name,
        shape=graph.value_shape(fields.origin.values[0]),
        rows=tuple(rows),
        left_out=tuple(left_out),
        meetings=tuple(meeting for meeting in fields.meetings if meeting.layer in needed),
        gated=tuple(name for name in fields.gated if name in needed),
        gates=fields.gates,
        unseen=unseen,
        bounds=tuple(dict.fromkeys(found for value, found in bounds_of(fields).items() if value in shown)),
        unknown=unknown,
        same=tuple(node.name for node in graph.nodes if node.name in needed and _strided_same(node)),
    )


def exact_units(fields: ReceptiveFields, name: str) -> tuple[ExactUnit, ...]:
    """Every unit of a layer along each axis; along one axis where all are alike.

    Raises UsageError for more than can be listed.
    """
    value = fields.value(fields.graph.part(fields.of(name).name))
    longest = max(fields.units(value))
    if longest > MOST_LISTED:
        what = f"{name} has {longest:,} units along an axis, more than the {MOST_LISTED:,} that are listed"
        raise UsageError(what, help="--at gives one of them; --exact without --layer the sizes there are")
    found = []
    for axis, masks in enumerate(fields.masks_of(value)[: 1 if fields.plan.alike else None]):
        for unit, (first, last, seen) in enumerate(field_units.each(masks)):
            size = 0 if first is None or last is None else last - first + 1
            found.append(ExactUnit(axis, unit, first, last, size, seen))
    return tuple(found)


def exact_sizes(fields: ReceptiveFields, value: int) -> tuple[tuple[int, int, int, int], ...]:
    """For each axis: units, least and largest size of their fields in real pixels, and pixels that any sees."""
    found = []
    for masks in fields.masks_of(value):
        sizes = field_units.sizes(masks)
        seen = sum(last - first + 1 for first, last in field_units.seen(masks))
        found.append((len(masks), min(sizes), max(sizes), seen))
    return tuple(found)


def unseen_by(fields: ReceptiveFields, name: str, value: int) -> tuple[Unseen | None, str]:
    """The pixels that no unit of a value sees; or its name, where too many units differ to say."""
    try:
        return fields.unseen(name, value), ""
    except UnsupportedError:
        return None, name


def padding_law(
    graph_at: Callable[[int], Graph], name: str, axis: int, size: int, period: int
) -> tuple[tuple[int, int], ...]:
    """The effective padding of a layer for each of `period` input sizes from `size` on."""
    law = []
    for length in range(size, size + period):
        padding = ReceptiveFields(graph_at(length)).of(name).axes[axis].padding
        if padding is None:
            return ()
        law.append((length, padding))
    return tuple(law)


def _folded(graph: Graph, depth: int | None) -> tuple[FoldedRow, ...]:
    return fold(summarize(graph), depth)


def _before(fields: ReceptiveFields, values: set[int]) -> set[str]:
    """Names of the nodes that any of the values depends on, themselves included."""
    graph, inputs = fields.graph, fields.graph.first
    needed = set(values)
    for value in range(inputs + len(graph.nodes) - 1, inputs - 1, -1):
        if value in needed and value not in fields.origin.values:
            needed.update(graph.nodes[value - inputs].inputs)
    return {graph.value_name(value) for value in needed if value >= inputs and fields.reaches(value)}


def _strided_same(node: Node) -> bool:
    stride = getattr(node.layer, "stride", ())
    return getattr(node.layer, "padding", None) == "same" and any(step > 1 for step in stride)
