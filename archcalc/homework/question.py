"""A question: one figure of one network, and the layers it is about."""

from __future__ import annotations

from fractions import Fraction

from archcalc.analysis.claims import quantity, split_subject
from archcalc.analysis.summary import Summary, summarize
from archcalc.core import Shape
from archcalc.core.record import field, record
from archcalc.errors import ShapeError
from archcalc.graph.elaborate import Choices, elaborate
from archcalc.graph.graph import Graph, Group, Node
from archcalc.spec.document import Document

ADDS_UP = frozenset(
    {"params", "trainable_params", "fixed_params", "weights", "buffers", "macs", "flops", "connections", "neurons",
     "weight_bytes"}
)  # fmt: skip
"""Figures of a net that are the sum of those of its layers."""


@record
class Network:
    """The network that a sheet is about, and where it came from, so that it can be built in other ways."""

    graph: Graph
    document: Document
    choices: Choices
    summary: Summary

    @classmethod
    def of(cls, graph: Graph, document: Document, choices: Choices) -> Network:
        """A network and its summary."""
        return cls(graph, document, choices, summarize(graph))

    def otherwise(self, params: dict[str, object] | None = None, inputs: dict[str, Shape] | None = None) -> Graph:
        """The graph with other params or inputs. Raises SpecError where it does not fit."""
        choices = Choices({**self.choices.params, **(params or {})}, {**self.choices.inputs, **(inputs or {})})
        return elaborate(self.document, choices)


@record
class Question:
    """What is asked: `conv1.params`, `pool2.out`, `macs`."""

    id: str
    subject: str
    network: Network
    part: Node | Group | None
    """The layer or group; None for the whole net."""
    word: str
    """The quantity: params, out.w, rf."""
    actual: Fraction | Shape
    indices: tuple[int, ...] = field(factory=tuple)
    """The nodes of the part, by their index in the graph."""
    layout: str = "CHW"
    """The order in which sheets write shapes: CHW or HWC."""

    @property
    def graph(self) -> Graph:
        return self.network.graph

    @property
    def nodes(self) -> list[Node]:
        """The layers that the question is about."""
        return [self.graph.nodes[index] for index in self.indices]

    @property
    def asks_shape(self) -> bool:
        return isinstance(self.actual, Shape)

    @property
    def adds_up(self) -> bool:
        return self.word in ADDS_UP

    def otherwise(self, word: str) -> Fraction | Shape | None:
        """Another figure of the same part; None where it has none."""
        from archcalc.errors import ArchcalcError

        try:
            subject = f"{self.part.name}.{word}" if self.part else word
            return exact(quantity(self.graph, self.network.summary, subject))
        except ArchcalcError:
            return None


def ask(network: Network, subject: str, id: str | None = None, layout: str = "CHW") -> Question:
    """The question for a figure. Raises UnknownName with the nearest figure or layer."""
    graph = network.graph
    part, word = split_subject(graph, subject)
    actual = exact(quantity(graph, network.summary, subject))
    return Question(id or subject, subject, network, part, word, actual, _indices(graph, part), layout)


def exact(value: object) -> Fraction | Shape:
    """A figure as an exact number, or a shape."""
    if isinstance(value, Shape):
        return value
    if isinstance(value, int | float | Fraction):
        return Fraction(value)
    raise ShapeError("this figure has no value here")


def _indices(graph: Graph, part: Node | Group | None) -> tuple[int, ...]:
    if part is None:
        return tuple(range(len(graph.nodes)))
    if isinstance(part, Group):
        return tuple(range(part.first, part.stop))
    return (graph.values[part.name] - len(graph.inputs),)
