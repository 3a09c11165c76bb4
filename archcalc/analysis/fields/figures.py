"""Receptive-field figures by name: `conv5.rf`, `pool5.jump`, `up.rf.max`, `conv1.start.h`."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from archcalc.analysis.fields.receptive import AxisField, LayerField, ReceptiveFields
from archcalc.core import Shape
from archcalc.core.record import record
from archcalc.errors import SpecError

Figure = int | float | Shape
"""A number where all axes agree, else height x width."""

FIGURES: dict[str, Callable[[AxisField], tuple[Fraction | int | None, Fraction | int | None]]] = {
    "rf": lambda axis: (axis.smallest, axis.largest),
    "jump": lambda axis: (axis.jump, axis.jump),
    "start": lambda axis: (axis.start, axis.start),
    "padding": lambda axis: (axis.padding, axis.padding),
}
"""Name -> the least and the largest value along an axis; None where there is no such figure."""

_AXES = {1: ("w",), 2: ("h", "w"), 3: ("d", "h", "w")}

Ends = tuple[tuple[Fraction | int | None, Fraction | int | None], ...]


@record
class Extent:
    """A figure of a layer's field along each axis: the least and the largest over its units."""

    layer: str
    quantity: str
    ends: Ends

    @property
    def single(self) -> Figure:
        """The one value. Raises SpecError where the units do not agree."""
        return _single(self.layer, self.quantity, self.ends)


def extent(fields: ReceptiveFields, name: str, word: str) -> Extent:
    """What `conv5.rf`, `conv5.rf.max` or `conv5.jump.h` speaks of. Raises SpecError for an axis that is not there."""
    quantity, _, part = word.partition(".")
    layer = fields.of(name)
    ends = _along(layer, part, tuple(FIGURES[quantity](axis) for axis in layer.axes))
    if part in ("min", "max"):
        ends = tuple((pair[part == "max"], pair[part == "max"]) for pair in ends)
    return Extent(layer.name, quantity, ends)


def _along(layer: LayerField, part: str, ends: Ends) -> Ends:
    """The axis that `.h` or `.w` names, else all."""
    names = _AXES.get(len(layer.axes), ())
    if part in ("", "min", "max"):
        return ends
    if part not in names:
        raise SpecError(f"the input of {layer.name} has no axis `{part}`")
    return (ends[names.index(part)],)


def _single(layer: str, quantity: str, ends: Ends) -> Figure:
    values = []
    for least, largest in ends:
        if least is None or largest is None:
            raise SpecError(f"{layer} has no single {quantity}: its units do not follow one from the other")
        if least != largest:
            raise SpecError(
                f"{layer} has no single {quantity}: {least} to {largest}, depending on the unit",
                help=f"claim {layer}.{quantity}.min and {layer}.{quantity}.max",
            )
        values.append(least)
    if len(set(values)) == 1:
        return int(values[0]) if values[0] == int(values[0]) else float(values[0])
    if any(value != int(value) or value < 0 for value in values):
        raise SpecError(
            f"{layer} has another {quantity} along each axis",
            help=f"claim {layer}.{quantity}.h and {layer}.{quantity}.w",
        )
    return Shape(int(value) for value in values)
