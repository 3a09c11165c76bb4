"""`archcalc draw`: a picture of a network."""

from __future__ import annotations

from typing import Annotated

import typer

from archcalc.cli.formats import chosen
from archcalc.cli.options import Input, Output, Set, Spec, settings
from archcalc.cli.session import Session
from archcalc.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: archcalc draw resnet50 --depth 2 --ratio 16:9 -o resnet50.svg")
    def draw(
        context: typer.Context,
        spec: Spec,
        style: Annotated[str, typer.Option(metavar="graph|blocks", help="The graph, or a row of blocks.")] = "graph",
        depth: Annotated[
            int | None, typer.Option(metavar="N", help="Open groups down to this level; usual is 1.")
        ] = None,
        open_: Annotated[
            list[str] | None, typer.Option("--open", metavar="GLOB", help="Open these groups, whatever the depth.")
        ] = None,
        fold: Annotated[
            list[str] | None, typer.Option("--fold", metavar="GLOB", help="Fold these, whatever the depth.")
        ] = None,
        all_: Annotated[bool, typer.Option("--all", help="Draw each of equal groups in a row, not the first.")] = False,
        direction: Annotated[str, typer.Option(metavar="down|right", help="Where the wires go.")] = "down",
        ratio: Annotated[
            str | None, typer.Option(metavar="W:H", help="Break long chains into columns: 16:9 for a slide.")
        ] = None,
        show: Annotated[
            str, typer.Option(metavar="A,B", help="Figures: params, macs, rf, memory; or none.")
        ] = "params",
        shade: Annotated[str | None, typer.Option(metavar="FIGURE", help="Colour the boxes by one of them.")] = None,
        theme: Annotated[str, typer.Option(metavar="light|dark", help="The colours.")] = "light",
        scale: Annotated[float, typer.Option(metavar="N", help="Pixels of a PNG for each of the picture.")] = 2,
        set_: Set = None,
        input_: Input = None,
        format_: Annotated[
            str | None,
            typer.Option("--format", "-f", metavar="FORMAT", help="svg, png, pdf, html, latex, dot, mermaid."),
        ] = None,
        output: Output = None,
    ) -> None:
        """A picture of a network: its graph, or the row of blocks of a textbook.

        Groups are open at the first level, and of equal groups in a row the first is drawn. PNG and PDF need the extra
        `plot`; .tex is TikZ that compiles alone, .dot is for Graphviz, .mmd for Mermaid.
        """
        from archcalc.drawing import PICTURES, DrawOptions
        from archcalc.network import load

        session: Session = context.obj
        if direction not in ("down", "right"):
            raise UsageError(f"--direction is down or right, got `{direction}`")
        if scale <= 0:
            raise UsageError(f"--scale is more than 0, got {scale:g}")
        format_ = chosen(format_, output, PICTURES)
        figures = tuple(name.strip() for name in show.split(",") if name.strip() not in ("", "none"))
        options = DrawOptions(
            style, depth, tuple(open_ or ()), tuple(fold or ()), not all_, direction == "right", _ratio(ratio), figures,
            shade, theme,
        )  # fmt: skip
        network = load(spec, set=settings(set_), input=input_)
        session.picture(network.draw(options).written(format_, scale), output)


def _ratio(text: str | None) -> float | None:
    """16:9 or 16x9 as a number. Raises UsageError."""
    if text is None:
        return None
    width, _, height = text.replace("x", ":").partition(":")
    try:
        found = float(width) / float(height or 1)
    except (ValueError, ZeroDivisionError):
        found = 0
    if not 0.05 <= found <= 20:
        raise UsageError(f"--ratio {text} is no ratio", help="width to height, as in 16:9, from 1:20 to 20:1")
    return found
