"""Explanations: the figures of one layer, or a quantity of a group or of the whole net as the sum of its layers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from archcalc.analysis.axes import swapped_axes
from archcalc.analysis.explain.figures import Figure, axis_words, figures_of
from archcalc.analysis.memory.lifetimes import held
from archcalc.analysis.notes import product_of, unread_of
from archcalc.analysis.summary import attributes_of
from archcalc.core import Shape, Window
from archcalc.core.record import record
from archcalc.core.result import Result
from archcalc.core.traced import Leaf
from archcalc.errors import UnknownName, UsageError
from archcalc.graph.graph import Graph, Group, Node
from archcalc.layers import Layer, find
from archcalc.layers.arguments import show
from archcalc.layers.traits import IN_ORDER, LINEAR, POOL
from archcalc.spec.names import did_you_mean, listed, nearest


@record
class LayerExplanation:
    """One layer with all its figures, or those asked for."""

    name: str
    call: str
    """As a spec would say it: conv 96 11x11 stride=4."""
    kind: str
    inputs: tuple[Shape, ...]
    output: Shape
    figures: tuple[Figure, ...]
    notes: tuple[str, ...]


@record
class Addend:
    """What one layer adds to a sum."""

    layer: str
    formula: str
    value: int


@record
class SumExplanation:
    """A quantity as the sum over the layers that have it."""

    quantity: str
    terms: tuple[Addend, ...]
    total: int
    unit: str = ""


@record
class Explanation(Result):
    """The answer to one question: layers, or sums over layers."""

    spec: str
    subject: str
    """The address asked for; empty for the whole net."""
    layers: tuple[LayerExplanation, ...]
    sums: tuple[SumExplanation, ...]


SUMS = ("params", "buffers", "macs", "connections", "activation_bytes")
"""Quantities that add up over layers."""

_UNITS = {"activation_bytes": "bytes"}
_SIZES = ("height", "width", "depth", "length", "channels", "tokens", "features")
_OTHER_WORDS = {
    **dict.fromkeys(("size", "out", "output"), _SIZES),
    "memory": ("activation_bytes",),
    "rf": ("field", "jump", "field_padding"),
    "k_eff": ("extent",),
    "weights": ("params",),
}
"""What people ask for -> the quantities it stands for."""


def explain(graph: Graph, subject: str | None = None) -> Explanation:
    """Explain `conv1`, `conv1.width`, a group, a quantity of the whole net, or (None) its params and MACs.

    Raises UnknownName with the nearest names.
    """
    part, quantity = _asked(graph, subject or "")
    address = "" if part is None else part.name
    if part is None or (isinstance(part, Group) and not part.sugar):
        quantities = _sum_quantities(part, quantity)
        return Explanation(graph.name, address, (), tuple(_sums(graph, part, quantities)))
    layers = [_explained(graph, node, part) for node in graph.nodes_of(part)]
    if quantity is not None:
        layers = _only(layers, quantity, address)
    return Explanation(graph.name, address, tuple(layers), ())


def explain_node(graph: Graph, node: Node, name: str | None = None) -> LayerExplanation:
    """Every figure of one layer, under its own or another name."""
    figures = (*figures_of(node), *_field(graph, node))
    return LayerExplanation(
        name or node.name, call_of(node.layer), node.layer.kind, node.input_shapes, node.shape, figures,
        (*_notes(node, figures), *_flattened(graph, node), *_swapped(graph, node)),
    )  # fmt: skip


def call_of(layer: Layer) -> str:
    """The layer as a spec would say it: conv 96 11x11 stride=4."""
    return written_call(layer.kind, attributes_of(layer))


def written_call(name: str, given: Mapping[str, Any]) -> str:
    """A kind with attributes as a spec would say it."""
    kind = find(name)
    words = [name]
    for parameter in (*kind.parameters, *kind.common) if kind is not None else ():
        if parameter.name in given and parameter.name != "links":
            value = written_value(given[parameter.name], parameter.positional)
            words.append(value if parameter.positional else f"{parameter.name}={value}")
    return " ".join(words)


def written_value(value: object, whole: bool = False) -> str:
    """A value as in a spec; equal sides, and without `whole` equal sizes, as one number: 3x3, but padding=1."""
    if isinstance(value, str):
        return value
    if isinstance(value, tuple) and all(isinstance(side, tuple) and len(set(side)) == 1 for side in value):
        value = tuple(side[0] for side in value)
    if isinstance(value, tuple) and not whole and len(set(value)) == 1:
        value = value[0]
    return show(value)


def _asked(graph: Graph, subject: str) -> tuple[Node | Group | None, str | None]:
    """The part and the quantity that a subject names."""
    if not subject:
        return None, None
    try:
        return graph.part(subject), None
    except UnknownName as error:
        before, dot, last = subject.replace("/", ".").rpartition(".")
        if not dot:
            if last in SUMS:
                return None, last
            if error.help and not error.help.endswith("?"):
                error.help = f"{error.help}; of the whole net there are {listed(SUMS)}"
            raise
        try:
            return graph.part(before), last
        except UnknownName:
            raise error from None


def _sum_quantities(part: Group | None, quantity: str | None) -> tuple[str, ...]:
    if quantity is None:
        return ("params", "macs") if part is None else ("params", "macs", "activation_bytes")
    if quantity not in SUMS:
        assert part is not None
        help = did_you_mean(nearest(quantity, SUMS)) or f"a group has {listed(SUMS)}"
        raise UnknownName(f"the group {part.name} has no `{quantity}` of its own", help=help)
    return (quantity,)


def _sums(graph: Graph, part: Group | None, quantities: Sequence[str]) -> Iterator[SumExplanation]:
    nodes = graph.nodes if part is None else graph.nodes_of(part)
    known: dict[tuple[Layer, tuple[Shape, ...], bool], tuple[Figure, ...]] = {}
    terms: dict[str, list[Addend]] = {quantity: [] for quantity in quantities}
    for node in nodes:
        key = (node.layer, node.input_shapes, node.shared is None)
        if key not in known:
            known[key] = tuple(figures_of(node))
        for figure in known[key]:
            if figure.quantity in terms and figure.result:
                terms[figure.quantity].append(Addend(graph.title(node), figure.formula, figure.result))
    for quantity in quantities:
        found = tuple(terms[quantity])
        yield SumExplanation(quantity, found, sum(term.value for term in found), _UNITS.get(quantity, ""))


def _explained(graph: Graph, node: Node, part: Node | Group) -> LayerExplanation:
    """The layer; the first of a layer written with its act goes by the name it was given there."""
    named = isinstance(part, Group) and part.first == graph.index_of(node)
    return explain_node(graph, node, part.name if named else None)


def _only(layers: Sequence[LayerExplanation], quantity: str, address: str) -> list[LayerExplanation]:
    """The layers with the figures of one quantity. Raises UnknownName with those there are."""
    wanted = {quantity.lower(), *_OTHER_WORDS.get(quantity.lower(), ())}
    kept = []
    for layer in layers:
        figures = tuple(figure for figure in layer.figures if figure.quantity in wanted)
        if figures:
            kept.append(LayerExplanation(layer.name, layer.call, layer.kind, layer.inputs, layer.output, figures, ()))
    if kept:
        return kept
    known = list(dict.fromkeys(figure.quantity for layer in layers for figure in layer.figures))
    help = did_you_mean(nearest(quantity, known)) or f"it has {listed(known, 20)}"
    raise UnknownName(f"{address} has no figure `{quantity}`", help=help)


def _notes(node: Node, figures: Iterable[Figure]) -> Iterator[str]:
    quantities = {figure.quantity for figure in figures}
    if node.shared is not None:
        turned = ", transposed" if node.transposed else ""
        yield f"the weights are those of {node.shared}{turned}, and are counted there"
    elif "params" not in quantities:
        yield "no parameters"
    if node.frozen:
        yield "frozen: its parameters are not trained"
    if node.layer.traits.stated:
        yield "its shape and its counts are stated, not computed"
    if not held(node):
        yield "its output is the memory of its input"
    if padded := _padded(node):
        yield padded
    if same := _without_overlap(node):
        yield same
    yield from _stretched(node)
    changed = quantities & {"channels", "tokens", "features", *axis_words(len(node.shape.spatial))}
    if not changed and len(node.input_shapes) == 1 and node.x == node.shape:
        yield "the output has the shape of the input"


def _flattened(graph: Graph, node: Node) -> Iterator[str]:
    """Of a linear layer behind a flatten, its params with the sides of the map."""
    index = node.inputs[0] - graph.first if node.inputs else -1
    if index < 0 or node.layer.traits.family != LINEAR:
        return
    before = graph.nodes[index]
    if before.layer.traits.view == IN_ORDER and len(before.x) > 2 and len(before.shape) == 1:
        yield flattened_params(node, before.x)


def flattened_params(node: Node, x: Shape) -> str:
    """flattened from 1024x7x7: (7·7·1024 + 1)·1024 params."""
    sides = "·".join(map(str, (*x.spatial, x.channels)))
    units = node.shape.features
    inside = f"({sides} + 1)" if "bias" in node.weights else sides
    return f"flattened from {x}: {inside}·{units} = {node.params:,} params"


def _stretched(node: Node) -> Iterator[str]:
    """Which inputs a merge repeats to fit the others; of a product of matrices the axes that count them."""
    cut = 2 if node.work.activation_macs else 0
    whole = Shape(node.shape[: len(node.shape) - cut])
    for number, shape in enumerate(node.input_shapes if node.layer.traits.stretches else (), 1):
        own = Shape(shape[: len(shape) - cut])
        if own != whole:
            yield f"input {number} is stretched from {own if own else 'one matrix'} to {whole}"


def _padded(node: Node) -> str:
    """How large the map is that the windows slide over, where it is padded: 2 + 2·1 = 4 along each axis."""
    windows = [window for window in node.windows if isinstance(window, Window)]
    lengths = node.x.spatial
    slides = node.layer.traits.slides and len(windows) == len(lengths)
    if not slides or not any(window.total_padding > 0 for window in windows):
        return ""
    sizes = Shape(length + window.total_padding for window, length in zip(windows, lengths, strict=True))
    return f"padded, its input is {sizes}"


def _without_overlap(node: Node) -> str:
    """Of a pooling whose windows overlap, that windows side by side give as many: 2x2 at stride 2 gives 27 too."""
    windows = [window for window in node.windows if isinstance(window, Window)]
    if node.layer.traits.family != POOL or len(windows) != len(node.x.spatial):
        return ""
    plain = all(window.dilation == 1 and not window.total_padding for window in windows)
    if not plain or not all(window.kernel > window.stride > 1 for window in windows):
        return ""
    apart = [Window(window.stride, window.stride) for window in windows]
    sizes = tuple(window.output(length) for window, length in zip(apart, node.x.spatial, strict=True))
    if sizes != node.shape.spatial:
        return ""
    side = Shape(window.stride for window in windows)
    return f"the windows overlap: {side} at stride {written_value(tuple(side))} gives {written_value(sizes)} too"


def _swapped(graph: Graph, node: Node) -> Iterator[str]:
    """Whether axes or sizes are probably not what their author means."""
    for found in swapped_axes(graph):
        if found.node is node:
            yield f"{found.layer}: {found.says}" if found.of_input else found.says
    if product := product_of(node):
        yield product
    if unread := unread_of(node):
        yield unread


def _field(graph: Graph, node: Node) -> Iterator[Figure]:
    """The step of the receptive field, where the layer makes one and a recurrence holds."""
    from archcalc.analysis.fields.explain import recurrences
    from archcalc.analysis.fields.receptive import ReceptiveFields

    try:
        found = recurrences(ReceptiveFields(graph), node.name)
    except UsageError:  # no spatial axes, or nothing of the input is seen
        return
    words = axis_words(len(graph.inputs[0][1].spatial))
    for recurrence in found:
        step = recurrence.steps[-1] if recurrence.steps else None
        if step is None or step.layer != node.name:
            continue
        axis = "" if recurrence.alike else words[recurrence.axis]
        for line in step.lines:
            value = line.figure
            if line.letter == "K_eff" or (line.letter != "r" and isinstance(value.expression, Leaf)):
                continue
            yield _field_figure(line.letter, axis, value.symbolic(), value.formula(), int(value))


_FIELD_QUANTITIES = {"r": "field", "j": "jump", "P": "field_padding"}


def _field_figure(letter: str, axis: str, symbolic: str, formula: str, result: int) -> Figure:
    return Figure(_FIELD_QUANTITIES[letter], axis, letter, symbolic, formula, result, "pixels")
