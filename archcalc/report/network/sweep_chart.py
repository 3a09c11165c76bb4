"""The points of a sweep between two figures, with those that no other beats joined by a line."""

from __future__ import annotations

from archcalc.analysis.quantities import MEASURES
from archcalc.analysis.sweep.query import Sweep
from archcalc.analysis.sweep.sweep import Point, number_of
from archcalc.errors import UsageError
from archcalc.report.drawing.chart import ColourEntry, tick_text
from archcalc.report.drawing.palette import Theme, marks
from archcalc.report.drawing.points import ChartAxis, ChartPoint, PointChart

LABELLED = 60
"""Of more points than this only those on the front have names."""

_FRONT, _BEATEN, _PLAIN = "front", "beaten", "plain"


def sweep_chart(sweep: Sweep, theme: Theme) -> PointChart:
    """The first two goals of the front, or else the first two columns. Raises UsageError for nothing to draw."""
    if not sweep.points:
        raise UsageError("no point is left, so there is nothing to draw")
    x, y = _axes(sweep)
    points = tuple(_point(point, sweep, x, y) for point in sweep.points)
    path = sorted((point.x, point.y) for point in points if point.group == _FRONT and point.y is not None)
    first, second, last = marks(theme)
    return PointChart(
        f"{sweep.spec}: {_title(y)} against {_title(x)}",
        _subtitle(sweep),
        ChartAxis(_title(x), tick_text),
        ChartAxis(_title(y), tick_text),
        points,
        {
            _FRONT: ColourEntry("on the Pareto front: no other is better", second, True),
            _PLAIN: ColourEntry("combination", first, True),
            _BEATEN: ColourEntry("beaten by another", last, True),
        },
        path=tuple(path) if len(path) > 1 and len(sweep.goals) == 2 else (),
    )


def _axes(sweep: Sweep) -> tuple[str, str]:
    """Two names: of the goals, then of the columns, then of what is varied."""
    varied = (axis.name for axis in sweep.axes)
    names = [*(goal.lstrip("+") for goal in sweep.goals), *sweep.columns, *varied]
    x, y, *_ = dict.fromkeys(names)
    return x, y


def _subtitle(sweep: Sweep) -> str:
    counted = f"{len(sweep.points):,} of {sweep.computed:,} combinations"
    if sweep.front is None:
        return counted
    front = sum(point.values in sweep.front for point in sweep.points)
    goals = ", ".join(f"more {goal[1:]}" if goal.startswith("+") else f"less {goal}" for goal in sweep.goals)
    return f"{counted} · {front:,} on the Pareto front of {goals}"


def _point(point: Point, sweep: Sweep, x: str, y: str) -> ChartPoint:
    group = _PLAIN if sweep.front is None else _FRONT if point.values in sweep.front else _BEATEN
    named = ", ".join(f"{axis.name}={value}" for axis, value in zip(sweep.axes, point.values, strict=True))
    figures = " · ".join(f"{name} {point.figure(name):,}" for name in sweep.columns)
    name = named if len(sweep.points) <= LABELLED or group == _FRONT else ""
    places = [float(number_of(point, axis, sweep.axes)) for axis in (x, y)]
    return ChartPoint(name, places[0], places[1], 0, group, f"{named}: {figures}")


def _title(name: str) -> str:
    return MEASURES[name].title if name in MEASURES else name
