"""Charts: the layers of a network as bars, what is in memory, networks side by side, the points of a sweep."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.analysis.compare import Comparison
from archcalc.analysis.fields.cells import UnitField
from archcalc.analysis.fields.receptive import Unseen
from archcalc.analysis.fields.uses import PixelUses
from archcalc.analysis.fold import FoldedRow, chart_rows
from archcalc.analysis.memory.memory import Memory
from archcalc.analysis.summary import Summary
from archcalc.analysis.sweep.query import Sweep
from archcalc.drawing import Picture, known
from archcalc.report.drawing import bars, points
from archcalc.report.drawing.bars import BarChart
from archcalc.report.drawing.bars_text import bars_text
from archcalc.report.drawing.palette import LIGHT, THEMES, Theme
from archcalc.report.drawing.points import PointChart
from archcalc.report.fields import figure
from archcalc.report.fields.figure import InputFigure
from archcalc.report.fields.picture import unit_figure
from archcalc.report.fields.uses import uses_figure
from archcalc.report.formats.page import Page
from archcalc.report.network.alive_chart import alive_chart
from archcalc.report.network.bubbles import bubble_chart
from archcalc.report.network.layer_chart import charted, layer_chart
from archcalc.report.network.sweep_chart import sweep_chart


def layers(
    summary: Summary, figures: Sequence[str] = (), rows: Sequence[FoldedRow] | None = None, theme: str = "light"
) -> Picture:
    """Bars of figures, params, MACs and activations where none is named, and their sums so far. Raises UsageError."""
    names, colours = charted(figures), theme_named(theme)
    return _bars(layer_chart(summary, chart_rows(summary) if rows is None else rows, names, colours), colours)


def layers_text(summary: Summary, figures: Sequence[str], rows: Sequence[FoldedRow], page: Page) -> str:
    """The same bars in signs. Raises UsageError."""
    return bars_text(layer_chart(summary, rows, charted(figures), LIGHT), page)


def memory(found: Memory, rows: Sequence[FoldedRow] | None = None, theme: str = "light") -> Picture:
    """What is in memory while each layer runs, with the peak. Raises UsageError."""
    colours = theme_named(theme)
    return _bars(alive_chart(found, chart_rows(found.summary) if rows is None else rows, colours), colours)


def memory_text(found: Memory, rows: Sequence[FoldedRow], page: Page) -> str:
    """The same bars in signs. Raises UsageError."""
    return bars_text(alive_chart(found, rows, LIGHT), page)


def comparison(found: Comparison, theme: str = "light") -> tuple[Picture, tuple[str, ...]]:
    """Networks as bubbles, and the names of those left out. Raises UsageError."""
    colours = theme_named(theme)
    chart, left_out = bubble_chart(found, colours)
    return _points(chart, colours), left_out


def sweep(found: Sweep, theme: str = "light") -> Picture:
    """The points of a sweep, with the Pareto front. Raises UsageError."""
    colours = theme_named(theme)
    return _points(sweep_chart(found, colours), colours)


def field(unit: UnitField, unseen: Unseen | None, title: str, theme: str = "light") -> Picture:
    """What a unit sees, on the input. Raises UsageError for an input of three axes."""
    colours = theme_named(theme)
    return _figure(unit_figure(unit, unseen, title, colours), colours)


def uses(found: PixelUses, theme: str = "light") -> Picture:
    """How many units see each pixel, on the input. Raises UsageError for an input of three axes."""
    colours = theme_named(theme)
    return _figure(uses_figure(found, colours), colours)


def theme_named(name: str) -> Theme:
    """The colours of that name. Raises UsageError."""
    known("theme", name, tuple(THEMES))
    return THEMES[name]


def _figure(made: InputFigure, theme: Theme) -> Picture:
    return Picture(made.title, lambda canvas: figure.draw(made, theme, canvas))


def _points(chart: PointChart, theme: Theme) -> Picture:
    return Picture(chart.title, lambda canvas: points.draw(chart, theme, canvas))


def _bars(chart: BarChart, theme: Theme) -> Picture:
    return Picture(chart.title, lambda canvas: bars.draw(chart, theme, canvas))
