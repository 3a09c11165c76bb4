"""Receptive fields measured: the rows and columns of the input that change a unit when their values change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

import numpy as np

from archcalc.analysis.fields.bounds import bounds_of
from archcalc.analysis.fields.cells import UnitField, unit_field
from archcalc.analysis.fields.receptive import ReceptiveFields
from archcalc.core import field_mask
from archcalc.core.record import record, replace
from archcalc.errors import BackendError
from archcalc.graph.graph import Graph
from archcalc.numeric.inputs.inputs import random_input, table_rows
from archcalc.numeric.namespace import Array
from archcalc.numeric.reference import Tensors
from archcalc.numeric.run.forward import forward
from archcalc.numeric.run.memory import plan, refuse_too_large
from archcalc.numeric.run.options import Options
from archcalc.numeric.weights.weights import he_weights
from archcalc.tables.field_check import AxisCheck, FieldCheck

_FACTORS = (1e3, 1e60, 0.0)
"""What the values of a row are multiplied by, one after the other, until each row that should change a unit has.

1e3 wins a max pooling; 1e60 is still there after the shares of hundreds of windows; 0 moves what saturates upwards.
"""

MOST_MACS = 2 * 10**13
"""Of all passes of one measurement together: hours."""

_BYTES = 8
_BATCH_BYTES, _MOST_EXAMPLES = 2**30, 32


def check_field(fields: ReceptiveFields, name: str) -> FieldCheck:
    """Measure the field of the middle and of the first unit of a layer.

    Weights and inputs are positive, in float64, so that no ReLU hides a row and a larger value wins a maximum.

    Raises:
        UnsupportedError: for a layer that has no forward.
        BackendError: where it needs more memory than there is, or its values grow beyond all numbers.
    """
    layer, value = fields.placed(name)
    places = dict.fromkeys([tuple(count // 2 for count in fields.units(value)), (0,) * fields.origin.axes])
    units = [unit_field(fields, name, place) for place in places]
    graph, owners = _up_to(fields.graph, fields.origin.values, value)
    _refuse_too_long(graph, layer, units)
    probe = _probe_of(fields, graph, owners, layer, units)
    bound = value in bounds_of(fields)
    checks = [
        AxisCheck(unit.unit, axis, predicted, changed, reached, bound)
        for axis in range(fields.origin.axes)
        for unit, (predicted, changed, reached) in zip(units, _along(probe, axis), strict=True)
    ]
    checks.sort(key=lambda check: list(places).index(check.unit))
    return FieldCheck(fields.graph.name, layer, fields.origin.name, fields.origin.lengths, tuple(checks))


@record
class _Probe:
    """The layers up to the one that is measured, and what they make of the input as it is."""

    graph: Graph
    weights: Tensors
    inputs: Sequence[Array]
    """(1, *shape) each; the pixels first."""
    origins: int
    """How many of the inputs hold the pixels."""
    units: Sequence[UnitField]
    axes: int
    batch: int
    baseline: Sequence[Array]
    """Of each unit, for a batch of the same examples: a sum may round otherwise at another place of a batch."""

    def changes(self, axis: int, sets: Sequence[Sequence[int]], factor: float) -> Iterator[tuple[int, list[bool]]]:
        """For each set of rows its number, and whether each unit changes with it."""
        for start in range(0, len(sets), self.batch):
            chunk = sets[start : start + self.batch]
            inputs = [_repeated(x, self.batch) for x in self.inputs]
            for x in inputs[: self.origins]:
                for example, cells in enumerate(chunk):
                    np.moveaxis(x[example], axis + 1, 0)[list(cells)] *= factor
            (y,) = forward(self.graph, inputs, self.weights)
            found = [
                (now != before).any(1)
                for now, before in zip(_read(y, self.units, self.axes), self.baseline, strict=True)
            ]
            for example in range(len(chunk)):
                yield start + example, [bool(changed[example]) for changed in found]


def _along(probe: _Probe, axis: int) -> list[tuple[int, int, int]]:
    """For each unit the rows predicted, those that changed it, and those that reach it."""
    predicted = [_projected(unit, axis) for unit in probe.units]
    changed = [0] * len(predicted)
    for factor in _FACTORS:
        changed = _joined(changed, _trial(probe, axis, predicted, changed, factor))
    reached = _joined(changed, _one_by_one(probe, axis, _missing(predicted, changed), float("nan")))
    return list(zip(predicted, changed, reached, strict=True))


def _trial(probe: _Probe, axis: int, predicted: Sequence[int], changed: Sequence[int], factor: float) -> list[int]:
    """The rows that change each unit: one by one where a unit should still change, all others at once at first."""
    every = (1 << probe.inputs[0].shape[axis + 2]) - 1
    others = every & ~field_mask.union([*predicted, *changed])
    found = _one_by_one(probe, axis, _missing(predicted, changed), factor)
    if others and any(any(units) for _, units in probe.changes(axis, [list(field_mask.members(others))], factor)):
        found = _joined(found, _one_by_one(probe, axis, others, factor))
    return found


def _missing(predicted: Sequence[int], changed: Sequence[int]) -> int:
    """Rows that should have changed a unit and have not."""
    return field_mask.union([mask & ~seen for mask, seen in zip(predicted, changed, strict=True)])


def _one_by_one(probe: _Probe, axis: int, cells: int, factor: float) -> list[int]:
    sets = [[cell] for cell in field_mask.members(cells)]
    found = [0] * len(probe.units)
    for number, units in probe.changes(axis, sets, factor):
        found = [mask | changed << sets[number][0] for mask, changed in zip(found, units, strict=True)]
    return found


def _joined(masks: Sequence[int], others: Sequence[int]) -> list[int]:
    return [mask | other for mask, other in zip(masks, others, strict=True)]


def _projected(unit: UnitField, axis: int) -> int:
    """The pixels along one axis that a unit sees anywhere along the others."""
    if axis == len(unit.lengths) - 1:
        return field_mask.union(list(unit.cells.values()))
    return field_mask.union([1 << place[axis] for place, mask in unit.cells.items() if mask])


def _refuse_too_long(graph: Graph, layer: str, units: Sequence[UnitField]) -> None:
    """Refuse more than MOST_MACS: every row or column that a unit should see is changed in a pass of its own."""
    passes = sum(
        field_mask.union([_projected(unit, axis) for unit in units]).bit_count()
        for axis in range(len(units[0].lengths))
    )
    work = sum(node.work.macs + node.shape.elements for node in graph.nodes)
    if passes * work > MOST_MACS:
        raise BackendError(
            f"to measure {layer} takes {passes:,} passes of {work:,} MACs, too many to wait for",
            help="a smaller --input, or a --layer that sees less",
        )


def _probe_of(fields: ReceptiveFields, graph: Graph, owners: Graph, layer: str, units: Sequence[UnitField]) -> _Probe:
    refuse_too_large(graph, 1, Options(dtype="float64", reference=True))
    batch = max(1, min(_MOST_EXAMPLES, _BATCH_BYTES // (_BYTES * plan(graph).example)))
    weights = {name: _positive(tensor) for name, tensor in he_weights(owners, 0, "float64").items()}
    inputs = [_input(graph, name) for name, _ in graph.inputs]
    (y,) = forward(graph, [_repeated(x, batch) for x in inputs], weights)
    if not np.isfinite(y).all():
        raise BackendError(f"{layer} cannot be measured: its values grow beyond all numbers")
    baseline = _read(y, units, fields.origin.axes)
    return _Probe(graph, weights, inputs, len(fields.origin.values), units, fields.origin.axes, batch, baseline)


def _up_to(graph: Graph, origins: Sequence[int], value: int) -> tuple[Graph, Graph]:
    """The layers between the pixels and a value, and the same with the owners of the weights they share."""
    needed, first = {value}, graph.first
    for index in range(value, first - 1, -1):
        if index in needed and index not in origins:
            needed.update(graph.nodes[index - first].inputs)
    starts = [*origins, *sorted(index for index in needed if index < first and index not in origins)]
    inner = [index for index in sorted(needed) if index >= first and index not in origins]
    numbers = {old: new for new, old in enumerate([*starts, *inner])}
    kept = [graph.nodes[index - first] for index in inner]
    nodes = [replace(node, inputs=tuple(numbers[source] for source in node.inputs)) for node in kept]
    inputs = tuple((graph.value_name(index), graph.value_shape(index)) for index in starts)
    names = {graph.value_name(old): new for old, new in numbers.items()}
    part = Graph(graph.name, inputs, tuple(nodes), {}, (numbers[value],), names)
    shared = {node.shared for node in kept}
    owners = tuple(node for node in graph.nodes if node.name in names or node.name in shared)
    return part, replace(part, nodes=owners)


def _positive(tensor: Array) -> Array:
    """|w|, and where an output sums many products their average, so that deep nets keep to numbers there are."""
    tensor = np.abs(tensor)
    total = tensor.mean() * prod(tensor.shape[1:]) if tensor.ndim > 1 else 0.0
    return tensor / total if total else tensor


def _input(graph: Graph, name: str) -> Array:
    """(1, *shape) of values between 1/2 and 3/2, or indices where an embedding reads them."""
    value = graph.values[name]
    if table_rows(graph, value):
        return random_input(graph, name, 0, 1, "float64")
    return np.random.default_rng(value).uniform(0.5, 1.5, (1, *graph.value_shape(value)))


def _repeated(x: Array, batch: int) -> Array:
    return np.repeat(x, batch, 0)


def _read(y: Array, units: Sequence[UnitField], axes: int) -> list[Array]:
    """(N, features) of each unit: all its channels, or everything where a layer has no places."""
    if y.ndim != axes + 2:
        return [y.reshape(len(y), -1) for _ in units]
    return [y[(slice(None), slice(None), *unit.unit)] for unit in units]
