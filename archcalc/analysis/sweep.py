"""One network with many values of its params and inputs: what each would cost, and which of them no other beats."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import islice, product
from math import prod
from typing import Any

from archcalc.analysis.summary import Summary, summarize
from archcalc.analysis.variation import INPUT, MOST_VALUES, Axis, value_of
from archcalc.core.record import record
from archcalc.core.units import parse_quantity, parse_shape
from archcalc.errors import ArchcalcError, SpecError, UsageError
from archcalc.graph.elaborate import Choices, elaborate
from archcalc.spec.check import load_document
from archcalc.spec.document import Document
from archcalc.spec.expression import Expression, parse
from archcalc.spec.names import did_you_mean, listed, nearest

FIGURES: dict[str, Callable[[Summary], int]] = {
    "params": lambda summary: summary.totals.params,
    "macs": lambda summary: summary.totals.macs,
    "flops": lambda summary: summary.totals.flops,
    "weight_bytes": lambda summary: summary.totals.weight_bytes,
    "activation_bytes": lambda summary: summary.activation_bytes,
    "peak_activation_bytes": lambda summary: summary.peak_activation_bytes,
    "neurons": lambda summary: summary.totals.neurons,
    "layers": lambda summary: len(summary.rows),
}
"""What is computed at every point."""

CHUNK = 250
"""Points at most that share a document; its caches of layers then go with it, so that memory stays flat."""


@record
class Point:
    """One combination of values."""

    values: tuple[str, ...]
    figures: tuple[int, ...]
    """In the order of FIGURES; empty where the network cannot be built."""
    refused: str
    """Why not."""

    def figure(self, name: str) -> int:
        """One of FIGURES."""
        return self.figures[_ORDER[name]]


@record
class Task:
    """Everything a worker needs to compute points: a text, not a document, which cannot be sent."""

    text: str
    file: str
    choices: Choices
    axes: tuple[Axis, ...]


def points_of(axes: Sequence[Axis]) -> int:
    """How many combinations there are. Raises UsageError where they are too many."""
    count = prod(len(axis.values) for axis in axes)
    if count > MOST_VALUES:
        raise UsageError(f"{count:,} combinations are over the limit of {MOST_VALUES:,}", help="vary in larger steps")
    return count


def chunks(axes: Sequence[Axis], jobs: int = 1) -> Iterator[tuple[tuple[str, ...], ...]]:
    """All combinations, in groups that a worker computes with one document; several for each job."""
    combinations = product(*(axis.values for axis in axes))
    size = CHUNK if jobs == 1 else max(1, min(CHUNK, points_of(axes) // (4 * jobs)))
    while chunk := tuple(islice(combinations, size)):
        yield chunk


def compute(task: Task, combinations: Iterable[tuple[str, ...]]) -> list[Point]:
    """The points of a chunk."""
    document = load_document(task.text, task.file)
    return [_point(task, document, values) for values in combinations]


def condition(text: str, axes: Sequence[Axis]) -> Callable[[Point], bool]:
    """Whether a point is wanted: `params < 5M and macs < 600M`. Raises UsageError."""
    try:
        expression = parse(_without_units(text))
    except SpecError as error:
        raise UsageError(f"--where {text}: {error.what}", help=error.help) from None
    known = [*FIGURES, *(axis.name for axis in axes)]
    for name in sorted(expression.names):
        if name not in known:
            help = did_you_mean(nearest(name, known)) or f"there are {listed(known, 20)}"
            raise UsageError(f"--where {text}: there is no figure `{name}`", help=help)
    return lambda point: _holds(expression, text, _lookup(point, axes))


def pareto(points: Sequence[Point], goals: Sequence[str], axes: Sequence[Axis]) -> set[tuple[str, ...]]:
    """The values of the points that no other point beats: as good in every goal and better in one.

    Args:
        goals: less is better; with `+` before it, more is.
    """
    signs = [-1 if goal.startswith("+") else 1 for goal in goals]
    names = [goal.lstrip("+") for goal in goals]
    scored = sorted(
        (tuple(sign * _number(point, name, axes) for sign, name in zip(signs, names, strict=True)), point.values)
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


def known_goal(name: str, axes: Sequence[Axis]) -> str:
    """A figure or varied name, `+` allowed before it. Raises UsageError."""
    known = [*FIGURES, *(axis.name for axis in axes)]
    if name.lstrip("+") not in known:
        help = did_you_mean(nearest(name.lstrip("+"), known)) or f"there are {listed(known, 20)}"
        raise UsageError(f"there is no figure `{name}`", help=help)
    return name


def known_figure(name: str) -> str:
    """One of FIGURES. Raises UsageError."""
    if name not in FIGURES:
        help = did_you_mean(nearest(name, FIGURES)) or f"there are {listed(FIGURES)}"
        raise UsageError(f"there is no figure `{name}`", help=help)
    return name


def sort_key(name: str, axes: Sequence[Axis]) -> Callable[[Point], Fraction | int]:
    """What to sort points by."""
    return lambda point: _number(point, name, axes)


_ORDER = {name: index for index, name in enumerate(FIGURES)}


def _point(task: Task, document: Document, values: tuple[str, ...]) -> Point:
    params, inputs = dict(task.choices.params), dict(task.choices.inputs)
    for varied, value in zip(task.axes, values, strict=True):
        if varied.name == INPUT:
            inputs[next(iter(document.inputs))] = parse_shape(value)
        else:
            params[varied.name] = value_of(value, value)
    try:
        summary = summarize(elaborate(document, Choices(params, inputs)))
    except ArchcalcError as error:
        return Point(values, (), _reason(error.errors[0]))
    return Point(values, tuple(figure(summary) for figure in FIGURES.values()), "")


def _reason(error: ArchcalcError) -> str:
    return f"{error.what} ({error.notes[0]})" if error.notes else error.what


def _without_units(text: str) -> str:
    """`5M` and `64MiB` as whole numbers."""
    return re.sub(
        r"(?<![\w.])[0-9][0-9_.]*\s?(?:[KMGT]i?B?|kB|B)(?!\w)", lambda m: str(parse_quantity(m[0]).value), text
    )


def _lookup(point: Point, axes: Sequence[Axis]) -> Mapping[str, Any]:
    figures = dict(zip(FIGURES, point.figures, strict=True))
    return {**figures, **{axis.name: _number(point, axis.name, axes) for axis in axes}}


def _holds(expression: Expression, text: str, values: Mapping[str, Any]) -> bool:
    try:
        return bool(expression.evaluate(values.__getitem__))
    except SpecError as error:
        raise UsageError(f"--where {text}: {error.what}", help=error.help) from None


def _number(point: Point, name: str, axes: Sequence[Axis]) -> Fraction | int:
    """A figure, or a varied value; of an input its last size, of a word its place among the values."""
    if name in _ORDER:
        return point.figure(name)
    index = next(index for index, axis in enumerate(axes) if axis.name == name)
    value = point.values[index]
    if name == INPUT:
        return parse_shape(value)[-1]
    number = value_of(value, value)
    return number if isinstance(number, int | Fraction) else axes[index].values.index(value)


def _beats(better: Sequence[Fraction | int], score: Sequence[Fraction | int]) -> bool:
    return all(a <= b for a, b in zip(better, score, strict=True))
