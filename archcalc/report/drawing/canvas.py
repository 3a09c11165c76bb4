"""An SVG being written: rectangles, paths and lines of text, with a list of the labels and the boxes they stand in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from archcalc.report.drawing.metrics import FONT, right_to_left, width
from archcalc.report.formats.escape import xml

Rectangle = tuple[float, float, float, float]
"""x, y, width, height."""

_ASCENT, _LINE = 0.93, 1.17
"""How far above its baseline a line of text reaches, and how high it is, in its size."""

_CORNER = 5
"""The radius of a wire's bend."""


class Label(NamedTuple):
    """A line of text with the room that it takes, and the box in which it has to stay."""

    text: str
    x: float
    y: float
    width: float
    height: float
    inside: Rectangle | None


class Canvas:
    """The lines of an SVG."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.labels: list[Label] = []

    def add(self, line: str) -> None:
        """Raw SVG, already escaped."""
        self.lines.append(line)

    def rect(self, at: Rectangle, fill: str, stroke: str = "", radius: float = 0, more: str = "") -> None:
        x, y, w, h = at
        edge = f' stroke="{stroke}"' if stroke else ""
        corner = f' rx="{number(radius)}"' if radius else ""
        self.add(
            f'<rect x="{number(x)}" y="{number(y)}" width="{number(w)}" height="{number(h)}"{corner} '
            f'fill="{fill}"{edge}{more}/>'
        )

    def path(self, d: str, fill: str = "none", stroke: str = "", thick: float = 1, more: str = "") -> None:
        edge = f' stroke="{stroke}" stroke-width="{number(thick)}"' if stroke else ""
        if d:
            self.add(f'<path d="{d}" fill="{fill}"{edge}{more}/>')

    def text(
        self, x: float, y: float, text: str, size: float, fill: str, *, bold: bool = False, anchor: str = "start",
        inside: Rectangle | None = None, after: str = "", after_size: float = 0, after_fill: str = "",
    ) -> None:  # fmt: skip
        """A line of text; `after` follows it on the same line, as far away as the viewer's font makes it."""
        wide = width(text, size, bold) + (AFTER_GAP + width(after, after_size) if after else 0)
        left = x - (wide if anchor == "end" else wide / 2 if anchor == "middle" else 0)
        self.labels.append(Label(text, left, y - size * _ASCENT, wide, size * _LINE, inside))
        marks = ' font-weight="600"' if bold else ""
        marks += f' text-anchor="{anchor}"' if anchor != "start" else ""
        marks += ' unicode-bidi="isolate"' if right_to_left(text) else ""
        second = ""
        if after:
            second = (
                f'<tspan dx="{AFTER_GAP}" font-size="{number(after_size)}" font-weight="400" '
                f'fill="{after_fill}">{xml(after)}</tspan>'
            )
        self.add(
            f'<text x="{number(x)}" y="{number(y)}" font-size="{number(size)}"{marks} fill="{fill}">'
            f"{xml(text)}{second}</text>"
        )

    def svg(self, wide: float, high: float, title: str, description: str = "") -> str:
        """The whole file. It names what it shows for a reader that does not see it."""
        about = f"<desc>{xml(description)}</desc>" if description else ""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{number(wide)}" height="{number(high)}" '
            f'viewBox="0 0 {number(wide)} {number(high)}" font-family="{FONT}" role="img">'
            f"<title>{xml(title)}</title>{about}"
        )
        return "\n".join([head, *self.lines, "</svg>\n"])


AFTER_GAP = 6
"""Between two texts of one line."""


def number(value: float) -> str:
    """A coordinate, to a tenth."""
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text


def rounded(points: Sequence[tuple[float, float]], radius: float = _CORNER) -> str:
    """The path of a wire, its corners rounded."""
    (x, y), *rest = points
    path = [f"M{number(x)} {number(y)}"]
    for index, (x, y) in enumerate(rest, start=1):
        bend = _bend(points[index - 1], (x, y), points[index + 1], radius) if index + 1 < len(points) else ""
        path.append(bend or f"L{number(x)} {number(y)}")
    return "".join(path)


def _bend(before: tuple[float, float], corner: tuple[float, float], after: tuple[float, float], radius: float) -> str:
    x, y = corner
    into, out = (x - before[0], y - before[1]), (after[0] - x, after[1] - y)
    r = min(radius, (abs(into[0]) + abs(into[1])) / 2, (abs(out[0]) + abs(out[1])) / 2)
    if r < 0.3:
        return ""
    start = f"{number(x - _sign(into[0]) * r)} {number(y - _sign(into[1]) * r)}"
    stop = f"{number(x + _sign(out[0]) * r)} {number(y + _sign(out[1]) * r)}"
    return f"L{start}Q{number(x)} {number(y)} {stop}"


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)
