"""The claims of a spec, and any other figure asked for by name, held against what is computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from archcalc.analysis.memory import recipe
from archcalc.analysis.summary import BYTES, Counts, Summary, summarize
from archcalc.core import Shape
from archcalc.core.record import record
from archcalc.errors import Place, SpecError, SpecErrors, UnknownName, UsageError
from archcalc.graph.graph import Graph, Group, Node
from archcalc.spec.document import Claim
from archcalc.spec.names import listed, nearest, unknown

if TYPE_CHECKING:
    from fractions import Fraction

    from archcalc.analysis.fields.figures import Extent
    from archcalc.analysis.fields.receptive import ReceptiveFields
    from archcalc.core.demand import Demand, Ends


@record
class ClaimResult:
    """A claim and what is computed for it; `holds` is None where it was skipped, for the `reason`."""

    subject: str
    claimed: str
    actual: int | float | Shape | None
    holds: bool | None
    reason: str
    source: str
    place: Place


class Figures:
    """The figures of one network; its summary and its fields are computed where the first figure needs them."""

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

    def of(self, subject: str) -> int | Fraction | Shape | Extent:
        """The figure at `conv1.params`, `pool2.out.h`, `conv5.rf` or `macs`. Raises UnknownName with the nearest."""
        part, name = split_subject(self.graph, subject)
        return QUANTITIES[name](QuantityOf(self, part))

    def total(self, quantity: str) -> int:
        """A number of the whole network."""
        number = QUANTITIES[quantity](QuantityOf(self, None))
        assert isinstance(number, int)
        return number


@record
class QuantityOf:
    """What a quantity may be computed from: a layer, a group or (part is None) the whole net."""

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
        index = self.graph.index_of(self.part)
        return self.summary.rows[index].counts

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

    @property
    def weights(self) -> int:
        """Params without the biases."""
        return weights_of(self.nodes)

    @property
    def peak(self) -> int:
        """The most bytes of activations at once; of the net alone."""
        if self.part is not None:
            raise SpecError("`peak_activation_bytes` is a figure of the net", help="ask for it without a layer")
        return self.summary.peak_activation_bytes


def _of_field(word: str) -> Callable[[QuantityOf], Extent]:
    """A figure of the receptive field; only a layer has one."""

    def figure(asked: QuantityOf) -> Extent:
        from archcalc.analysis.fields.figures import extent

        if asked.part is None:
            raise SpecError(f"`{word}` is a figure of a layer", help=f"name it: conv5.{word}")
        return extent(asked.figures.fields, asked.part.name, word)

    return figure


def _of_training(word: str) -> Callable[[QuantityOf], int | Fraction]:
    """A number of the recipe that the spec states; only the net has one."""

    def figure(asked: QuantityOf) -> int | Fraction:
        if asked.part is not None:
            raise SpecError(f"`training.{word}` is a figure of the net", help="ask for it without a layer")
        number = recipe.figure(asked.graph, word)
        return int(number) if number.denominator == 1 else number

    return figure


_FIELD_WORDS = ("rf", "rf.min", "rf.max", "jump", "start", "padding")
_FIELD_AXES = tuple(f"{word}.{axis}" for word in ("rf", "jump", "start", "padding") for axis in ("h", "w"))

QUANTITIES: dict[str, Callable[[QuantityOf], int | Fraction | Shape | Extent]] = {
    "params": lambda asked: asked.counts.params,
    "trainable_params": lambda asked: asked.counts.trainable_params,
    "fixed_params": lambda asked: asked.counts.params - asked.counts.trainable_params,
    "buffers": lambda asked: asked.counts.buffers,
    "weights": lambda asked: asked.weights,
    "macs": lambda asked: asked.counts.macs,
    "flops": lambda asked: asked.counts.flops,
    "neurons": lambda asked: asked.counts.neurons,
    "connections": lambda asked: asked.counts.connections,
    "weight_bytes": lambda asked: asked.counts.weight_bytes,
    "activation_bytes": lambda asked: asked.counts.activation_elements * BYTES,
    "forward_backward_bytes": lambda asked: 2 * asked.counts.activation_elements * BYTES,
    "peak_activation_bytes": lambda asked: asked.peak,
    "out": lambda asked: asked.shape,
    "out.c": lambda asked: asked.shape.channels,
    "out.h": lambda asked: _side(asked.shape, 2, "height"),
    "out.w": lambda asked: _side(asked.shape, 1, "width"),
    "elements": lambda asked: asked.shape.elements,
    "layers": lambda asked: len(asked.nodes),
    **{word: _of_field(word) for word in (*_FIELD_WORDS, *_FIELD_AXES)},
    **{f"training.{word}": _of_training(word) for word in recipe.NUMBERS},
}
"""Quantity -> what computes it. The address before it names a layer or group; without one it is the net's."""


@record
class Held:
    """A demand, what is computed for it, and whether it holds."""

    demand: Demand
    actual: int | Fraction | Shape | Extent
    holds: bool

    @property
    def ends(self) -> Ends:
        """The least and the largest value along each axis."""
        return _ends(self.actual, self.demand.wanted.shape)


def hold(figures: Figures, demand: Demand) -> Held:
    """Hold a demand against what is computed: of a field along every axis, for the least and the largest unit."""
    return _held(demand, figures.of(demand.subject))


def _held(demand: Demand, actual: int | Fraction | Shape | Extent) -> Held:
    wanted = demand.wanted
    ends = _ends(actual, wanted.shape)
    values = len(wanted.values[0])
    if values not in (1, len(ends)) and not wanted.shape:
        axes = "1 axis" if len(ends) == 1 else f"{len(ends)} axes"
        raise SpecError(f"`{demand.text}` has {values} values, {demand.subject} has {axes}")
    return Held(demand, actual, wanted.holds(ends))


def check_claims(graph: Graph, summary: Summary | None = None) -> tuple[ClaimResult, ...]:
    """Every claim of the spec; all are skipped where `--set` or `--input` changed what they speak of.

    Raises SpecErrors for all claims of what the network does not have.
    """
    if graph.overridden:
        reason = f"skipped: {', '.join(graph.overridden)} changes the net"
        return tuple(
            ClaimResult(c.demand.subject, c.demand.wanted.text, None, None, reason, c.source, c.place)
            for c in graph.claims
        )
    figures = Figures(graph, summary)
    results, errors = [], []
    for claim in graph.claims:
        try:
            results.append(_check(claim, figures))
        except SpecError as error:
            errors.append(error)
    if errors:
        raise SpecErrors(errors)
    return tuple(results)


def claim_result(held: Held, claimed: str, source: str, place: Place) -> ClaimResult:
    """The result of a demand as that of a claim."""
    subject = held.demand.subject
    try:
        actual = single(held.actual)
        shown = actual if isinstance(actual, int | float | Shape) else float(actual)
        return ClaimResult(subject, claimed, shown, held.holds, "", source, place)
    except SpecError as error:
        return ClaimResult(subject, claimed, None, held.holds, error.what, source, place)


def quantity(graph: Graph, summary: Summary, subject: str) -> int | float | Fraction | Shape:
    """The figure at `conv1.params`, `pool2.out.h` or `macs`. Raises UnknownName with the nearest."""
    return single(Figures(graph, summary).of(subject))


def single(figure: int | Fraction | Shape | Extent) -> int | float | Fraction | Shape:
    """The one value of a figure. Raises SpecError where the units of a layer have several."""
    if isinstance(figure, int | Shape):
        return figure
    from fractions import Fraction

    return figure if isinstance(figure, Fraction) else figure.single


def weights_of(nodes: Iterable[Node]) -> int:
    """The params of layers without their biases; shared ones where they first stand."""
    return sum(
        tensor.elements
        for node in nodes
        if node.shared is None
        for name, tensor in node.weights.items()
        if tensor.role != "buffer" and "bias" not in name
    )


def split_subject(graph: Graph, subject: str) -> tuple[Node | Group | None, str]:
    """The part and the quantity that a subject names. Raises UnknownName."""
    address, name = _known(subject)
    return (graph.part(address) if address else None), name


def known_figure(subject: str) -> str:
    """The subject itself, where it ends in a quantity that there is. Raises UnknownName."""
    _known(subject)
    return subject


def is_figure(subject: str) -> bool:
    """Whether a subject ends in a quantity that there is."""
    return _split(subject) is not None


def _known(subject: str) -> tuple[str, str]:
    """The address, empty for the net, and the quantity."""
    found = _split(subject)
    if found is None:
        asked = subject.replace("/", ".").rpartition(".")[2]
        help = f"quantities are {listed(QUANTITIES, 20)}"
        raise unknown(f"unknown quantity `{asked}`", asked, nearest(asked, QUANTITIES), help)
    return found


def _split(subject: str) -> tuple[str, str] | None:
    words = subject.replace("/", ".").split(".")
    for cut in range(len(words)):
        name = ".".join(words[cut:])
        if name in QUANTITIES:
            return ".".join(words[:cut]), name
    return None


def _side(shape: Shape, from_last: int, name: str) -> int:
    """A spatial size of a map; a vector has none."""
    if len(shape) <= from_last:
        raise UnknownName(f"{shape} has no {name}", help="a vector has `out` and `elements`")
    return shape[-from_last]


def _ends(actual: int | Fraction | Shape | Extent, shape: bool) -> Ends:
    """Of an output its sizes where a shape is wanted, else how many values it has."""
    if isinstance(actual, Shape):
        return tuple((size, size) for size in actual) if shape else ((actual.elements, actual.elements),)
    from fractions import Fraction

    return ((actual, actual),) if isinstance(actual, int | Fraction) else actual.ends


def _check(claim: Claim, figures: Figures) -> ClaimResult:
    demand = claim.demand
    try:
        actual = figures.of(demand.subject)
    except SpecError as error:
        raise error.at(claim.name_place) from None
    except UsageError as error:  # a figure that this network has not, asked for by its own file
        raise SpecError(error.what, help=error.help).at(claim.name_place) from None
    try:
        held = _held(demand, actual)
        if demand.wanted.sign == "=":
            single(held.actual)  # a claim of one value needs one
    except SpecError as error:
        raise error.at(claim.place) from None
    return claim_result(held, demand.wanted.text, claim.source, claim.place)
