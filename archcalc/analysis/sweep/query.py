"""What is asked of a sweep, and the answer: which points, in which order, and which of them no other beats."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from archcalc.analysis.sweep.sweep import (
    SWEPT,
    TOTALS,
    Condition,
    Point,
    SweepTask,
    condition,
    known_figure,
    known_goal,
    pareto,
    points_of,
    sort_key,
)
from archcalc.analysis.sweep.variation import VariedAxis, axis
from archcalc.core.record import record
from archcalc.core.result import Result
from archcalc.errors import UsageError
from archcalc.graph.choices import Choices
from archcalc.spec.catalog import Located
from archcalc.spec.document import Document

DEFAULT_COLUMNS = ("params", "macs", "peak_activation_bytes")


@record
class Sweep(Result):
    """The points asked for, in the order asked for."""

    spec: str
    axes: tuple[VariedAxis, ...]
    points: tuple[Point, ...]
    refused: tuple[Point, ...]
    """Those that cannot be built."""
    computed: int
    """All combinations."""
    front: frozenset[tuple[str, ...]] | None
    """The values of the points that no other beats; None where that was not asked for."""
    columns: tuple[str, ...] = DEFAULT_COLUMNS
    """The figures to show."""
    goals: tuple[str, ...] = ()
    """What the front is best in: less of each, with `+` before it more."""

    def __iter__(self) -> Iterator[Point]:
        return iter(self.points)

    def __len__(self) -> int:
        return len(self.points)


@record
class SweepQuery:
    """What to vary, and which points to keep in which order."""

    axes: tuple[VariedAxis, ...]
    condition: Condition | None
    order: str | None
    goals: tuple[str, ...]
    only_front: bool
    top: int | None
    columns: tuple[str, ...]

    @property
    def combinations(self) -> int:
        """How many points there are. Raises UsageError where they are too many."""
        return points_of(self.axes)

    def task(self, located: Located, choices: Choices) -> SweepTask:
        """What computes the points of a spec."""
        demands = self.condition.demands if self.condition else ()
        return SweepTask(located.text, located.file, choices, self.axes, demands, self._figures())

    def _figures(self) -> tuple[str, ...]:
        """What is computed at every point, and what is asked for beside it."""
        named = [*self.columns, *(goal.lstrip("+") for goal in (*self.goals, self.order or ""))]
        named += self.condition.expression.names if self.condition else ()
        return tuple(dict.fromkeys([*SWEPT, *(name for name in TOTALS if name in named)]))

    def answer(self, spec: str, computed: Sequence[Point]) -> Sweep:
        """What is kept of all points."""
        points = [point for point in computed if not point.refused and self._wants(point)]
        front = pareto(points, self.goals, self.axes) if self.goals else None
        if self.only_front and front is not None:
            points = [point for point in points if point.values in front]
        if self.order:
            points.sort(key=sort_key(self.order.lstrip("+"), self.axes), reverse=self.order.startswith("+"))
        return Sweep(
            spec,
            self.axes,
            tuple(points[: self.top]),
            tuple(point for point in computed if point.refused),
            len(computed),
            None if front is None else frozenset(front),
            self.columns,
            self.goals,
        )

    def _wants(self, point: Point) -> bool:
        return self.condition is None or self.condition.holds(point, self.axes)


def query(
    document: Document,
    vary: Sequence[str],
    where: str | None = None,
    sort: str | None = None,
    pareto: str | Collection[str] | None = None,
    only_front: bool = False,
    top: int | None = None,
    columns: str | Collection[str] | None = None,
) -> SweepQuery:
    """Read the options of a sweep; names are a list or `a,b`. Raises UsageError for what there is not."""
    if top is not None and top < 1:
        raise UsageError(f"--top is 1 or more, got {top}")
    if only_front and not pareto:
        raise UsageError("--front needs --pareto", help="such as --pareto params,macs")
    axes = tuple(axis(document, text) for text in vary)
    _refuse_twice([varied.name for varied in axes])
    points_of(axes)
    return SweepQuery(
        axes,
        condition(where, axes) if where is not None else None,
        known_goal(sort, axes) if sort else None,
        tuple(known_goal(name, axes) for name in _names(pareto)),
        only_front,
        top,
        tuple(map(known_figure, _names(columns))) or DEFAULT_COLUMNS,
    )


def _names(given: str | Collection[str] | None) -> list[str]:
    parts = given.split(",") if isinstance(given, str) else given or ()
    return [name.strip() for name in parts if name.strip()]


def _refuse_twice(names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"{name} is varied twice", help=f"one --vary {name}= with all values")
