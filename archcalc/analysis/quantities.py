"""Every quantity, one row each: its name, its words, how it is computed, and where it stands.

Claims, budgets, columns, comparisons, sweeps, locks, questions and their diagnosis read these rows; none has a list of
its own. A row that is added is known to all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from archcalc.analysis.memory import recipe
from archcalc.analysis.summary import BYTES, Counts, Summary, summarize, weights_counted
from archcalc.core import Shape
from archcalc.core.record import record
from archcalc.errors import SpecError, UnknownName
from archcalc.graph.graph import Graph, Group, Node

if TYPE_CHECKING:
    from fractions import Fraction

    from archcalc.analysis.fields.figures import Extent
    from archcalc.analysis.fields.receptive import ReceptiveFields

LEARNED, STORED, OPERATIONS, PER_CELL, SIZE, FIELD, TRAINING, OTHER = (
    "learned", "stored", "operations", "per cell", "size", "field", "training", "other"
)  # fmt: skip
"""Sorts of quantities: what is learned, what is stored beside it, what is computed, what there is of each cell of a
map, the size of an output, a figure of the receptive field, a number of the recipe that a spec states, all else."""


@record
class Subject:
    """What a quantity is computed of: a layer, a group or (part is None) the whole net."""

    figures: Figures
    part: Node | Group | None

    @property
    def graph(self) -> Graph:
        return self.figures.graph

    @property
    def summary(self) -> Summary:
        return self.figures.summary

    @property
    def counts(self) -> Counts:
        """The counts of the part."""
        if self.part is None:
            return self.summary.totals
        if isinstance(self.part, Group):
            return self.summary.counts_of(self.part.first, self.part.stop)
        return self.summary.rows[self.graph.index_of(self.part)].counts

    @property
    def shape(self) -> Shape:
        """The output shape of the part; of the net, its first output's."""
        if self.part is None:
            return self.graph.value_shape(self.graph.outputs[0])
        return self.part.shape if isinstance(self.part, Node) else self.graph.value_shape(self.part.output)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The layers of the part."""
        return self.graph.nodes if self.part is None else self.graph.nodes_of(self.part)


@record
class Measure:
    """One quantity."""

    name: str
    """What claims, columns, sweeps and questions call it: `params`, `out.h`."""
    title: str
    """The heading of its column."""
    says: str
    """What a question asks for."""
    sort: str
    """What misconceptions there are about it: LEARNED and its like."""
    of: Callable[[Subject], int | Fraction | Shape | Extent]
    """Its value for a layer, a group or the net. Raises SpecError for what has none."""
    counted: Callable[[Counts], int] | None = None
    """Its value from the counts of a layer, where layers add up to the net."""
    summed: Callable[[Summary], int] | None = None
    """Its value from the table of the net, where that is enough."""
    each: Callable[[Node], int] | None = None
    """Its value for one layer, where that needs less than all its counts."""
    steps: tuple[str, ...] = ()
    """Figures of `explain` that lead to it."""
    column: str = ""
    """Its older word in `show --columns`, where that is another."""
    drop: int = 0
    """How early its column gives way where a terminal is narrow; 0 never."""
    budget: str = ""
    """The option that bounds it from above."""
    compared: str = ""
    """Its heading in `compare`; "" where it does not stand there."""
    swept: bool = False
    """Computed at every point of a sweep, asked for or not."""
    total: bool = False
    """Stands among the totals of `show --format json`."""
    locked: bool = False
    """Stands in a lock."""

    @property
    def adds_up(self) -> bool:
        """A net's is the sum of its layers'."""
        return self.counted is not None or self.each is not None

    @property
    def per_position(self) -> bool:
        """It grows with the size of the map."""
        return self.sort in (OPERATIONS, PER_CELL)

    @property
    def is_counted(self) -> bool:
        """It is made of what layers have and do, not of shapes, fields or the spec's own numbers."""
        return self.adds_up or self.summed is not None

    @property
    def of_net(self) -> bool:
        """The whole net has it as one number."""
        return self.sort not in (SIZE, FIELD, TRAINING)


class Figures:
    """The quantities of one network; its summary and its fields are computed where the first needs them."""

    def __init__(self, graph: Graph, summary: Summary | None = None, fields: ReceptiveFields | None = None) -> None:
        self.graph = graph
        if summary is not None:
            self.summary = summary
        if fields is not None:
            self.fields = fields

    @cached_property
    def summary(self) -> Summary:
        """The table of the network."""
        return summarize(self.graph)

    @cached_property
    def fields(self) -> ReceptiveFields:
        """Its receptive fields."""
        from archcalc.analysis.fields.receptive import ReceptiveFields

        return ReceptiveFields(self.graph)

    def at(self, part: Node | Group | None, name: str) -> int | Fraction | Shape | Extent:
        """A quantity of a layer, of a group or of the net. Raises SpecError where it has none."""
        return measure(name).of(Subject(self, part))

    def total(self, name: str) -> int:
        """A number of the whole network."""
        number = self.at(None, name)
        assert isinstance(number, int)
        return number


def depth_of(graph: Graph, first: int = 0, stop: int | None = None) -> int:
    """Layers with weighted links on the longest path, of all nodes or a run of them: 16 of VGG-16, 50 of ResNet-50."""
    depths: dict[int, int] = {}
    weighted: dict[object, bool] = {}
    for index, node in enumerate(graph.nodes[first:stop], start=first + graph.first):
        key = (node.layer, node.input_shapes)
        if key not in weighted:
            weighted[key] = node.work.connections > 0
        depths[index] = max([depths.get(value, 0) for value in node.inputs], default=0) + weighted[key]
    return max(depths.values(), default=0)


def weights_of(nodes: Iterable[Node]) -> int:
    """The params of layers without their biases; shared ones where they first stand."""
    return sum(
        tensor.elements
        for node in nodes
        if node.shared is None
        for name, tensor in node.weights.items()
        if tensor.role != "buffer" and "bias" not in name
    )


def _weights(subject: Subject) -> int:
    return weights_of(subject.nodes)


def _no_biases(node: Node) -> int:
    return weights_of((node,))


def _weights_of(word: str) -> Callable[[Node], int]:
    return lambda node: weights_counted(node, word)


def _depth(subject: Subject) -> int:
    part = subject.part
    if isinstance(part, Node):
        return int(part.work.connections > 0)
    return depth_of(subject.graph) if part is None else depth_of(subject.graph, part.first, part.stop)


def _filter(subject: Subject) -> Shape:
    """The shape of one filter: what one output channel reads at a time."""
    weights = [node.weights["weight"].shape for node in subject.nodes if "weight" in node.weights]
    kernels = [shape for shape in weights if len(shape) > 2]
    if subject.part is None or len(kernels) != 1:
        raise SpecError("`filter` is the shape of a convolution's filter", help="name the layer: conv1.filter")
    return Shape(kernels[0][1:])


def _of_net(name: str, title: str, says: str, value: Callable[[Summary], int], **more: Any) -> Measure:
    """A quantity that only the net has."""

    def of(subject: Subject) -> int:
        if subject.part is not None:
            raise SpecError(f"`{name}` is a figure of the net", help="ask for it without a layer")
        return value(subject.summary)

    return Measure(name, title, says, OTHER, of, summed=value, **more)


def _inference(summary: Summary) -> int:
    """Weights and buffers, and the activations at the peak: what `memory` calls inference."""
    return (summary.totals.params + summary.totals.buffers) * BYTES + summary.peak_activation_bytes


def _side(from_last: int, name: str) -> Callable[[Subject], int]:
    def of(subject: Subject) -> int:
        shape = subject.shape
        if len(shape) <= from_last:
            raise UnknownName(f"{shape} has no {name}", help="a vector has `out` and `elements`")
        return shape[-from_last]

    return of


def _counted(name: str, title: str, says: str, sort: str, value: Callable[[Counts], int], **more: Any) -> Measure:
    """A quantity of which layers add up to the net."""
    return Measure(
        name, title, says, sort, lambda subject: value(subject.counts), value, lambda table: value(table.totals), **more
    )  # fmt: skip


def _of_field(name: str, title: str, says: str, steps: tuple[str, ...] = ()) -> Measure:
    """A figure of the receptive field; only a layer has one."""

    def of(subject: Subject) -> Extent:
        from archcalc.analysis.fields.figures import extent

        if subject.part is None:
            raise SpecError(f"`{name}` is a figure of a layer", help=f"name it: conv5.{name}")
        return extent(subject.figures.fields, subject.part.name, name)

    return Measure(name, title, says, FIELD, of, steps=steps)


def _of_training(word: str) -> Measure:
    """A number of the recipe that the spec states; only the net has one."""
    name = f"training.{word}"

    def of(subject: Subject) -> int | Fraction:
        if subject.part is not None:
            raise SpecError(f"`{name}` is a figure of the net", help="ask for it without a layer")
        number = recipe.figure(subject.graph, word)
        return int(number) if number.denominator == 1 else number

    said = word.replace("_", " ")
    return Measure(name, said.capitalize(), f"Training: {said}", TRAINING, of)


_SIZES = ("channels", "extent", "height", "width", "length", "features")
_RUNNING = ("extent", "field")

_ROWS = (
    _counted(
        "params", "Params", "Parameters", LEARNED, attrgetter("params"), each=_weights_of("params"), steps=("params",),
        budget="--max-params", compared="Params", swept=True, total=True, locked=True,
    ),
    _counted(
        "trainable_params", "Trainable", "Trainable parameters", LEARNED, attrgetter("trainable_params"),
        each=_weights_of("trainable_params"), steps=("params",), column="trainable", drop=7, total=True, locked=True,
    ),
    _counted(
        "fixed_params", "Frozen", "Frozen parameters", STORED, lambda counts: counts.params - counts.trainable_params,
        drop=8,
    ),
    _counted(
        "active_params", "Active", "Parameters that one token reads", LEARNED, attrgetter("active_params"),
        steps=("params",), drop=8,
    ),
    Measure("weights", "Weights", "Weights without the biases", LEARNED, _weights, each=_no_biases, steps=("weight",)),
    _counted(
        "buffers", "Buffers", "Stored values that are not learned", STORED, attrgetter("buffers"), drop=6, total=True,
        locked=True,
    ),
    _counted(
        "macs", "MACs", "MACs", OPERATIONS, attrgetter("macs"), steps=("macs",), budget="--max-macs",
        compared="MACs", swept=True, total=True, locked=True,
    ),
    _counted(
        "flops", "FLOPs", "FLOPs", OPERATIONS, attrgetter("flops"), steps=("macs",), drop=5,
        compared="FLOPs (2 x MACs)", swept=True, total=True,
    ),
    _counted(
        "neurons", "Neurons", "Neurons", PER_CELL, attrgetter("neurons"), drop=2, compared="Neurons", swept=True,
        total=True,
    ),
    _counted("connections", "Connections", "Connections", PER_CELL, attrgetter("connections"), drop=1, total=True),
    _of_net(
        "peak_activation_bytes", "Peak (B)", "Most bytes of outputs at once", attrgetter("peak_activation_bytes"),
        budget="--max-peak", compared="Peak activations (bytes)", swept=True, total=True, locked=True,
    ),
    _counted(
        "weight_bytes", "Weights (B)", "Bytes of the weights", LEARNED, attrgetter("weight_bytes"), column="bytes",
        drop=4, budget="--max-weights", compared="Weights (bytes)", swept=True, total=True,
    ),
    _counted(
        "activation_bytes", "Activations (B)", "Bytes of the outputs in memory", PER_CELL,
        lambda counts: counts.activation_elements * BYTES, steps=("activation_bytes",), drop=3, swept=True, total=True,
    ),
    _counted(
        "forward_backward_bytes", "Both ways (B)", "Bytes of the outputs and their gradients", PER_CELL,
        lambda counts: 2 * counts.activation_elements * BYTES, drop=9,
    ),
    _of_net(
        "inference_bytes", "Inference (B)", "Bytes of a forward pass", _inference, compared="Inference memory (bytes)"
    ),
    Measure("layers", "Layers", "Layers", OTHER, lambda subject: len(subject.nodes), swept=True),
    Measure(
        "depth", "Depth", "Layers with weights on the longest path", OTHER, _depth, compared="Depth (weighted layers)"
    ),
    Measure("out", "Output", "Output shape", SIZE, attrgetter("shape"), steps=_SIZES),
    Measure("out.c", "Channels", "Output channels", SIZE, lambda subject: subject.shape.channels, steps=("channels",)),
    Measure("out.h", "Height", "Output height", SIZE, _side(2, "height"), steps=("extent", "height")),
    Measure("out.w", "Width", "Output width", SIZE, _side(1, "width"), steps=("extent", "width")),
    Measure("elements", "Values", "Output values", SIZE, lambda subject: subject.shape.elements, steps=_SIZES),
    Measure("filter", "Filter", "Shape of one filter", SIZE, _filter),
    _of_field("rf", "Field", "Receptive field", _RUNNING),
    _of_field("rf.min", "Least field", "Smallest receptive field of a unit"),
    _of_field("rf.max", "Largest field", "Largest receptive field of a unit"),
    _of_field("jump", "Jump", "Step between neighbouring receptive fields", ("jump",)),
    _of_field("start", "Start", "Centre of the first receptive field"),
    _of_field("padding", "Padding", "Cells before the first pixel that the first unit covers"),
    _of_field("rf.h", "Field height", "Height of the receptive field", _RUNNING),
    _of_field("rf.w", "Field width", "Width of the receptive field", _RUNNING),
    *(
        _of_field(f"{name}.{axis}", f"{title} {along}", f"{says}, {along}")
        for name, title, says in (
            ("jump", "Jump", "Step between neighbouring receptive fields"),
            ("start", "Start", "Centre of the first receptive field"),
            ("padding", "Padding", "Cells before the first pixel that the first unit covers"),
        )
        for axis, along in (("h", "down"), ("w", "across"))
    ),
    *map(_of_training, recipe.NUMBERS),
)  # fmt: skip

MEASURES: Mapping[str, Measure] = {row.name: row for row in _ROWS}
"""Every quantity by its name. The address before it names a layer or group; without one it is the net's."""


def measure(name: str) -> Measure:
    """The quantity of a name; the name of a kind counts the layers of that kind. Raises KeyError."""
    return MEASURES[name] if name in MEASURES else _count_of_kind(name)


def is_measure(name: str) -> bool:
    """Whether there is a quantity of this name."""
    from archcalc.layers import find

    return name in MEASURES or find(name) is not None


def _count_of_kind(kind: str) -> Measure:
    """How many layers of a kind there are: `max_pool: 3`."""
    from archcalc.layers import find

    if find(kind) is None:
        raise KeyError(kind)

    def of(subject: Subject) -> int:
        return sum(node.layer.kind == kind for node in subject.nodes)

    return Measure(kind, kind, f"Layers of the kind {kind}", OTHER, of)


def sorted_as(*sorts: str) -> tuple[str, ...]:
    """The names of the quantities of these sorts."""
    return tuple(row.name for row in _ROWS if row.sort in sorts)
