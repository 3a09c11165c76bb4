"""Which pixels one unit sees, and which units see one pixel: exact, all axes together.

Along each axis the sets of core/field_mask.py are exact; with branches a field need not be their product (a 1x3
beside a 3x1 is a plus), so a single unit is followed through the graph as a set of cells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product

from archcalc.analysis.fields.receptive import ReceptiveFields
from archcalc.analysis.fields.walk import POINT
from archcalc.core import AxisWindow, Shape, field_mask, field_moves
from archcalc.core.field import Field, Span
from archcalc.core.record import record
from archcalc.errors import UsageError

Cells = Mapping[tuple[int, ...], int]
"""Place along all axes but the last -> set of cells along the last."""

Step = Callable[[int], int]
"""From a set of cells along one axis to the set that it is joined with on the other side of a layer."""


@record
class UnitField:
    """What one unit of a layer sees."""

    layer: str
    unit: tuple[int, ...]
    lengths: tuple[int, ...]
    """Size of the input along each axis."""
    spans: tuple[Span, ...] | None
    """First and last pixel along each axis, padding included; None where no form says so."""
    box: tuple[tuple[int, int], ...]
    """First and last real pixel along each axis; empty where it sees none."""
    cells: Cells
    seen: int
    """Pixels inside the box that the unit depends on; the others are holes."""

    @property
    def area(self) -> int:
        """Pixels of the box."""
        area = 1 if self.box else 0
        for first, last in self.box:
            area *= last - first + 1
        return area


@record
class PixelView:
    """The units of a layer that see one pixel."""

    layer: str
    pixel: tuple[int, ...]
    units: tuple[int, ...]
    """How many units the layer has along each axis."""
    box: tuple[tuple[int, int], ...]
    """First and last unit along each axis; empty where none sees it."""
    cells: Cells
    seeing: int


def unit_field(fields: ReceptiveFields, name: str, unit: tuple[int, ...] | None = None) -> UnitField:
    """The pixels that a unit sees; without one, the unit in the middle. Raises UsageError out of range."""
    layer, value = fields.placed(name)
    counts = fields.units(value)
    place = tuple(count // 2 for count in counts) if unit is None else _checked(unit, counts, layer, "unit")
    cells = _back(fields, value, place)
    return UnitField(
        layer, place, fields.origin.lengths, _spans(fields, value, place), _box(cells), cells, _count(cells)
    )


def pixel_view(fields: ReceptiveFields, name: str, pixel: tuple[int, ...]) -> PixelView:
    """The units of a layer that see a pixel. Raises UsageError out of range."""
    layer, value = fields.placed(name)
    place = _checked(pixel, fields.origin.lengths, fields.origin.name, "pixel")
    cells = _ahead(fields, value, place)
    return PixelView(layer, place, fields.units(value), _box(cells), cells, _count(cells))


def _spans(fields: ReceptiveFields, value: int, place: tuple[int, ...]) -> tuple[Span, ...] | None:
    forms = [forms[value] for forms in fields.forms]
    spans = [form.span(index) for form, index in zip(forms, place, strict=True) if isinstance(form, Field)]
    return tuple(spans) if len(spans) == len(place) else None


def _back(fields: ReceptiveFields, value: int, place: tuple[int, ...]) -> Cells:
    """From a unit to the pixels, against the order of the graph."""
    graph, origins, inputs = fields.graph, fields.origin.values, fields.graph.first
    wanted: dict[int, dict[tuple[int, ...], int]] = {value: {place[:-1]: 1 << place[-1]}}
    found: dict[tuple[int, ...], int] = {}
    steps = _Steps(fields, back=True)
    for index in range(value, -1, -1):
        cells = wanted.pop(index, None)
        if cells is None:
            continue
        if index in origins:
            _join(found, cells)
            continue
        if index < inputs:
            continue
        node = graph.nodes[index - inputs]
        for number, (source, shape) in enumerate(zip(node.inputs, node.input_shapes, strict=True)):
            if (index, number) in fields.skipped or not fields.reaches(source):
                continue
            steps_ = steps.of(index - inputs, shape)
            _join(wanted.setdefault(source, {}), cells if steps_ is None else _moved(cells, steps_))
    return found


def _ahead(fields: ReceptiveFields, value: int, place: tuple[int, ...]) -> Cells:
    """From a pixel to the units, in the order of the graph."""
    graph, inputs = fields.graph, fields.graph.first
    lit: dict[int, Cells] = {origin: {place[:-1]: 1 << place[-1]} for origin in fields.origin.values}
    steps = _Steps(fields, back=False)
    for index, node in enumerate(graph.nodes[: max(0, value - inputs + 1)], start=inputs):
        if index in lit:
            continue
        cells: dict[tuple[int, ...], int] = {}
        for number, (source, shape) in enumerate(zip(node.inputs, node.input_shapes, strict=True)):
            if source in lit and (index, number) not in fields.skipped:
                steps_ = steps.of(index - inputs, shape)
                _join(cells, lit[source] if steps_ is None else _moved(lit[source], steps_))
        if cells:
            lit[index] = cells
    return lit.get(value, {})


class _Steps:
    """How sets of cells go through each layer, one axis at a time; the same work is done once."""

    def __init__(self, fields: ReceptiveFields, back: bool) -> None:
        self.fields = fields
        self.back = back
        """From what a layer makes to what it reads; else the other way."""
        self.known: dict[tuple[object, ...], Step] = {}

    def of(self, number: int, shape: Shape) -> list[Step] | None:
        """A step for each axis; None where each unit reads its own place."""
        axes = self.fields.origin.axes
        windows, after = self.fields.plan.windows[number], self.fields.graph.nodes[number].shape
        lengths = shape.spatial if len(shape) == axes + 1 else (1,) * axes
        units = after.spatial if len(after) == axes + 1 else (1,) * axes
        placed = windows if len(shape) == axes + 1 else None
        if placed is not None and all(window is POINT for window in placed) and lengths == units:
            return None
        each = placed if placed is not None else (None,) * axes
        return [self._step(*key) for key in zip(each, lengths, units, strict=True)]

    def _step(self, window: AxisWindow | None, length: int, count: int) -> Step:
        key = (window, length, count)
        if key not in self.known:
            known: dict[int, int] = {}
            move = self._move(window, length, count)
            self.known[key] = lambda cells: known[cells] if cells in known else known.setdefault(cells, move(cells))
        return self.known[key]

    def _move(self, window: AxisWindow | None, length: int, count: int) -> Step:
        if window is None:
            every = field_mask.full(length if self.back else count)
            return lambda cells: every if cells else 0
        made = window.output(length)
        if made == count:
            if self.back:
                return lambda units: field_moves.read_by(units, window, length)
            return lambda cells: field_moves.readers(cells, window, length, count)
        read = field_moves.read_by(field_mask.full(made), window, length)  # a single cell is stretched
        if self.back:
            return lambda units: read if units else 0
        return lambda cells: field_mask.full(count) if cells & read else 0


def _moved(cells: Cells, steps: Sequence[Step]) -> dict[tuple[int, ...], int]:
    """The cells on the other side of a layer."""
    *before, last = steps
    moved: dict[tuple[int, ...], int] = {}
    for place, mask in cells.items():
        onward = last(mask)
        if onward:
            reached = [list(field_mask.members(step(1 << cell))) for step, cell in zip(before, place, strict=True)]
            for other in product(*reached):
                moved[other] = moved.get(other, 0) | onward
    return moved


def _join(cells: dict[tuple[int, ...], int], others: Cells) -> None:
    for place, mask in others.items():
        cells[place] = cells.get(place, 0) | mask


def _box(cells: Cells) -> tuple[tuple[int, int], ...]:
    last = field_mask.span(field_mask.union(list(cells.values())))
    if last is None:
        return ()
    places = [place for place, mask in cells.items() if mask]
    return (*((min(axis), max(axis)) for axis in zip(*places, strict=True)), last)


def _count(cells: Cells) -> int:
    return sum(mask.bit_count() for mask in cells.values())


def _checked(place: tuple[int, ...], counts: tuple[int, ...], name: str, what: str) -> tuple[int, ...]:
    last = ",".join(str(count - 1) for count in counts)
    axes = "1 axis" if len(counts) == 1 else f"{len(counts)} axes"
    if len(place) != len(counts):
        raise UsageError(
            f"{name} has {axes}, got {_numbers(len(place))} for the {what}",
            help=f"{what}s of {name} go from {','.join('0' * len(counts))} to {last}",
        )
    if any(not 0 <= index < count for index, count in zip(place, counts, strict=True)):
        raise UsageError(
            f"{name} has no {what} {','.join(map(str, place))}",
            help=f"{what}s of {name} go from {','.join('0' * len(counts))} to {last}",
        )
    return place


def _numbers(count: int) -> str:
    return "1 number" if count == 1 else f"{count} numbers"
