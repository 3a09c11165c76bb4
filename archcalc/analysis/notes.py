"""What a reader should hear beside the numbers: axes that are probably swapped, cells that nothing reads, and what
another input changes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archcalc.analysis.axes import swapped_axes
from archcalc.analysis.stated import stated_notes
from archcalc.core import Shape, Window
from archcalc.core.record import record
from archcalc.core.result import Result
from archcalc.errors import ArchcalcError
from archcalc.graph.choices import Choices
from archcalc.graph.elaborate import elaborate
from archcalc.graph.graph import Graph, Node
from archcalc.layers import find
from archcalc.layers.arguments import FactorsType, PerAxis
from archcalc.spec.document import Document

_AXES = {1: ("element",), 2: ("row", "column"), 3: ("frame", "row", "column")}


@record
class Notes(Result):
    """The notes on a network, in the order of its layers."""

    spec: str
    notes: tuple[str, ...]

    def __iter__(self) -> Iterator[str]:
        return iter(self.notes)

    def __len__(self) -> int:
        return len(self.notes)

    def __getitem__(self, index: int) -> str:
        return self.notes[index]


def notes_of(graph: Graph, document: Document, choices: Choices) -> tuple[str, ...]:
    """All notes on a network, in the order of its layers."""
    return (
        *stated_notes(graph),
        *axis_notes(graph),
        *product_notes(graph),
        *unread_notes(graph),
        *(f"left out of the spec's weights: {text}" for text in graph.unfit),
        *_input_notes(graph, document, choices),
    )


def axis_notes(graph: Graph) -> Iterator[str]:
    """`input: 224x224x3 is read as 224 channels of 224x3; channels come first: write 3x224x224`."""
    for found in swapped_axes(graph):
        yield f"{found.layer}: {found.says}"


def product_notes(graph: Graph) -> Iterator[str]:
    """`conv1: 3*3 is 9, its kernel_size is 9x9: write 3x3 for 3 by 3`; of a repeated layer once."""
    yield from (f"{graph.title(node)}: {text}" for node, text in products(graph))


def products(graph: Graph) -> Iterator[tuple[Node, str]]:
    """Each layer with a size written as a product, in words; of a repeated layer the first."""
    told: set[str] = set()
    for node in graph.nodes:
        text = product_of(node)
        if text and str(node.place) not in told:
            told.add(str(node.place))
            yield node, text


_PRODUCT = re.compile(r"(?<![\w*)=])(?:(\w+)=)?([0-9]+)\*([0-9]+)(?![\w*.(])")


def product_of(node: Node) -> str:
    """What a size written as a product has become, in words; nothing where there is none."""
    place = node.place
    written = place.text[place.column - 1 : place.column - 1 + place.length]
    kind = find(node.layer.kind) if "*" in written else None
    sizes = [p for p in kind.parameters if isinstance(p.type, PerAxis | FactorsType)] if kind else []
    for option, height, width in _PRODUCT.findall(written) if sizes else ():
        product = int(height) * int(width)
        if re.search(rf"(?<![\w*]){product}(?![\w*])", written):
            continue  # the size stands there as a number, the product is something else
        for name in [p.name for p in sizes if (p.name == option if option else p.positional)]:
            value = getattr(node.layer, name) or ()
            if len(value) > 1 and set(value) == {product}:
                return f"{height}*{width} is {product}, its {name} is {Shape(value)}: write {height}x{width} for a size"
    return ""


def unread_notes(graph: Graph) -> Iterator[str]:
    """`conv1: 224 − 11 is not a multiple of 4: the last row and column are never read`."""
    known: dict[tuple[int, tuple[Shape, ...]], str] = {}
    for node in graph.nodes:
        key = (id(node.layer), node.input_shapes)  # a layer used again is the same object
        if key not in known:
            known[key] = unread_of(node)
        if known[key]:
            yield f"{graph.title(node)}: {known[key]}"


def unread_of(node: Node) -> str:
    """What no window of a layer reads, in words; nothing where all is read."""
    windows = node.windows
    lost = [
        (axis, window, length, window.unread(length) - window.padding[1])
        for axis, (window, length) in enumerate(zip(windows, node.x.spatial, strict=False))
        if isinstance(window, Window) and window.kernel > 1 and window.unread(length) > window.padding[1]
    ]
    return _unread(lost, len(windows)) if lost else ""


def _unread(lost: list[tuple[int, Window, int, int]], axes: int) -> str:
    _, window, length, count = lost[0]
    padding = window.total_padding
    room = f"{length} − {window.extent}" + (f" + {padding}" if padding else "")
    names = _AXES.get(axes, ())
    lines = " and ".join(names[axis] for axis, *_ in lost)
    if count == 1:
        verb = "is" if len(lost) == 1 else "are"
        return f"{room} is not a multiple of {window.stride}: the last {lines} {verb} never read"
    lines = " and ".join(names[axis] + "s" for axis, *_ in lost)
    return f"{room} is not a multiple of {window.stride}: the last {count} {lines} are never read"


def _input_notes(graph: Graph, document: Document, choices: Choices) -> Iterator[str]:
    """What changes against the input of the file: the first size, and the weights that no longer fit."""
    if "--input" not in graph.overridden:
        return
    try:
        usual = elaborate(document, Choices(choices.params))
    except ArchcalcError:
        return
    shape = ", ".join(str(shape) for _, shape in usual.inputs)
    pairs = _pairs(graph, usual)
    resized = next((pair for pair in pairs if pair[0].shape != pair[1].shape), None)
    if resized is not None:
        yield f"{graph.title(resized[0])}: {_resized(*resized, shape)}"
    refitted = [pair for pair in pairs if _weight_shapes(pair[0]) != _weight_shapes(pair[1])]
    if refitted:
        yield f"{graph.title(refitted[0][0])}: {_refitted(*refitted[0], shape)}"
    elif resized is not None:
        yield f"no layer's weights change: weights trained at {shape} fit"


def _pairs(graph: Graph, usual: Graph) -> list[tuple[Node, Node]]:
    named = {node.name: node for node in usual.nodes}
    return [(node, named[node.name]) for node in graph.nodes if node.name in named]


def _resized(node: Node, before: Node, shape: str) -> str:
    from archcalc.analysis.explain.formula import size_formula

    windows = node.windows
    formula = size_formula(windows[-1], node.x[-1]) if windows else None
    size, usual = node.shape[-1], before.shape[-1]
    how = f"{formula} = {size}" if formula else f"{size}"
    return f"{how}, not {usual} as at {shape}"


def _refitted(node: Node, before: Node, shape: str) -> str:
    given, usual = node.x, before.input_shapes[0]
    if len(given) == 1:
        sizes = f"the flattened size is {given.elements:,}, not {usual.elements:,}"
    else:
        sizes = f"its input is {given}, not {usual}"
    (name, mine), (_, theirs) = next(
        (mine, theirs)
        for mine, theirs in zip(_weight_shapes(node), _weight_shapes(before), strict=True)
        if mine != theirs
    )
    return f"{sizes}: weights trained at {shape} no longer fit ({name} {mine} against {theirs})"


def _weight_shapes(node: Node) -> list[tuple[str, Shape]]:
    return [(name, tensor.shape) for name, tensor in node.weights.items()]
