"""What pictures are drawn with: rectangles, paths, lines of text. It keeps a list of the labels and of their boxes."""

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


class Phrase(NamedTuple):
    """Text in one type."""

    text: str
    size: float
    fill: str
    bold: bool = False


class Canvas:
    """A picture being written, as SVG; another kind of file overrides what it writes otherwise."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.labels: list[Label] = []

    def page(self, wide: float, high: float, fill: str) -> None:
        """The background."""
        self.rect((0, 0, wide, high), fill)

    def group(self, dx: float = 0, dy: float = 0, title: str = "", **data: str) -> None:
        """Begin a group: moved, with what a viewer shows where the mouse rests, and names for scripts."""
        moved = f' transform="translate({number(dx)} {number(dy)})"' if dx or dy else ""
        names = "".join(f' data-{name}="{xml(value)}"' for name, value in data.items())
        self.lines.append(f"<g{moved}{names}>" + (f"<title>{xml(title)}</title>" if title else ""))

    def end(self) -> None:
        """End the group."""
        self.lines.append("</g>")

    def rect(self, at: Rectangle, fill: str, stroke: str = "", radius: float = 0, thick: float = 1) -> None:
        x, y, w, h = at
        corner = f' rx="{number(radius)}"' if radius else ""
        self.lines.append(
            f'<rect x="{number(x)}" y="{number(y)}" width="{number(w)}" height="{number(h)}"{corner} '
            f'fill="{fill}"{_stroke(stroke, thick)}/>'
        )

    def path(self, d: str, fill: str = "none", stroke: str = "", thick: float = 1, value: str = "") -> None:
        """A path in the words of SVG; `value` names the value that a wire carries."""
        name = f' data-value="{xml(value)}"' if value else ""
        if d:
            self.lines.append(f'<path d="{d}" fill="{fill}"{_stroke(stroke, thick)}{name}/>')

    def text(
        self, x: float, y: float, text: str, size: float, fill: str, *, bold: bool = False, anchor: str = "start",
        inside: Rectangle | None = None, after: Phrase | None = None,
    ) -> None:  # fmt: skip
        """A line of text; `after` follows it on the same line, as far away as the viewer's font makes it."""
        wide = width(text, size, bold) + (AFTER_GAP + width(after.text, after.size) if after else 0)
        left = x - (wide if anchor == "end" else wide / 2 if anchor == "middle" else 0)
        self.labels.append(Label(text, left, y - size * _ASCENT, wide, size * _LINE, inside))
        self.write(x, y, Phrase(text, size, fill, bold), anchor, after)

    def write(self, x: float, y: float, phrase: Phrase, anchor: str, after: Phrase | None) -> None:
        """The line of text itself."""
        marks = ' font-weight="600"' if phrase.bold else ""
        marks += f' text-anchor="{anchor}"' if anchor != "start" else ""
        marks += ' unicode-bidi="isolate"' if right_to_left(phrase.text) else ""
        second = ""
        if after:
            second = (
                f'<tspan dx="{AFTER_GAP}" font-size="{number(after.size)}" font-weight="400" '
                f'fill="{after.fill}">{xml(after.text)}</tspan>'
            )
        self.lines.append(
            f'<text x="{number(x)}" y="{number(y)}" font-size="{number(phrase.size)}"{marks} fill="{phrase.fill}">'
            f"{xml(phrase.text)}{second}</text>"
        )

    def finished(self, wide: float, high: float, title: str, description: str = "") -> str:
        """The whole file. It names what it shows for a reader that does not see it."""
        about = f"<desc>{xml(description)}</desc>" if description else ""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{number(wide)}" height="{number(high)}" '
            f'viewBox="0 0 {number(wide)} {number(high)}" font-family="{FONT}" role="img">'
            f"<title>{xml(title)}</title>{about}"
        )
        return "\n".join([head, *self.lines, "</svg>\n"])


def _stroke(colour: str, thick: float) -> str:
    if not colour:
        return ""
    return f' stroke="{colour}"' + (f' stroke-width="{number(thick)}"' if thick != 1 else "")


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
