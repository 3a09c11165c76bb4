"""What all charts have: a page with its heading, a legend in rows, round marks."""

from __future__ import annotations

import re
from collections.abc import Sequence

from archcalc.core.record import record
from archcalc.report.drawing.canvas import Canvas, number
from archcalc.report.drawing.figures import short
from archcalc.report.drawing.metrics import cut, width
from archcalc.report.drawing.palette import Colours, Theme

TITLE, SUBTITLE, SMALL = 15, 10, 9.5
"""Sizes of type."""

MARGIN = 16
HEADING = 52
"""From the top of the page to below its heading."""

_SWATCH, _ROW, _APART = 11, 16, 14
"""The side of a swatch, the height of a row of the legend, and the room between two of its entries."""


@record
class ColourEntry:
    """One colour that a legend explains."""

    title: str
    colours: Colours
    round: bool = False


def heading(canvas: Canvas, theme: Theme, wide: float, title: str, subtitle: str) -> None:
    """The title and what stands below it, no wider than the page."""
    room = (MARGIN, 0, wide - 2 * MARGIN, HEADING)
    shown = cut(title, room[2], TITLE, True)
    canvas.text(MARGIN, MARGIN + 13, shown, TITLE, theme.ink, bold=True, inside=room)
    if subtitle:
        canvas.text(MARGIN, MARGIN + 29, cut(subtitle, room[2], SUBTITLE), SUBTITLE, theme.soft, inside=room)


def heading_width(title: str, subtitle: str) -> float:
    """The width of a page that cuts neither."""
    return max(width(title, TITLE, True), width(subtitle, SUBTITLE)) + 2 * MARGIN + 1


def legend_height(entries: Sequence[ColourEntry], wide: float) -> float:
    """The room that a legend takes on a page of this width."""
    return _ROW * len(_rows(entries, wide)) + 8 if entries else 0


def legend(canvas: Canvas, theme: Theme, entries: Sequence[ColourEntry], wide: float, top: float) -> None:
    """The colours with their meanings, in rows."""
    for number_, row in enumerate(_rows(entries, wide)):
        x, y = float(MARGIN), top + number_ * _ROW
        for entry in row:
            if entry.round:
                canvas.path(circle(x + _SWATCH / 2, y + _SWATCH / 2, 4), entry.colours.fill, entry.colours.edge)
            else:
                canvas.rect((x, y, _SWATCH, _SWATCH), entry.colours.fill, entry.colours.edge, 2)
            canvas.text(x + _SWATCH + 5, y + 9, entry.title, SMALL, theme.soft, inside=(0, y - 2, wide, _ROW))
            x += _wide(entry)


def _rows(entries: Sequence[ColourEntry], wide: float) -> list[list[ColourEntry]]:
    rows: list[list[ColourEntry]] = []
    left = 0.0
    for entry in entries:
        if not rows or left + _wide(entry) - _APART > wide - 2 * MARGIN:
            rows.append([])
            left = 0
        rows[-1].append(entry)
        left += _wide(entry)
    return rows


def _wide(entry: ColourEntry) -> float:
    return _SWATCH + 5 + width(entry.title, SMALL) + _APART


def circle(x: float, y: float, radius: float) -> str:
    """A circle as a path."""
    radius = round(radius, 1)  # or else the arc's ends are no diameter apart
    r, both = number(radius), number(2 * radius)
    return f"M{number(x - radius)} {number(y)}a{r} {r} 0 1 0 {both} 0a{r} {r} 0 1 0 -{both} 0Z"


def tick_text(value: float) -> str:
    """A round number as short as it can be: 20M, 2.5M, 0.25."""
    if abs(value) < 1000:
        return f"{value:.4g}"
    return re.sub(r"\.?0+(?=[KMGT]?$)", "", short(round(value))) if "." in short(round(value)) else short(round(value))


def line(points: Sequence[tuple[float, float]]) -> str:
    """A line through points as a path."""
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)
