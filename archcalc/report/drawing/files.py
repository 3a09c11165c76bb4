"""A picture in the format of its file."""

from __future__ import annotations

from collections.abc import Callable

from archcalc.report.drawing.canvas import Canvas
from archcalc.report.drawing.tikz import TikzCanvas
from archcalc.report.formats.escape import html

Draw = Callable[[Canvas], str]
"""Draws on a canvas and gives back what it wrote."""


def written(draw: Draw, format: str, title: str, scale: float = 2) -> str | bytes:
    """The picture as SVG, PNG, PDF, a page, or TikZ. Raises UnsupportedError where a library is missing."""
    if format == "latex":
        return draw(TikzCanvas())
    svg = draw(Canvas())
    if format == "html":
        return _page(svg, title)
    if format in ("png", "pdf"):
        from archcalc.report.drawing import raster

        return raster.png(svg, scale) if format == "png" else raster.pdf(svg)
    return svg


def _page(svg: str, title: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f'<meta name="viewport" content="width=device-width"><title>{html(title)}</title>'
        "<style>body{margin:0;text-align:center}svg{max-width:100%;height:auto}</style></head>\n"
        f"<body>\n{svg}</body></html>\n"
    )
