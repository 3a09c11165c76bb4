"""The receptive field of every layer: its affine form where one exists, the exact one where not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from fractions import Fraction
from functools import cached_property
from typing import Literal

from archcalc.analysis.fields.exact import Unlisted, exact_along
from archcalc.analysis.fields.walk import Origin, per_axis, plan_of, walk
from archcalc.core import AxisWindow, Shape, field_mask, field_runs, field_units
from archcalc.core.field import PIXEL, Field, aligned, merge
from archcalc.core.field_mask import Masks
from archcalc.core.record import record
from archcalc.core.result import Result
from archcalc.errors import UnsupportedError, UsageError
from archcalc.graph.graph import Graph, Group, Node


class Lost(Enum):
    """Why an axis has no form that holds for all units."""

    WHOLE = "whole"
    """All units see the whole map: its places are gone, or a gate over the map is multiplied in."""
    UNEVEN = "uneven"
    """Branches with different jumps meet: each unit has a field of its own."""


Form = Field | Lost
Fit = Literal["affine", "periodic", "union", "uneven"]


@record
class AxisField:
    """The field along one axis, in pixels.

    Affine and periodic forms leave the borders aside, so pixels may be negative; `union` and `uneven` are the
    exact fields of the units there are, real pixels only.
    """

    fit: Fit
    smallest: int
    largest: int
    jump: Fraction | None
    period: int
    """Units after which the sizes repeat; 1 where all are equal, 0 where they have no period."""
    lo: int | None
    """First pixel of unit 0."""
    hi: int | None

    @property
    def start(self) -> Fraction | None:
        """The centre of unit 0."""
        return None if self.lo is None or self.hi is None else Fraction(self.lo + self.hi, 2)

    @property
    def padding(self) -> int | None:
        """The effective padding: cells before pixel 0 that unit 0 covers."""
        return -self.lo if self.lo is not None and self.fit in ("affine", "periodic") else None


@record
class LayerField(Result):
    """The receptive field of one layer or group."""

    name: str
    output: Shape
    axes: tuple[AxisField, ...]
    aligned: bool
    """Whether all branches on the way look at the same places."""

    @property
    def size(self) -> tuple[int, ...]:
        """r along each axis; of the unit that sees most, where they differ."""
        return tuple(axis.largest for axis in self.axes)

    @property
    def jump(self) -> tuple[Fraction | None, ...]:
        """Pixels between neighbouring units along each axis."""
        return tuple(axis.jump for axis in self.axes)

    @property
    def start(self) -> tuple[Fraction | None, ...]:
        """The centre of unit 0 along each axis."""
        return tuple(axis.start for axis in self.axes)

    @property
    def padding(self) -> tuple[int | None, ...]:
        """The effective padding along each axis."""
        return tuple(axis.padding for axis in self.axes)


@record
class Meeting:
    """Two branches that meet and do not look at the same places."""

    layer: str
    branches: tuple[str, str]
    jumps: tuple[Fraction, Fraction]
    centres: tuple[Fraction | None, Fraction | None]
    """The centre of unit 0, on average over a period."""


@record
class Unseen:
    """Pixels that no unit of a layer sees, as stretches along each axis."""

    layer: str
    lengths: tuple[int, ...]
    stretches: tuple[tuple[tuple[int, int], ...], ...]


class ReceptiveFields:
    """The fields of all layers of a graph on its input, or on one of its layers."""

    def __init__(self, graph: Graph, wrt: str | None = None, gates: bool = True) -> None:
        """
        Args:
            wrt: the layer or input whose cells are the pixels; by default all inputs.
            gates: whether branches that see the whole map count where they meet others.
        """
        self.graph = graph
        self.origin = origin_of(graph, wrt)
        self.plan = plan_of(graph, self.origin)
        self.gates = gates

    def of(self, name: str) -> LayerField:
        """The field of a layer or group. Raises UnknownName, or UsageError where it sees nothing of the origin."""
        return self.at(*self.placed(name))

    def placed(self, name: str) -> tuple[str, int]:
        """The whole name of a layer or group, and its value. Raises as `of`."""
        part = self.graph.part(name)
        value = self.value(part)
        if not self.reaches(value):
            raise UsageError(f"{part.name} does not depend on {self.origin.name}", help=self._reached())
        return part.name, value

    def at(self, name: str, value: int) -> LayerField:
        """The field of a value, under a name."""
        first = self._axis(0, value)
        others = (first if self.plan.alike else self._axis(axis, value) for axis in range(1, self.origin.axes))
        axes = (first, *others)
        return LayerField(name, self.graph.value_shape(value), axes, value not in self._misaligned)

    def value(self, part: Node | Group) -> int:
        """The value a layer or a group ends in."""
        return self.graph.value_of(part)

    def reaches(self, value: int) -> bool:
        """Whether the value depends on the origin."""
        return self.forms[0][value] is not None

    def has_form(self, value: int) -> bool:
        """Whether an affine or periodic form holds along every axis."""
        return all(isinstance(forms[value], Field) for forms in self.forms)

    @cached_property
    def forms(self) -> tuple[list[Form | None], ...]:
        """For each axis the affine or periodic form of each value."""
        return per_axis(self.plan, self._forms)

    @cached_property
    def masks(self) -> tuple[Sequence[Masks | Unlisted | None], ...]:
        """For each axis the exact fields of each value, unit by unit."""
        return per_axis(self.plan, self.masks_along)

    def masks_along(self, axis: int) -> Sequence[Masks | Unlisted | None]:
        """One pass of the exact form."""
        self.forms  # noqa: B018  (knows the gates to skip)
        return exact_along(self.plan, axis, self._longest[axis], frozenset(self.skipped))

    @cached_property
    def meetings(self) -> tuple[Meeting, ...]:
        """Branches that do not line up, in the order of the graph."""
        self.forms  # noqa: B018  (the pass notes them)
        return tuple(self._meetings.values())

    @cached_property
    def gated(self) -> tuple[str, ...]:
        """Layers where a branch that sees the whole map meets one with a place."""
        self.forms  # noqa: B018
        return tuple(self._gated)

    def units(self, value: int) -> tuple[int, ...]:
        """Units along each axis: the spatial sizes, or 1 for a layer without places."""
        shape = self.graph.value_shape(value)
        return shape.spatial if len(shape) == self.origin.axes + 1 else (1,) * self.origin.axes

    def masks_of(self, value: int) -> tuple[Masks, ...]:
        """The exact fields of a value that depends on the origin, for each axis.

        Raises UnsupportedError where more units than can be kept see something of their own.
        """
        return tuple(self.masks_on(axis, value) for axis in range(self.origin.axes))

    def masks_on(self, axis: int, value: int) -> Masks:
        """The same for one axis."""
        masks = self.masks[axis][value]
        assert masks is not None
        if isinstance(masks, Unlisted):
            raise UnsupportedError(
                f"the exact field of {self.graph.value_name(value)} is not given: more than "
                f"{field_runs.MOST_UNITS:,} of its units along one axis see something of their own",
                help="ask for an earlier layer (--layer), or for a smaller input (--input)",
            )
        return masks

    def unseen(self, name: str, value: int) -> Unseen | None:
        """The pixels that no unit of a value sees; None where all are seen. Raises UnsupportedError."""
        lengths = self.origin.lengths
        missing = tuple(
            tuple(_between(field_units.seen(masks), length))
            for length, masks in zip(lengths, self.masks_of(value), strict=True)
        )
        return Unseen(name, lengths, missing) if any(missing) else None

    def _axis(self, axis: int, value: int) -> AxisField:
        form = self.forms[axis][value]
        if isinstance(form, Field):
            known = self._figures.get(id(form))
            if known is None:
                known = self._figures[id(form)] = of_form(form)
            return known
        return of_masks(self.masks_on(axis, value))

    @cached_property
    def _longest(self) -> tuple[int, ...]:
        """The most units that any layer has along each axis."""
        size = self.origin.axes + 1
        shapes = {node.shape for node in self.graph.nodes if len(node.shape) == size}
        return tuple(max((shape[axis] for shape in shapes), default=1) for axis in range(1, size))

    def _forms(self, axis: int) -> list[Form | None]:
        return walk(self.plan, axis, PIXEL, _FormRules(self))

    @cached_property
    def _figures(self) -> dict[int, AxisField]:
        """By the identity of the form, which `forms` keeps alive."""
        return {}

    @cached_property
    def _meetings(self) -> dict[str, Meeting]:
        return {}

    @cached_property
    def _gated(self) -> dict[str, None]:
        return {}

    @cached_property
    def skipped(self) -> set[tuple[int, int]]:
        return set()

    @cached_property
    def _misaligned(self) -> set[int]:
        """Values behind a meeting of branches that do not line up."""
        bad = {self.graph.values[meeting.layer] for meeting in self.meetings}
        if not bad:
            return bad
        for value, node in self.graph.numbered():
            if value not in self.origin.values and any(source in bad for source in node.inputs):
                bad.add(value)
        return bad

    def _reached(self) -> str | None:
        from archcalc.spec.names import listed

        names = [self.graph.value_name(v) for v, form in enumerate(self.forms[0]) if form is not None]
        names = [name for name in names if name != self.origin.name]
        return f"what depends on it: {listed(names)}" if names else None


def origin_of(graph: Graph, wrt: str | None = None) -> Origin:
    """Where fields are measured. Raises UnknownName, or UsageError where there are no places to speak of."""
    if wrt is None:
        first = graph.inputs[0][1]
        same = tuple(value for value, (_, shape) in enumerate(graph.inputs) if shape.spatial == first.spatial)
        values = same if len(same) == len(graph.inputs) else (0,)
        name = "the input" if len(values) > 1 else graph.inputs[0][0]
        return _placed(Origin(name, values, first.spatial), first)
    address = wrt.replace("/", ".")
    names = [name for name, _ in graph.inputs]
    if address in names:
        value = names.index(address)
    else:
        part = graph.part(wrt)
        value = graph.value_of(part)
    return _placed(Origin(address, (value,), graph.value_shape(value).spatial), graph.value_shape(value))


def of_form(form: Field) -> AxisField:
    """The figures of an affine or periodic form."""
    sizes = form.sizes
    lo, hi = form.spans[0] or (None, None)
    fit: Fit = "affine" if form.period == 1 else "periodic"
    return AxisField(fit, min(sizes), max(sizes), form.jump, _period_of(sizes), lo, hi)


def of_masks(masks: Masks) -> AxisField:
    """The figures of the exact fields of all units."""
    sizes = field_units.sizes(masks)
    lo, hi = field_mask.span(masks[0]) or (None, None)
    alike = field_units.alike(masks)
    return AxisField("union" if alike else "uneven", min(sizes), max(sizes), None, 1 if alike else 0, lo, hi)


def _between(stretches: Sequence[tuple[int, int]], length: int) -> Iterator[tuple[int, int]]:
    """What lies before, between and after stretches of an axis."""
    start = 0
    for first, last in [*stretches, (length, length)]:
        if start < first:
            yield start, first - 1
        start = last + 1


def _period_of(sizes: Sequence[int]) -> int:
    """The shortest period of the sizes of one period."""
    count = len(sizes)
    return next(
        p for p in range(1, count + 1) if count % p == 0 and all(sizes[i] == sizes[i % p] for i in range(count))
    )


def _placed(origin: Origin, shape: Shape) -> Origin:
    if not origin.lengths:
        raise UsageError(
            f"{origin.name} is {shape}: it has no spatial axes, so nothing has a receptive field on it",
            help="receptive fields are measured on a map: channels x height x width",
        )
    return origin


class _FormRules:
    """Affine and periodic forms; notes where branches do not line up."""

    def __init__(self, fields: ReceptiveFields) -> None:
        self.fields = fields

    def through(self, state: Form, window: AxisWindow, length: int) -> Form:
        if isinstance(state, Lost):
            return Lost.WHOLE if state is Lost.UNEVEN and _sees_all(window, length) else state
        after = state.through(window, length)
        if after is not None:
            return after
        return Lost.WHOLE if _sees_all(window, length) else Lost.UNEVEN

    def whole(self, state: Form, units: int) -> Form:  # noqa: ARG002
        return Lost.WHOLE

    def merge(self, states: Sequence[Form], node: Node, inputs: Sequence[int]) -> Form:
        fields = [state for state in states if isinstance(state, Field)]
        if Lost.WHOLE in states:
            if fields:
                self.fields._gated[node.name] = None
            if not fields or self.fields.gates:
                return Lost.WHOLE
            self._skip(node, [number for number, state in zip(inputs, states, strict=True) if state is Lost.WHOLE])
        if Lost.UNEVEN in states:
            return Lost.UNEVEN
        self._note(node, states, inputs)
        merged = merge(fields)
        return Lost.UNEVEN if merged is None else merged

    def _skip(self, node: Node, numbers: list[int]) -> None:
        value = self.fields.graph.values[node.name]
        self.fields.skipped.update((value, number) for number in numbers)

    def _note(self, node: Node, states: Sequence[Form], inputs: Sequence[int]) -> None:
        """Remember the first pair of branches that look at different places."""
        placed = [(number, s) for number, s in zip(inputs, states, strict=True) if isinstance(s, Field)]
        first_number, first = placed[0]
        for number, state in placed[1:]:
            if state is first or aligned(first, state) or node.name in self.fields._meetings:
                continue
            names = [self.fields.graph.value_name(node.inputs[n]) for n in (first_number, number)]
            self.fields._meetings[node.name] = Meeting(
                node.name, (names[0], names[1]), (first.jump, state.jump), (first.mean_centre, state.mean_centre)
            )


def _sees_all(window: AxisWindow, length: int) -> bool:
    """Whether every unit reads the whole axis."""
    last = window.output(length) - 1
    return all(len(window.reads(unit, length)) == length for unit in {0, last})
