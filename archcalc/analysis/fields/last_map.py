"""The last layer whose units have a place, on the way to the first output: what is pooled or flattened after it."""

from __future__ import annotations

from archcalc.analysis.fields.receptive import ReceptiveFields
from archcalc.errors import UsageError
from archcalc.graph.graph import Graph


def last_map(graph: Graph) -> str | None:
    """Its name; None where no layer has spatial axes that see a part of the input."""
    fields = placed_fields(graph)
    if fields is None:
        return None
    inputs, axes = graph.first, fields.origin.axes
    needed = {graph.outputs[0]}
    for value in range(graph.outputs[0], inputs - 1, -1):
        if value not in needed:
            continue
        needed.update(graph.nodes[value - inputs].inputs)
        placed = len(graph.value_shape(value).spatial) == axes
        if placed and fields.reaches(value) and fields.has_form(value):
            return graph.value_name(value)
    return None


def placed_fields(graph: Graph) -> ReceptiveFields | None:
    """The receptive fields of a graph, gates over the whole map aside; None without spatial axes."""
    try:
        return ReceptiveFields(graph, gates=False)
    except UsageError:
        return None
