"""`archcalc show`: the table of a network."""

from typing import Annotated

import typer

from archcalc.cli.formats import chosen
from archcalc.cli.options import (
    Batch,
    Depth,
    Format,
    Freeze,
    Input,
    Output,
    Set,
    Spec,
    Unfreeze,
    is_typed,
    levels,
    settings,
)
from archcalc.cli.session import Session
from archcalc.errors import UsageError


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
        format_: Format = None,
        output: Output = None,
    ) -> None:
        """Layers, output shapes, parameters and MACs of a network.

        Columns: layer, name, kind, input, output, kernel, stride, padding, params, trainable, buffers, macs, flops,
        operations, neurons, connections, bytes, activations.
        """
        from archcalc.analysis.fold import fold
        from archcalc.analysis.fold import only as only_rows
        from archcalc.network import load
        from archcalc.report.network.summary import sorted_rows, summary_table

        session: Session = context.obj
        format_ = chosen(format_, output)
        if layout not in ("chw", "hwc"):
            raise UsageError(f"unknown layout `{layout}`", help="chw (channels first) or hwc")
        network = load(spec, set=settings(set_), input=input_, freeze=freeze or (), unfreeze=unfreeze or ())
        summary = network.summary(convention, batch)
        if format_ == "json":
            from archcalc.report.network.summary_json import summary_json

            _refuse_for_json(context)
            session.write(summary_json(summary), output)
            return
        rows = fold(summary, levels(depth))
        if only is not None:
            rows = only_rows(rows, only)
            if not rows:
                raise network.graph.unknown(only)
        if sort is not None:
            rows = sorted_rows(rows, sort)
        names = _columns(columns)
        session.table(summary_table(summary, rows, names, layout == "hwc"), format_, output)


def _refuse_for_json(context: typer.Context) -> None:
    """Raises UsageError for an option that shapes a table: JSON has every layer with all its figures."""
    for name in ("columns", "depth", "sort", "only", "layout"):
        if is_typed(context, name):
            raise UsageError(f"--{name} shapes a table, JSON holds every layer", help=f"leave out --{name}, or -f csv")


def _columns(columns: str | None) -> tuple[str, ...]:
    """`a,b` replaces the usual columns, `+a,b` adds to them."""
    from archcalc.report.network.summary import DEFAULT_COLUMNS

    if not columns:
        return DEFAULT_COLUMNS
    names = [name.strip() for name in columns.split(",") if name.strip()]
    plain = tuple(name.lstrip("+") for name in names)
    return (*DEFAULT_COLUMNS, *plain) if any(name.startswith("+") for name in names) else plain
