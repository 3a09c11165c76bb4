"""`archcalc compare`: networks side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archcalc.cli.formats import chosen, plotted
from archcalc.cli.options import Format, Input, Output, Set, Theme, settings
from archcalc.cli.session import Session
from archcalc.errors import UsageError

if TYPE_CHECKING:
    from archcalc.analysis.compare import Comparison


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: archcalc compare vgg16 googlenet resnet50:num_classes=10 --sort macs")
    def compare(
        context: typer.Context,
        specs: Annotated[
            list[str] | None,
            typer.Argument(metavar="SPEC...", help="Specs; SPEC:key=value,input=SHAPE sets params of one of them."),
        ] = None,
        all_: Annotated[bool, typer.Option("--all", help="Every bundled architecture.")] = False,
        sort: Annotated[
            str | None,
            typer.Option(metavar="FIGURE", help="Largest first: params, macs, depth, field, top1 ...; or name."),
        ] = None,
        weights: Annotated[
            str, typer.Option(metavar="original|best", help="Whose accuracies, of several weights of one network.")
        ] = "original",
        stages: Annotated[bool, typer.Option("--stages", help="Layers, params and MACs by the map's size.")] = False,
        plot: Annotated[
            Path | None,
            typer.Option(metavar="FILE", help="Accuracy, MACs and params as bubbles: .svg, .png, .pdf, .html or .tex."),
        ] = None,
        theme: Theme = "light",
        set_: Set = None,
        input_: Input = None,
        format_: Format = None,
        output: Output = None,
    ) -> None:
        """Params, MACs, memory, depth, receptive field and published accuracy, side by side.

        Ratios are against the first network. --set goes to every spec that has such a param, --input to all.
        Accuracies are those of the paper's weights, or of a training after it; --weights best takes the most accurate.
        The top-5 error of the ILSVRC is that of the entry which the network was made for, on the test set.
        """
        from archcalc.comparison import compare as compare_
        from archcalc.report.network import compare as report

        session: Session = context.obj
        format_, plot_format = chosen(format_, output), plotted(plot) if plot is not None else ""
        comparison = compare_(*_asked(specs, all_), sort=sort, set=settings(set_), input=input_, weights=weights)
        if plot is not None:
            _plot(session, comparison, plot, plot_format, theme)
            return
        if stages:
            session.report(
                format_, output, table=lambda: report.stages_table(comparison),
                json=lambda: report.comparison_json(comparison),
            )  # fmt: skip
            return
        session.report(
            format_, output, table=lambda: report.comparison_table(comparison, 120),
            text=lambda: report.comparison_table(comparison, session.page(output).breaks),
            csv=lambda: report.comparison_rows(comparison), json=lambda: report.comparison_json(comparison),
        )  # fmt: skip


def _asked(specs: list[str] | None, everything: bool) -> list[str]:
    if everything:
        from archcalc.spec.catalog import bundled_names

        return [*(specs or []), *(name for name in bundled_names() if name not in (specs or []))]
    if not specs:
        raise UsageError("there is nothing to compare", help="name two specs, or --all: compare vgg16 googlenet")
    return specs


def _plot(session: Session, comparison: Comparison, file: Path, format: str, theme: str) -> None:
    from archcalc import charts

    picture, left_out = charts.comparison(comparison, theme)
    session.picture(picture.written(format), file)
    if left_out:
        session.say(f"note: not drawn, for want of a published accuracy or of MACs: {', '.join(left_out)}")
