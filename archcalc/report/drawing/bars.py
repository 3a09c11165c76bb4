"""A chart of rows: each has a name and, in every panel, a bar made of parts, its number, and the sum so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate

from archcalc.core.record import record
from archcalc.report.drawing.canvas import Canvas, Rectangle
from archcalc.report.drawing.chart import (
    HEADING,
    MARGIN,
    SMALL,
    ColourEntry,
    heading,
    heading_width,
    legend,
    legend_height,
    line,
    tick_text,
)
from archcalc.report.drawing.figures import short
from archcalc.report.drawing.metrics import cut, width
from archcalc.report.drawing.palette import Colours, Theme
from archcalc.report.drawing.scale import from_zero

ROW, BAR = 16, 10
"""The heights of a row and of the bar in it."""

_NAME_MOST, _LABEL_MOST = 190, 120
"""The widths of the names and of what stands beside them."""

_AREAS = {1: 380, 2: 220}
_AREA = 170
"""The width of the longest bar, in one panel, in two, in more."""

_WIDEST = 900
"""A page is made so wide for its heading at most."""

_GAP, _NEAR = 24, 7
"""Between panels, and between the columns of one."""

_HEAD, _FOOT = 22, 18
"""Above the rows stand the panels' titles, below them the numbers of their scales."""


@record
class Bar:
    """One row of a panel: the values of its parts, by the name of their colour."""

    parts: tuple[tuple[str, int], ...]
    marked: bool = False
    """Drawn with an edge, its number in bold."""

    @property
    def value(self) -> int:
        return sum(value for _, value in self.parts)


@record
class Panel:
    """Bars of one figure, one for each row."""

    title: str
    bars: tuple[Bar, ...]
    unit: str = ""
    """What stands behind its numbers."""
    running: bool = True
    """Whether the values add up, so that their sum so far is shown."""

    def text(self, value: int) -> str:
        """A value to three digits."""
        return short(value) + self.unit

    @property
    def total(self) -> int:
        return sum(bar.value for bar in self.bars)


@record
class BarChart:
    """Rows with their names, and one panel or more."""

    title: str
    subtitle: str
    rows: tuple[tuple[str, str], ...]
    """The name of each row and what it is."""
    panels: tuple[Panel, ...]
    colours: Mapping[str, ColourEntry]
    """What the parts are called, and how they are drawn, in the order of the legend."""


def draw(chart: BarChart, theme: Theme, canvas: Canvas) -> str:
    """The picture of the chart."""
    return _Drawing(chart, theme, canvas).drawn()


class _Drawing:
    def __init__(self, chart: BarChart, theme: Theme, canvas: Canvas) -> None:
        self.chart, self.theme, self.canvas = chart, theme, canvas
        self.name = min(max(width(name, SMALL, True) for name, _ in chart.rows) + 1, _NAME_MOST)
        self.label = min(max(width(label, SMALL) for _, label in chart.rows) + 1, _LABEL_MOST)
        self.area: float = _AREAS.get(len(chart.panels), _AREA)
        self.top = HEADING + _HEAD
        self.bottom = self.top + ROW * len(chart.rows)

    def drawn(self) -> str:
        chart, canvas, theme = self.chart, self.canvas, self.theme
        left = MARGIN + self.name + _NEAR + self.label + _NEAR
        panels = sum(self._wide(panel) + _GAP for panel in chart.panels)
        wide = max(left + panels - _GAP + MARGIN, min(heading_width(chart.title, chart.subtitle), _WIDEST))
        self.area += (wide - MARGIN + _GAP - left - panels) / len(chart.panels)
        lefts = [left + before for before in accumulate((self._wide(p) + _GAP for p in chart.panels), initial=0)]
        entries = self._entries()
        high = self.bottom + _FOOT + 10 + legend_height(entries, wide) + MARGIN - 8
        canvas.page(wide, high, theme.page)
        heading(canvas, theme, wide, chart.title, chart.subtitle)
        for number in range(0, len(chart.rows), 2):  # every other row is shaded, so that the eye stays on its line
            canvas.rect((MARGIN - 4, self.top + number * ROW, wide - 2 * MARGIN + 8, ROW), theme.frames[0])
        self._names()
        for panel, x in zip(chart.panels, lefts, strict=False):
            self._panel(panel, x)
        legend(canvas, theme, entries, wide, self.bottom + _FOOT + 10)
        about = f"{chart.title}: bars of {', '.join(panel.title for panel in chart.panels)}"
        return canvas.finished(wide, high, chart.title, about)

    def _entries(self) -> list[ColourEntry]:
        shown = {what for panel in self.chart.panels for bar in panel.bars for what, value in bar.parts if value}
        entries = [entry for what, entry in self.chart.colours.items() if what in shown]
        if any(panel.running for panel in self.chart.panels):
            entries.append(ColourEntry("sum so far, of the total", Colours(self._under(), self.theme.wire)))
        return entries

    def _under(self) -> str:
        """Below the line of the sum so far."""
        return self.theme.families["input"].fill

    def _names(self) -> None:
        marked = {row for panel in self.chart.panels for row, bar in enumerate(panel.bars) if bar.marked}
        for row, (name, label) in enumerate(self.chart.rows):
            y, x = self._line(row), MARGIN + self.name + _NEAR
            box: Rectangle = (MARGIN, self.top + row * ROW, self.name, ROW)
            bold = row in marked
            self.canvas.text(MARGIN, y, cut(name, self.name, SMALL, bold), SMALL, self.theme.ink, bold=bold, inside=box)
            box = (x, box[1], self.label, ROW)
            if shown := cut(label, self.label, SMALL):
                self.canvas.text(x, y, shown, SMALL, self.theme.soft, inside=box)

    def _line(self, row: int) -> float:
        return self.top + row * ROW + 11.5

    def _wide(self, panel: Panel) -> float:
        return self.area + _NEAR + _numbers(panel) + ((_NEAR + _PERCENT) if panel.running else 0)

    def _panel(self, panel: Panel, left: float) -> None:
        wide = self._wide(panel)
        scale = from_zero(max((bar.value for bar in panel.bars), default=0))
        room = (left, HEADING, wide, _HEAD)
        total = f"total {panel.text(panel.total)}" if panel.running else ""
        shown = cut(panel.title, wide - width(total, SMALL) - _NEAR, SMALL, True)
        self.canvas.text(left, HEADING + 14, shown, SMALL, self.theme.ink, bold=True, inside=room)
        if total:
            self.canvas.text(left + wide, HEADING + 14, total, SMALL, self.theme.soft, anchor="end", inside=room)
        if panel.running and panel.total:
            self._sum(panel, left)
        self._scale(panel, left, scale.ticks(6 if self.area > _AREA else 4), scale.most)
        for row, bar in enumerate(panel.bars):
            self._bar(bar, left, row, scale.share)
        self._numbers(panel, left + self.area + _NEAR)

    def _sum(self, panel: Panel, left: float) -> None:
        """The sum so far, from nothing at the left to the total at the right."""
        points = [(left, float(self.top))]
        for row, value in enumerate(accumulate(bar.value for bar in panel.bars)):
            x, y = left + self.area * value / panel.total, self.top + row * ROW
            points += [(x, y), (x, y + ROW)]
        self.canvas.path(line([*points, (left, self.bottom)]) + "Z", self._under())
        self.canvas.path(line(points), stroke=self.theme.wire)

    def _scale(self, panel: Panel, left: float, ticks: Sequence[float], most: float) -> None:
        for tick in ticks:
            x = left + self.area * tick / most
            self.canvas.path(line([(x, self.top), (x, self.bottom + 3)]), stroke=self.theme.line, thick=0.5)
            text, room = tick_text(tick) + panel.unit, (left - _GAP, self.bottom, self.area + 2 * _GAP, _FOOT)
            self.canvas.text(x, self.bottom + 13, text, SMALL, self.theme.soft, anchor="middle", inside=room)

    def _bar(self, bar: Bar, left: float, row: int, share: Callable[[float], float]) -> None:
        y = self.top + row * ROW + (ROW - BAR) / 2
        self.canvas.group(title=self._tooltip(row, bar), row=str(row))
        edge = left
        values = dict(bar.parts)
        for what, entry in self.chart.colours.items():  # parts stand in the order of the legend
            wide = self.area * share(values.get(what, 0))
            if wide:
                self.canvas.rect((edge, y, wide, BAR), entry.colours.fill)
            edge += wide
        if bar.marked:
            self.canvas.rect((left - 1, y - 1, edge - left + 2, BAR + 2), "none", self.theme.ink, 0, 1.5)
        self.canvas.end()

    def _numbers(self, panel: Panel, left: float) -> None:
        """The value of each row, and the sum so far in percent."""
        right = left + _numbers(panel)
        so_far = accumulate(bar.value for bar in panel.bars)
        for row, (bar, total) in enumerate(zip(panel.bars, so_far, strict=True)):
            if not bar.value:
                continue
            y, top = self._line(row), self.top + row * ROW
            text, ink = panel.text(bar.value), self.theme.ink
            box = (left, top, right - left, ROW)
            self.canvas.text(right, y, text, SMALL, ink, bold=bar.marked, anchor="end", inside=box)
            if panel.running:
                share, box = f"{100 * total // panel.total} %", (right, top, _NEAR + _PERCENT, ROW)
                x = right + _NEAR + _PERCENT
                self.canvas.text(x, y, share, SMALL, self.theme.soft, anchor="end", inside=box)

    def _tooltip(self, row: int, bar: Bar) -> str:
        name, label = self.chart.rows[row]
        parts = [f"{self.chart.colours[what].title} {value:,}" for what, value in bar.parts if value]
        more = f" ({', '.join(parts)})" if len(parts) > 1 else ""
        return f"{name} · {label}: {bar.value:,}{more}"


_PERCENT = width("100 %", SMALL) + 1


def _numbers(panel: Panel) -> float:
    """The width of the column of numbers."""
    return max((width(panel.text(bar.value), SMALL, bar.marked) for bar in panel.bars), default=0) + 1
