"""One network with many values of its params and inputs: what each would cost, and which of them no other beats."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import islice, product
from math import prod
from pathlib import PurePath
from typing import Any

from archcalc.analysis.claims import hold, is_figure
from archcalc.analysis.quantities import MEASURES, Figures
from archcalc.analysis.sweep.variation import INPUT, MOST_VALUES, VariedAxis, value_of
from archcalc.core.demand import Demand, parse_demand, split_demand
from archcalc.core.record import record, replace
from archcalc.core.units import parse_quantity, parse_shape
from archcalc.errors import ArchcalcError, SpecError, UsageError
from archcalc.graph.choices import Choices
from archcalc.graph.elaborate import elaborate
from archcalc.spec.check import load_document
from archcalc.spec.document import Document
from archcalc.spec.expression import Expression, parse
from archcalc.spec.names import did_you_mean, listed, nearest

SWEPT = tuple(row.name for row in MEASURES.values() if row.swept)
"""What is computed at every point."""

TOTALS = tuple(row.name for row in MEASURES.values() if row.of_net)
"""What a point can be asked for: all that a network has as one number."""

CHUNK = 250
"""Points at most that share a document; its caches of layers then go with it, so that memory stays flat."""


@record
class Point:
    """One combination of values."""

    values: tuple[str, ...]
    figures: Mapping[str, int]
    """By name; empty where the network cannot be built."""
    refused: str
    """Why not."""
    held: tuple[bool, ...] = ()
    """Whether each demand of the condition holds."""

    def figure(self, name: str) -> int:
        """One that was computed."""
        return self.figures[name]


@record
class SweepTask:
    """Everything a worker needs to compute points: a text, not a document, which cannot be sent."""

    text: str
    file: str
    choices: Choices
    axes: tuple[VariedAxis, ...]
    demands: tuple[Demand, ...] = ()
    """Those of the condition."""
    figures: tuple[str, ...] = SWEPT


@record
class Condition:
    """What is wanted of a point: demands, joined by and, or, not; and plain arithmetic with figures."""

    text: str
    demands: tuple[Demand, ...]
    expression: Expression
    """Of the demands, called `demand0` and so on, and of figures."""

    def holds(self, point: Point, axes: Sequence[VariedAxis]) -> bool:
        """Whether a point that was computed with these demands is wanted. Raises UsageError."""
        held = {f"demand{index}": holds for index, holds in enumerate(point.held)}
        try:
            return bool(self.expression.evaluate({**_lookup(point, axes), **held}.__getitem__))
        except SpecError as error:
            raise UsageError.of(f"--where {self.text}", error) from None


def points_of(axes: Sequence[VariedAxis]) -> int:
    """How many combinations there are. Raises UsageError where they are too many."""
    count = prod(len(axis.values) for axis in axes)
    if count > MOST_VALUES:
        raise UsageError(f"{count:,} combinations are over the limit of {MOST_VALUES:,}", help="vary in larger steps")
    return count


def chunks(axes: Sequence[VariedAxis], jobs: int = 1) -> Iterator[tuple[tuple[str, ...], ...]]:
    """All combinations, in groups that a worker computes with one document; several for each job."""
    combinations = product(*(axis.values for axis in axes))
    size = CHUNK if jobs == 1 else max(1, min(CHUNK, points_of(axes) // (4 * jobs)))
    while chunk := tuple(islice(combinations, size)):
        yield chunk


def compute(task: SweepTask, combinations: Iterable[tuple[str, ...]]) -> list[Point]:
    """The points of a chunk."""
    document = load_document(task.text, task.file)
    document.name = document.name or PurePath(task.file).stem
    return [_point(task, document, values) for values in combinations]


def condition(text: str, axes: Sequence[VariedAxis]) -> Condition:
    """Read `params < 5M and conv5.rf >= 163`. Raises UsageError."""
    try:
        rest, demands = _without_demands(text, {axis.name for axis in axes})
        expression = parse(_without_units(rest))
    except SpecError as error:
        raise UsageError.of(f"--where {text}", error) from None
    known = [*TOTALS, *(axis.name for axis in axes)]
    for name in sorted(expression.names - {f"demand{index}" for index in range(len(demands))}):
        if name not in known:
            help = did_you_mean(nearest(name, known)) or f"there are {listed(known, 20)}"
            raise UsageError(f"--where {text}: there is no figure `{name}`", help=help)
    return Condition(text, demands, expression)


def pareto(points: Sequence[Point], goals: Sequence[str], axes: Sequence[VariedAxis]) -> set[tuple[str, ...]]:
    """The values of the points that no other point beats: as good in every goal and better in one.

    Args:
        goals: less is better; with `+` before it, more is.
    """
    signs = [-1 if goal.startswith("+") else 1 for goal in goals]
    names = [goal.lstrip("+") for goal in goals]
    scored = sorted(
        (tuple(sign * number_of(point, name, axes) for sign, name in zip(signs, names, strict=True)), point.values)
        for point in points
    )
    front: list[tuple[Fraction | int, ...]] = []
    found = set()
    for score, values in scored:
        rivals = front if len(goals) > 2 else front[-1:]  # with two goals, the last has the best second so far
        if score in front[-1:] or not any(_beats(better, score) for better in rivals):
            front += [score] if score not in front[-1:] else []
            found.add(values)
    return found


def known_goal(name: str, axes: Sequence[VariedAxis]) -> str:
    """A figure or varied name, `+` allowed before it. Raises UsageError."""
    known = [*TOTALS, *(axis.name for axis in axes)]
    if name.lstrip("+") not in known:
        help = did_you_mean(nearest(name.lstrip("+"), known)) or f"there are {listed(known, 20)}"
        raise UsageError(f"there is no figure `{name}`", help=help)
    return name


def known_figure(name: str) -> str:
    """One that every network has. Raises UsageError."""
    if name not in TOTALS:
        help = did_you_mean(nearest(name, TOTALS)) or f"there are {listed(TOTALS, 20)}"
        raise UsageError(f"there is no figure `{name}`", help=help)
    return name


def sort_key(name: str, axes: Sequence[VariedAxis]) -> Callable[[Point], Fraction | int]:
    """What to sort points by."""
    return lambda point: number_of(point, name, axes)


def _point(task: SweepTask, document: Document, values: tuple[str, ...]) -> Point:
    params, inputs = dict(task.choices.params), dict(task.choices.inputs)
    for varied, value in zip(task.axes, values, strict=True):
        if varied.name == INPUT:
            inputs[next(iter(document.inputs))] = parse_shape(value)
        else:
            params[varied.name] = value_of(value, value)
    try:
        figures = Figures(elaborate(document, replace(task.choices, params=params, inputs=inputs)))
    except ArchcalcError as error:
        return Point(values, {}, _reason(error.errors[0]))
    point = Point(values, {name: figures.total(name) for name in task.figures}, "")
    return replace(point, held=tuple(_met(demand, figures, point, task.axes) for demand in task.demands))


def _met(demand: Demand, figures: Figures, point: Point, axes: Sequence[VariedAxis]) -> bool:
    """Whether a demand on a figure, or on what is varied, holds. Raises UsageError."""
    if any(axis.name == demand.subject for axis in axes):
        number = number_of(point, demand.subject, axes)
        return demand.wanted.holds(((number, number),))
    try:
        return hold(figures, demand).holds
    except SpecError as error:
        raise UsageError.of(f"--where {demand.text}", error) from None


def _reason(error: ArchcalcError) -> str:
    return f"{error.what} ({error.notes[0]})" if error.notes else error.what


_JOINTS = re.compile(r"(\band\b|\bor\b|\bnot\b|[()])")
_PLAIN = re.compile(r"[<>=!≤≥≠]*\s*[~≈−-]?[0-9.][\w.,×~ ]*")


def _without_demands(text: str, varied: Collection[str]) -> tuple[str, tuple[Demand, ...]]:
    """The text with a name in the place of each demand, and the demands. Raises SpecError."""
    demands: list[Demand] = []
    pieces = _JOINTS.split(text)
    for index, piece in enumerate(pieces):
        parts = split_demand(piece)
        if parts and _PLAIN.fullmatch(parts[1].strip()) and (parts[0] in varied or is_figure(parts[0])):
            pieces[index] = f" demand{len(demands)} "
            demands.append(parse_demand(piece))
    return "".join(pieces), tuple(demands)


def _without_units(text: str) -> str:
    """`5M` and `64MiB` as whole numbers."""
    return re.sub(
        r"(?<![\w.])[0-9][0-9_.]*\s?(?:[KMGT]i?B?|kB|B)(?!\w)", lambda m: str(parse_quantity(m[0]).value), text
    )


def _lookup(point: Point, axes: Sequence[VariedAxis]) -> Mapping[str, Any]:
    return {**point.figures, **{axis.name: number_of(point, axis.name, axes) for axis in axes}}


def number_of(point: Point, name: str, axes: Sequence[VariedAxis]) -> Fraction | int:
    """A figure, or a varied value; of an input its last size, of a word its place among the values."""
    if name in point.figures:
        return point.figure(name)
    index = next(index for index, axis in enumerate(axes) if axis.name == name)
    value = point.values[index]
    if name == INPUT:
        return parse_shape(value)[-1]
    number = value_of(value, value)
    return number if isinstance(number, int | Fraction) else axes[index].values.index(value)


def _beats(better: Sequence[Fraction | int], score: Sequence[Fraction | int]) -> bool:
    return all(a <= b for a, b in zip(better, score, strict=True))
