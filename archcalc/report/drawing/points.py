"""A chart of points: two axes with round numbers, round marks of many sizes, labels that keep apart, a legend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import sqrt

from archcalc.core.record import record
from archcalc.report.drawing import labels
from archcalc.report.drawing.canvas import Canvas
from archcalc.report.drawing.chart import (
    HEADING,
    MARGIN,
    SMALL,
    ColourEntry,
    circle,
    heading,
    heading_width,
    legend,
    legend_height,
    line,
)
from archcalc.report.drawing.labels import PlacedLabel, PlottedPoint
from archcalc.report.drawing.metrics import cut, width
from archcalc.report.drawing.palette import Theme
from archcalc.report.drawing.scale import AxisScale, around, widened

_PLOT, _LARGE_PLOT = (620, 400), (1000, 640)
MANY = 24
"""More points than this get a larger plot."""

_LEAST, _MOST, _PLAIN = 3.0, 34.0, 4.0
"""Radii: of the smallest mark and of the largest where sizes mean something, and where they mean nothing."""

_LABEL, _LABEL_MOST = 9, 150
"""The size of a label's type, and its greatest width."""

_FOOT = 34
"""Below a plot stand the numbers of its axis and its title."""

_STRIP, _STRIP_HEAD = 64, 18
"""The least height of the strip for points without a second value, and of its title."""

_ROWS = 7
"""Round numbers at the left, about."""


@record
class ChartPoint:
    """One mark. Without `y` it stands in a strip of its own."""

    name: str
    x: float
    y: float | None
    size: float = 0
    """What its area shows, if anything."""
    group: str = ""
    """Its colour, by name."""
    says: str = ""
    """What a viewer shows where the mouse rests on it."""


@record
class ChartAxis:
    """What is measured along an axis, and how its numbers are written."""

    title: str
    text: Callable[[float], str]
    log: bool | None = None
    """A logarithmic scale; None: where the values differ a lot."""


@record
class PointChart:
    """Points between two axes."""

    title: str
    subtitle: str
    x: ChartAxis
    y: ChartAxis
    points: tuple[ChartPoint, ...]
    colours: dict[str, ColourEntry]
    """Of the groups."""
    size: ChartAxis | None = None
    """What the area of a mark shows."""
    path: tuple[tuple[float, float], ...] = ()
    """A line through some of them."""
    strip: str = ""
    """What the strip of points without a second value is called."""
    note: str = ""
    """What stands below all."""


def draw(chart: PointChart, theme: Theme, canvas: Canvas) -> str:
    """The picture of the chart."""
    return _PointDrawing(chart, theme, canvas).drawn()


class _PointDrawing:
    def __init__(self, chart: PointChart, theme: Theme, canvas: Canvas) -> None:
        self.chart, self.theme, self.canvas = chart, theme, canvas
        self.wide: float
        self.wide, self.high = _PLOT if len(chart.points) <= MANY else _LARGE_PLOT
        self.most = max((point.size for point in chart.points), default=0)
        placed = [point for point in chart.points if point.y is not None]
        pad = 2 * (max((self._radius(point.size) for point in chart.points), default=0) + 4)
        self.x = widened(around([point.x for point in chart.points], chart.x.log), pad / self.wide, pad / self.wide)
        self.y = widened(around([point.y or 0 for point in placed], chart.y.log), pad / self.high, pad / self.high)
        numbers = [width(chart.y.text(tick), SMALL) for tick in self.y.ticks(_ROWS)]
        self.left = MARGIN + max(numbers) + 8
        self.top = HEADING + 24
        beside = [self._radius(point.size) for point in chart.points if point.y is None]
        self.strip: float = max(_STRIP, _STRIP_HEAD + 2 * max(beside) + 6) if beside else 0

    # -- the page

    def drawn(self) -> str:
        chart, canvas, theme = self.chart, self.canvas, self.theme
        entries = [entry for group, entry in chart.colours.items() if any(p.group == group for p in chart.points)]
        entries = entries if len(entries) > 1 else []
        wide = max(self.left + self.wide + MARGIN, min(heading_width(chart.title, chart.subtitle), self.wide + 200))
        self.wide = wide - self.left - MARGIN
        below = self.top + self.high + self.strip + _FOOT
        sizes = self._sizes()
        key = 2 * self._radius(max(sizes)) + 6 if sizes else 0
        beside = wide - self._key_width(sizes)
        feet = max(legend_height(entries, beside), key)
        ordered, names = self._placed()
        unnamed = [point.name for point, (_, label) in zip(ordered, names, strict=True) if not label]
        said = f"no room for the names of {', '.join(unnamed)} · " if unnamed else ""
        notes = _lines((said + chart.note).removesuffix(" · "), wide - 2 * MARGIN)
        high = below + 10 + feet + 12 * len(notes) + MARGIN
        canvas.page(wide, high, theme.page)
        heading(canvas, theme, wide, chart.title, chart.subtitle)
        self._axes()
        self._marks()
        for name, label in names:
            if label:
                self._label(name, label)
        legend(canvas, theme, entries, beside, below + 10)
        self._size_key(sizes, wide, below + 10)
        for number, text in enumerate(notes):
            box = (MARGIN, below + 10 + feet + 12 * number, wide - 2 * MARGIN, 12)
            canvas.text(MARGIN, box[1] + 9, text, 8.5, theme.soft, inside=box)
        about = f"{chart.title}: {chart.y.title} against {chart.x.title}, {len(chart.points)} points"
        return canvas.finished(wide, high, chart.title, about)

    def _axes(self) -> None:
        canvas, theme, chart = self.canvas, self.theme, self.chart
        right, bottom = self.left + self.wide, self.top + self.high
        floor = bottom + self.strip
        canvas.rect((self.left, self.top, self.wide, self.high + self.strip), theme.frames[0], theme.line)
        for tick in self.x.ticks():
            x = self._at_x(tick)
            canvas.path(line([(x, self.top), (x, floor + 4)]), stroke=theme.line, thick=0.5)
            canvas.text(x, floor + 14, chart.x.text(tick), SMALL, theme.soft, anchor="middle")
        for tick in self.y.ticks(_ROWS):
            y = self._at_y(tick)
            canvas.path(line([(self.left - 4, y), (right, y)]), stroke=theme.line, thick=0.5)
            canvas.text(self.left - 7, y + 3.5, chart.y.text(tick), SMALL, theme.soft, anchor="end")
        canvas.text(MARGIN, self.top - 8, _scaled(chart.y.title, self.y), SMALL, theme.ink, bold=True)
        canvas.text(right, floor + 29, _scaled(chart.x.title, self.x), SMALL, theme.ink, bold=True, anchor="end")
        if self.strip:
            canvas.path(line([(self.left, bottom), (right, bottom)]), stroke=theme.line)
            canvas.text(self.left + 6, bottom + 12, chart.strip, SMALL, theme.soft)

    # -- the points

    def _marks(self) -> None:
        """The large ones first, so that none hides a smaller one."""
        chart, theme, canvas = self.chart, self.theme, self.canvas
        if chart.path:
            ends = [(self._at_x(x), self._at_y(y)) for x, y in chart.path]
            canvas.path(line(ends), stroke=theme.wire, thick=1.3)
        for point in sorted(chart.points, key=lambda point: -point.size):
            colours = chart.colours[point.group].colours
            x, y = self._middle(point)
            canvas.group(title=point.says or point.name, point=point.name)
            canvas.path(circle(x, y, self._radius(point.size)), colours.fill, colours.edge)
            canvas.end()

    def _placed(self) -> tuple[list[ChartPoint], list[tuple[str, PlacedLabel | None]]]:
        """The points with a name, those of the first group first, and where their names stand."""
        groups = list(self.chart.colours)
        named = [point for point in self.chart.points if point.name]
        points = sorted(named, key=lambda point: (groups.index(point.group), -point.size))
        names = [cut(point.name, _LABEL_MOST, _LABEL) for point in points]
        plotted = [
            PlottedPoint(*self._middle(point), self._radius(point.size), width(name, _LABEL), _LABEL * 1.17)
            for point, name in zip(points, names, strict=True)
        ]
        room = (self.left + 2, self.top + 2, self.wide - 4, self.high + self.strip - 4)
        return points, list(zip(names, labels.place(plotted, room, self._taken()), strict=True))

    def _taken(self) -> list[PlacedLabel]:
        """The strip's own title and the line through some points."""
        bottom = self.top + self.high
        title = (self.left + 4, bottom + 2, width(self.chart.strip, SMALL) + 4, 14)
        ends = [(self._at_x(x), self._at_y(y)) for x, y in self.chart.path]
        parts = [PlacedLabel((*start, 0, 0), (start, end)) for start, end in pairwise(ends)]
        return [PlacedLabel(title, None), *parts] if self.strip else parts

    def _label(self, name: str, label: PlacedLabel) -> None:
        if label.leader:
            self.canvas.path(line(label.leader), stroke=self.theme.wire, thick=0.7)
        x, y, _, _ = label.at
        self.canvas.text(x, y + _LABEL * 0.93, name, _LABEL, self.theme.ink, inside=label.at)

    def _middle(self, point: ChartPoint) -> tuple[float, float]:
        return self._at_x(point.x), (
            self.top + self.high + (self.strip + _STRIP_HEAD) / 2 if point.y is None else self._at_y(point.y)
        )  # fmt: skip

    def _at_x(self, value: float) -> float:
        return self.left + self.wide * self.x.share(value)

    def _at_y(self, value: float) -> float:
        return self.top + self.high * (1 - self.y.share(value))

    def _radius(self, size: float) -> float:
        """The area is proportional to the size, down to a mark that can still be seen."""
        if self.chart.size is None or not self.most:
            return _PLAIN
        return max(_LEAST, _MOST * sqrt(size / self.most))

    # -- what sizes mean

    def _sizes(self) -> list[float]:
        """Three round sizes whose marks are drawn as a key."""
        if self.chart.size is None or not self.most:
            return []
        power = 10.0 ** len(str(int(self.most)))
        largest = next(power * part for part in (0.5, 0.2, 0.1) if power * part <= self.most)
        return [value for value in (largest, largest / 5, largest / 50) if value >= 1]

    def _key_width(self, sizes: Sequence[float]) -> float:
        if not sizes or self.chart.size is None:
            return 0
        marks = sum(2 * self._radius(value) + width(self.chart.size.text(value), SMALL) + 19 for value in sizes)
        return marks + width(f"area: {self.chart.size.title}", SMALL) + MARGIN

    def _size_key(self, sizes: Sequence[float], wide: float, top: float) -> None:
        """The marks in a row at the right, each before its number."""
        if not sizes or self.chart.size is None:
            return
        x, theme, size = wide - MARGIN, self.theme, self.chart.size
        middle = top + self._radius(max(sizes)) + 2
        for value in sorted(sizes):
            text, radius = size.text(value), self._radius(value)
            self.canvas.text(x, middle + 3.5, text, SMALL, theme.soft, anchor="end")
            x -= width(text, SMALL) + 5 + radius
            self.canvas.path(circle(x, middle, radius), theme.families["input"].fill, theme.families["input"].edge)
            x -= radius + 14
        self.canvas.text(x, middle + 3.5, f"area: {size.title}", SMALL, theme.soft, anchor="end")


def _scaled(title: str, scale: AxisScale) -> str:
    return f"{title}, logarithmic" if scale.log else title


def _lines(text: str, room: float) -> list[str]:
    """A note in lines that fit."""
    lines: list[str] = []
    for word in text.split():
        if lines and width(f"{lines[-1]} {word}", 8.5) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(cut(word, room, 8.5))
    return lines
