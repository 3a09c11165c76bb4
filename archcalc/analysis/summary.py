"""Every layer's shape, params, buffers and operations, and their totals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any, NamedTuple

from archcalc.analysis.cost.convention import Convention, Counted, NotCounted, kind_counted, left_out
from archcalc.analysis.cost.conventions import CONVENTIONS, built_for
from archcalc.analysis.memory.lifetimes import held, lifetimes
from archcalc.core import Shape, TensorSpec, Work
from archcalc.core.record import fields, record
from archcalc.core.result import Result
from archcalc.errors import Place
from archcalc.graph.graph import Graph, Group, Node
from archcalc.layers import Layer


@record
class Counts:
    """What adds up: over the layers of a group, and over the net."""

    params: int = 0
    trainable_params: int = 0
    active_params: int = 0
    """Params that one token reads: fewer than `params` where it asks some of many experts."""
    buffers: int = 0
    macs: int = 0
    flops: int = 0
    operations: int = 0
    """Under the convention of the summary."""
    neurons: int = 0
    """Output values of layers with weighted links (LeCun et al. 1998, Krizhevsky et al. 2012)."""
    connections: int = 0
    """Weighted links, biases included."""
    weight_bytes: int = 0
    buffer_bytes: int = 0
    activation_elements: int = 0
    """Output values held in memory: none of flatten, dropout and the like (memory/activations.py)."""


@record
class LayerRow:
    """One layer."""

    name: str
    kind: str
    inputs: tuple[str, ...]
    input_shapes: tuple[Shape, ...]
    output: Shape
    counts: Counts
    weights: Mapping[str, TensorSpec]
    attributes: Mapping[str, Any]
    """What the spec says about the layer, where it is not the default."""
    shared: str | None
    """The layer whose weights this one uses; they are counted there."""
    place: Place | None = None
    """Where it is written, or called."""


@record
class GroupRow:
    """A group of consecutive layers that a table may fold into one row."""

    name: str
    label: str
    first: int
    stop: int
    output: Shape
    sugar: bool
    place: Place
    """Where it is written, or called."""


@record
class Summary(Result):
    """The table of a network; rows in execution order, leaves only."""

    spec: str
    """The name it was loaded by: `lenet5`."""
    title: str
    """The name that the spec gives itself: `LeNet-5`."""
    inputs: tuple[tuple[str, Shape], ...]
    outputs: tuple[tuple[str, Shape], ...]
    batch: int
    convention: Convention
    rows: tuple[LayerRow, ...]
    groups: tuple[GroupRow, ...]
    totals: Counts
    not_counted: tuple[NotCounted, ...]
    input_bytes: int
    activation_bytes: int
    """Outputs of all layers together, as if none were freed or computed in place."""
    peak_activation_bytes: int
    """The most bytes of inputs and outputs alive at once, in execution order."""
    notes: tuple[str, ...] = ()
    """What a reader should hear beside the numbers, where somebody asked for it."""

    def counts_of(self, first: int, stop: int) -> Counts:
        """What the rows from `first` up to `stop` add up to."""
        return add_counts(row.counts for row in self.rows[first:stop])


_VALUES = attrgetter(*(field.name for field in fields(Counts)))

BYTES = 4
"""float32."""


def summarize(graph: Graph, convention: Convention = CONVENTIONS["macs"], batch: int = 1) -> Summary:
    """Count every layer; operations and activations are those of the whole batch."""
    known: dict[tuple[int, tuple[Shape, ...], str], _Facts] = {}
    rows = []
    missing: list[NotCounted] = []
    names = [name for name, _ in graph.inputs] + [node.name for node in graph.nodes]
    built = built_for(convention, graph)
    for node in graph.nodes:
        key = (id(node.layer), node.input_shapes, built.get(node.name, ""))  # a layer used again is the same object
        facts = known.get(key)
        if facts is None:
            facts = known[key] = _facts(node, convention, batch, key[2])
        counts = _owned(facts.counts, node)
        if convention.reports:
            missing += left_out(convention, node.name, kind_counted(node.layer), facts.work, key[2])
        rows.append(
            LayerRow(
                node.name, node.layer.kind, tuple([names[value] for value in node.inputs]), node.input_shapes,
                node.shape, counts, facts.weights, facts.attributes, node.shared, node.place,
            )
        )  # fmt: skip
    return Summary(
        spec=graph.name,
        title=graph.own_name,
        inputs=graph.inputs,
        outputs=tuple((graph.value_name(value), graph.value_shape(value)) for value in graph.outputs),
        batch=batch,
        convention=convention,
        rows=tuple(rows),
        groups=tuple(_group_row(graph, group) for group in graph.groups.values()),
        totals=add_counts(row.counts for row in rows),
        not_counted=tuple(missing),
        input_bytes=sum(shape.elements for _, shape in graph.inputs) * BYTES * batch,
        activation_bytes=sum(row.counts.activation_elements for row in rows) * BYTES,
        peak_activation_bytes=lifetimes(graph).peak * BYTES * batch,
    )


def counts_of(node: Node) -> Counts:
    """What one layer counts, on one example."""
    weights, work = node.weights, node.work
    return _owned(_counts(node, CONVENTIONS["macs"], 1, "", weights, work), node)


def weights_counted(node: Node, word: str) -> int:
    """One of `params`, `trainable_params` and `buffers` of a layer, as `counts_of` has it, its work left uncounted."""
    if node.shared or (node.frozen and word == "trainable_params"):
        return 0
    return _elements(node.weights, word)


def add_counts(counts: Iterable[Counts]) -> Counts:
    """The sum, field by field."""
    return Counts(*map(sum, zip(*map(_VALUES, counts), strict=True)))


def attributes_of(layer: Layer) -> Mapping[str, Any]:
    """The attributes of a layer that are required or not the default, by name."""
    from archcalc.layers import find

    kind = find(layer.kind)
    assert kind is not None
    found = {}
    for parameter in (*kind.parameters, *kind.common):
        value = getattr(layer, parameter.name)
        if parameter.required or not _is_default(value, parameter.default):
            found[parameter.name] = value
    return found


def _is_default(value: Any, default: Any) -> bool:
    if value == default or str(value) == str(default):
        return True
    if isinstance(value, bool):
        return bool(default == ("yes" if value else "no"))
    if not isinstance(value, tuple):
        return False
    return all(item in (default, (default, default)) for item in value)


class _Facts(NamedTuple):
    """What is the same for every use of a layer on the same shapes."""

    counts: Counts
    weights: Mapping[str, TensorSpec]
    attributes: Mapping[str, Any]
    work: Work


def _facts(node: Node, convention: Convention, batch: int, built: str) -> _Facts:
    weights = node.weights
    work: Work = node.work
    counts = _counts(node, convention, batch, built, weights, work)
    return _Facts(counts, weights, attributes_of(node.layer), work)


def _counts(
    node: Node, convention: Convention, batch: int, built: str, weights: Mapping[str, TensorSpec], work: Work
) -> Counts:
    params, buffers = _elements(weights, "params"), _elements(weights, "buffers")
    operations = convention.count(Counted(node.layer, node.input_shapes, node.shape, work, built))
    return Counts(
        params=params,
        trainable_params=_elements(weights, "trainable_params"),
        active_params=active_params(weights),
        buffers=buffers,
        macs=work.macs * batch,
        flops=2 * work.macs * batch,
        operations=operations * batch,
        neurons=node.shape.elements if work.connections else 0,
        connections=work.connections,
        weight_bytes=params * BYTES,
        buffer_bytes=buffers * BYTES,
        activation_elements=held(node) * batch,
    )


def active_params(weights: Mapping[str, TensorSpec]) -> int:
    """Params that one token reads."""
    return sum([tensor.active_elements for tensor in weights.values() if tensor.role != "buffer"])


_ROLES = {"params": ("trainable", "fixed"), "trainable_params": ("trainable",), "buffers": ("buffer",)}


def _elements(weights: Mapping[str, TensorSpec], word: str) -> int:
    roles = _ROLES[word]
    return sum([tensor.elements for tensor in weights.values() if tensor.role in roles])


def _owned(counts: Counts, node: Node) -> Counts:
    """The counts without weights that belong to another layer, or that are not trained."""
    if node.shared:
        return _without_weights(counts)
    return _frozen(counts) if node.frozen else counts


def _without_weights(counts: Counts) -> Counts:
    from archcalc.core.record import replace

    return replace(counts, params=0, trainable_params=0, active_params=0, buffers=0, weight_bytes=0, buffer_bytes=0)


def _frozen(counts: Counts) -> Counts:
    from archcalc.core.record import replace

    return replace(counts, trainable_params=0)


def _group_row(graph: Graph, group: Group) -> GroupRow:
    output = graph.nodes[group.stop - 1].shape if group.output < 0 else graph.value_shape(group.output)
    return GroupRow(group.name, group.label, group.first, group.stop, output, group.sugar, group.place)
