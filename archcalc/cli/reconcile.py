"""`archcalc reconcile`: where a number comes from."""

from __future__ import annotations

from typing import Annotated

import typer

from archcalc.cli.formats import chosen
from archcalc.cli.options import Format, Input, Output, Set, Spec, settings
from archcalc.cli.session import Session

NOT_FOUND = 1


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: archcalc reconcile lenet5 --claim 435,646")
    def reconcile(
        context: typer.Context,
        spec: Spec,
        claim: Annotated[str, typer.Option(metavar="N", help="The number: 435,646, 4.1G, 61M.")],
        set_: Set = None,
        input_: Input = None,
        format_: Format = None,
        output: Output = None,
    ) -> int:
        """Which figure, convention, variant, input size or slip gives a number, with the terms of the gap.

        Exit code 1: none does; the nearest figures are named.
        """
        from archcalc.analysis.origins import reconcile as analysis
        from archcalc.network import load
        from archcalc.report.network.reconcile import reconciliation_json, reconciliation_table, reconciliation_text

        session: Session = context.obj
        format_ = chosen(format_, output)
        quantity = analysis.claimed("--claim", claim)
        network = load(spec, set=settings(set_), input=input_)
        found = analysis.reconcile(network.document, network.choices, network.graph, claim, quantity)
        session.report(
            format_, output, table=lambda: reconciliation_table(found), text=lambda: reconciliation_text(found),
            json=lambda: reconciliation_json(found),
        )  # fmt: skip
        return 0 if found.findings else NOT_FOUND
