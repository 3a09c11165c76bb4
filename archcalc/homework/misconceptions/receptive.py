"""Misconceptions about receptive fields: windows seen otherwise, and the field measured by the same engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from math import prod

from archcalc.analysis.receptive import ReceptiveFields
from archcalc.core import NearestWindow, Shape, TransposedWindow, Window
from archcalc.core.field import Field
from archcalc.core.record import record, replace
from archcalc.errors import ArchcalcError
from archcalc.graph.graph import Graph, Group, Node
from archcalc.homework.misconceptions.catalogue import Candidate, Place, Value, filled
from archcalc.homework.misconceptions.output import SLIDING
from archcalc.homework.misconceptions.parameters import POOLS
from archcalc.homework.question import Question
from archcalc.homework.worlds import Changed, rerun

ENDLESS = 1 << 600
"""Cells along an axis of the altered input: with other strides no map runs out, and no field depends on it."""

MOST_MERGES = 64


@record
class Seen:
    """One window on the way to the layer, as the student looks at it."""

    window: Window
    order: int
    """Its number among the sliding layers, from 0."""
    pools: bool
    strides: tuple[int, ...]
    """The strides of all sliding layers on the way."""


@record
class FieldMistake:
    """A misconception about how fields grow."""

    id: str
    feedback: str
    window: Callable[[Seen], Window]
    after: int = 0
    """Added to the size in the end."""


def _plain(seen: Seen) -> Window:
    return seen.window


def _dense(seen: Seen, spread: int = 1) -> Window:
    """Stride 1, the K - 1 steps each `spread` wide."""
    return replace(seen.window, stride=1, dilation=seen.window.dilation * spread)


def _longer(window: Window) -> Window:
    """K_eff cells more than K_eff - 1 steps: one more cell."""
    return replace(window, kernel=window.extent + 1, dilation=1)


MISTAKES: tuple[FieldMistake, ...] = (
    FieldMistake("rf.no_stride", "Each stride makes later steps wider: multiply by the strides before.", _dense),
    FieldMistake("rf.no_plus1", "Start from 1, the pixel itself.", _plain, after=-1),
    FieldMistake(
        "rf.stride_too_early", "A layer's own stride widens the *next* layer.",
        lambda seen: replace(seen.window, dilation=seen.window.dilation * seen.window.stride),
    ),
    FieldMistake(
        "rf.own_stride_only", "Use the product of the strides *before* the layer.",
        lambda seen: _dense(seen, seen.window.stride),
    ),
    FieldMistake(
        "rf.prev_stride_only", "All strides before count, not only the last one.",
        lambda seen: _dense(seen, seen.strides[seen.order - 1] if seen.order else 1),
    ),
    FieldMistake(
        "rf.pool_ignored", "Pooling widens the field and doubles the step.",
        lambda seen: Window(1) if seen.pools else seen.window,
    ),
    FieldMistake(
        "rf.pool_stride_only", "Pooling's window counts too, not only its stride.",
        lambda seen: replace(seen.window, kernel=1) if seen.pools else seen.window,
    ),
    FieldMistake("rf.k_not_minus1", "A kernel adds K - 1 steps, not K.", lambda seen: _longer(seen.window)),
    FieldMistake(
        "rf.sum_k", "Two 3x3 layers see 5x5: they overlap.",
        lambda seen: replace(_longer(seen.window), stride=1), after=-1,
    ),
    FieldMistake(
        "rf.power_of_stride", "The strides differ from layer to layer; multiply them.",
        lambda seen: replace(seen.window, stride=max(seen.strides)),
    ),
    FieldMistake(
        "rf.dil_ignored", "With dilation the kernel spans K_eff, not K.",
        lambda seen: replace(seen.window, dilation=1),
    ),
    FieldMistake(
        "rf.pad_subtracted", "Padding does not shrink the field.",
        lambda seen: replace(seen.window, kernel=max(1, seen.window.extent - seen.window.total_padding), dilation=1),
    ),
)  # fmt: skip
"""Section 7.4 of the catalogue, the likelier first; those that are no other window are in `field_candidates`."""

ONE_LAYER = ("rf.no_stride", "rf.pool_ignored", "rf.pool_stride_only", "rf.dil_ignored")
"""Those that also happen at a single layer."""


def field_candidates(question: Question) -> Iterator[Candidate]:
    """What answers about a receptive field could be. Nothing where the field has no form that holds everywhere."""
    actual = _sizes(question.graph, _value(question))
    if actual is None:
        return
    sliding = _on_the_way(question)
    for mistake in MISTAKES:
        yield from _candidate(question, mistake, sliding, "all")
    for mistake in MISTAKES:
        for index in sliding if mistake.id in ONE_LAYER else ():
            yield from _candidate(question, mistake, [index], "one", sliding)
    yield from _by_other_rules(question, sliding, actual)


def _candidate(
    question: Question, mistake: FieldMistake, changed: Sequence[int], scope: str, sliding: Sequence[int] | None = None
) -> Iterator[Candidate]:
    graph = question.graph
    places = [Place(graph, index) for index in sliding or changed]
    seen = dict(zip(sliding or changed, _seen(places), strict=True))
    changes = {
        index: Changed(graph.nodes[index].layer, windows_as=tuple(mistake.window(axis) for axis in seen[index]))
        for index in changed
    }
    sizes = _sizes_with(question, changes)
    if sizes is not None:
        value = _asked(question, [size + mistake.after for size in sizes])
        titles = (Place(graph, changed[0]).title,) if scope == "one" else ()
        yield Candidate(value, mistake.id, titles, scope, mistake.feedback)


def _by_other_rules(question: Question, sliding: list[int], actual: list[int]) -> Iterator[Candidate]:
    """Answers that no other window gives."""
    graph, axes = question.graph, range(len(actual))
    extents = [[w.extent for w in _windows(Place(graph, index))] for index in sliding]
    product = [prod(extent[axis] for extent in extents) for axis in axes]
    yield _net(question, product, "rf.product_k", "Two 3x3 layers see 5x5: they overlap.")
    own = [index for index in sliding if index in question.indices]
    if own:
        feedback = "That is the window on the layer below; the question asks about the image."
        yield _net(question, extents[sliding.index(own[-1])], "rf.last_kernel", feedback, convention=True)
    jump = question.otherwise("jump")
    if isinstance(jump, Fraction):
        feedback = "That is the step between neighbours, not the field."
        yield Candidate(jump, "rf.jump_given", (), "net", feedback)
    clipped = [min(size, side) for size, side in zip(actual, graph.inputs[0][1].spatial, strict=False)]
    if len(clipped) == len(actual):
        yield _net(question, clipped, "rf.clipped", "The field may be larger than the image.", convention=True)
    shortest = _shortest(question)
    if shortest is not None:
        yield _net(question, shortest, "rf.branch_min", "With branches the longest path counts.")


def _net(question: Question, sizes: Sequence[int], id: str, feedback: str, convention: bool = False) -> Candidate:
    return Candidate(_asked(question, sizes), id, (), "net", filled(feedback, {}), convention)


def _shortest(question: Question) -> list[int] | None:
    """The field where every merge reads its branch with the smallest field."""
    graph = question.graph
    merges = [index for index in range(_last(question) + 1) if len(graph.nodes[index].inputs) > 1]
    if not 0 < len(merges) <= MOST_MERGES:
        return None
    for index in merges:
        node = graph.nodes[index]
        found = {value: _sizes(graph, value) for value in node.inputs}
        known = [value for value in node.inputs if found[value] is not None]
        if not known:
            return None
        least = min(known, key=lambda value: found[value] or [])
        shapes = tuple(graph.value_shape(least) for _ in node.inputs)
        nodes = list(graph.nodes)
        nodes[index] = replace(node, inputs=(least,) * len(node.inputs), input_shapes=shapes)
        graph = replace(graph, nodes=tuple(nodes))
    return _sizes(graph, _value(question))


def _sizes_with(question: Question, changes: dict[int, Changed]) -> list[int] | None:
    """The sizes of the field in an altered world without ends."""
    if not _extends(question):
        return None
    needed = _needed(question)
    graph = _only(question.graph, needed)
    changes = {needed.index(index): layer for index, layer in changes.items()}
    endless = {name: Shape((shape.channels, *(ENDLESS for _ in shape.spatial))) for name, shape in graph.inputs}
    try:
        return _sizes(rerun(graph, changes, endless), graph.outputs[0])
    except ArchcalcError:
        return None


def _sizes(graph: Graph, value: int) -> list[int] | None:
    """The size along each axis; None where no one form holds for all units."""
    try:
        fields = ReceptiveFields(graph)
        forms = [along[value] for along in fields.forms]
    except ArchcalcError:
        return None
    if not all(isinstance(form, Field) for form in forms):
        return None
    return [max(form.sizes) for form in forms if isinstance(form, Field)]


def _extends(question: Question) -> bool:
    """Whether every layer on the way slides in the same manner over an axis of any length."""
    for index in _needed(question):
        node = question.graph.nodes[index]
        if any(type(window) not in _ENDLESS_WINDOWS for window in node.layer.windows(*node.input_shapes)):
            return False
    return True


_ENDLESS_WINDOWS = (Window, TransposedWindow, NearestWindow)


def _only(graph: Graph, needed: Sequence[int]) -> Graph:
    """The graph of these nodes alone, the last its output; what stands beside them may not extend as they do."""
    count = len(graph.inputs)
    numbers = {value: value for value in range(count)}
    nodes: list[Node] = []
    for index in needed:
        node = graph.nodes[index]
        numbers[index + count] = count + len(nodes)
        nodes.append(replace(node, inputs=tuple([numbers[value] for value in node.inputs])))
    values = {node.name: count + index for index, node in enumerate(nodes)}
    return replace(graph, nodes=tuple(nodes), groups={}, outputs=(count + len(nodes) - 1,), values=values)


def _on_the_way(question: Question) -> list[int]:
    """The layers that slide, among those the question's layer depends on."""
    return [index for index in _needed(question) if question.graph.nodes[index].layer.kind in SLIDING]


def _needed(question: Question) -> list[int]:
    """The layers that the question's layer depends on, itself among them, in order."""
    graph, inputs = question.graph, len(question.graph.inputs)
    reached, found = {_value(question)}, []
    for index in range(_last(question), -1, -1):
        if index + inputs in reached:
            reached.update(graph.nodes[index].inputs)
            found.append(index)
    return found[::-1]


def _seen(places: Sequence[Place]) -> Iterator[list[Seen]]:
    windows = [_windows(place) for place in places]
    for order, (place, along) in enumerate(zip(places, windows, strict=True)):
        pools = place.layer.kind in POOLS
        yield [
            Seen(window, order, pools, tuple(each[axis].stride for each in windows))
            for axis, window in enumerate(along)
        ]


def _windows(place: Place) -> list[Window]:
    return [window for window in place.layer.windows(place.x) if isinstance(window, Window)]


def _asked(question: Question, sizes: Sequence[int]) -> Value:
    """A number where the axes agree or one of them is asked, else all sizes."""
    axis = {"rf.h": -2, "rf.w": -1}.get(question.word)
    if axis is not None and len(sizes) >= -axis:
        return Fraction(sizes[axis])
    return Fraction(sizes[0]) if len(set(sizes)) == 1 else tuple(Fraction(size) for size in sizes)


def _value(question: Question) -> int:
    part = question.part
    assert part is not None
    return part.output if isinstance(part, Group) else question.graph.values[part.name]


def _last(question: Question) -> int:
    return max(_value(question) - len(question.graph.inputs), 0)
