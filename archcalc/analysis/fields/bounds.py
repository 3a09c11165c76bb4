"""Where a field is a bound: a layer that takes apart the channels of branches that were joined channel by channel.

A field is that of a unit, all its channels together. Where branches with different fields are joined by their channels,
a layer that then takes only some of them (a slice, or a pixel shuffle that makes places of them) may see less than all.
"""

from __future__ import annotations

from archcalc.analysis.fields.receptive import ReceptiveFields
from archcalc.core import NO_WORK
from archcalc.graph.graph import Node
from archcalc.layers.traits import CHANNELS


def bounds_of(fields: ReceptiveFields) -> dict[int, str]:
    """Values whose field is a bound -> the layer that takes channels apart, before them or there."""
    graph = fields.graph
    bounds: dict[int, str] = {}
    joined: set[int] = set()
    """Values whose channels do not all have the same field."""
    for value, node in graph.numbered():
        if value in fields.origin.values or not fields.reaches(value):
            continue
        before = next((bounds[source] for source in node.inputs if source in bounds), None)
        apart = any(source in joined for source in node.inputs)
        if before is not None or (apart and _takes_apart(node)):
            bounds[value] = before or node.name
        elif (apart and not _mixes(node)) or (_joins(node) and _differ(fields, node)):
            joined.add(value)
    return bounds


def _joins(node: Node) -> bool:
    channels = sum(shape.channels for shape in node.input_shapes)
    return len(node.inputs) > 1 and channels == node.shape.channels


def _differ(fields: ReceptiveFields, node: Node) -> bool:
    """Whether the branches see different things; two that have no form are taken to."""
    return any(
        forms[source] is None or forms[source] != forms[node.inputs[0]] or not fields.has_form(source)
        for forms in fields.forms
        for source in node.inputs
    )


def _takes_apart(node: Node) -> bool:
    """Whether an output cell is a copy of some channels only: values move, and there are fewer channels after."""
    x = node.x
    moves = not node.weights and node.work == NO_WORK
    return len(node.inputs) == 1 and moves and node.shape.channels < x.channels


def _mixes(node: Node) -> bool:
    """Whether each channel after reads all before: a kernel has their number times its own, as a dense one has."""
    x = node.x
    kernels = [tensor.shape for tensor in node.weights.values() if len(tensor.shape) > 2]
    dense = x.channels * node.shape.channels
    return node.layer.traits.reads == CHANNELS and any(shape[0] * shape[1] == dense for shape in kernels)
