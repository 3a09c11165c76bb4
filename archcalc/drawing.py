"""Pictures of a network: what `archcalc draw` writes and `Network.draw` gives."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike, fspath
from pathlib import Path

from archcalc.analysis.diagram import Diagram, branching, diagram, title_of
from archcalc.analysis.summary import Summary, summarize
from archcalc.core.record import record
from archcalc.errors import ArchcalcError, UsageError
from archcalc.graph.graph import Graph
from archcalc.report.drawing import blocks as block_pictures
from archcalc.report.drawing import graph as graph_pictures
from archcalc.report.drawing import text_graph, u_shape
from archcalc.report.drawing.blocks import BlockStyle
from archcalc.report.drawing.canvas import Canvas
from archcalc.report.drawing.cells import Blocks, blocks, few_channels
from archcalc.report.drawing.figures import FIGURES, DrawnFigure, short
from archcalc.report.drawing.files import Draw, written
from archcalc.report.drawing.graph import GraphStyle
from archcalc.report.drawing.palette import THEMES
from archcalc.report.formats.names import DRAWN, FORMATS

GRAPH, BLOCKS = "graph", "blocks"
STYLES = (GRAPH, BLOCKS)
PICTURES = (*DRAWN, "dot", "mermaid")
"""The formats of a picture."""
TEXTS = {"dot": text_graph.dot, "mermaid": text_graph.mermaid}
"""Formats that hold the graph and leave its layout to another tool."""

_MOST_CELLS = 40
_DEPTHS = (99, 4, 3, 2, 1, 0)
"""Blocks are folded until there are no more than that many."""


@record
class DrawOptions:
    """What a picture shows, and how. Raises UsageError for what it does not know."""

    style: str = GRAPH
    depth: int | None = None
    """Groups are open down to this level; by default 1, of blocks as deep as 40 blocks allow."""
    open: tuple[str, ...] = ()
    fold: tuple[str, ...] = ()
    repeats: bool = True
    """Of equal groups in a row the first is drawn, with their number."""
    right: bool = False
    ratio: float | None = None
    """Width to height that long chains are broken into columns for."""
    show: tuple[str, ...] = ("params",)
    shade: str | None = None
    theme: str = "light"

    def __post_init__(self) -> None:
        for name in (*self.show, *([self.shade] if self.shade else [])):
            known("figure", name, tuple(FIGURES))
        known("style", self.style, STYLES)
        known("theme", self.theme, tuple(THEMES))
        if self.depth is not None and self.depth < 0:
            raise UsageError(f"the depth is 0 or more, got {self.depth}")

    @property
    def figures(self) -> tuple[DrawnFigure, ...]:
        return tuple(FIGURES[name] for name in self.show)


class Picture:
    """A picture of a network, or a chart; notebooks show it."""

    def __init__(self, title: str, draw: Draw, text: Callable[[str], str] | None = None) -> None:
        self.title = title
        self._draw, self._text = draw, text

    @property
    def formats(self) -> tuple[str, ...]:
        """What it can be written as; only a graph has those that leave its layout to another tool."""
        return PICTURES if self._text else DRAWN

    def written(self, format: str, scale: float = 2) -> str | bytes:
        """The picture as "svg", "png", "pdf", "html", "latex", "dot" or "mermaid".

        Args:
            scale: the pixels of a PNG for each of the picture.

        Raises:
            UsageError: for another format, and for a PNG that would be too large.
            UnsupportedError: where the library for a PNG or PDF is missing.
        """
        known("format", format, self.formats)
        return self._text(format) if self._text and format in TEXTS else written(self._draw, format, self.title, scale)

    def svg(self) -> str:
        """The picture as an SVG."""
        return str(self.written("svg"))

    def save(self, file: str | PathLike[str], scale: float = 2) -> None:
        """Write the picture in the format of the file's ending; raises as `written`, and where it cannot be written."""
        from archcalc.core.writing import save

        path = Path(fspath(file))
        endings = {ending: format for format in self.formats for ending in FORMATS[format]}
        if path.suffix.lower() not in endings:
            raise UsageError(f"{path} has no known ending", help=f"one of {', '.join(endings)}")
        save(path, self.written(endings[path.suffix.lower()], scale))

    def _repr_svg_(self) -> str:
        return self.svg()

    def __repr__(self) -> str:
        return f"<Picture {self.title}>"


def picture(graph: Graph, options: DrawOptions) -> Picture:
    """The picture of a network."""
    summary = summarize(graph)
    title = title_of(graph)
    subtitle = f"{short(summary.totals.params)} params · {short(summary.totals.macs)} MACs"
    shown = _shown(graph, summary, options)
    theme, shade = THEMES[options.theme], FIGURES[options.shade] if options.shade else None
    style = GraphStyle(theme, options.figures, shade, title, subtitle)

    def text(format: str) -> str:
        return TEXTS[format](shown(_depth(options)), style, options.right)

    def draw(canvas: Canvas) -> str:
        if options.style == BLOCKS:
            made = _blocks(shown, options.depth)
            return _draw_blocks(made, BlockStyle(theme, title, subtitle), canvas, options.ratio)
        return graph_pictures.draw(shown(_depth(options)), style, canvas, right=options.right, ratio=options.ratio)

    return Picture(title, draw, text)


def _depth(options: DrawOptions) -> int:
    return 1 if options.depth is None else options.depth


def _shown(graph: Graph, summary: Summary, options: DrawOptions) -> Callable[[int], Diagram]:
    """What is visible at a depth."""
    fields = _fields(graph) if "rf" in (*options.show, options.shade) else None
    fold = options.fold + (branching(graph) if options.style == BLOCKS and not options.open else ())
    return lambda depth: diagram(
        graph, summary, fields, depth=depth, open=options.open, fold=fold, repeats=options.repeats
    )  # fmt: skip


def _draw_blocks(made: Blocks, style: BlockStyle, canvas: Canvas, ratio: float | None) -> str:
    """A U where the network is one, else a row."""
    shape = u_shape.u_shape(made)
    return u_shape.draw(made, shape, style, canvas) if shape else block_pictures.draw(made, style, canvas, ratio)


def _blocks(shown: Callable[[int], Diagram], depth: int | None) -> Blocks:
    """The blocks at a depth, or as deep as leaves few enough of them."""
    for level in _DEPTHS if depth is None else (depth,):
        found = shown(level)
        made = blocks(found, few_channels(found))
        if len(made.cells) <= _MOST_CELLS:
            break
    return made


def _fields(graph: Graph) -> Callable[[int], int | None]:
    """The longest side of a value's field on the input; None where it has none."""
    from archcalc.analysis.fields.receptive import ReceptiveFields

    try:
        fields = ReceptiveFields(graph)
    except ArchcalcError:  # an input without spatial axes
        return lambda _: None
    return lambda value: max(fields.at("", value).size) if fields.reaches(value) else None


def known(what: str, name: str, names: tuple[str, ...]) -> None:
    """Raise UsageError for a name that is none of these."""
    if name not in names:
        from archcalc.spec.names import nearest

        close = nearest(name, names)
        help = f"did you mean `{close[0]}`?" if close else f"one of {', '.join(names)}"
        raise UsageError(f"unknown {what} `{name}`", help=help)
