"""`archcalc explain`: every number of a layer as formula, numbers and result."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archcalc.cli.formats import chosen
from archcalc.cli.options import Format, Input, Output, Set, Spec, settings
from archcalc.cli.session import Session
from archcalc.errors import UsageError

if TYPE_CHECKING:
    from archcalc.analysis.explain.explain import Explanation


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        epilog="Example: archcalc explain alexnet conv1.width --lecture\n\n"
        "Example: archcalc explain lenet5 fc1 --as-matrix\n\n"
        "Example: archcalc explain differences --collapse"
    )
    def explain(
        context: typer.Context,
        spec: Spec,
        subject: Annotated[
            str | None,
            typer.Argument(
                metavar="[LAYER[.QUANTITY]]",
                help="A layer, a group, one of its quantities (conv1.width), or params or macs of the whole net.",
            ),
        ] = None,
        lecture: Annotated[bool, typer.Option("--lecture", help="In the words and letters of a lecture.")] = False,
        as_matrix: Annotated[
            bool, typer.Option("--as-matrix", help="The layer beside a full connection: its matrix, what is shared.")
        ] = False,
        collapse: Annotated[
            bool, typer.Option("--collapse", help="Convolutions with nothing between them as one filter.")
        ] = False,
        weights: Annotated[
            str | None,
            typer.Option(metavar="ROWS", help="Of --as-matrix: '1 0;0 -1'; of --collapse: 'a=1 -1 / b=1 1'."),
        ] = None,
        set_: Set = None,
        input_: Input = None,
        format_: Format = None,
        output: Output = None,
    ) -> None:
        """Every number of a layer as formula, numbers and result; of a group or the net, the sum of its layers.

        Letters along one axis: W input size, K kernel, P padding, s stride, d dilation, O output size; K_eff is the
        kernel with the holes of its dilation.
        """
        from archcalc.analysis.explain.explain import explain as explain_
        from archcalc.network import load

        session: Session = context.obj
        format_ = chosen(format_, output)
        network = load(spec, set=settings(set_), input=input_)
        if as_matrix:
            from archcalc.cli.explain_matrix import matrix

            matrix(session, network, subject, weights, format_, output)
            return
        if collapse:
            from archcalc.cli.explain_collapse import collapsed

            collapsed(session, network, subject, weights, format_, output)
            return
        if weights is not None:
            raise UsageError("--weights goes with --as-matrix", help="explain SPEC LAYER --as-matrix --weights ROWS")
        write(session, explain_(network.graph, subject), format_, output, lecture)


def write(session: Session, explanation: Explanation, format: str, output: Path | None, lecture: bool = False) -> None:
    """Write an explanation in the format asked for."""
    from archcalc.report.network import explain as report

    session.report(
        format,
        output,
        table=lambda: report.explanation_table(explanation),
        text=lambda: report.explanation_text(explanation, session.page(output), lecture),
        markdown=lambda: report.explanation_markdown(explanation, lecture),
        latex=lambda: report.explanation_latex(explanation, lecture),
        json=lambda: report.explanation_json(explanation),
    )
