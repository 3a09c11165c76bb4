"""The same pictures as TikZ: a LaTeX file that compiles alone, or is `\\input` where its libraries are loaded."""

from __future__ import annotations

from archcalc.report.drawing.canvas import Canvas, Phrase, Rectangle, number
from archcalc.report.formats.latex import escape

_HEAD = r"""\documentclass[tikz,border=2pt]{standalone}
\usepackage[T1]{fontenc}
\usepackage[scaled]{helvet}
\usetikzlibrary{svg.path}
\renewcommand{\familydefault}{\sfdefault}
\begin{document}
"""

_ANCHORS = {"start": "base west", "middle": "base", "end": "base east"}

_SVG = "xscale=1.00375,yscale=-1.00375"
"""TikZ takes the coordinates of an SVG path for points, of which an inch has 72.27; ours are 72."""

_AFTER_X = 0.6
"""What a second text of a line is behind the first, in its size."""


class TikzCanvas(Canvas):
    """Writes TikZ. Its unit is the pixel of the SVG as a big point, y downwards."""

    def __init__(self) -> None:
        super().__init__()
        self.colours: dict[str, str] = {}

    def group(self, dx: float = 0, dy: float = 0, title: str = "", **data: str) -> None:  # noqa: ARG002
        shift = f"[shift={{({number(dx)},{number(dy)})}}]" if dx or dy else ""
        comment = f" % {' '.join(title.split())}" if title else ""
        self.lines.append(f"\\begin{{scope}}{shift}{comment}")

    def end(self) -> None:
        self.lines.append(r"\end{scope}")

    def rect(self, at: Rectangle, fill: str, stroke: str = "", radius: float = 0, thick: float = 1) -> None:
        x, y, w, h = at
        corner = f",rounded corners={number(min(radius, w / 2, h / 2))}bp" if radius else ""
        style = self._style(fill, stroke, thick) + corner
        self.lines.append(f"\\path[{style}] ({number(x)},{number(y)}) rectangle +({number(w)},{number(h)});")

    def path(self, d: str, fill: str = "none", stroke: str = "", thick: float = 1, value: str = "") -> None:  # noqa: ARG002
        if d:
            self.lines.append(f"\\path[{self._style(fill, stroke, thick)}] svg[{_SVG}]{{{d}}};")

    def write(self, x: float, y: float, phrase: Phrase, anchor: str, after: Phrase | None) -> None:
        text = self._typeset(phrase)
        if after:
            text += rf"\hspace{{{number(after.size * _AFTER_X)}bp}}{self._typeset(after)}"
        place = f"anchor={_ANCHORS[anchor]},inner sep=0pt"
        self.lines.append(f"\\node[{place}] at ({number(x)},{number(y)}) {{{text}}};")

    def finished(self, wide: float, high: float, title: str, description: str = "") -> str:  # noqa: ARG002
        names = [f"\\definecolor{{{name}}}{{HTML}}{{{colour[1:].upper()}}}" for colour, name in self.colours.items()]
        about = f"% {' '.join((description or title).split())}"
        picture = [r"\begin{tikzpicture}[x=1bp,y=-1bp]", *self.lines, r"\end{tikzpicture}"]
        return "\n".join([about, _HEAD.rstrip(), *names, *picture, r"\end{document}", ""])

    def _typeset(self, phrase: Phrase) -> str:
        bold = r"\bfseries" if phrase.bold else ""
        size = rf"\fontsize{{{number(phrase.size)}bp}}{{{number(phrase.size * 1.2)}bp}}\selectfont"
        return rf"{{{size}{bold}\color{{{self._colour(phrase.fill)}}}{escape(phrase.text)}}}"

    def _style(self, fill: str, stroke: str, thick: float) -> str:
        parts = [f"fill={self._colour(fill)}"] if fill != "none" else []
        parts += [f"draw={self._colour(stroke)}", f"line width={number(thick)}bp"] if stroke else []
        return ",".join(parts)

    def _colour(self, colour: str) -> str:
        return self.colours.setdefault(colour, f"c{len(self.colours)}")
