"""Misconceptions about receptive fields: windows seen otherwise, and the field measured by the same engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import prod

from archcalc.analysis.fields.receptive import ReceptiveFields, origin_of
from archcalc.analysis.fields.walk import POINT, per_axis, plan_of, walk
from archcalc.core import AxisWindow, NearestWindow, TransposedWindow, Window
from archcalc.core.field import PIXEL, Field
from archcalc.core.record import record, replace
from archcalc.errors import ArchcalcError
from archcalc.graph.graph import Graph, Node
from archcalc.homework.asking.question import Question
from archcalc.homework.diagnosis.misconceptions.mistake import Candidate, LayerPlace, Value, filled

ENDLESS = 1 << 600
"""Cells along an axis of the altered input: with other strides no map runs out, and no field depends on it."""


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
        "rf.stride_too_early", "A layer's own stride widens the next layer, not the layer itself.",
        lambda seen: replace(seen.window, dilation=seen.window.dilation * seen.window.stride),
    ),
    FieldMistake(
        "rf.own_stride_only", "Use the product of the strides before the layer, not its own stride.",
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
    way = Way(question.graph, _value(question))
    for mistake in MISTAKES if way.extends else ():
        yield from _candidate(question, way, mistake, way.sliding, "all")
    for mistake in MISTAKES if way.extends else ():
        for index in way.sliding if mistake.id in ONE_LAYER else ():
            yield from _candidate(question, way, mistake, [index], "one")
    yield from _by_other_rules(question, way.sliding, actual)


class Way:
    """The layers from the image to one value, along which its field grows."""

    def __init__(self, graph: Graph, value: int) -> None:
        self.graph = graph
        self.value = value
        self.origins = frozenset(origin_of(graph).values)
        self.needed = self._needed()
        self.sliding = [index for index in self.needed if LayerPlace(graph, index).slides]
        self.windows = {index: self._windows(graph.nodes[index]) for index in self.needed}
        self.seen = dict(zip(self.sliding, _seen([LayerPlace(graph, index) for index in self.sliding]), strict=True))

    @property
    def extends(self) -> bool:
        """Whether every layer on the way slides in the same manner over an axis of any length."""
        return all(type(window) in _ENDLESS_WINDOWS for along in self.windows.values() for window in along)

    def sizes(self, changes: Mapping[int, Sequence[AxisWindow]]) -> list[int] | None:
        """The size of the field along each axis, borders aside; None where no one form holds for all units."""
        axes = len(self.graph.inputs[0][1].spatial)
        found: dict[tuple[AxisWindow, ...], int] = {}
        sizes = []
        for axis in range(axes):
            along = {index: changes.get(index, windows)[axis] for index, windows in self.windows.items() if windows}
            key = tuple(along.values())
            if key not in found:
                field = self._field(along)
                if field is None:
                    return None
                found[key] = _size(field)
            sizes.append(found[key])
        return sizes

    def _field(self, along: Mapping[int, AxisWindow]) -> Field | None:
        """The form along one axis, layer by layer."""
        first = self.graph.first
        fields: dict[int, Field] = dict.fromkeys(self.origins, PIXEL)
        for index in self.needed:
            window, sources = along.get(index), self.graph.nodes[index].inputs
            arriving = [fields[value] for value in dict.fromkeys(sources) if value in fields]
            if not arriving:
                continue
            together = _longest(arriving)
            if window is None or together is None:
                return None
            after = together if window == POINT else together.through(window, ENDLESS)
            if after is None:
                return None
            fields[index + first] = after
        return fields.get(self.value)

    def _needed(self) -> list[int]:
        """The layers that the value depends on, its own among them, in order."""
        inputs = self.graph.first
        reached, found = {self.value}, []
        for index in range(max(self.value - inputs, 0), -1, -1):
            if index + inputs in reached:
                reached.update(self.graph.nodes[index].inputs)
                found.append(index)
        return found[::-1]

    def _windows(self, node: Node) -> tuple[AxisWindow, ...]:
        return node.windows


_ENDLESS_WINDOWS = (Window, TransposedWindow, NearestWindow)


def _longest(fields: Sequence[Field]) -> Field | None:
    """The largest of several branches, which need not lie over each other; None where their jumps differ."""
    return max(fields, key=_size) if len({field.jump for field in fields}) == 1 else None


def _size(field: Field) -> int:
    return max(field.sizes)


def _candidate(
    question: Question, way: Way, mistake: FieldMistake, changed: Sequence[int], scope: str
) -> Iterator[Candidate]:
    changes = {index: [mistake.window(axis) for axis in way.seen[index]] for index in changed}
    same = all(changes[index] == [axis.window for axis in way.seen[index]] for index in changed)
    if same and not mistake.after:
        return
    sizes = _sizes(question.graph, way.value) if same else way.sizes(changes)
    if sizes is not None:
        value = _asked(question, [size + mistake.after for size in sizes])
        titles = (LayerPlace(question.graph, changed[0]).title,) if scope == "one" else ()
        yield Candidate(value, mistake.id, titles, scope, mistake.feedback)


def _by_other_rules(question: Question, sliding: list[int], actual: list[int]) -> Iterator[Candidate]:
    """Answers that no other window gives."""
    graph, axes = question.graph, range(len(actual))
    extents = [[w.extent for w in _windows(LayerPlace(graph, index))] for index in sliding]
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
    """The field where every merge reads its branch with the smallest field along each axis."""
    graph = question.graph
    if not any(len(node.inputs) > 1 for node in graph.nodes[: _last(question) + 1]):
        return None
    plan = plan_of(graph, origin_of(graph))
    forms = [fields[_value(question)] for fields in per_axis(plan, lambda axis: walk(plan, axis, PIXEL, _Shortest()))]
    sizes = [_size(form) for form in forms if form is not None]
    return sizes if len(sizes) == len(forms) else None


class _Shortest:
    """The rules of a pass in which only the shortest branch counts; None where there is no form."""

    def through(self, state: Field | None, window: AxisWindow, length: int) -> Field | None:
        return None if state is None else state.through(window, length)

    def whole(self, state: Field | None, units: int) -> Field | None:  # noqa: ARG002
        return None

    def merge(self, states: Sequence[Field | None], node: Node, inputs: Sequence[int]) -> Field | None:  # noqa: ARG002
        return min((state for state in states if state is not None), key=_size, default=None)


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


def _seen(places: Sequence[LayerPlace]) -> Iterator[list[Seen]]:
    windows = [_windows(place) for place in places]
    for order, (place, along) in enumerate(zip(places, windows, strict=True)):
        pools = place.pools
        yield [
            Seen(window, order, pools, tuple(each[axis].stride for each in windows))
            for axis, window in enumerate(along)
        ]


def _windows(place: LayerPlace) -> list[Window]:
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
    return question.graph.value_of(part)


def _last(question: Question) -> int:
    return max(_value(question) - question.graph.first, 0)
