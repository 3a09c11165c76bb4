"""Input sizes of a whole spec: the smallest that is legal, and those at which a map changes its size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archcalc.analysis.fields.last_map import last_map
from archcalc.core import Shape
from archcalc.core.record import record, replace
from archcalc.errors import SpecError, UsageError
from archcalc.graph.choices import Choices
from archcalc.graph.elaborate import elaborate
from archcalc.graph.graph import Graph
from archcalc.spec.document import Document


@record
class SmallestInput:
    """The smallest legal input, and whether all larger ones are legal."""

    spec: str
    usual: Shape
    smallest: Shape
    refused: str
    """What does not fit one cell below; empty where a single cell is legal."""
    gaps: tuple[int, ...]
    """Larger sizes, equal along all axes, that are not legal."""
    checked_to: int
    """Every size up to this one was tried."""


@record
class SizeStep:
    """A stretch of input sizes with the same map."""

    first: int
    last: int
    size: Shape
    params: int


@record
class SizeSteps:
    """How the output of one layer follows the input's size."""

    spec: str
    layer: str
    steps: tuple[SizeStep, ...]
    gaps: tuple[int, ...]


def smallest_input(document: Document, choices: Choices, graph: Graph) -> SmallestInput:
    """Search each axis from 1 up, the others at their usual size; then all of them together.

    Raises UsageError where the input has no spatial axes.
    """
    inputs = _Inputs(document, choices, graph)
    usual = inputs.lengths
    alone = [_first_legal(inputs, axis) for axis in range(len(usual))]
    sizes = tuple(alone)
    if inputs.graph(sizes) is None:  # the axes depend on each other
        most = max(usual)
        sizes = next(
            ((size,) * len(usual) for size in range(max(alone), most) if inputs.graph((size,) * len(usual))), usual
        )
    below = tuple(max(1, size - 1) for size in sizes)
    largest = max(usual)
    gaps = [size for size in range(max(sizes), largest + 1) if inputs.graph((size,) * len(usual)) is None]
    return SmallestInput(
        graph.name, inputs.shape(usual), inputs.shape(sizes), inputs.refusal(below) if below != sizes else "",
        tuple(gaps), largest,
    )  # fmt: skip


def size_steps(
    document: Document, choices: Choices, graph: Graph, upto: int | None = None, layer: str | None = None
) -> SizeSteps:
    """The output of a layer (the last map where none is named) for every input size, equal along all axes.

    Raises UnknownName, or UsageError where the input or the layer has no spatial axes.
    """
    inputs = _Inputs(document, choices, graph)
    name = _map_name(graph, layer)
    steps: list[SizeStep] = []
    gaps = []
    for size in range(1, (upto or max(inputs.lengths)) + 1):
        found = inputs.graph((size,) * len(inputs.lengths))
        if found is None:
            gaps += [size] if steps else []
            continue
        after = found.value_shape(found.values[name])
        params = _params(found)
        if steps and steps[-1].last == size - 1 and (steps[-1].size, steps[-1].params) == (after, params):
            steps[-1] = SizeStep(steps[-1].first, size, after, params)
        else:
            steps.append(SizeStep(size, size, after, params))
    if not steps:
        raise UsageError(f"no input up to {upto} is legal", help=f"the usual one is {inputs.shape(inputs.lengths)}")
    return SizeSteps(graph.name, name, tuple(steps), tuple(gaps))


class _Inputs:
    """The spec on inputs of other sizes; inputs with the same spatial axes change together."""

    def __init__(self, document: Document, choices: Choices, graph: Graph) -> None:
        self.document = document
        self.choices = choices
        first = graph.inputs[0][1]
        self.lengths: tuple[int, ...] = first.spatial
        if not self.lengths:
            raise UsageError(
                f"the input of {graph.name} is {first}: it has no spatial axes",
                help="sizes are searched along the axes of a map: channels x height x width",
            )
        self.changing = {name: shape for name, shape in graph.inputs if shape.spatial == self.lengths}

    def shape(self, sizes: Sequence[int]) -> Shape:
        """The first input with these spatial sizes."""
        first = next(iter(self.changing.values()))
        return Shape((first.channels, *sizes))

    def graph(self, sizes: Sequence[int]) -> Graph | None:
        """The graph on these spatial sizes; None where something does not fit."""
        try:
            return self._elaborated(sizes)
        except SpecError:
            return None

    def refusal(self, sizes: Sequence[int]) -> str:
        """What does not fit on these sizes."""
        try:
            self._elaborated(sizes)
        except SpecError as error:
            first = error.errors[0]
            return f"{first.what}: {first.notes[0]}" if first.notes else first.what
        return ""

    def _elaborated(self, sizes: Sequence[int]) -> Graph:
        inputs = {name: Shape((shape.channels, *sizes)) for name, shape in self.changing.items()}
        return elaborate(self.document, replace(self.choices, inputs={**self.choices.inputs, **inputs}))


def _first_legal(inputs: _Inputs, axis: int) -> int:
    usual = inputs.lengths
    return next(size for size in _up_to(usual[axis]) if inputs.graph((*usual[:axis], size, *usual[axis + 1 :])))


def _up_to(size: int) -> Iterator[int]:
    yield from range(1, size + 1)


def _map_name(graph: Graph, layer: str | None) -> str:
    if layer is None:
        found = last_map(graph)
        if found is None:
            raise UsageError(f"{graph.name} has no layer with spatial axes")
        return found
    part = graph.part(layer)
    nodes = graph.nodes_of(part)
    name = nodes[-1].name
    if not graph.value_shape(graph.values[name]).spatial:
        raise UsageError(f"the output of {layer} has no spatial axes", help="name a layer with a map")
    return name


def _params(graph: Graph) -> int:
    return sum(
        tensor.elements
        for node in graph.nodes
        if node.shared is None
        for tensor in node.weights.values()
        if tensor.role != "buffer"
    )
