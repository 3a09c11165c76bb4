"""A question: one figure of one network, and the layers it is about."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from fractions import Fraction

from archcalc.analysis.claims import quantity, split_subject
from archcalc.analysis.quantities import MEASURES
from archcalc.analysis.summary import Summary, summarize
from archcalc.core import Shape
from archcalc.core.record import field, record, replace
from archcalc.errors import ShapeError, SpecError, UnknownName
from archcalc.graph.choices import Choices
from archcalc.graph.elaborate import elaborate
from archcalc.graph.graph import Graph, Group, Node
from archcalc.graph.rerun import rerun
from archcalc.layers import Layer
from archcalc.layers.recurrent import with_biases
from archcalc.spec.check import load_document
from archcalc.spec.document import Document


@record
class AskedNetwork:
    """The network that a sheet is about, and where it came from, so that it can be built in other ways."""

    graph: Graph
    document: Document
    choices: Choices
    summary: Summary
    pools_round_up: bool = False
    """Whether pooling layers are computed in ceil mode, by agreement."""
    biases: int = 0
    """Biases for each gate of recurrent layers, by agreement; 0 where the spec says."""

    @classmethod
    def of(cls, graph: Graph, document: Document, choices: Choices) -> AskedNetwork:
        """A network and its summary."""
        return cls(graph, document, choices, summarize(graph))

    def otherwise(self, params: dict[str, object] | None = None, inputs: dict[str, Shape] | None = None) -> Graph:
        """The graph with other params or inputs. Raises SpecError where it does not fit."""
        graph = elaborate(self.document, self._choices(params, inputs))
        return _agreed(graph, self.pools_round_up, self.biases)

    def on(self, image: Shape) -> AskedNetwork:
        """The same network on another image. Raises SpecError where it does not fit."""
        name = self.graph.inputs[0][0]
        graph = self.otherwise(inputs={name: image})
        return replace(self, graph=graph, summary=summarize(graph), choices=self._choices(None, {name: image}))

    def agreed(self, pools_round_up: bool, biases: int) -> AskedNetwork:
        """The same network by the agreements of a course: pooling in ceil mode, so many biases for each gate."""
        graph = _agreed(self.graph, pools_round_up, biases)
        summary = self.summary if graph is self.graph else summarize(graph)
        return replace(self, graph=graph, summary=summary, pools_round_up=pools_round_up, biases=biases)

    def _choices(self, params: dict[str, object] | None, inputs: dict[str, Shape] | None) -> Choices:
        own = self.choices
        return replace(own, params={**own.params, **(params or {})}, inputs={**own.inputs, **(inputs or {})})


@record
class Question:
    """What is asked: `conv1.params`, `pool2.out`, `macs`."""

    id: str
    subject: str
    network: AskedNetwork
    part: Node | Group | None
    """The layer or group; None for the whole net."""
    word: str
    """The quantity: params, out.w, rf; `min_input` and `ratio`, which no single layer has."""
    actual: Fraction | Shape
    indices: tuple[int, ...] = field(factory=tuple)
    """The nodes of the part, by their index in the graph."""
    layout: str = "CHW"
    """The order in which sheets write shapes: CHW or HWC."""
    parts: tuple[Question, ...] = ()
    """Of a ratio, the two figures: what is divided, and by what."""
    kilo: int = 1000
    """What K stands for in an answer, as do its powers M, G and T."""

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
        return self.word in MEASURES and MEASURES[self.word].adds_up

    def otherwise(self, word: str) -> Fraction | Shape | None:
        """Another figure of the same part; None where it has none."""
        from archcalc.errors import ArchcalcError

        try:
            subject = f"{self.part.name}.{word}" if self.part else word
            return exact(quantity(self.graph, self.network.summary, subject))
        except ArchcalcError:
            return None


def ask(network: AskedNetwork, subject: str, id: str | None = None, layout: str = "CHW", kilo: int = 1000) -> Question:
    """The question for `conv1.params`, `min_input` or `ratio(conv2.params, conv1.params)`.

    Raises UnknownName with the nearest figure or layer.
    """
    name = id or subject
    if ratio := _RATIO.fullmatch(subject):
        parts = tuple(ask(network, part.strip(), None, layout, kilo) for part in ratio.groups())
        everything = _indices(network.graph, None)
        return Question(name, subject, network, None, "ratio", _ratio(parts), everything, layout, parts, kilo)
    if subject == "min_input":
        side = Fraction(smallest_side(network))
        return Question(name, subject, network, None, subject, side, _indices(network.graph, None), layout, (), kilo)
    try:
        part, word = split_subject(network.graph, subject)
    except UnknownName as error:
        raise _with_forms(error, subject) from None
    actual = exact(quantity(network.graph, network.summary, subject))
    return Question(name, subject, network, part, word, actual, _indices(network.graph, part), layout, (), kilo)


def one_layer(call: str, input: str) -> AskedNetwork:
    """The net of a single layer, called `layer`. Raises SpecErrors."""
    text = f"name: layer\ninput: {json.dumps(input)}\nlayers:\n  layer: {json.dumps(call)}\n"
    document = load_document(text, "<layer>")
    return AskedNetwork.of(elaborate(document, Choices()), document, Choices())


def each_figure(subject: str, change: Callable[[str], str]) -> str:
    """The subject with its figure changed; of a ratio, both of them."""
    ratio = _RATIO.fullmatch(subject)
    if ratio is None:
        return change(subject.strip())
    first, second = (change(part.strip()) for part in ratio.groups())
    return f"ratio({first}, {second})"


def smallest_side(network: AskedNetwork) -> int:
    """The side of the smallest square image on which every layer still fits."""
    if network.pools_round_up:
        raise SpecError("the smallest image is not computed where pooling rounds up")
    axes = network.graph.inputs[0][1].spatial
    if not axes:
        raise SpecError(f"`min_input` is asked of images, and the input is {network.graph.inputs[0][1]}")
    for side in range(1, max(axes) + 1):
        if _fits(network, side):
            return side
    raise SpecError(f"no square image up to {max(axes)}x{max(axes)} fits every layer")


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
    return (graph.index_of(part),)


_RATIO = re.compile(r"\s*ratio\s*\(([^,()]+),([^,()]+)\)\s*")


def _ratio(parts: tuple[Question, ...]) -> Fraction:
    """What the first figure is divided by the second."""
    values = []
    for part in parts:
        if isinstance(part.actual, Shape):
            raise SpecError(f"a ratio is of two numbers, and `{part.subject}` is a shape", help="such as conv1.out.w")
        values.append(part.actual)
    if not values[1]:
        raise SpecError(f"nothing can be divided by `{parts[1].subject}`, which is 0")
    return values[0] / values[1]


def _fits(network: AskedNetwork, side: int) -> bool:
    """Whether the network can be built on a square image of this side."""
    axes = network.graph.inputs[0][1].spatial
    images = {
        name: Shape((shape.channels, *(side for _ in axes)))
        for name, shape in network.graph.inputs
        if shape.spatial == axes
    }
    try:
        network.otherwise(inputs=images)
    except SpecError:
        return False
    return True


def _agreed(graph: Graph, pools_round_up: bool, biases: int) -> Graph:
    """The graph with the layers that are by agreement other than in the spec, and the shapes that follow."""
    changes: dict[int, Layer] = {}
    for index, node in enumerate(graph.nodes):
        if pools_round_up and hasattr(node.layer, "ceil_mode"):
            changes[index] = replace(node.layer, ceil_mode=True)
        elif biases and with_biases(node.layer, biases) is not node.layer:
            changes[index] = with_biases(node.layer, biases)
    return rerun(graph, changes) if changes else graph


def _with_forms(error: UnknownName, subject: str) -> UnknownName:
    """The error, with the form of a ratio where one was tried."""
    if "ratio" in subject or "(" in subject:
        return UnknownName(f"`{subject}` is no figure", help="write ratio(conv2.params, conv1.params)")
    return error
