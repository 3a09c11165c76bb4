"""The claims of a spec, and any other figure asked for by name, held against what is computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from archcalc.analysis.summary import BYTES, Counts, Summary, summarize
from archcalc.core import Shape
from archcalc.core.record import record
from archcalc.errors import Place, SpecError, UnknownName
from archcalc.graph.graph import Graph, Group, Node
from archcalc.spec.document import Claim
from archcalc.spec.names import did_you_mean, listed, nearest


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


@record
class Asked:
    """What a quantity may be computed from: a layer, a group or (part is None) the whole net."""

    graph: Graph
    summary: Summary
    part: Node | Group | None

    @property
    def counts(self) -> Counts:
        """The counts of the part."""
        if self.part is None:
            return self.summary.totals
        if isinstance(self.part, Group):
            return self.summary.counts_of(self.part.first, self.part.stop)
        index = self.graph.values[self.part.name] - len(self.graph.inputs)
        return self.summary.rows[index].counts

    @property
    def shape(self) -> Shape:
        """The output shape of the part; of the net, its first output's."""
        if self.part is None:
            return self.graph.value_shape(self.graph.outputs[0])
        return self.part.shape if isinstance(self.part, Node) else self.graph.value_shape(self.part.output)

    @property
    def weights(self) -> int:
        """Params without the biases."""
        return weights_of(self.graph.nodes if self.part is None else self.graph.nodes_of(self.part))

    @property
    def peak(self) -> int:
        """The most bytes of activations at once; of the net alone."""
        if self.part is not None:
            raise SpecError("`peak_activation_bytes` is a figure of the net", help="ask for it without a layer")
        return self.summary.peak_activation_bytes


def _of_field(word: str) -> Callable[[Asked], int | float | Shape]:
    """A figure of the receptive field; only a layer has one."""

    def figure(asked: Asked) -> int | float | Shape:
        from archcalc.analysis.receptive_require import claimed_figure

        if asked.part is None:
            raise SpecError(f"`{word}` is a figure of a layer", help=f"name it: conv5.{word}")
        return claimed_figure(asked.graph, asked.part.name, word)

    return figure


_FIELD_WORDS = ("rf", "rf.min", "rf.max", "jump", "start", "padding")
_FIELD_AXES = tuple(f"{word}.{axis}" for word in ("rf", "jump", "start", "padding") for axis in ("h", "w"))

QUANTITIES: dict[str, Callable[[Asked], int | float | Shape]] = {
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
    **{word: _of_field(word) for word in (*_FIELD_WORDS, *_FIELD_AXES)},
}
"""Quantity -> what computes it. The address before it names a layer or group; without one it is the net's."""


def check_claims(graph: Graph, summary: Summary | None = None) -> tuple[ClaimResult, ...]:
    """Every claim of the spec; all are skipped where `--set` or `--input` changed what they speak of."""
    if graph.overridden:
        reason = f"skipped: {', '.join(graph.overridden)} changes the net"
        return tuple(_result(claim, None, None, reason) for claim in graph.claims)
    if summary is None and graph.claims:
        summary = summarize(graph)
    return tuple(_check(claim, graph, summary) for claim in graph.claims) if summary else ()


def quantity(graph: Graph, summary: Summary, subject: str) -> int | float | Shape:
    """The figure at `conv1.params`, `pool2.out.h` or `macs`. Raises UnknownName with the nearest."""
    part, name = split_subject(graph, subject)
    return QUANTITIES[name](Asked(graph, summary, part))


def weights_of(nodes: Iterable[Node]) -> int:
    """The params of layers without their biases; shared ones where they first stand."""
    return sum(
        tensor.elements
        for node in nodes
        if node.shared is None
        for name, tensor in node.layer.weights(*node.input_shapes).items()
        if tensor.role != "buffer" and "bias" not in name
    )


def split_subject(graph: Graph, subject: str) -> tuple[Node | Group | None, str]:
    """The part and the quantity that a subject names. Raises UnknownName."""
    words = subject.replace("/", ".").split(".")
    for cut in range(len(words)):
        name = ".".join(words[cut:])
        if name in QUANTITIES:
            return (graph.part(".".join(words[:cut])) if cut else None), name
    asked = words[-1]
    help = did_you_mean(nearest(asked, QUANTITIES)) or f"quantities are {listed(QUANTITIES, 20)}"
    raise UnknownName(f"unknown quantity `{asked}`", help=help)


def _side(shape: Shape, from_last: int, name: str) -> int:
    """A spatial size of a map; a vector has none."""
    if len(shape) <= from_last:
        raise UnknownName(f"{shape} has no {name}", help="a vector has `out` and `elements`")
    return shape[-from_last]


def _check(claim: Claim, graph: Graph, summary: Summary) -> ClaimResult:
    try:
        actual = quantity(graph, summary, claim.subject)
    except SpecError as error:
        raise error.at(claim.place) from None
    if isinstance(actual, Shape) or isinstance(claim.value, Shape):
        return _result(claim, actual, _same_shape(claim.value, actual), "")
    return _result(claim, actual, claim.value.holds(actual), "")


def _same_shape(claimed: object, actual: float | Shape) -> bool:
    return isinstance(claimed, Shape) and isinstance(actual, Shape) and claimed == actual


def _result(claim: Claim, actual: float | Shape | None, holds: bool | None, reason: str) -> ClaimResult:
    return ClaimResult(claim.subject, claim.text, actual, holds, reason, claim.source, claim.place)
