"""The input as a figure, with marks on its pixels, its size, a legend and a caption."""

from __future__ import annotations

from collections.abc import Mapping

from archcalc.core.record import record
from archcalc.report.drawing.canvas import Canvas
from archcalc.report.drawing.chart import (
    HEADING,
    MARGIN,
    ColourEntry,
    heading,
    heading_width,
    legend,
    legend_height,
)
from archcalc.report.drawing.palette import Colours, Theme

LONGEST = 480
"""The longer side of what is shown."""

_LEAST_WIDE = 320
"""A page is never narrower, so that its legend has room."""

Pixels = tuple[int, int, int, int]
"""First column, first row, and the column and the row after the last."""


@record
class PixelMark:
    """Pixels of one colour."""

    at: Pixels
    fill: str


@record
class InputFigure:
    """An input with marks on it."""

    title: str
    caption: str
    size: tuple[int, int]
    """Height and width of the input."""
    marks: tuple[PixelMark, ...]
    entries: Mapping[str, ColourEntry]
    """What the colours mean."""
    box: Pixels | None = None
    """A rectangle that is drawn around pixels; it may reach beyond the input."""


def draw(figure: InputFigure, theme: Theme, canvas: Canvas) -> str:
    """The picture of the figure."""
    return _FigureDrawing(figure, theme, canvas).drawn()


class _FigureDrawing:
    def __init__(self, figure: InputFigure, theme: Theme, canvas: Canvas) -> None:
        self.figure, self.theme, self.canvas = figure, theme, canvas
        height, width = figure.size
        left, top, right, bottom = figure.box or (0, 0, 0, 0)
        self.first = (min(0, left), min(0, top))
        self.last = (max(width, right), max(height, bottom))
        self.scale = LONGEST / max(self.last[0] - self.first[0], self.last[1] - self.first[1])

    def drawn(self) -> str:
        figure, canvas, theme = self.figure, self.canvas, self.theme
        right, bottom = self._place(*self.last)
        height, width = figure.size
        size = f"input {height:,} x {width:,}" if height > 1 else f"input {width:,}"
        entries = [ColourEntry(size, Colours(theme.frames[0], theme.line)), *figure.entries.values()]
        wide = max(right + MARGIN, min(heading_width(figure.title, figure.caption), 900), _LEAST_WIDE)
        high = bottom + 12 + legend_height(entries, wide) + MARGIN - 4
        canvas.page(wide, high, theme.page)
        heading(canvas, theme, wide, figure.title, figure.caption)
        if figure.box is not None:
            canvas.rect(self._rectangle(figure.box), theme.families["input"].fill)
        canvas.rect(self._rectangle((0, 0, width, height)), theme.frames[0], theme.line)
        for mark in figure.marks:
            canvas.rect(self._rectangle(mark.at), mark.fill)
        if figure.box is not None:
            canvas.rect(self._rectangle(figure.box), "none", theme.ink, 0, 2)
        legend(canvas, theme, entries, wide, bottom + 12)
        return canvas.finished(wide, high, figure.title, figure.caption)

    def _rectangle(self, at: Pixels) -> tuple[float, float, float, float]:
        """Pixels on the page; edges are rounded, so that neighbours meet."""
        (x, y), (x2, y2) = self._place(at[0], at[1]), self._place(at[2], at[3])
        return x, y, round(x2 - x, 1), round(y2 - y, 1)

    def _place(self, column: int, row: int) -> tuple[float, float]:
        x = MARGIN + (column - self.first[0]) * self.scale
        return round(x, 1), round(HEADING + 4 + (row - self.first[1]) * self.scale, 1)
