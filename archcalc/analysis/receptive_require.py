"""Receptive-field figures by name, and demands on them: `conv5>=163`, `pool5.jump==32`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from fractions import Fraction

from archcalc.analysis.receptive import AxisField, LayerField, ReceptiveFields
from archcalc.core import Shape
from archcalc.core.record import record
from archcalc.errors import SpecError, UsageError
from archcalc.graph.graph import Graph

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
_OPERATORS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    ">=": operator.ge, "<=": operator.le, "==": operator.eq, "=": operator.eq, ">": operator.gt, "<": operator.lt,
}  # fmt: skip


@record
class Requirement:
    """A demand on a figure of a layer."""

    text: str
    layer: str
    figure: str
    sign: str
    wanted: tuple[Fraction, ...]
    """One value for all axes, or one an axis."""


@record
class Demand:
    """A requirement, what is computed for it along each axis, and whether it holds."""

    requirement: Requirement
    actual: tuple[tuple[Fraction | int | None, Fraction | int | None], ...]
    holds: bool


def parse_requirement(text: str) -> Requirement:
    """Read `conv5>=163`, `conv5.jump==16` or `conv5>=51x35`. Raises UsageError."""
    match = re.fullmatch(r"\s*(.+?)\s*(>=|<=|==|=|>|<)\s*(-?\d+(?:\.\d+)?(?:x-?\d+(?:\.\d+)?)*)\s*", text)
    if match is None:
        raise UsageError(f"--require {text} is no demand", help="such as --require 'conv5>=163' or 'conv5.jump==16'")
    layer, sign, wanted = match.groups()
    head, _, tail = layer.rpartition(".")
    figure = tail if head and tail in FIGURES else "rf"
    layer = head if head and tail in FIGURES else layer
    return Requirement(text, layer, figure, sign, tuple(Fraction(value) for value in wanted.split("x")))


def demand(fields: ReceptiveFields, requirement: Requirement) -> Demand:
    """Hold a requirement against what is computed: along every axis, for the least and the largest unit."""
    axes = fields.of(requirement.layer).axes
    actual = tuple(FIGURES[requirement.figure](axis) for axis in axes)
    wanted = requirement.wanted * (len(axes) if len(requirement.wanted) == 1 else 1)
    if len(wanted) != len(axes):
        values = f"--require {requirement.text} has {len(wanted)} values"
        raise UsageError(f"{values}, {fields.origin.name} has {len(axes)} axes")
    compare = _OPERATORS[requirement.sign]
    holds = all(
        end is not None and compare(Fraction(end), value)
        for ends, value in zip(actual, wanted, strict=True)
        for end in ends
    )
    return Demand(requirement, actual, holds)


def claimed_figure(graph: Graph, name: str, word: str) -> Figure:
    """The figure that a claim `conv5.rf`, `conv5.rf.max` or `conv5.jump.h` speaks of.

    Raises:
        SpecError: where there is no single value.
    """
    quantity, _, part = word.partition(".")
    layer = ReceptiveFields(graph).of(name)
    ends = _along(layer, part, [FIGURES[quantity](axis) for axis in layer.axes])
    if part in ("min", "max"):
        ends = [(end, end) for pair in ends if (end := pair[part == "max"]) is not None]
    return _single(layer, quantity, ends)


Ends = list[tuple[Fraction | int | None, Fraction | int | None]]


def _along(layer: LayerField, part: str, ends: Ends) -> Ends:
    """The axis that `.h` or `.w` names, else all."""
    names = _AXES.get(len(layer.axes), ())
    if part in ("", "min", "max"):
        return ends
    if part not in names:
        raise SpecError(f"the input of {layer.name} has no axis `{part}`")
    return [ends[names.index(part)]]


def _single(layer: LayerField, quantity: str, ends: Ends) -> Figure:
    values = []
    for least, largest in ends:
        if least is None or largest is None:
            raise SpecError(f"{layer.name} has no single {quantity}: its units do not follow one from the other")
        if least != largest:
            raise SpecError(
                f"{layer.name} has no single {quantity}: {least} to {largest}, depending on the unit",
                help=f"claim {layer.name}.{quantity}.min and {layer.name}.{quantity}.max",
            )
        values.append(least)
    if len(set(values)) == 1:
        return int(values[0]) if values[0] == int(values[0]) else float(values[0])
    if any(value != int(value) or value < 0 for value in values):
        raise SpecError(
            f"{layer.name} has another {quantity} along each axis",
            help=f"claim {layer.name}.{quantity}.h and {layer.name}.{quantity}.w",
        )
    return Shape(int(value) for value in values)
