"""`archcalc show`: the table of a network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archcalc.cli.formats import CHARTED, PICTURED, TABLES, chosen
from archcalc.cli.options import (
    Batch,
    Depth,
    Freeze,
    Input,
    Output,
    Set,
    Spec,
    Theme,
    Unfreeze,
    format_option,
    is_typed,
    levels,
    settings,
)
from archcalc.cli.session import Session
from archcalc.errors import UsageError

if TYPE_CHECKING:
    from archcalc.analysis.fold import FoldedRow
    from archcalc.analysis.summary import Summary


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: archcalc show alexnet --columns layer,output,params,macs --sort params")
    def show(
        context: typer.Context,
        spec: Spec,
        columns: Annotated[
            str | None,
            typer.Option(metavar="A,B", help="Columns, in order; `+name` adds to the usual ones. See below."),
        ] = None,
        depth: Depth = None,
        sort: Annotated[str | None, typer.Option(metavar="COLUMN", help="Largest first, by this column.")] = None,
        only: Annotated[str | None, typer.Option(metavar="GLOB", help="Only layers or groups of this name.")] = None,
        convention: Annotated[str, typer.Option(metavar="NAME", help="How operations are counted.")] = "macs",
        layout: Annotated[str, typer.Option(metavar="chw|hwc", help="Order in which shapes are printed.")] = "chw",
        set_: Set = None,
        input_: Input = None,
        freeze: Freeze = None,
        unfreeze: Unfreeze = None,
        batch: Batch = 1,
        chart: Annotated[
            str | None,
            typer.Option(metavar="A,B", help="Bars instead of a table: params, macs, activations ...; -o FILE.svg."),
        ] = None,
        theme: Theme = "light",
        format_: Annotated[str | None, format_option(*CHARTED)] = None,
        output: Output = None,
    ) -> None:
        """Layers, output shapes, parameters and MACs of a network.

        Columns: layer, name, kind, input, output, kernel, stride, padding, params, trainable, buffers, macs, flops,
        operations, neurons, connections, bytes, activations. Those that are numbers can be charted, with their sums so
        far: in a terminal, or as .svg, .png, .pdf, and with --chart also .html and .tex.
        """
        from archcalc.analysis.fold import chart_rows, fold
        from archcalc.analysis.fold import only as only_rows
        from archcalc.network import load
        from archcalc.report.network.summary import sorted_rows, summary_table

        session: Session = context.obj
        format_ = chosen(format_, output, CHARTED if chart is None else PICTURED)
        drawn = chart is not None or format_ not in TABLES
        if layout not in ("chw", "hwc"):
            raise UsageError(f"unknown layout `{layout}`", help="chw (channels first) or hwc")
        network = load(spec, set=settings(set_), input=input_, freeze=freeze or (), unfreeze=unfreeze or ())
        summary = network.summary(convention, batch)
        if format_ == "json":
            from archcalc.report.network.summary_json import summary_json

            _refuse_typed(context, ("columns", "depth", "sort", "only", "layout"), "JSON holds every layer", "-f csv")
            session.write(summary_json(summary), output)
            return
        rows = chart_rows(summary, levels(depth)) if drawn else fold(summary, levels(depth))
        if only is not None:
            rows = only_rows(rows, only)
            if not rows:
                raise network.graph.unknown(only)
        if sort is not None:
            rows = sorted_rows(rows, sort)
        if drawn:
            _refuse_typed(context, ("columns", "layout"), "a chart has none", "--chart params,macs")
            _draw(session, summary, rows, _names(chart or ""), theme, format_, output)
            return
        names = _columns(columns)
        session.table(summary_table(summary, rows, names, layout == "hwc"), format_, output)


def _draw(
    session: Session, summary: Summary, rows: tuple[FoldedRow, ...], figures: list[str], theme: str, format: str,
    output: Path | None,
) -> None:  # fmt: skip
    """Bars in signs or as a picture."""
    from archcalc import charts

    if format == "text":
        session.text(charts.layers_text(summary, figures, rows, session.page(output)), output)
    else:
        session.picture(charts.layers(summary, figures, rows, theme).written(format), output)


def _refuse_typed(context: typer.Context, names: tuple[str, ...], why: str, instead: str) -> None:
    """Raises UsageError for an option that shapes a table, where there is none."""
    for name in names:
        if is_typed(context, name):
            raise UsageError(f"--{name} shapes a table, {why}", help=f"leave out --{name}, or {instead}")


def _columns(columns: str | None) -> tuple[str, ...]:
    """`a,b` replaces the usual columns, `+a,b` adds to them."""
    from archcalc.report.network.summary import DEFAULT_COLUMNS

    if not columns:
        return DEFAULT_COLUMNS
    names = _names(columns)
    plain = tuple(name.lstrip("+") for name in names)
    return (*DEFAULT_COLUMNS, *plain) if any(name.startswith("+") for name in names) else plain


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
